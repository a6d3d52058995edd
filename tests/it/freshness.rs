//! Two processes over one database: what changes in one is in force in the other within a second,
//! and what cannot be known to be current, or recorded, is not answered.

use std::sync::Arc;

use dancu::clock::Clock;
use dancu::domain::entry::{Decision, Operation};
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio_postgres::Client;

use crate::support::app::{Answer, TestApp, an, question};
use crate::support::{self, soon};

const SCOPES: &[&str] = &["citizen:verify", "citizen:lookup", "fields:identity"];

/// Two processes, and a token both take.
async fn two() -> (TestApp, TestApp, String) {
    let first = TestApp::start().await;
    first.enrol("onestop", SCOPES, json!({})).await;
    let second = first.another().await;
    let token = first.token("onestop", &SCOPES.join(" "));
    (first, second, token)
}

async fn stop(first: TestApp, second: TestApp) {
    second.stop().await;
    first.stop().await;
}

async fn verify(app: &TestApp, token: &str) -> Answer {
    app.post("/v1/verify", token, &question()).await
}

fn lookup() -> Value {
    let mut body = question();
    body["fields"] = json!(["full_name", "sex"]);
    body
}

#[actix_web::test]
async fn a_suspension_in_one_process_is_in_force_in_the_other_within_a_second() {
    let (first, second, token) = two().await;
    first.register(&[an()]).await;
    assert_eq!(verify(&second, &token).await.json()["result"], "match");
    let act = async |verb: &str| {
        let path = format!("/v1/admin/clients/onestop/{verb}");
        let answer = first.post(&path, &first.admin(), &json!({})).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    };
    act("suspend").await;
    soon("suspended", async || {
        verify(&second, &token).await.code() == "client_suspended"
    })
    .await;
    act("resume").await;
    soon("resumed", async || {
        verify(&second, &token).await.status == 200
    })
    .await;
    stop(first, second).await;
}

#[actix_web::test]
async fn a_changed_agreement_is_in_force_everywhere_within_a_second() {
    let (first, second, token) = two().await;
    first.register(&[an()]).await;
    let body = lookup();
    let ask = async || second.post("/v1/lookup", &token, &body).await;
    assert_eq!(ask().await.status, 200);
    let path = "/v1/admin/agreements/onestop";
    let mut agreement = first.get(path, &first.admin()).await.json();
    agreement["read_fields"] = json!(["full_name"]);
    assert_eq!(first.put(path, &agreement).await.status, 200);
    soon("a field is withdrawn", async || {
        ask().await.code() == "field_not_permitted"
    })
    .await;
    agreement["valid_to"] = "2020-12-31".into();
    assert_eq!(first.put(path, &agreement).await.status, 200);
    soon("the agreement ends", async || {
        ask().await.code() == "agreement_not_in_force"
    })
    .await;
    stop(first, second).await;
}

#[actix_web::test]
async fn a_change_of_the_register_is_what_every_process_answers_within_a_second() {
    let (first, second, token) = two().await;
    first.register(&[an()]).await;
    let body = lookup();
    let sex = async |app: &TestApp| {
        app.post("/v1/lookup", &token, &body).await.json()["citizen"]["sex"].clone()
    };
    for revision in 2..6 {
        // Both have it cached.
        let (new, old) = if revision % 2 == 0 {
            ("female", "male")
        } else {
            ("male", "female")
        };
        assert_eq!(
            (sex(&first).await, sex(&second).await),
            (old.into(), old.into())
        );
        let mut citizen = an();
        citizen["sex"] = new.into();
        first
            .change(&[json!({"op": "upsert", "revision": revision, "citizen": citizen})])
            .await;
        soon("the other process answers the new value", async || {
            sex(&second).await == new
        })
        .await;
        soon("this one too", async || sex(&first).await == new).await;
    }
    let gone = json!({"op": "status", "personal_id": "001095000001", "revision": 6,
        "status": {"kind": "erroneous"}});
    first.change(&[gone]).await;
    let unfound = async || verify(&second, &token).await.json()["result"] == "no_match";
    soon("an erroneous record is no longer found", unfound).await;
    stop(first, second).await;
}

#[actix_web::test]
async fn somebody_known_not_to_be_there_is_found_within_a_second_of_being_registered() {
    let (first, second, token) = two().await;
    let mut by_old = question();
    by_old["subject"] = json!({"old_id_number": "012345678"});
    let found = async |app: &TestApp, body: &Value| {
        app.post("/v1/verify", &token, body).await.json()["result"] == "match"
    };
    for app in [&first, &second] {
        for body in [&question(), &by_old] {
            // Asked twice, so that it is known from memory.
            assert!(!found(app, body).await && !found(app, body).await);
        }
    }
    first.register(&[an()]).await;
    for app in [&first, &second] {
        for body in [&question(), &by_old] {
            soon("the newly registered is found", async || {
                found(app, body).await
            })
            .await;
        }
    }
    stop(first, second).await;
}

