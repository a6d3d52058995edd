//! The end of a process: what was begun is finished, and the log is closed with nothing missing.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use dancu::auth::development::{AUDIENCE, DevelopmentIssuer, ISSUER, TokenRequest};
use dancu::clock::Clock;
use dancu::domain::entry::{Decoded, Operation};
use dancu::embedded::{Options, Postgres};
use dancu::store::Role;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tokio_postgres::Client;

use crate::support::app::{TestApp, an, procedure, question};
use crate::support::raw::{Connection, RawAnswer};
use crate::support::{scratch, within};

/// How long a request waits for its entry.
const RECORD_LIMIT: Duration = Duration::from_secs(1);
/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Connections that ask all the time.
const CALLERS: usize = 64;
/// Answers after which the process is told to end.
const BEFORE: usize = 500;

#[actix_web::test]
async fn a_process_that_ends_finishes_what_was_asked_and_closes_its_lanes() {
    let app = TestApp::start().await;
    app.enrol("onestop", &["citizen:verify"], json!({})).await;
    app.register(&[an()]).await;
    let token = app.token("onestop", "citizen:verify");
    let (database, url) = (Arc::clone(&app.database), app.url());
    let watcher = database.client().await;
    let owner = database.client().await;
    // A request that waits for its entry while the process is told to end.
    let lock = "BEGIN; LOCK TABLE audit.block IN SHARE MODE";
    owner.batch_execute(lock).await.unwrap();
    let asked = app
        .request(reqwest::Method::POST, "/v1/verify")
        .bearer_auth(&token)
        .header("content-type", "application/json")
        .body(question().to_string());
    let asked_at = Instant::now();
    let waiting = tokio::spawn(asked.send());
    within("a request is under way", PATIENCE, async || {
        app.metric("dancu_http_requests_in_flight").await == 1.0
    })
    .await;
    let stopping = actix_web::rt::spawn(app.stop());
    // No new ones are taken from then on.
    let refused = async || reqwest::get(format!("{url}/health/live")).await.is_err();
    while !refused().await {}
    let held = asked_at.elapsed();
    owner.batch_execute("COMMIT").await.unwrap();

    let answer = waiting.await.unwrap().unwrap();
    let body: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    // Where the machine had so much else to do that the entry was held up for longer, it may have been given up.
    if held < RECORD_LIMIT / 2 || body["code"] != "audit_unavailable" {
        assert_eq!(body["result"], "match", "{body}");
    }
    stopping.await.unwrap();

    let entries = closed(&watcher).await;
    if let Some(id) = body["audit_id"].as_str() {
        assert!(entries.iter().any(|entry| id_of(entry) == id));
    }
}

