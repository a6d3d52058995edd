//! A rolling restart: replicas are replaced one after another, and nobody who asks notices.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use dancu::clock::Clock;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::support::app::{TestApp, an, question};
use crate::support::{self, sealing};

/// Who asks at the same time.
const CALLERS: usize = 4;
/// How many answers are waited for between two steps.
const ANSWERS: usize = 50;
/// Longer than any step takes.
const LIMIT: Duration = Duration::from_secs(60);

/// What stands in front of the replicas: sends each question to the next one that takes some.
#[derive(Default)]
struct Proxy {
    replicas: RefCell<Vec<Rc<Replica>>>,
    turn: Cell<usize>,
    answers: watch::Sender<usize>,
    ending: Cell<bool>,
}

struct Replica {
    url: String,
    under_way: watch::Sender<usize>,
}

impl Proxy {
    /// Sends it questions from now on.
    fn put_in(&self, app: &TestApp) -> Rc<Replica> {
        let replica = Rc::new(Replica {
            url: app.url(),
            under_way: watch::Sender::default(),
        });
        self.replicas.borrow_mut().push(Rc::clone(&replica));
        replica
    }

    /// Sends it no more, and waits until it owes no answer.
    async fn take_out(&self, replica: &Rc<Replica>) {
        let others = |it: &Rc<Replica>| !Rc::ptr_eq(it, replica);
        self.replicas.borrow_mut().retain(others);
        until(&replica.under_way, |under_way| under_way == 0).await;
    }

    fn next(&self) -> Rc<Replica> {
        let replicas = self.replicas.borrow();
        self.turn.set(self.turn.get() + 1);
        Rc::clone(&replicas[self.turn.get() % replicas.len()])
    }

    /// Asks until it is over; every question is answered.
    async fn ask(&self, token: &str) {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        while !self.ending.get() {
            let replica = self.next();
            replica.under_way.send_modify(|it| *it += 1);
            let sent = http
                .post(format!("{}/v1/verify", replica.url))
                .bearer_auth(token)
                .header("content-type", "application/json")
                .body(question().to_string())
                .send();
            let answer = sent.await.expect("there is an answer");
            let status = answer.status();
            let text = answer.text().await.expect("all of it");
            replica.under_way.send_modify(|it| *it -= 1);
            let body: Value = serde_json::from_str(&text).expect("an answer is JSON");
            assert!(status == 200 && body["result"] == "match", "{text}");
            self.answers.send_modify(|it| *it += 1);
        }
    }

    async fn until_more_were_answered(&self) {
        let enough = *self.answers.borrow() + ANSWERS;
        until(&self.answers, |answers| answers >= enough).await;
    }
}

async fn until(count: &watch::Sender<usize>, is_so: impl Fn(usize) -> bool) {
    let mut changes = count.subscribe();
    let changed = changes.wait_for(|count| is_so(*count));
    let waited = tokio::time::timeout(LIMIT, changed).await;
    assert!(waited.is_ok(), "it stayed at {}", *count.borrow());
}

#[actix_web::test]
async fn no_request_fails_while_replicas_are_replaced_one_after_another() {
    let database = Arc::new(support::database().await);
    // However slow the machine is, the permissions are as fresh as they must be.
    let clock = Clock::frozen(Clock::default().now());
    let configure = |config: &mut dancu::config::Config| config.audit.seal_interval_ms = 20;
    let first = TestApp::over(Arc::clone(&database), clock, configure).await;
    first.enrol("onestop", &["citizen:verify"], json!({})).await;
    first.register(&[an()]).await;
    let second = first.another().await;
    let token = first.token("onestop", "citizen:verify");
    let proxy = Rc::new(Proxy::default());
    let mut running = Vec::new();
    for app in [first, second] {
        let replica = proxy.put_in(&app);
        running.push((app, replica));
    }
    let callers: Vec<_> = (0..CALLERS)
        .map(|_| {
            let (proxy, token) = (Rc::clone(&proxy), token.clone());
            actix_web::rt::spawn(async move { proxy.ask(&token).await })
        })
        .collect();

    for _ in 0..running.len() {
        proxy.until_more_were_answered().await;
        let (app, replica) = running.remove(0);
        proxy.take_out(&replica).await;
        app.stop().await;
        let next = running[0].0.another().await;
        let ready = next.get("/health/startup", "").await;
        assert_eq!(ready.status, 200, "{}", ready.text);
        let replica = proxy.put_in(&next);
        running.push((next, replica));
    }
    proxy.until_more_were_answered().await;
    proxy.ending.set(true);
    for caller in callers {
        caller.await.unwrap();
    }

    let (app, _) = &running[0];
    let one = async |query: &str| app.rows(query).await.remove(0).parse::<usize>().unwrap();
    let asked = "SELECT count(*)::text FROM audit.entry WHERE operation = 'verify'";
    assert_eq!(
        one(asked).await,
        *proxy.answers.borrow(),
        "an entry an answer"
    );
    let entries = one("SELECT count(*)::text FROM audit.entry").await;
    let sealed = "SELECT coalesce(max(size), 0)::text FROM audit.checkpoint
        WHERE published_at IS NOT NULL";
    sealing::until("what was recorded is sealed", async || {
        (one(sealed).await >= entries).then_some(())
    })
    .await;
    for (app, _) in running {
        app.stop().await;
    }
    let client = database.client().await;
    let unwell =
        "SELECT count(*) FROM audit.lane WHERE closed_at IS NULL OR abandoned_by IS NOT NULL";
    let holes = "SELECT count(*) FROM (SELECT FROM audit.block GROUP BY lane_id
        HAVING sum(count) <> max(first_seq + count)) AS lanes";
    for query in [unwell, holes] {
        let count: i64 = client.query_one(query, &[]).await.unwrap().get(0);
        assert_eq!(count, 0, "{query}");
    }
    let lanes = client.query("SELECT FROM audit.lane", &[]).await.unwrap();
    assert!(lanes.len() >= 4, "each replica had one");
}
