//! Metrics: what they say when something is wrong, and that their form is Prometheus' own.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dancu::clock::Clock;
use dancu::config::auth::{IssuerConfig, JwksSource};
use dancu::keys::NoteSigner;
use dancu::server::{WitnessListeners, start_witness};
use dancu::tlog::Algorithm;
use dancu::witness::{Logs, Setup};
use reqwest::Method;
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{metric, metrics};
use crate::support::app::{TestApp, an};
use crate::support::sealing::{NAME, sealing};
use crate::support::{scratch, soon, within};

#[actix_web::test]
async fn the_kernel_is_told_to_make_no_huge_pages_of_memory_that_was_returned() {
    let app = TestApp::start().await;
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let told = status
        .lines()
        .find_map(|it| it.strip_prefix("THP_enabled:"));
    // Kernels before 5.0 do not say it.
    assert!(told.is_none_or(|told| told.trim() == "0"), "{told:?}");
    app.stop().await;
}

#[actix_web::test]
async fn what_is_not_followed_any_more_is_seen_to_age() {
    let app = TestApp::start().await;
    let ages = async || {
        let policy = metric(&app, "dancu_policy_age_seconds").await.unwrap();
        let register = metric(&app, "dancu_feed_register_lag_seconds").await;
        (policy, register.unwrap())
    };
    soon("both are followed", async || {
        let (policy, register) = ages().await;
        policy < 0.5 && register < 0.5
    })
    .await;
    let owner = app.database.client().await;
    let refuse = "REVOKE SELECT ON register.feed FROM dancu_service";
    owner.batch_execute(refuse).await.unwrap();
    within(
        "the register's feed ages",
        Duration::from_secs(5),
        async || {
            let (policy, register) = ages().await;
            register > 0.8 && policy < 0.8
        },
    )
    .await;
    app.database.refuse().await;
    within("the policy ages", Duration::from_secs(5), async || {
        ages().await.0 > 1.0
    })
    .await;
    app.database.welcome().await;
    app.stop().await;
}

#[actix_web::test]
async fn a_pool_without_a_connection_to_lend_is_seen() {
    let app = TestApp::start().await;
    let lent = "dancu_store_pool_connections{pool=\"changes\",state=\"used\"}";
    let in_vain = "dancu_store_pool_wait_timeouts_total{pool=\"changes\"}";
    assert_eq!(metric(&app, in_vain).await, Some(0.0));
    let owner = app.database.client().await;
    let lock = "BEGIN; LOCK TABLE register.feed IN SHARE MODE";
    owner.batch_execute(lock).await.unwrap();
    // One more than the pool has connections; whoever has one waits for the lock.
    let body = json!({"changes": [{"op": "upsert", "revision": 1, "citizen": an()}]});
    let asked = (0..5).map(|_| {
        let asked = app
            .request(Method::POST, "/v1/register/changes")
            .bearer_auth(app.admin())
            .header("content-type", "application/json")
            .body(body.to_string());
        actix_web::rt::spawn(asked.send())
    });
    let asked: Vec<_> = asked.collect();
    within("all are lent", Duration::from_secs(5), async || {
        metric(&app, lent).await == Some(4.0)
    })
    .await;
    within(
        "one was waited for in vain",
        Duration::from_secs(5),
        async || metric(&app, in_vain).await == Some(1.0),
    )
    .await;
    owner.batch_execute("COMMIT").await.unwrap();
    for answer in asked {
        answer.await.unwrap().unwrap();
    }
    soon("all were given back", async || {
        metric(&app, lent).await == Some(0.0)
    })
    .await;
    app.stop().await;
}

#[actix_web::test]
async fn it_is_seen_when_the_keys_of_an_issuer_were_read_last() {
    const ISSUER: &str = "https://elsewhere.example";
    let server = MockServer::start().await;
    let away = ResponseTemplate::new(503);
    Mock::given(any()).respond_with(away).mount(&server).await;
    let app = TestApp::with(|config| {
        let like = config.auth.issuers[0].clone();
        config.auth.issuers.push(IssuerConfig {
            issuer: ISSUER.into(),
            jwks: JwksSource::parse(&format!("{}/jwks", server.uri())).unwrap(),
            ..like
        });
    })
    .await;
    let confirmed = async |issuer: &str| {
        let name = format!("dancu_auth_keys_confirmed_timestamp_seconds{{issuer=\"{issuer}\"}}");
        metric(&app, &name).await.unwrap()
    };
    let now = app.clock.now().as_second() as f64;
    let own = &app.config.auth.issuers[0];
    assert!((now - confirmed(&own.issuer).await).abs() < 60.0);
    assert_eq!(confirmed(ISSUER).await, 0.0, "it did not answer");

    let keys = app
        .config
        .data_dir
        .join("keys/development-issuer.jwks.json");
    let keys = ResponseTemplate::new(200).set_body_bytes(std::fs::read(keys).unwrap());
    server.reset().await;
    Mock::given(any()).respond_with(keys).mount(&server).await;
    // A key that nobody knows has the address asked at once.
    let part = |part: Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let head = part(json!({"alg": "ES256", "typ": "at+jwt", "kid": "unknown"}));
    let claims = part(json!({"iss": ISSUER}));
    let token = format!("{head}.{claims}.{}", URL_SAFE_NO_PAD.encode("signature"));
    let refused = app.post("/v1/verify", &token, &json!({})).await;
    assert_eq!(refused.code(), "token_invalid");
    assert!((now - confirmed(ISSUER).await).abs() < 60.0);
    app.stop().await;
}

