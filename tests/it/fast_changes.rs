//! The register is written as fast as it takes changes, while callers ask two processes: no answer lacks
//! what was committed before the time it says, nor what was committed longer ago than its bound. Both are
//! compared by what is answered, so neither depends on how fast anything is.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use dancu::clock::Clock;
use futures_util::future::{join, join_all};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::support;
use crate::support::app::TestApp;

/// Children whom every transaction writes.
const WRITTEN: usize = 240;
/// Children who stay as they are, but for what is shown of their fathers.
const QUIET: usize = 60;
/// Each transaction turns the protection of one of them.
const FATHERS: usize = 8;
const TRANSACTIONS: u64 = 40;
const CALLERS: usize = 8;
/// Children who are asked for most of the time, so that many ask for one at once.
const HOT: usize = 12;

/// How long the feed may be silent before everything is read through.
const BOUND: SignedDuration = SignedDuration::from_millis(800);

const SCOPES: &[&str] = &["citizen:lookup", "fields:residence", "fields:family"];

fn father_of(child: usize) -> usize {
    child % FATHERS
}

fn father_number(father: usize) -> String {
    format!("0010650{father:05}")
}

fn child_number(child: usize) -> String {
    format!("0010950{child:05}")
}

fn old_number(child: usize) -> String {
    format!("{child:09}")
}

/// Whether the father is shown, after so many transactions.
fn shows(father: usize, transactions: u64) -> bool {
    let turned = (1..=transactions).filter(|at| turned_by(*at) == father);
    turned.count().is_multiple_of(2)
}

fn turned_by(transaction: u64) -> usize {
    usize::try_from(transaction).unwrap() % FATHERS
}

fn child(child: usize, transaction: u64) -> Value {
    json!({"personal_id": child_number(child), "full_name": "Nguyễn Văn An",
        "birth_date": "1995-03-02", "old_id_numbers": [old_number(child)],
        "permanent_residence": {"country": "VN", "province_code": "01", "district_code": "001",
            "commune_code": "00013", "detail": transaction.to_string()},
        "father": {"full_name": "Nguyễn Văn Bình", "personal_id": father_number(father_of(child))}})
}

fn father(father: usize, transactions: u64) -> Value {
    json!({"personal_id": father_number(father), "full_name": "Nguyễn Văn Bình",
        "birth_date": "1965-01-01", "protected": !shows(father, transactions)})
}

/// What one transaction writes; the first writes everyone.
fn changes(transaction: u64) -> Vec<Value> {
    let (children, fathers) = if transaction == 0 {
        (WRITTEN + QUIET, (0..FATHERS).collect())
    } else {
        (WRITTEN, vec![turned_by(transaction)])
    };
    let children = (0..children).map(|it| child(it, transaction));
    let fathers = fathers.into_iter().map(|it| father(it, transaction));
    let upsert = |citizen| json!({"op": "upsert", "revision": transaction + 1, "citizen": citizen});
    children.chain(fathers).map(upsert).collect()
}

/// What was written when.
#[derive(Default)]
struct History {
    /// The last transaction that may have been committed.
    begun: AtomicU64,
    /// When each was known to be committed.
    committed: Mutex<Vec<Timestamp>>,
    ended: AtomicBool,
}

impl History {
    async fn write(&self, app: &TestApp, bodies: &[String]) {
        let token = app.admin();
        for (at, body) in (1..).zip(bodies) {
            self.begun.store(at, Ordering::SeqCst);
            let answer = app.post_text("/v1/register/changes", &token, body).await;
            assert_eq!(answer.status, 200, "{}", answer.text);
            self.committed.lock().unwrap().push(now());
        }
        self.ended.store(true, Ordering::SeqCst);
    }

    /// The last transaction that was committed before that time.
    fn committed_before(&self, time: Timestamp) -> u64 {
        let committed = self.committed.lock().unwrap();
        let before = committed.partition_point(|at| *at < time);
        // Nobody is asked for before the first.
        u64::try_from(before).unwrap().saturating_sub(1)
    }
}

fn now() -> Timestamp {
    Clock::default().now()
}

/// Asks for a child, by one number or the other, and says as of which transaction it was answered at
/// the least; `None` where it was not.
async fn look_up(
    app: &TestApp,
    token: &str,
    history: &History,
    which: usize,
    by_old: bool,
) -> Option<u64> {
    let subject = if by_old {
        json!({"old_id_number": old_number(which)})
    } else {
        json!({"personal_id": child_number(which)})
    };
    let body = json!({"context": {"procedure_code": "1.004194"}, "subject": subject,
        "claims": {"full_name": "Nguyễn Văn An", "birth_date": "1995-03-02"},
        "fields": ["permanent_residence.as_recorded.detail", "father.full_name"]});
    let asked = now();
    let answer = app.post("/v1/lookup", token, &body).await;
    if answer.status == 503 {
        // On a machine that has other things to do; nothing old is in it.
        return None;
    }
    assert_eq!(answer.status, 200, "{}", answer.text);
    let answer = answer.json();
    let as_of: Timestamp = answer["data_as_of"].as_str().unwrap().parse().unwrap();
    let oldest = history
        .committed_before(as_of)
        .max(history.committed_before(asked - BOUND));
    let newest = history.begun.load(Ordering::SeqCst);
    let citizen = &answer["citizen"];
    let detail = citizen["permanent_residence"]["as_recorded"]["detail"]
        .as_str()
        .unwrap();
    let written: u64 = detail.parse().unwrap();
    let shown = citizen["father"]["full_name"] == "Nguyễn Văn Bình";
    let father = father_of(which);
    let told = format!("{answer} asked at {asked}, between {oldest} and {newest}");
    if which < WRITTEN {
        assert!((oldest..=newest).contains(&written), "{told}");
        assert_eq!(shown, shows(father, written), "not one state: {told}");
    } else {
        let mut possible = oldest..=newest;
        assert!(possible.any(|at| shows(father, at) == shown), "{told}");
    }
    Some(oldest)
}

/// Asks until everything is written.
async fn keep_asking(app: &TestApp, token: &str, history: &History, caller: usize) {
    for asked in 0.. {
        if history.ended.load(Ordering::SeqCst) {
            return;
        }
        let which = match asked % 4 {
            0 => (asked * 7 + caller * 31) % (WRITTEN + QUIET),
            1 => WRITTEN + asked % HOT,
            _ => asked % HOT,
        };
        look_up(app, token, history, which, asked % 3 == 0).await;
    }
}

// On threads of its own, so that callers do not keep the service from following the feed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn however_fast_the_register_is_written_no_answer_is_older_than_it_says_nor_than_its_bound() {
    let first = TestApp::start().await;
    let agreement = json!({"read_fields": ["residence", "family"]});
    first.enrol("onestop", SCOPES, agreement).await;
    let second = first.another().await;
    let token = first.token("onestop", &SCOPES.join(" "));
    let history = History::default();
    first.change(&changes(0)).await;
    history.committed.lock().unwrap().push(now());
    let bodies: Vec<String> = (1..=TRANSACTIONS)
        .map(|at| json!({"changes": changes(at)}).to_string())
        .collect();
    let apps = [&first, &second];
    let callers = (0..CALLERS).map(|at| keep_asking(apps[at % 2], &token, &history, at));
    join(history.write(&first, &bodies), join_all(callers)).await;
    for app in apps {
        support::within("the last is known", Duration::from_secs(3), async || {
            look_up(app, &token, &history, 0, false).await == Some(TRANSACTIONS)
        })
        .await;
    }
    second.stop().await;
    first.stop().await;
}
