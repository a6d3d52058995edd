//! More than can be done, and faults of ours: who is refused, at once and how, and what is recorded.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use dancu::clock::Clock;
use dancu::config::HttpLimits;
use dancu::domain::entry::{Decision, Decoded, Operation};
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::app::{Answer, TestApp, an, question};
use crate::support::raw::{Connection, RawAnswer};
use crate::support::within;

const SCOPES: &[&str] = &["citizen:verify", "citizen:lookup", "fields:identity"];
const AUDITOR: &str = "audit:read";
/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);
const UNDER_WAY: &str = "dancu_http_requests_in_flight";

/// A service with those limits, and the token of a client that may ask.
async fn under(limit: impl FnOnce(&mut HttpLimits)) -> (TestApp, String) {
    let app = TestApp::with(|config| limit(&mut config.http.limits)).await;
    let token = set_up(&app).await;
    (app, token)
}

async fn set_up(app: &TestApp) -> String {
    app.enrol("onestop", SCOPES, json!({})).await;
    app.register(&[an()]).await;
    app.token("onestop", &SCOPES.join(" "))
}

fn head(path: &str, token: &str, length: usize) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    )
}

fn whole(path: &str, token: &str, body: &Value) -> String {
    let body = body.to_string();
    format!("{}{body}", head(path, token, body.len()))
}

/// A request that is under way, because the rest of its body has yet to come.
struct Held {
    connection: Connection,
    body: String,
}

impl Held {
    async fn begin(app: &TestApp, path: &str, token: &str, body: &Value) -> Self {
        let before = app.metric(UNDER_WAY).await;
        let mut connection = Connection::open(app.address()).await;
        let body = body.to_string();
        connection.send(head(path, token, body.len())).await;
        within("it is under way", PATIENCE, async || {
            app.metric(UNDER_WAY).await > before
        })
        .await;
        Self { connection, body }
    }

    async fn finish(mut self) -> RawAnswer {
        self.connection.send(&self.body).await;
        self.connection.answer().await.unwrap()
    }
}

/// That it is refused as too much, and its connection goes on.
fn assert_refused(answer: &RawAnswer) {
    assert_eq!(answer.status, 503, "{}", answer.text());
    assert_eq!(answer.code(), "overloaded");
    assert_eq!(answer.header("retry-after"), Some("1"));
    assert_eq!(answer.header("connection"), None);
}

#[actix_web::test]
async fn a_question_too_many_is_refused_unread_and_its_connection_goes_on() {
    let (app, token) = under(|limits| limits.in_flight = 1).await;
    let entries = "SELECT count(*)::text FROM audit.entry WHERE decision <> 'done'";
    let held = Held::begin(&app, "/v1/verify", &token, &question()).await;

    let mut other = Connection::open(app.address()).await;
    let large = json!({"no": "question", "filler": "x".repeat(60_000)});
    for (token, body) in [
        (&*token, &question()),
        ("no token at all", &question()),
        (&*token, &large),
    ] {
        other.send(whole("/v1/verify", token, body)).await;
        assert_refused(&other.answer().await.unwrap());
    }
    other.send("GET /v1/me HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert_refused(&other.answer().await.unwrap());
    let shed = "dancu_http_shed_total{reason=\"in_flight\"}";
    assert_eq!(app.metric(shed).await, 4.0);
    assert_eq!(app.rows(entries).await, ["0"], "what is shed has no entry");

    let answer = held.finish().await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    within("its place is free", PATIENCE, async || {
        app.metric(UNDER_WAY).await == 0.0
    })
    .await;
    other.send(whole("/v1/verify", &token, &question())).await;
    let answer = other.answer().await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text());
    app.stop().await;
}

#[actix_web::test]
async fn what_is_refused_unread_and_does_not_come_is_not_waited_for() {
    let (app, token) = under(|limits| limits.in_flight = 1).await;
    let held = Held::begin(&app, "/v1/verify", &token, &question()).await;

    let mut slow = Connection::open(app.address()).await;
    slow.send(head("/v1/verify", &token, 1000)).await;
    let answer = slow.answer().await.unwrap();
    assert_eq!((answer.status, answer.code().as_str()), (503, "overloaded"));
    assert_eq!(answer.header("connection"), Some("close"));

    drop(held);
    app.stop().await;
}

#[actix_web::test]
async fn questions_offices_and_onlookers_have_places_of_their_own() {
    let (app, token) = under(|limits| {
        (
            limits.in_flight,
            limits.in_flight_office,
            limits.in_flight_log,
        ) = (1, 1, 1);
    })
    .await;
    let auditor = app.token("admin-cli", AUDITOR);
    let search = json!({"limit": 1});
    within("a head of the log is published", PATIENCE, async || {
        app.get("/log/key", "").await.status == 200
    })
    .await;

    let question_held = Held::begin(&app, "/v1/verify", &token, &question()).await;
    let answer = app.post("/v1/audit/search", &auditor, &search).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(app.get("/log/key", "").await.status, 200);
    let answer = app.get("/v1/me", &token).await;
    assert_eq!(answer.code(), "overloaded");
    assert_eq!(question_held.finish().await.status, 200);

    let search_held = Held::begin(&app, "/v1/audit/search", &auditor, &search).await;
    let answer = app.post("/v1/verify", &token, &question()).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    for path in ["/v1/audit/search", "/v1/register/changes"] {
        let answer = app.post(path, &auditor, &search).await;
        assert_eq!(answer.code(), "overloaded", "{path}");
    }
    for path in ["/health/live", "/health/ready", "/health/startup", "/docs"] {
        assert_eq!(app.get(path, "").await.status, 200, "{path}");
    }
    assert_eq!(search_held.finish().await.status, 200);
    let shed = "dancu_http_shed_total{reason=\"in_flight_office\"}";
    assert_eq!(app.metric(shed).await, 2.0);
    app.stop().await;
}

