//! Backups that are restored into a new cluster: what they have lost, who notices, and what goes on.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use dancu::clock::Clock;
use dancu::config::Config;
use dancu::embedded::{Options, Postgres};
use dancu::store::migrate;
use serde_json::json;
use tokio_postgres::Client;

use super::{passages, said, written};
use crate::support::app::{TestApp, an, question};
use crate::support::sealing::until;
use crate::support::{self, TestDatabase, superuser};

/// Without these nothing can be backed up as the document says.
const TOOLS: [&str; 3] = ["pg_basebackup", "pg_dump", "pg_restore"];

/// What the document calls the archive of a cluster, and that of one restored from it.
const ARCHIVE: &str = "/mnt/archive";
const NEW_ARCHIVE: &str = "/mnt/archive-2";

/// Where the files of a server are, removed with it.
struct Site(PathBuf);

impl Site {
    /// PostgreSQL's user may write beside it.
    fn cluster(&self) -> PathBuf {
        self.0.join("cluster").canonicalize().unwrap()
    }

    fn archive(&self) -> PathBuf {
        self.cluster().with_file_name("archive")
    }

    /// Makes its archive, and sets what the document says for it, in that file of settings.
    fn configure(&self, settings: &str, lines: &str) {
        let archive = self.archive();
        fs::create_dir(&archive).unwrap();
        give(&archive, &fs::metadata(self.cluster()).unwrap());
        append(&self.cluster().join(settings), lines);
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if let Ok(elsewhere) = fs::read_link(self.0.join("cluster")) {
            let _ = fs::remove_dir_all(elsewhere.parent().unwrap());
        }
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A server that flushes, as an operator's own does.
struct Server {
    postgres: Postgres,
    site: Site,
}

impl Server {
    async fn start(site: Site) -> Self {
        let postgres = Postgres::start(&site.0, Options::default()).await;
        Self {
            postgres: postgres.unwrap(),
            site,
        }
    }

    /// A cluster whose log of changes is archived.
    async fn archiving(name: &str) -> Self {
        let site = Self::start(Site(support::scratch(name))).await.stop().await;
        let taking = settings("archive_mode = on").replace(ARCHIVE, &path(&site.archive()));
        site.configure("postgresql.conf", &taking);
        let server = Self::start(site).await;
        migrate::migrate(&server.postgres.database()).await.unwrap();
        server
    }

    /// A new cluster with what was backed up in the place of its files, and an archive of its own. With the
    /// archive of the one it came from, it goes on to the end of that.
    async fn restored(name: &str, backup: &Path, archived: Option<&Path>) -> Self {
        let site = Self::start(Site(support::scratch(name))).await.stop().await;
        let cluster = site.cluster();
        for entry in fs::read_dir(&cluster).unwrap() {
            remove(&entry.unwrap().path());
        }
        copy(backup, &cluster);
        let own = settings(&format!("archive_command = 'test ! -f {NEW_ARCHIVE}"));
        let own = own.replace(NEW_ARCHIVE, &path(&site.archive()));
        site.configure("postgresql.auto.conf", &own);
        if let Some(archived) = archived {
            let fetch = settings("restore_command").replace(ARCHIVE, &path(archived));
            append(&cluster.join("postgresql.auto.conf"), &fetch);
            fs::write(cluster.join("recovery.signal"), "").unwrap();
        }
        give(&cluster, &fs::metadata(&cluster).unwrap());
        Self::start(site).await
    }

    /// Takes a base backup of it as it is now, and sees that its archive follows, as the document says.
    async fn is_backed_up(&self) {
        let client = self.client("postgres").await;
        until("it has recovered", async || {
            let row = client.query_one("SELECT pg_is_in_recovery()", &[]).await;
            (!row.unwrap().get::<_, bool>(0)).then_some(())
        })
        .await;
        remove(&self.base_backup().await);
        let document = passages("backup.md", "sql");
        let look = document.iter().find(|it| it.contains("pg_stat_archiver"));
        let (close, look) = look.unwrap().split_once(';').unwrap();
        client.batch_execute(close).await.unwrap();
        until("its archive follows", async || {
            let row = client.query_one(look, &[]).await.unwrap();
            let (mode, failed): (String, i64) = (row.get(0), row.get("failed_count"));
            assert_eq!((mode.as_str(), failed), ("on", 0));
            row.get::<_, Option<String>>("last_archived_wal").map(drop)
        })
        .await;
        assert!(!names(&self.site.archive()).is_empty());
    }

    async fn stop(self) -> Site {
        self.postgres.stop().await.unwrap();
        self.site
    }

    async fn client(&self, database: &str) -> Client {
        superuser(self.postgres.socket(), database).await
    }

    fn database(&self) -> Arc<TestDatabase> {
        let (socket, database) = (self.postgres.socket(), self.postgres.database());
        Arc::new(TestDatabase::of_server(socket, database))
    }

    /// One of the programs that come with it.
    fn tool(&self, name: &str) -> PathBuf {
        let pid = self.postgres.pid().unwrap();
        let server = fs::read_link(format!("/proc/{pid}/exe")).unwrap();
        server.with_file_name(name)
    }

    fn run(&self, tool: &str, arguments: &[&str]) {
        let socket = self.postgres.socket().to_str().unwrap();
        let done = Command::new(self.tool(tool))
            .args(["-h", socket, "-p", "5432", "-U", "postgres"])
            .args(arguments)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(done.status.success(), "{tool}: {said}");
    }

    /// Beside a service that goes on meanwhile.
    async fn base_backup(&self) -> PathBuf {
        let backup = support::scratch("backup");
        let mut command = tokio::process::Command::new(self.tool("pg_basebackup"));
        command
            .args(["-U", "postgres", "-p", "5432", "-h"])
            .arg(self.postgres.socket())
            .args(["-X", "stream", "-c", "fast", "-D"])
            .arg(&backup);
        let done = command.output().await.unwrap();
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{said}");
        backup
    }

    /// What `dancu` is given, with the keys and the second place of that service.
    fn configuration(&self, service: &Config) -> PathBuf {
        let socket = self.postgres.socket().to_str().unwrap().replace('/', "%2F");
        let url = |user: &str| Some(format!("postgres://{user}@{socket}:5432/dancu"));
        let mut config = service.clone();
        config.database.url = url("dancu_service");
        config.database.owner_url = url("postgres");
        config.database.audit_url = url("dancu_audit");
        config.database.seal_url = url("dancu_seal");
        config.audit.kek_file = Some(service.kek_file());
        config.audit.note_key_file = Some(service.note_key_file());
        config.audit.second_place = Some(service.second_place());
        written(&config, "restored")
    }
}

/// A service over that server, with the keys and the second place of another one or with new ones.
async fn service(server: &Server, like: Option<&Config>) -> TestApp {
    // However slow the machine is, the permissions are as fresh as they must be.
    let clock = Clock::frozen(Clock::default().now());
    TestApp::over(server.database(), clock, |config| {
        if let Some(like) = like {
            config.data_dir.clone_from(&like.data_dir);
            config.auth.issuers.clone_from(&like.auth.issuers);
        }
        config.audit.seal_interval_ms = 20;
    })
    .await
}

/// Somebody to ask, and somebody to ask about.
async fn furnish(app: &TestApp) {
    app.enrol("onestop", &["citizen:verify"], json!({})).await;
    app.register(&[an()]).await;
}

async fn ask(app: &TestApp, times: usize) {
    let token = app.token("onestop", "citizen:verify");
    for _ in 0..times {
        let answer = app.post("/v1/verify", &token, &question()).await;
        assert_eq!(answer.json()["result"], "match", "{}", answer.text);
    }
}

async fn number(app: &TestApp, query: &str) -> i64 {
    let client = app.database.client().await;
    client.query_one(query, &[]).await.unwrap().get(0)
}

const VERIFICATIONS: &str = "SELECT count(*) FROM audit.entry WHERE operation = 'verify'";
const SEALED: &str =
    "SELECT coalesce(max(size), 0) FROM audit.checkpoint WHERE published_at IS NOT NULL";

/// Waits until what there is now is under a published head of the epoch that grows.
async fn until_sealed(app: &TestApp) {
    let unsealed = "SELECT count(*) FROM audit.entry e LEFT JOIN audit.sealed s
        ON s.lane_id = e.lane_id AND e.seq >= s.first_seq AND e.seq < s.first_seq + s.count
        WHERE s.lane_id IS NULL AND e.operation = 'verify'";
    let unsigned = "SELECT coalesce(max(s.first_index + s.count), 0)
            - coalesce((SELECT max(c.size) FROM audit.checkpoint c
                        WHERE c.published_at IS NOT NULL AND c.epoch = max(s.epoch)), 0)
        FROM audit.sealed s WHERE s.epoch = (SELECT epoch FROM audit.sealer)";
    until("everything is sealed", async || {
        let done = number(app, unsealed).await == 0 && number(app, unsigned).await <= 0;
        done.then_some(())
    })
    .await;
}

/// The program's own metric of that name.
async fn metric(app: &TestApp, name: &str) -> f64 {
    let page = reqwest::get(app.metrics_url()).await.unwrap();
    let page = page.text().await.unwrap();
    let line = page.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|value| value.trim().parse().ok())
        .unwrap_or_else(|| panic!("no {name}"))
}

/// A cluster that archives, and a service over it that answered so many questions; none where a tool is
/// missing.
async fn answered(questions: usize) -> Option<(Server, TestApp)> {
    let origin = Server::archiving("origin").await;
    if !has_tools(&origin) {
        return None;
    }
    let app = service(&origin, None).await;
    furnish(&app).await;
    ask(&app, questions).await;
    Some((origin, app))
}

#[actix_web::test]
async fn a_backup_that_lacks_what_was_signed_is_noticed_and_a_new_epoch_goes_on() {
    let Some((origin, app)) = answered(20).await else {
        return;
    };
    until_sealed(&app).await;
    let backup = origin.base_backup().await;
    ask(&app, 30).await;
    until_sealed(&app).await;
    let keys = app.config.clone();
    app.stop().await;
    let gone = origin.stop().await;
    let archived = names(&gone.archive());

    let server = Server::restored("lossy", &backup, None).await;
    server.is_backed_up().await;
    assert_eq!(names(&gone.archive()), archived, "it has one of its own");
    let file = server.configuration(&keys);
    // It answers, but nothing of it is signed: the second place remembers more.
    let app = service(&server, Some(&keys)).await;
    assert_eq!(number(&app, VERIFICATIONS).await, 20);
    ask(&app, 5).await;
    until("signing is refused", async || {
        (metric(&app, "dancu_seal_refused ").await == 1.0).then_some(())
    })
    .await;
    app.stop().await;
    let report = said(&file, "audit verify", 1);
    assert!(report.contains("second_place_ahead"), "{report}");

    let begun = said(&file, "audit new-epoch", 0);
    assert!(begun.contains("Epoch 2 of the log begins"), "{begun}");
    let app = service(&server, Some(&keys)).await;
    ask(&app, 5).await;
    until_sealed(&app).await;
    assert_eq!(number(&app, VERIFICATIONS).await, 30);
    app.stop().await;
    // What was lost stays a fault until somebody who knows why accepts the number.
    let report = said(&file, "audit verify", 1);
    let (_, accepted) = report.split_once("--accept-loss ").unwrap();
    let accepted = accepted.split_whitespace().next().unwrap();
    let lost: u64 = accepted.strip_prefix("1:").unwrap().parse().unwrap();
    assert!(lost >= 30, "{report}");
    said(&file, &format!("audit verify --accept-loss {accepted}"), 0);
    let fewer = format!("audit verify --accept-loss 1:{}", lost - 1);
    said(&file, &fewer, 1);
    server.stop().await;
    fs::remove_dir_all(backup).unwrap();
}

#[actix_web::test]
async fn a_backup_with_the_archive_up_to_the_end_has_lost_nothing() {
    let Some((origin, app)) = answered(10).await else {
        return;
    };
    let backup = origin.base_backup().await;
    ask(&app, 30).await;
    until_sealed(&app).await;
    let keys = app.config.clone();
    app.stop().await;
    archived_to_the_end(&origin).await;
    let gone = origin.stop().await;

    let archived = names(&gone.archive());
    let server = Server::restored("whole", &backup, Some(&gone.archive())).await;
    server.is_backed_up().await;
    assert_eq!(names(&gone.archive()), archived, "it has one of its own");
    let file = server.configuration(&keys);
    said(&file, "audit verify", 0);
    let app = service(&server, Some(&keys)).await;
    assert_eq!(number(&app, VERIFICATIONS).await, 40);
    let before = number(&app, SEALED).await;
    ask(&app, 5).await;
    until_sealed(&app).await;
    assert_eq!(metric(&app, "dancu_seal_refused ").await, 0.0);
    assert!(number(&app, SEALED).await >= before + 5, "it goes on");
    app.stop().await;
    said(&file, "audit verify", 0);
    server.stop().await;
    fs::remove_dir_all(backup).unwrap();
}

#[actix_web::test]
async fn a_dump_restored_into_another_cluster_is_the_log_it_was() {
    let Some((origin, app)) = answered(10).await else {
        return;
    };
    until_sealed(&app).await;
    let keys = app.config.clone();
    app.stop().await;
    let dump = support::scratch("dump");
    let file = dump.to_str().unwrap();
    origin.run("pg_dump", &["-d", "dancu", "-Fc", "-f", file]);
    origin.stop().await;

    let server = Server::start(Site(support::scratch("restored"))).await;
    // Its roles, which belong to no database.
    migrate::migrate(&server.postgres.database()).await.unwrap();
    let admin = server.client("postgres").await;
    for sql in [
        "DROP DATABASE dancu WITH (FORCE)",
        "CREATE DATABASE dancu TEMPLATE template0",
    ] {
        admin.batch_execute(sql).await.unwrap();
    }
    server.run("pg_restore", &["-d", "dancu", "--exit-on-error", file]);
    let configuration = server.configuration(&keys);
    said(&configuration, "audit verify", 0);
    let app = service(&server, Some(&keys)).await;
    assert_eq!(number(&app, VERIFICATIONS).await, 10);
    ask(&app, 5).await;
    until_sealed(&app).await;
    app.stop().await;
    said(&configuration, "audit verify", 0);
    server.stop().await;
    fs::remove_file(dump).unwrap();
}

/// Closes the segment that is written and waits until it is archived.
async fn archived_to_the_end(server: &Server) {
    let client = server.client("postgres").await;
    let closed = "SELECT pg_walfile_name(pg_switch_wal())";
    let closed: String = client.query_one(closed, &[]).await.unwrap().get(0);
    until("the last segment is archived", async || {
        let archived = "SELECT coalesce(last_archived_wal, '') FROM pg_stat_archiver";
        let last: String = client.query_one(archived, &[]).await.unwrap().get(0);
        (last >= closed).then_some(())
    })
    .await;
}

fn has_tools(server: &Server) -> bool {
    let missing = TOOLS.iter().find(|tool| !server.tool(tool).exists());
    if let Some(tool) = missing {
        skipped(tool);
    }
    missing.is_none()
}

/// Says that a test was skipped. `./dev test` says so too.
#[expect(
    clippy::print_stderr,
    reason = "whoever reads the test's output must see it"
)]
fn skipped(tool: &str) {
    eprintln!("skipped: restoring a backup ({tool} is not beside the server)");
}

/// The document's settings that begin so, alone or with more.
fn settings(beginning: &str) -> String {
    let all = passages("backup.md", "text");
    let one = all.iter().find(|it| it.starts_with(beginning));
    one.unwrap_or_else(|| panic!("no {beginning}")).clone()
}

/// A path as it stands in a setting's command.
fn path(path: &Path) -> String {
    format!("\"{}\"", path.display())
}

fn append(settings: &Path, lines: &str) {
    let kept = fs::read_to_string(settings).unwrap();
    fs::write(settings, format!("{kept}\n{lines}")).unwrap();
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort_unstable();
    names
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

fn remove(path: &Path) {
    if path.is_dir() {
        fs::remove_dir_all(path).unwrap();
    } else {
        fs::remove_file(path).unwrap();
    }
}

/// Gives everything below to that owner, where somebody else made it.
fn give(path: &Path, owner: &fs::Metadata) {
    let (uid, gid) = (owner.uid(), owner.gid());
    let found = fs::metadata(path).unwrap();
    if found.uid() != uid {
        chown(path, Some(uid), Some(gid)).unwrap();
    }
    if found.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            give(&entry.unwrap().path(), owner);
        }
    }
}