#[actix_web::test]
async fn what_is_asked_while_a_process_ends_is_answered_and_its_connection_closed() {
    let app = TestApp::with(|config| config.http.drain_ms = 60_000).await;
    app.enrol("onestop", &["citizen:verify"], json!({})).await;
    app.register(&[an()]).await;
    let token = app.token("onestop", "citizen:verify");
    let address = app.address();
    let request = asked(&token);
    let mut idle = Connection::open(address).await;
    idle.send(&request).await;
    let first = idle.answer().await.unwrap();
    assert_eq!((first.status, first.header("connection")), (200, None));

    let stopping = actix_web::rt::spawn(app.stop());
    within("it is not ready", PATIENCE, async || {
        let mut probe = Connection::open(address).await;
        probe
            .send("GET /health/ready HTTP/1.1\r\nHost: x\r\n\r\n")
            .await;
        let answer = probe.answer().await.unwrap();
        answer.status == 503 && answer.header("connection") == Some("close")
    })
    .await;

    let mut new = Connection::open(address).await;
    for connection in [&mut idle, &mut new] {
        connection.send(&request).await;
        let answer = connection.answer().await.unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.header("connection"), Some("close"));
        assert!(connection.is_closed().await);
    }
    // It would go on for a minute: its database is the test's, and goes with it.
    stopping.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_told_to_end_under_load_loses_no_answer_and_no_entry() {
    let service = Service::start();
    service.set_up().await;
    let request = asked(&service.token("onestop", "citizen:verify"));
    let answered = Arc::new(AtomicUsize::new(0));
    let callers: Vec<_> = (0..CALLERS)
        .map(|_| {
            let (request, answered) = (request.clone(), Arc::clone(&answered));
            let address = service.address;
            tokio::spawn(async move { ask_until_closed(address, &request, &answered).await })
        })
        .collect();
    within("there is load", PATIENCE, async || {
        answered.load(Ordering::Relaxed) >= BEFORE
    })
    .await;
    let address = service.address;
    service.tell("TERM");

    let mut ids = Vec::new();
    let mut lost = 0;
    for caller in callers {
        let caller = caller.await.unwrap();
        lost += usize::from(!caller.was_told);
        ids.extend(caller.ids);
    }
    assert_eq!(
        lost, 0,
        "of {CALLERS} connections that had a request under way"
    );
    let (data_dir, said) = service.ended();
    assert!(TcpStream::connect(address).is_err(), "nobody listens");

    let postgres = Postgres::start(&data_dir, Options::default())
        .await
        .unwrap();
    let client = postgres.database().connect(Role::Owner).await.unwrap();
    let entries = closed(&client).await;
    let mut recorded: Vec<String> = entries.iter().map(id_of).collect();
    recorded.sort_unstable();
    assert!(ids.len() >= BEFORE, "{said}");
    for id in &ids {
        assert!(recorded.binary_search(id).is_ok(), "{id} was answered");
    }
    drop(client);
    postgres.stop().await.unwrap();
}