/// Does something to the database behind the service's back, and gives the connection.
async fn behind(app: &TestApp, statement: &str) -> Client {
    let client = app.database.client().await;
    client.batch_execute(statement).await.unwrap();
    client
}

/// One number of the metrics port.
async fn metric(app: &TestApp, name: &str) -> f64 {
    let text = reqwest::get(app.metrics_url())
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {name}")).parse().unwrap()
}

#[actix_web::test]
async fn while_the_registers_feed_is_silent_nothing_cached_is_answered() {
    let (first, second, token) = two().await;
    first.register(&[an()]).await;
    for _ in 0..2 {
        assert_eq!(verify(&second, &token).await.json()["result"], "match");
    }
    let owner = behind(&first, "REVOKE SELECT ON register.feed FROM dancu_service").await;
    // Read through: the answers stay right, and each is a read.
    let reads = "dancu_register_cache_misses_total";
    let mut before = metric(&second, reads).await;
    soon("answers are read through", async || {
        assert_eq!(verify(&second, &token).await.json()["result"], "match");
        let now = metric(&second, reads).await;
        std::mem::replace(&mut before, now) < now
    })
    .await;
    // And where reading fails too, what is cached is no way out.
    owner
        .batch_execute("REVOKE SELECT ON register.citizen FROM dancu_service")
        .await
        .unwrap();
    // Where the machine is slow, a read does not yet mean that the feed's last word is too old.
    let mut down = None;
    soon("nothing cached is answered", async || {
        let answer = verify(&second, &token).await;
        let refused = (answer.status.as_u16(), &*answer.code()) == (503, "register_unavailable");
        down = refused.then_some(answer);
        refused
    })
    .await;
    let down = down.unwrap();
    assert_eq!(down.headers["retry-after"], "1");
    let entry = first.entry_of(&down).await;
    assert_eq!(entry["decision"], "failed");
    assert_eq!(entry["reason"], "register_unavailable");
    owner
        .batch_execute("GRANT SELECT ON register.citizen, register.feed TO dancu_service")
        .await
        .unwrap();
    soon("it recovers by itself", async || {
        verify(&second, &token).await.status == 200
    })
    .await;
    stop(first, second).await;
}

#[actix_web::test]
async fn where_changes_are_missing_from_the_feed_nothing_cached_before_is_answered() {
    let app = TestApp::start().await;
    app.enrol("onestop", SCOPES, json!({})).await;
    app.register(&[an()]).await;
    let token = app.token("onestop", &SCOPES.join(" "));
    let body = lookup();
    let sex = async || app.post("/v1/lookup", &token, &body).await.json()["citizen"]["sex"].clone();
    let gaps = async || metric(&app, "dancu_feed_gaps_total").await;
    let misses = async || metric(&app, "dancu_register_cache_misses_total").await;
    soon("the registration is known", async || {
        metric(&app, "dancu_register_changes_total").await == 1.0
    })
    .await;
    // Nobody is told of the change, but that something is missing.
    for (now, missing, count) in [
        ("female", "UPDATE register.feed SET head = head + 1", 1.0),
        (
            "male",
            "UPDATE register.feed SET head = head + 2;
            INSERT INTO register.change (position, kind, personal_id)
            SELECT head, 'citizen', '001095009999' FROM register.feed",
            2.0,
        ),
        // Another database than before.
        ("female", "UPDATE register.feed SET head = head - 1", 3.0),
    ] {
        soon("it is cached", async || {
            let before = misses().await;
            assert_ne!(sex().await, now);
            misses().await == before
        })
        .await;
        let change = format!("BEGIN; UPDATE register.citizen SET sex = '{now}'; {missing}; COMMIT");
        behind(&app, &change).await;
        soon("it is noticed", async || gaps().await == count).await;
        soon("the new value is answered", async || sex().await == now).await;
    }
    app.stop().await;
}

#[tokio::test]
async fn the_time_that_comes_with_the_feeds_head_is_no_later_than_what_is_seen() {
    let database = support::database().await;
    let (mut reader, writer) = (database.client().await, database.client().await);
    let reading = reader.transaction().await.unwrap();
    let state = include_str!("../../sql/queries/register_feed/state.sql");
    // The statement's two messages, between which another commits; each is known to be in time for it.
    let seen = reading.bind(state, &[]).await.unwrap();
    let write = "UPDATE register.feed SET head = head + 1 RETURNING head, clock_timestamp()";
    let written = writer.query_one(write, &[]).await.unwrap();
    let rows = reading.query_portal(&seen, 0).await.unwrap();
    assert!(rows[0].get::<_, i64>(0) < written.get::<_, i64>(0));
    assert!(rows[0].get::<_, Timestamp>(1) < written.get::<_, Timestamp>(1));
}