/// The names of metrics of processes in general, with what they say.
fn of_the_process(text: &str) -> BTreeMap<&str, f64> {
    let lines = text.lines().filter(|line| line.starts_with("process_"));
    let pairs = lines.map(|line| line.split_once(' ').unwrap());
    pairs
        .map(|(name, value)| (name, value.parse().unwrap()))
        .collect()
}

#[actix_web::test]
async fn every_process_shows_its_version_and_what_it_takes_of_its_machine() {
    let sealed = sealing().await;
    let any = ([127, 0, 0, 1], 0).into();
    let log = NoteSigner::load(&scratch("log"), true, NAME, Algorithm::Ed25519).unwrap();
    let setup = Setup {
        name: "witness.example/w1".into(),
        directory: scratch("witness"),
        logs: Logs::new(log.verifiers().cloned()).unwrap(),
        accepted: Default::default(),
    };
    let listeners = WitnessListeners::plain(any, Some(any));
    let witness = start_witness(setup, Clock::default(), &listeners).unwrap();
    let list = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/operations/metrics.md");
    let list = std::fs::read_to_string(list).unwrap();
    let rows = list.lines().filter_map(|row| row.strip_prefix("| `"));
    let rows = rows.filter(|row| row.starts_with("process_"));
    let listed: BTreeSet<_> = rows.map(|row| row.split_once('`').unwrap().0).collect();
    let now = Clock::default().now().as_second() as f64;
    for (of, address) in [
        ("the service", sealed.metrics_address()),
        ("the sealer", sealed.sealers_metrics_address()),
        ("the witness", witness.metrics_address.unwrap()),
    ] {
        let answer = reqwest::get(format!("http://{address}/metrics")).await;
        let text = answer.unwrap().text().await.unwrap();
        let version = format!(
            "dancu_build_info{{version=\"{}\"}} 1",
            env!("CARGO_PKG_VERSION")
        );
        assert!(text.contains(&version), "{of}: {text}");
        let shown = of_the_process(&text);
        assert_eq!(
            shown.keys().copied().collect::<BTreeSet<_>>(),
            listed,
            "{of}"
        );
        // The time is that of the machine's start and some ticks, so a second or two are no matter.
        let age = now - shown["process_start_time_seconds"];
        assert!((-5.0..3600.0).contains(&age), "{of}: {age}");
        let open = shown["process_open_fds"];
        assert!(
            open > 0.0 && open < shown["process_max_fds"],
            "{of}: {open}"
        );
    }
    witness.stop().await;
    sealed.stop().await;
}

#[actix_web::test]
async fn promtool_finds_nothing_to_say_of_the_metrics() {
    let app = TestApp::with(|config| {
        config.canary.personal_id = Some("001095424242".into());
        config.canary.full_name = Some("Hoàng Yến".into());
        config.canary.birth_date = Some("1995".into());
        config.canary.client_id = Some("canary".into());
        config.canary.procedure_code = Some("dancu.canary".into());
    })
    .await;
    let token = app.token("nobody", "citizen:verify");
    app.post("/v1/verify", &token, &json!({})).await;
    let text = metrics(&app).await;
    app.stop().await;
    let refused = "dancu_http_requests_total{operation=\"verify\",outcome=\"client_unknown\"} 1";
    assert!(text.contains(refused), "{text}");
    let unpacked = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/target/prometheus/usr/bin/promtool"
    );
    let is_unpacked = std::path::Path::new(unpacked).exists();
    let mut promtool = match Command::new(if is_unpacked { unpacked } else { "promtool" })
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
    {
        Ok(promtool) => promtool,
        // `./dev test` installs it where it can, and says where it could not.
        Err(missing) if missing.kind() == std::io::ErrorKind::NotFound => return,
        Err(error) => panic!("{error}"),
    };
    let mut input = promtool.stdin.take().unwrap();
    input.write_all(text.as_bytes()).unwrap();
    drop(input);
    let said = promtool.wait_with_output().unwrap();
    let words = String::from_utf8_lossy(&said.stdout) + String::from_utf8_lossy(&said.stderr);
    assert!(said.status.success() && words.is_empty(), "{words}");
}