/// A verification as it goes over the wire.
fn asked(token: &str) -> String {
    let body = question().to_string();
    format!(
        "POST /v1/verify HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// What came of asking over one connection.
struct Caller {
    /// The entries of its answers.
    ids: Vec<String>,
    /// Whether it was told that its last answer was the last.
    was_told: bool,
}

/// Asks all the time over one connection, until that is closed.
async fn ask_until_closed(address: SocketAddr, request: &str, answered: &AtomicUsize) -> Caller {
    let mut connection = Connection::open(address).await;
    let mut caller = Caller {
        ids: Vec::new(),
        was_told: false,
    };
    while !caller.was_told {
        connection.send(request).await;
        let Some(answer) = connection.answer().await else {
            return caller;
        };
        caller.ids.push(id_in(&answer));
        answered.fetch_add(1, Ordering::Relaxed);
        caller.was_told = answer.header("connection") == Some("close");
    }
    assert!(connection.is_closed().await);
    caller
}

fn id_in(answer: &RawAnswer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    body["audit_id"].as_str().unwrap().to_owned()
}

fn id_of(entry: &Decoded) -> String {
    entry.stamp.audit_id.as_uuid().to_string()
}

/// All entries, once it is sure that every lane is closed with nothing unacknowledged and no hole.
async fn closed(client: &Client) -> Vec<Decoded> {
    let rows = client
        .query("SELECT entry FROM audit.entry ORDER BY lane_id, seq", &[])
        .await;
    let entries: Vec<_> = rows
        .unwrap()
        .iter()
        .map(|row| Decoded::from_canonical(row.get(0)).unwrap())
        .collect();
    let lanes = client
        .query("SELECT lane_id, closed_at IS NOT NULL FROM audit.lane", &[])
        .await;
    let lanes = lanes.unwrap();
    assert!(!lanes.is_empty());
    for lane in &lanes {
        assert!(lane.get::<_, bool>(1), "every lane is closed");
        let of_lane = entries
            .iter()
            .filter(|entry| entry.stamp.lane.cast_signed() == lane.get::<_, i64>(0));
        let of_lane: Vec<_> = of_lane.collect();
        let last = of_lane.last().unwrap();
        assert_eq!(last.operation, Operation::LaneClosed);
        assert_eq!(
            last.acknowledged,
            Some(last.stamp.seq - 1),
            "with nothing unacknowledged"
        );
        let numbers = of_lane.iter().map(|entry| entry.stamp.seq);
        assert!(numbers.eq(0..of_lane.len() as u64), "and no hole");
    }
    entries
}

/// `dancu serve` with its own database.
struct Service {
    address: SocketAddr,
    data_dir: PathBuf,
    issuer: DevelopmentIssuer,
    child: Child,
}

impl Service {
    fn start() -> Self {
        let data_dir = scratch("ending");
        fs::create_dir_all(&data_dir).unwrap();
        let issuer = DevelopmentIssuer::open(&data_dir).unwrap();
        let jwks = issuer.config().unwrap().jwks;
        let config = data_dir.join("dancu.toml");
        let text = format!(
            "data_dir = {data_dir:?}\n\
             [http]\nlisten = \"127.0.0.1:0\"\nmetrics_listen = \"127.0.0.1:0\"\n\
             [auth]\nbootstrap_client = \"admin-cli\"\n\
             [[auth.issuers]]\nissuer = \"{ISSUER}\"\naudience = \"{AUDIENCE}\"\n\
             algorithms = [\"ES256\"]\njwks = \"{jwks}\"\n"
        );
        fs::write(&config, text).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_dancu"))
            .args(["serve", "--config"])
            .arg(&config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap());
        let mut all = String::new();
        let address = loop {
            let mut line = String::new();
            assert!(said.read_line(&mut line).unwrap() > 0, "it ended: {all}");
            if let Some(address) = line.strip_prefix("dancu answers on http://") {
                break address.trim_end().parse().unwrap();
            }
            all.push_str(&line);
        };
        // Few lines come until its end: there is room for them.
        child.stderr = Some(said.into_inner());
        Self {
            address,
            data_dir,
            issuer,
            child,
        }
    }

    fn token(&self, client_id: &str, scopes: &str) -> String {
        let request = TokenRequest {
            client_id,
            scopes,
            officer_id: None,
            lifetime: SignedDuration::from_hours(1),
        };
        self.issuer.sign(&request, Clock::default().now()).unwrap()
    }

    /// A client that may ask, and somebody to ask about.
    async fn set_up(&self) {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let admin = self.token("admin-cli", "admin register:write");
        let send = async |method: reqwest::Method, path: &str, body: Value| {
            let answer = http
                .request(method, format!("http://{}/v1/{path}", self.address))
                .bearer_auth(&admin)
                .header("content-type", "application/json")
                .body(body.to_string())
                .send()
                .await
                .unwrap();
            assert!(answer.status().is_success(), "{path}: {}", answer.status());
        };
        let put = async |path: &str, body| send(reqwest::Method::PUT, path, body).await;
        let agency = json!({"code": "H29", "name": "UBND Thành phố Hồ Chí Minh"});
        put("admin/agencies/H29", agency).await;
        put("admin/procedures/1.004194", procedure()).await;
        let client = json!({"client_id": "onestop", "agency_code": "H29", "name": "Một cửa",
            "scopes": ["citizen:verify"]});
        put("admin/clients/onestop", client).await;
        let agreement = json!({"id": "onestop", "client_id": "onestop",
            "procedure_code": "1.004194", "operations": ["verify"], "valid_from": "2020-01-01"});
        put("admin/agreements/onestop", agreement).await;
        let change = json!({"op": "upsert", "revision": 1, "citizen": an()});
        let changes = json!({"changes": [change]});
        send(reqwest::Method::POST, "register/changes", changes).await;
    }

    fn tell(&self, signal: &str) {
        let told = Command::new("kill")
            .args([&format!("-{signal}"), &self.child.id().to_string()])
            .status();
        assert!(told.unwrap().success());
    }

    /// Waits for its good end; where its database is, and what it said.
    fn ended(mut self) -> (PathBuf, String) {
        let mut said = String::new();
        let stderr = self.child.stderr.as_mut().unwrap();
        stderr.read_to_string(&mut said).unwrap();
        assert_eq!(self.child.wait().unwrap().code(), Some(0), "{said}");
        (self.data_dir.clone(), said)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.tell("TERM");
            let _status = self.child.wait();
        }
    }
}