#[actix_web::test]
async fn a_connection_too_many_is_told_so_and_closed() {
    let app = TestApp::with(|config| config.http.limits.connections = 2).await;
    let live = "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n";
    let me = "GET /v1/me HTTP/1.1\r\nHost: x\r\n\r\n";
    let mut two = Vec::new();
    for _ in 0..2 {
        let mut connection = Connection::open(app.address()).await;
        connection.send(me).await;
        let answer = connection.answer().await.unwrap();
        assert_eq!((answer.status, answer.header("connection")), (401, None));
        two.push(connection);
    }
    for (request, status) in [(me, 503), (live, 200)] {
        let mut third = Connection::open(app.address()).await;
        third.send(request).await;
        let answer = third.answer().await.unwrap();
        assert_eq!(answer.status, status, "{}", answer.text());
        assert_eq!(answer.header("connection"), Some("close"));
        assert!(third.is_closed().await);
    }
    let shed = "dancu_http_shed_total{reason=\"connections\"}";
    assert_eq!(app.metric(shed).await, 1.0);

    two.pop();
    within("there is room again", PATIENCE, async || {
        app.metric("dancu_http_connections").await == 1.0
    })
    .await;
    let mut next = Connection::open(app.address()).await;
    next.send(me).await;
    assert_eq!(next.answer().await.unwrap().status, 401);
    drop((two, next));
    app.stop().await;
}

#[actix_web::test]
async fn a_question_that_is_not_decided_in_time_is_given_up_and_recorded() {
    let (app, token) = under(|limits| limits.handler_deadline_ms = 100).await;
    let owner = app.database.client().await;
    let lock = "BEGIN; LOCK TABLE register.citizen IN ACCESS EXCLUSIVE MODE";
    owner.batch_execute(lock).await.unwrap();

    let answer = app.post("/v1/verify", &token, &question()).await;
    assert_eq!(
        (answer.status.as_u16(), answer.code().as_str()),
        (503, "overloaded")
    );
    assert!(answer.headers.contains_key("retry-after"));
    assert_failed(&app, &answer, Operation::Verify, "overloaded").await;
    let shed = "dancu_http_shed_total{reason=\"deadline\"}";
    assert_eq!(app.metric(shed).await, 1.0);

    owner.batch_execute("COMMIT").await.unwrap();
    within("it is answered again", PATIENCE, async || {
        app.post("/v1/verify", &token, &question()).await.status == 200
    })
    .await;
    app.stop().await;
}

/// A clock that can be put forward.
fn shifting() -> (Arc<AtomicI64>, Clock) {
    let ahead = Arc::new(AtomicI64::new(0));
    let (shift, clock) = (Arc::clone(&ahead), Clock::default());
    let clock = Clock::told_by(move || {
        clock.now() + SignedDuration::from_millis(shift.load(Ordering::SeqCst))
    });
    (ahead, clock)
}

#[actix_web::test]
async fn whoever_may_not_ask_any_more_when_the_body_is_there_is_turned_away() {
    let (ahead, clock) = shifting();
    let database = Arc::new(crate::support::database().await);
    let app = TestApp::over(database, clock, |_| {}).await;
    let token = set_up(&app).await;
    let refused = "SELECT count(*)::text FROM audit.entry WHERE decision = 'refused'";

    let held = Held::begin(&app, "/v1/verify", &token, &question()).await;
    let suspend = app.request(Method::POST, "/v1/admin/clients/onestop/suspend");
    let suspended = app.send(suspend.bearer_auth(app.admin())).await;
    assert_eq!(suspended.status, 200, "{}", suspended.text);
    ahead.fetch_add(200, Ordering::SeqCst);
    let answer = held.finish().await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (403, "client_suspended")
    );
    assert_eq!(app.rows(refused).await, ["1"]);

    let auditor = app.token("admin-cli", AUDITOR);
    let held = Held::begin(&app, "/v1/audit/search", &auditor, &json!({"limit": 1})).await;
    ahead.fetch_add(7_200_000, Ordering::SeqCst);
    let answer = held.finish().await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (401, "token_expired")
    );
    app.stop().await;
}

