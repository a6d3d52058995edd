//! Connections to a PostgreSQL that speaks TLS, and addresses that lie in files.

use std::path::Path;
use std::time::Duration;

use dancu::auth::development::DevelopmentIssuer;
use dancu::config::Config;
use dancu::server::{self, Circumstances};
use dancu::store::{Database, Error, Role, Url, Urls};

use super::postgres::Server;
use crate::support::authority::{Authority, Files};
use crate::support::{scratch, within};

/// What the server's certificate is for.
const DB: &str = "db.example";
const SERVICE: &str = "dancu_service";
const FULL: &str = "sslmode=verify-full";

/// A server, whoever signed its certificate, and a file with them.
struct Scene {
    server: Server,
    files: Files,
    authority: Authority,
    stranger: Authority,
}

impl Scene {
    async fn new() -> Self {
        let (authority, stranger) = (Authority::new(), Authority::new());
        let server = Server::start(&authority.issue(&[DB]), &authority.pem()).await;
        server.password(SERVICE, "first").await;
        let files = Files::new();
        files.write("authority.pem", &authority.pem(), 0o644);
        files.write("stranger.pem", &stranger.pem(), 0o644);
        Self {
            server,
            files,
            authority,
            stranger,
        }
    }

    /// The service's address.
    fn url(&self, name: &str, more: &str) -> String {
        self.server.url(SERVICE, "first", name, more)
    }

    /// How a connection there is encrypted; `none` where it is not.
    async fn connects(&self, url: &str, authorities: Option<&str>) -> Result<String, Error> {
        let authorities = authorities.map(|name| self.files.path(name));
        let database = Database::from_urls(Urls {
            authorities: authorities.as_deref(),
            ..Urls::of(Url::Text(url))
        })?;
        encryption(&database, Role::Service).await
    }
}

async fn encryption(database: &Database, role: Role) -> Result<String, Error> {
    let client = database.connect(role).await?;
    let query = "SELECT coalesce(version, 'none') FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    Ok(client.query_one(query, &[]).await.unwrap().get(0))
}