#[actix_web::test]
async fn nothing_is_answered_from_the_cache_once_its_time_is_over() {
    let now = Clock::default().now();
    let database = Arc::new(support::database().await);
    let app = TestApp::over(database, Clock::frozen(now), |_| {}).await;
    app.enrol("onestop", SCOPES, json!({})).await;
    app.register(&[an()]).await;
    let token = app.token("onestop", &SCOPES.join(" "));
    let mut nobody = question();
    nobody["subject"]["personal_id"] = "001095009999".into();
    // Whether it was answered, and how many reads that took.
    let ask = async |body: &Value| {
        let reads = "dancu_register_cache_misses_total";
        let before = metric(&app, reads).await;
        let answer = app.post("/v1/verify", &token, body).await;
        (answer.status == 200, metric(&app, reads).await - before)
    };
    let from_cache = (true, 0.0);
    soon("the registration is known", async || {
        metric(&app, "dancu_register_changes_total").await >= 1.0
    })
    .await;
    soon("it is cached", async || {
        ask(&question()).await == from_cache
    })
    .await;
    app.clock.set(now + SignedDuration::from_secs(31));
    // Until policy and feed were followed at the new time, nothing cached counts anyway.
    soon("the cache is used", async || {
        ask(&nobody).await == from_cache
    })
    .await;
    assert_eq!(ask(&question()).await, (true, 1.0), "half a minute later");
    assert_eq!(ask(&question()).await, from_cache);
    app.stop().await;
}

#[actix_web::test]
async fn what_is_asked_for_shortly_before_its_time_is_over_is_read_again_and_nobody_waits() {
    const PEOPLE: usize = 40;
    let now = Clock::default().now();
    let database = Arc::new(support::database().await);
    let app = TestApp::over(database, Clock::frozen(now), |_| {}).await;
    app.enrol("onestop", SCOPES, json!({})).await;
    let token = app.token("onestop", &SCOPES.join(" "));
    let count = async |what| metric(&app, &format!("dancu_register_cache_{what}_total")).await;
    let ask = async |person: usize| {
        let mut body = question();
        body["subject"]["personal_id"] = format!("001095{person:06}").into();
        app.post("/v1/verify", &token, &body).await.status
    };
    let ask_all = async |stranger: usize| {
        // Until policy and feed were followed at the time by the clock, nothing cached counts.
        soon("the cache is used", async || {
            let before = count("misses").await;
            ask(stranger).await == 200 && count("misses").await == before
        })
        .await;
        let before = count("misses").await;
        for person in 0..PEOPLE {
            assert_eq!(ask(person).await, 200);
        }
        count("misses").await - before
    };
    assert_eq!(ask_all(PEOPLE).await, PEOPLE as f64);
    // Each has a time of its own, of which some have not much left now.
    app.clock.set(now + SignedDuration::from_secs(20));
    assert_eq!(ask_all(PEOPLE + 1).await, 0.0, "nobody's time is over yet");
    let mut renewed = 0.0;
    soon("what was to be renewed is", async || {
        let before = std::mem::replace(&mut renewed, count("renewals").await);
        before > 0.0 && before == renewed
    })
    .await;
    assert!(renewed < PEOPLE as f64, "{renewed}");
    app.clock.set(now + SignedDuration::from_secs(30));
    assert_eq!(ask_all(PEOPLE + 2).await, PEOPLE as f64 - renewed);
    app.stop().await;
}

#[actix_web::test]
async fn a_register_that_takes_a_question_and_says_nothing_is_unavailable() {
    let app = TestApp::start().await;
    app.enrol("onestop", SCOPES, json!({})).await;
    app.register(&[an()]).await;
    let token = app.token("onestop", &SCOPES.join(" "));
    let lock = behind(
        &app,
        "BEGIN; LOCK TABLE register.citizen IN ACCESS EXCLUSIVE MODE",
    )
    .await;
    let down = verify(&app, &token).await;
    assert_eq!(down.code(), "register_unavailable");
    let mut batch = json!({"context": question()["context"], "items": []});
    for at in 0..3 {
        let mut item = question();
        item.as_object_mut().unwrap().remove("context");
        item["ref"] = at.to_string().into();
        batch["items"].as_array_mut().unwrap().push(item);
    }
    let down = app.post("/v1/verify/batch", &token, &batch).await.json();
    for at in 0..3 {
        assert_eq!(
            down["results"][at]["problem"]["code"],
            "register_unavailable"
        );
    }
    lock.batch_execute("COMMIT").await.unwrap();
    soon("it recovers by itself", async || {
        verify(&app, &token).await.status == 200
    })
    .await;
    app.stop().await;
}