#[actix_web::test]
async fn nobody_who_is_not_signed_in_takes_the_places_of_offices_with_a_form_that_does_not_come() {
    let app = TestApp::with(|config| {
        config.console.paste = true;
        config.http.limits.in_flight_office = 1;
    })
    .await;
    let form = |path: &str| {
        format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 10\r\n\r\n"
        )
    };
    // Of a stranger no body is waited for.
    for path in ["search", "report", "export", "entries", "signals"] {
        let mut connection = Connection::open(app.address()).await;
        connection.send(form(&format!("/console/{path}"))).await;
        let answer = connection.answer().await.unwrap();
        assert_eq!(answer.status, 401, "{path}: {}", answer.text());
    }
    // But of who signs in, at places that are nobody else's.
    let mut entering = Connection::open(app.address()).await;
    entering.send(form("/console/sign-in")).await;
    within("it is under way", PATIENCE, async || {
        app.metric(UNDER_WAY).await > 0.0
    })
    .await;
    let auditor = app.token("admin-cli", AUDITOR);
    let search = app
        .post("/v1/audit/search", &auditor, &json!({"limit": 1}))
        .await;
    assert_eq!(search.status, 200, "{}", search.text);
    drop(entering);
    app.stop().await;
}

/// A clock at which a worker's reading can be made to be the last that its request lives to see.
#[derive(Clone, Default)]
struct Trap(Arc<AtomicI64>);

impl Trap {
    fn clock(&self) -> Clock {
        let (trap, clock) = (self.clone(), Clock::default());
        Clock::told_by(move || {
            let thread = std::thread::current();
            let is_worker = thread.name().is_some_and(|name| name.contains("arbiter"));
            if is_worker {
                let left = trap.0.fetch_sub(1, Ordering::SeqCst);
                assert!(left != 1, "the trap was set");
            }
            clock.now()
        })
    }

    /// Lets so many readings pass, and not the one after them.
    fn set(&self, readings: i64) {
        self.0.store(readings + 1, Ordering::SeqCst);
    }
}

#[actix_web::test]
async fn a_panic_ends_one_request_with_a_problem_and_its_entry() {
    let trap = Trap::default();
    let database = Arc::new(crate::support::database().await);
    let app = TestApp::over(database, trap.clock(), |_| {}).await;
    let token = set_up(&app).await;
    let item = |name: &str| json!({"ref": name, "subject": question()["subject"], "claims": question()["claims"]});
    let batch = json!({"context": question()["context"], "items": [item("a"), item("b")]});
    let mut lookup = question();
    lookup["fields"] = json!(["full_name"]);
    // Another request on the same worker.
    let held = Held::begin(&app, "/v1/verify", &token, &question()).await;

    for (path, body, operation, entries) in [
        ("/v1/verify", &question(), Operation::Verify, 1),
        ("/v1/lookup", &lookup, Operation::Lookup, 1),
        ("/v1/verify/batch", &batch, Operation::Verify, 2),
    ] {
        let before = failures(&app).await.len();
        // Those of the call pass, before its body and behind it; the next is the register's, which looks
        // whether it knows the person.
        trap.set(2);
        let answer = app.post(path, &token, body).await;
        assert_internal(&answer);
        assert_failed(&app, &answer, operation, "internal").await;
        assert_eq!(failures(&app).await.len(), before + entries, "{path}");
    }
    // Those who administer: the next is that of their entry, while it is made.
    trap.set(1);
    let answer = app.get("/v1/admin/agencies/H29", &app.admin()).await;
    assert_internal(&answer);
    assert_failed(&app, &answer, Operation::AgencyGet, "internal").await;

    let answer = held.finish().await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let answer = app.post("/v1/verify", &token, &question()).await;
    assert_eq!(answer.json()["result"], "match");
    assert_eq!(app.metric(UNDER_WAY).await, 0.0);
    app.stop().await;
}

fn assert_internal(answer: &Answer) {
    assert_eq!(
        (answer.status.as_u16(), answer.code().as_str()),
        (500, "internal")
    );
    assert!(answer.headers.contains_key("x-request-id"));
    assert!(!answer.text.contains("trap"), "{}", answer.text);
}

/// The entries that say that something failed.
async fn failures(app: &TestApp) -> Vec<Decoded> {
    let client = app.database.client().await;
    let rows = client
        .query(
            "SELECT entry FROM audit.entry WHERE decision = 'failed'",
            &[],
        )
        .await;
    let rows = rows.unwrap();
    let entries = rows.iter().map(|row| Decoded::from_canonical(row.get(0)));
    entries.map(Result::unwrap).collect()
}

/// That the problem names the one entry of that failure.
async fn assert_failed(app: &TestApp, answer: &Answer, operation: Operation, reason: &str) {
    let body = answer.json();
    let id = body["audit_id"]
        .as_str()
        .unwrap_or_else(|| panic!("{body}"));
    let entries = failures(app).await;
    let named = entries
        .iter()
        .filter(|entry| entry.stamp.audit_id.as_uuid().to_string() == id);
    let named: Vec<_> = named.collect();
    assert_eq!(named.len(), 1, "{body}");
    assert_eq!(named[0].operation, operation);
    assert_eq!(named[0].decision, Decision::Failed);
    assert_eq!(named[0].reason.as_deref(), Some(reason));
}