/// An error with its causes.
fn said(error: &Error) -> String {
    let mut said = String::new();
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        said += &format!("{error}: {error:?}\n");
        cause = error.source();
    }
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_is_verified_as_far_as_the_address_says() {
    let scene = Scene::new().await;
    let (ours, theirs) = (Some("authority.pem"), Some("stranger.pem"));
    let tls = Some("TLSv1.3".to_owned());
    let ca = "sslmode=verify-ca";
    let (require, prefer) = ("sslmode=require", "sslmode=prefer");
    for (name, mode, authorities, connects) in [
        (DB, FULL, ours, true),
        (DB, FULL, theirs, false),
        (DB, FULL, None, false),
        ("other.example", FULL, ours, false),
        (DB, ca, ours, true),
        ("other.example", ca, ours, true),
        (DB, ca, theirs, false),
        (DB, ca, None, false),
        // As libpq has it: with authorities they are asked, without any nobody is.
        ("other.example", require, None, true),
        ("other.example", require, ours, true),
        (DB, require, theirs, false),
        (DB, prefer, None, true),
        (DB, prefer, theirs, false),
    ] {
        let found = scene.connects(&scene.url(name, mode), authorities).await;
        let expected = if connects { tls.clone() } else { None };
        let found = found.map_err(|error| said(&error));
        let case = format!("{name} {mode} {authorities:?}: {found:?}");
        if let Err(said) = &found {
            assert!(said.contains("invalid peer certificate"), "{case}");
            assert!(!said.contains("first"), "{case}");
        }
        assert_eq!(found.ok(), expected, "{case}");
    }
    // On this machine nothing is encrypted unless it is asked for.
    for more in ["sslmode=disable", "connect_timeout=2"] {
        let found = scene.connects(&scene.url(DB, more), ours).await;
        assert_eq!(found.unwrap(), "none", "{more}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_bound_to_the_connection_where_that_is_required() {
    let scene = Scene::new().await;
    let ours = Some("authority.pem");
    let bound = "channel_binding=require";
    let url = scene.url(DB, &format!("{FULL}&{bound}"));
    assert_eq!(scene.connects(&url, ours).await.unwrap(), "TLSv1.3");
    let url = scene.url(DB, &format!("sslmode=disable&{bound}"));
    let refused = said(&scene.connects(&url, ours).await.unwrap_err());
    assert!(refused.contains("channel binding"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_may_stand_for_a_password() {
    let scene = Scene::new().await;
    scene.files.put(&scene.authority.issue(&["dancu_audit"]));
    let url = scene.server.url("dancu_audit", "none", DB, FULL);
    let authorities = scene.files.path("authority.pem");
    let (certificate, key) = (
        scene.files.path("certificate.pem"),
        scene.files.path("key.pem"),
    );
    let with = |certificate: Option<(&Path, &Path)>| {
        Database::from_urls(Urls {
            authorities: Some(&authorities),
            certificate,
            ..Urls::of(Url::Text(&url))
        })
    };
    let shown = with(Some((&certificate, &key))).unwrap();
    assert_eq!(encryption(&shown, Role::Audit).await.unwrap(), "TLSv1.3");
    assert!(encryption(&with(None).unwrap(), Role::Audit).await.is_err());
    // A certificate that the server does not believe, which new connections show at once.
    scene.files.put(&scene.stranger.issue(&["dancu_audit"]));
    assert!(encryption(&shown, Role::Audit).await.is_err());
    scene.files.write("key.pem", "", 0o644);
    let refused = said(&with(Some((&certificate, &key))).unwrap_err());
    assert!(refused.contains("may be read by others"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_and_authorities_are_rotated_without_a_restart() {
    let scene = Scene::new().await;
    let address = |password: &str| scene.server.url(SERVICE, password, DB, FULL) + "\n";
    let file = scene.files.write("url", &address("first"), 0o600);
    let authorities = scene.files.path("authority.pem");
    let database = Database::from_urls(Urls {
        authorities: Some(&authorities),
        ..Urls::of(Url::File(&file))
    })
    .unwrap();
    let held = database.connect(Role::Service).await.unwrap();

    scene.server.password(SERVICE, "second").await;
    let refused = said(&encryption(&database, Role::Service).await.unwrap_err());
    assert!(refused.contains("28P01"), "{refused}");
    scene.files.write("url", &address("second"), 0o600);
    encryption(&database, Role::Service).await.unwrap();
    held.query_one("SELECT 1", &[]).await.unwrap();

    // Whatever is wrong with the file, the address before goes on.
    for (text, mode) in [
        ("", 0o600),
        ("host=elsewhere", 0o600),
        (address("third").as_str(), 0o644),
    ] {
        scene.files.write("url", text, mode);
        for _ in 0..3 {
            let found = encryption(&database, Role::Service).await;
            assert_eq!(found.unwrap(), "TLSv1.3", "{text}");
        }
    }
    std::fs::remove_file(&file).unwrap();
    encryption(&database, Role::Service).await.unwrap();

    scene.files.write("authority.pem", "nobody", 0o644);
    encryption(&database, Role::Service).await.unwrap();
    scene
        .files
        .write("authority.pem", &scene.stranger.pem(), 0o644);
    let refused = said(&encryption(&database, Role::Service).await.unwrap_err());
    assert!(refused.contains("invalid peer certificate"), "{refused}");
    scene
        .files
        .write("authority.pem", &scene.authority.pem(), 0o644);
    encryption(&database, Role::Service).await.unwrap();
}

#[tokio::test]
async fn an_address_that_cannot_be_used_is_no_start_and_not_repeated() {
    let files = Files::new();
    let refused = |text: &str, mode| {
        let file = files.write("url", text, mode);
        said(&Database::from_urls(Urls::of(Url::File(&file))).unwrap_err())
    };
    let good = "postgres://u:s3cret@127.0.0.1/d";
    for (text, mode, why) in [
        (good, 0o640, "may be read by others"),
        ("s3cret", 0o600, "no URL"),
        ("postgres://u:s3cret@x@db/d", 0o600, "cannot be read"),
        (
            "postgres://u:s3cret@db/d?sslmode=s3cret",
            0o600,
            "`sslmode` is one of",
        ),
    ] {
        let said = refused(text, mode);
        assert!(
            said.contains(why) && said.contains("database.url"),
            "{said}"
        );
        assert!(!said.contains("s3cret"), "{said}");
    }
    let missing = files.path("missing");
    let refused = Database::from_urls(Urls::of(Url::File(&missing)));
    assert!(said(&refused.unwrap_err()).contains("there is no file"));
    let file = files.write("url", good, 0o400);
    let database = Database::from_urls(Urls::of(Url::File(&file))).unwrap();
    assert!(!format!("{database:?}").contains("s3cret"));
    let urls = Urls::of(Url::Text(good));
    assert!(!format!("{urls:?}").contains("s3cret"));
}

#[actix_web::test]
async fn a_service_with_its_lanes_runs_over_tls() {
    let scene = Scene::new().await;
    let (ours, url) = (scene.files.path("authority.pem"), scene.url(DB, FULL));
    let role = |role: &str| scene.server.url(role, "first", DB, FULL);
    for name in ["dancu_seal", "dancu_search", "dancu_maintain"] {
        scene.server.password(name, "first").await;
    }
    scene.files.put(&scene.authority.issue(&["dancu_audit"]));
    let (certificate, key) = (
        scene.files.path("certificate.pem"),
        scene.files.path("key.pem"),
    );
    let (audit, maintain) = (role("dancu_audit"), role("dancu_maintain"));
    let (seal, search) = (role("dancu_seal"), role("dancu_search"));
    let database = Database::from_urls(Urls {
        audit: Some(Url::Text(&audit)),
        maintain: Some(Url::Text(&maintain)),
        seal: Some(Url::Text(&seal)),
        search: Some(Url::Text(&search)),
        authorities: Some(&ours),
        certificate: Some((&certificate, &key)),
        ..Urls::of(Url::Text(&url))
    })
    .unwrap();
    let data_dir = scratch("tls-app");
    let issuer = DevelopmentIssuer::open(&data_dir).unwrap();
    let mut config = Config {
        data_dir,
        ..Config::default()
    };
    config.http.listen = ([127, 0, 0, 1], 0).into();
    config.http.metrics_listen = ([127, 0, 0, 1], 0).into();
    config.http.workers = Some(1);
    config.auth.bootstrap_client = Some("admin-cli".into());
    config.auth.issuers.push(issuer.config().unwrap());
    let circumstances = Circumstances {
        embedded: true,
        unsafe_for_tests: true,
        ..Circumstances::default()
    };
    let running = server::start(&config, &database, circumstances)
        .await
        .unwrap();
    let ready = format!("http://{}/health/ready", running.address);
    assert_eq!(reqwest::get(ready).await.unwrap().status(), 200);
    let query = "SELECT count(*), count(*) FILTER (WHERE ssl), count(DISTINCT usename)
        FROM pg_stat_activity JOIN pg_stat_ssl USING (pid) WHERE application_name = 'dancu'";
    // Background tasks connect when it is their turn.
    let limit = Duration::from_secs(10);
    within("more than one role is connected", limit, async || {
        let row = scene.server.client.query_one(query, &[]).await.unwrap();
        let (all, encrypted, roles): (i64, i64, i64) = (row.get(0), row.get(1), row.get(2));
        assert_eq!(all, encrypted);
        all >= 3 && roles >= 2
    })
    .await;
    // Were its machine gone, each of them would find out: what is silent is asked within five seconds.
    within("silence is noticed", limit, async || {
        let asked = until_asked(scene.server.port);
        asked.len() >= 3 && asked.iter().all(|&hundredths| hundredths <= 500)
    })
    .await;
    let entries = "SELECT count(*) FROM audit.entry WHERE operation = 'cli.bootstrap'";
    let row = scene.server.client.query_one(entries, &[]).await.unwrap();
    assert!(row.get::<_, i64>(0) > 0);
    running.stop().await;
}

/// How long until each idle connection to that port is asked whether its other end is there, in hundredths of a
/// second. Connections over which something is under way have other timers.
fn until_asked(port: u16) -> Vec<u32> {
    const KEEPALIVE: &str = "02:";
    let to = format!(":{port:04X}");
    let sockets = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let sockets = sockets.lines().map(|line| line.split_whitespace());
    sockets
        .filter_map(|mut fields| {
            let remote = fields.nth(2)?;
            let timer = fields.nth(2)?.strip_prefix(KEEPALIVE)?;
            let timer = u32::from_str_radix(timer, 16).unwrap();
            remote.ends_with(&to).then_some(timer)
        })
        .collect()
}