#[actix_web::test]
async fn while_the_policy_cannot_be_confirmed_nobody_is_answered() {
    let (first, second, token) = two().await;
    first.register(&[an()]).await;
    let lock = behind(
        &first,
        "BEGIN; LOCK TABLE policy.feed IN ACCESS EXCLUSIVE MODE",
    )
    .await;
    // A suspension could be waiting behind that lock, so after its bound nothing is decided.
    let refused = async || verify(&second, &token).await.code() == "policy_unavailable";
    soon("the policy is stale", refused).await;
    let answer = verify(&second, &token).await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.headers["retry-after"], "1");
    lock.batch_execute("COMMIT").await.unwrap();
    soon("it recovers by itself", async || {
        verify(&second, &token).await.status == 200
    })
    .await;
    stop(first, second).await;
}

#[actix_web::test]
async fn without_a_durable_entry_nothing_is_answered_whatever_the_cache_holds() {
    let app = TestApp::start().await;
    app.enrol("onestop", SCOPES, json!({})).await;
    app.register(&[an()]).await;
    let token = app.token("onestop", &SCOPES.join(" "));
    let body = lookup();
    let ask = async || app.post("/v1/lookup", &token, &body).await;
    assert_eq!(ask().await.json()["citizen"]["full_name"], "Nguyễn Văn An");
    let withheld = |answer: &Answer| {
        assert_eq!(answer.status, 503, "{}", answer.text);
        assert_eq!(answer.headers["content-type"], "application/problem+json");
        for value in ["Nguyễn", "male", "match", "audit_id"] {
            assert!(!answer.text.contains(value), "{}", answer.text);
        }
    };
    // A writer that waits for the lock, and does not get it in time.
    let lock = behind(&app, "BEGIN; LOCK TABLE audit.block IN SHARE MODE").await;
    let answer = ask().await;
    assert_eq!(answer.code(), "audit_unavailable", "{}", answer.text);
    withheld(&answer);
    // Refusals are owed an entry too.
    let refused = app
        .post(
            "/v1/verify",
            &app.token("onestop", "citizen:lookup"),
            &question(),
        )
        .await;
    withheld(&refused);
    lock.batch_execute("ROLLBACK").await.unwrap();
    soon("it recovers by itself", async || ask().await.status == 200).await;

    // A database that refuses the entry.
    let owner = behind(&app, "REVOKE INSERT ON audit.block FROM dancu_service").await;
    let answer = ask().await;
    assert_eq!(answer.code(), "audit_unavailable", "{}", answer.text);
    withheld(&answer);
    let batch = json!({"context": body["context"], "fields": body["fields"],
        "items": [{"ref": "1", "subject": body["subject"], "claims": body["claims"]}]});
    withheld(&app.post("/v1/lookup/batch", &token, &batch).await);
    owner
        .batch_execute("GRANT INSERT ON audit.block TO dancu_service")
        .await
        .unwrap();
    let recovers = async || ask().await.status == 200;
    eventually(recovers).await;
    app.stop().await;
}

/// Repeats until it holds: for what has its own pace, such as an attempt to connect again.
async fn eventually(mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..2_000 {
        if holds().await {
            return;
        }
    }
    panic!("never");
}

// On threads of its own, so that a thousand callers do not keep the service from following the feed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_callers_of_one_cold_number_cost_one_read_and_leave_a_thousand_entries() {
    let app = TestApp::start().await;
    app.enrol("onestop", SCOPES, json!({})).await;
    app.register(&[an()]).await;
    // What was read before the registration was followed would not count.
    eventually(async || metric(&app, "dancu_register_changes_total").await == 1.0).await;
    let token = app.token("onestop", &SCOPES.join(" "));
    let asking = join_all((0..1_000).map(|_| verify(&app, &token)));
    for answer in asking.await {
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(answer.json()["result"], "match");
    }
    assert_eq!(
        metric(&app, "dancu_register_read_batch_size_count").await,
        1.0
    );
    assert_eq!(
        metric(&app, "dancu_register_read_batch_size_sum").await,
        1.0
    );
    let hits = metric(&app, "dancu_register_cache_hits_total").await;
    assert_eq!(
        hits + metric(&app, "dancu_register_cache_misses_total").await,
        1_000.0
    );
    let entries = app.entries_of(Operation::Verify).await;
    assert_eq!(entries.len(), 1_000);
    assert!(
        entries
            .iter()
            .all(|entry| entry.decision == Decision::Match)
    );
    app.stop().await;
}
