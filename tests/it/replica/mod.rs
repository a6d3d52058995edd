//! The register read from a replica: no answer is older than the bound whatever the replica does, and none
//! is refused for it.

mod pair;

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use dancu::clock::Clock;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio_postgres::Client;

use crate::support::app::{TestApp, an, question};
use crate::support::within;
use pair::Pair;

const SCOPES: &[&str] = &[
    "citizen:verify",
    "citizen:lookup",
    "citizen:lookup.id_only",
    "fields:identity",
];

/// How long after a change an answer may still be without it, and how long an answer may take.
const BOUND: Duration = Duration::from_secs(1);

/// How long a replica may take to be used again, its new connection included.
const RECOVERY: Duration = Duration::from_secs(20);

const HITS: &str = "dancu_register_cache_hits_total";

/// A service over a pair, and whoever asks it.
struct Rig {
    pair: Pair,
    app: TestApp,
    token: String,
    /// When each revision was in the register.
    changed: Vec<Instant>,
}

impl Rig {
    /// None, and said so, where there can be no replica.
    #[expect(
        clippy::print_stderr,
        reason = "whoever reads the test's output must see it"
    )]
    async fn start() -> Option<Self> {
        let Some(pair) = Pair::start().await else {
            eprintln!("skipped: the read replica (pg_basebackup is not installed)");
            return None;
        };
        let app = TestApp::over(pair.database(), Clock::default(), |_| {}).await;
        let operations = json!({"operations": ["verify", "lookup", "lookup.id_only"]});
        app.enrol("onestop", SCOPES, operations).await;
        let token = app.token("onestop", &SCOPES.join(" "));
        let mut rig = Self {
            pair,
            app,
            token,
            changed: Vec::new(),
        };
        rig.change().await;
        within("reads go to the replica", RECOVERY, async || {
            rig.reads_only("replica", "primary").await
        })
        .await;
        Some(rig)
    }

    async fn stop(self) {
        self.app.stop().await;
        self.pair.stop().await;
    }

    /// The record's next revision, whose number its name tells.
    async fn change(&mut self) {
        let revision = self.changed.len() + 1;
        let mut citizen = an();
        citizen["full_name"] = name(revision).into();
        let change = json!({"op": "upsert", "revision": revision, "citizen": citizen});
        self.app.change(&[change]).await;
        self.changed.push(Instant::now());
    }

    /// Asks for the record: it is answered, in time, with a revision that was the newest within the bound.
    /// Gives whether that is the newest still.
    async fn is_current(&self) -> bool {
        let asked = Instant::now();
        let answer = self.ask().await;
        assert!(
            asked.elapsed() < BOUND,
            "answered after {:?}",
            asked.elapsed()
        );
        let said = &answer["citizen"]["full_name"];
        let revision = (1..=self.changed.len()).find(|revision| *said == name(*revision));
        let revision = revision.unwrap_or_else(|| panic!("{answer}"));
        if let Some(outdated) = self.changed.get(revision) {
            let age = asked.duration_since(*outdated);
            assert!(age < BOUND, "revision {revision} was outdated {age:?} ago");
        }
        revision == self.changed.len()
    }

    async fn ask(&self) -> Value {
        let mut body = question();
        body["fields"] = json!(["full_name"]);
        // Nobody knows which name it is just now.
        body.as_object_mut().unwrap().remove("claims");
        let answer = self.app.post("/v1/lookup", &self.token, &body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    }

    /// Asks about one of many numbers that nobody has, each of which is read.
    async fn ask_about_nobody(&self) {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let mut body = question();
        let number = format!("0010956{:05}", NEXT.fetch_add(1, Ordering::Relaxed));
        body["subject"]["personal_id"] = number.into();
        let asked = Instant::now();
        let answer = self.app.post("/v1/verify", &self.token, &body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert!(
            asked.elapsed() < BOUND,
            "answered after {:?}",
            asked.elapsed()
        );
    }

    /// Whether some reads went to that node, and none to the other.
    async fn reads_only(&self, node: &str, other: &str) -> bool {
        let before = (self.reads(node).await, self.reads(other).await);
        for _ in 0..20 {
            self.ask_about_nobody().await;
        }
        let after = (self.reads(node).await, self.reads(other).await);
        after.0 >= before.0 + 20.0 && (after.1 - before.1).abs() < 0.5
    }

    /// The reads that a node answered.
    async fn reads(&self, node: &str) -> f64 {
        let name = format!("dancu_register_reads_total{{node=\"{node}\"}}");
        self.metric(&name).await
    }

    async fn metric(&self, name: &str) -> f64 {
        let text = reqwest::get(self.app.metrics_url()).await.unwrap();
        let text = text.text().await.unwrap();
        let mut lines = text.lines();
        let found = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        let found = found.unwrap_or_else(|| panic!("no {name}"));
        found.parse().unwrap()
    }
}

/// A name that differs with each number: names have no digits.
fn name(number: usize) -> String {
    let letter =
        |digit: char| char::from(b'A' + u8::try_from(digit.to_digit(10).unwrap()).unwrap());
    let letters: String = number.to_string().chars().map(letter).collect();
    format!("Nguyễn {letters}")
}

async fn execute(client: &Client, statement: &str) {
    client.batch_execute(statement).await.unwrap();
}

#[actix_web::test]
async fn while_a_replica_does_not_replay_no_answer_is_older_than_the_bound_and_none_is_refused() {
    let Some(mut rig) = Rig::start().await else {
        return;
    };
    // Where it replays, what is cached counts as it does with one node.
    let before = rig.metric(HITS).await;
    within("it is cached", RECOVERY, async || {
        rig.is_current().await;
        rig.metric(HITS).await > before
    })
    .await;

    let replica = rig.pair.on_replica().await;
    execute(&replica, "SELECT pg_wal_replay_pause()").await;
    for _ in 0..3 {
        rig.change().await;
        let changed = Instant::now();
        while changed.elapsed() < BOUND * 2 {
            rig.is_current().await;
        }
        assert!(rig.is_current().await);
        // It is known to be no older than that either.
        let as_of = rig.ask().await["data_as_of"].as_str().map(str::parse);
        let as_of: Timestamp = as_of.unwrap().unwrap();
        let age = rig.app.clock.now().duration_since(as_of);
        assert!(age < SignedDuration::from_secs(2), "{age:?}");
    }
    assert!(rig.reads_only("primary", "replica").await);

    execute(&replica, "SELECT pg_wal_replay_resume()").await;
    within("reads go to the replica again", RECOVERY, async || {
        rig.reads_only("replica", "primary").await
    })
    .await;
    assert!(rig.is_current().await);
    rig.change().await;
    within("a change is answered", BOUND, async || {
        rig.is_current().await
    })
    .await;
    drop(replica);
    rig.stop().await;
}

#[actix_web::test]
async fn a_replica_that_lags_a_little_is_read_from_and_one_that_lags_too_much_is_not() {
    let Some(mut rig) = Rig::start().await else {
        return;
    };
    let replica = rig.pair.on_replica().await;
    let delay = async |time: &str| {
        let set = format!("ALTER SYSTEM SET recovery_min_apply_delay = '{time}'");
        execute(&replica, &set).await;
        execute(&replica, "SELECT pg_reload_conf()").await;
    };
    delay("200ms").await;
    // The register is written all the time, so that the replica never is where the primary is.
    let (reads, hits) = (rig.reads("replica").await, rig.metric(HITS).await);
    let begun = Instant::now();
    while begun.elapsed() < BOUND * 4 {
        rig.change().await;
        for _ in 0..4 {
            rig.is_current().await;
        }
    }
    assert!(rig.reads("replica").await > reads + 5.0);
    assert!(rig.metric(HITS).await > hits + 5.0);

    delay("1h").await;
    rig.change().await;
    within("it is not read from", RECOVERY, async || {
        rig.reads_only("primary", "replica").await
    })
    .await;
    assert!(rig.is_current().await);
    drop(replica);
    rig.stop().await;
}

#[actix_web::test]
async fn a_replica_that_says_nothing_or_is_lost_refuses_no_answer() {
    let Some(mut rig) = Rig::start().await else {
        return;
    };
    let still = rig.pair.hold_replica().await;
    rig.change().await;
    let begun = Instant::now();
    while begun.elapsed() < BOUND * 4 {
        rig.ask_about_nobody().await;
        rig.is_current().await;
    }
    assert!(rig.reads_only("primary", "replica").await);
    drop(still);
    within("reads go to the replica again", RECOVERY, async || {
        rig.reads_only("replica", "primary").await
    })
    .await;

    rig.pair.kill_replica();
    let begun = Instant::now();
    while begun.elapsed() < BOUND * 4 {
        rig.change().await;
        rig.ask_about_nobody().await;
        rig.is_current().await;
    }
    assert!(rig.reads_only("primary", "replica").await);
    // A process that starts meanwhile serves too, and says of what time its answers are.
    let token = rig.token.clone();
    let another = rig.app.another().await;
    let mut body = question();
    body["claims"]["full_name"] = name(rig.changed.len()).into();
    let answer = another.post("/v1/verify", &token, &body).await.json();
    assert_eq!(answer["result"], "match");
    let as_of: Timestamp = answer["data_as_of"].as_str().unwrap().parse().unwrap();
    let age = another.clock.now().duration_since(as_of);
    assert!(age < SignedDuration::from_secs(2), "{age:?}");
    another.stop().await;
    rig.stop().await;
}
