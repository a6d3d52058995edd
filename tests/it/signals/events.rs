//! The file of events, and that nothing of a signal says who it is about.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use super::{AN, OFFICER, Rig, number};
use crate::support::sealing::until;
use crate::support::{Pipe, scratch, within};

const FATHER: &str = "001065000002";

/// What the schema requires of a Detection Finding (class 2004, OCSF 1.9.0), and of the objects in it.
const REQUIRED: [&str; 11] = [
    "/activity_id",
    "/category_uid",
    "/class_uid",
    "/finding_info",
    "/finding_info/uid",
    "/metadata",
    "/metadata/product",
    "/metadata/version",
    "/severity_id",
    "/time",
    "/type_uid",
];

/// What it recommends.
const RECOMMENDED: [&str; 8] = [
    "/finding_info/analytic/type_id",
    "/finding_info/title",
    "/metadata/product/name",
    "/metadata/product/vendor_name",
    "/message",
    "/status_id",
    "/is_alert",
    "/evidences/0",
];

async fn events(file: &PathBuf) -> Vec<Value> {
    // Looking is no waiting: whoever writes needs a turn.
    tokio::task::yield_now().await;
    let text = fs::read_to_string(file).unwrap_or_default();
    // The last line may be half written at this moment.
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[track_caller]
fn assert_is_a_finding(event: &Value) {
    for pointer in REQUIRED.iter().chain(&RECOMMENDED) {
        let value = event.pointer(pointer);
        assert!(
            value.is_some_and(|it| !it.is_null()),
            "{pointer} in {event}"
        );
    }
    let number = |name: &str| {
        event[name]
            .as_u64()
            .unwrap_or_else(|| panic!("{name} in {event}"))
    };
    assert_eq!((number("class_uid"), number("category_uid")), (2004, 2));
    assert_eq!(number("type_uid"), 200_400 + number("activity_id"));
    assert!([1, 2].contains(&number("activity_id")));
    assert!((1..=6).contains(&number("severity_id")));
    assert!((1..=6).contains(&number("status_id")));
    assert_eq!(event["metadata"]["version"], "1.9.0");
    // Milliseconds since 1970, of this century.
    for time in ["time", "start_time", "end_time"] {
        assert!(
            (1_500_000_000_000..4_000_000_000_000).contains(&number(time)),
            "{time}"
        );
    }
    let evidence = &event["evidences"][0];
    assert!(evidence.get("actor").is_some() || evidence.get("data").is_some());
    if let Some(user) = evidence.pointer("/actor/user") {
        assert_eq!(
            user["uid"].as_str().unwrap().len(),
            32,
            "a tag in hexadecimal"
        );
    }
}

#[actix_web::test]
async fn each_signal_is_an_event_and_a_growing_one_is_told_when_it_has_doubled() {
    let file = scratch("signals");
    let rig = Rig::open(|signals| {
        signals.ocsf_file = Some(file.clone());
        signals.distinct_people.enabled = true;
        signals.distinct_people.officer = 2;
        signals.self_lookup.enabled = true;
        signals.many_officers.enabled = true;
        signals.many_officers.least = 2;
        signals.sequential_numbers.enabled = true;
    })
    .await;
    rig.ask(OFFICER, &number(1)).await;
    rig.ask(OFFICER, &number(2)).await;
    let told = async |count: usize| {
        until("the events are there", async || {
            let events = events(&file).await;
            (events.len() >= count).then_some(events)
        })
        .await
    };
    let first = told(1).await;
    assert_is_a_finding(&first[0]);
    assert_eq!(first[0]["activity_name"], "Create");
    assert_eq!(
        first[0]["finding_info"]["types"],
        json!(["distinct_people"])
    );
    // Three are not twice two, four are.
    rig.ask(OFFICER, &number(3)).await;
    let last = rig.ask(OFFICER, &number(4)).await;
    rig.looked_at(&last).await;
    let grown = told(2).await;
    assert_eq!(grown.len(), 2);
    assert_is_a_finding(&grown[1]);
    assert_eq!(grown[1]["activity_name"], "Update");
    assert_eq!(
        grown[1]["finding_info"]["uid"],
        grown[0]["finding_info"]["uid"]
    );
    assert_eq!(grown[1]["unmapped"]["value"], 4);
    for running in 5..=6 {
        rig.ask(OFFICER, &number(running)).await;
    }
    rig.ask(AN, AN).await;
    rig.ask(OFFICER, AN).await;
    // A client, an officer, an officer about somebody, a person.
    for event in &told(6).await {
        assert_is_a_finding(event);
    }
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );

    // What may not have reached the disk is written again.
    let client = rig.app.database.client().await;
    let noted = "SELECT count(*)::text FROM audit.signal
        WHERE kind = 'self_lookup' AND told_value IS NOT NULL";
    until("that it was told is noted", async || {
        (rig.app.rows(noted).await == ["1"]).then_some(())
    })
    .await;
    let forgotten = "UPDATE audit.signal SET told_value = NULL WHERE kind = 'self_lookup'";
    client.batch_execute(forgotten).await.unwrap();
    let again = told(7).await;
    assert_eq!(again[6]["finding_info"]["types"], json!(["self_lookup"]));
    rig.app.stop().await;
}

#[actix_web::test]
async fn what_cannot_be_written_is_written_later() {
    let directory = scratch("signals away");
    let file = directory.join("signals.ndjson");
    let rig = Rig::open(|signals| {
        signals.ocsf_file = Some(file.clone());
        signals.self_lookup.enabled = true;
    })
    .await;
    let last = rig.ask(AN, AN).await;
    assert_eq!(
        rig.signals(&last).await.len(),
        1,
        "it is raised all the same"
    );
    until("the failure is counted", async || {
        let metrics = metrics(&rig).await;
        (!metrics.contains("dancu_signals_tell_failures_total 0")).then_some(())
    })
    .await;
    fs::create_dir_all(&directory).unwrap();
    let events = until("the event is there", async || {
        let events = events(&file).await;
        (!events.is_empty()).then_some(events)
    })
    .await;
    assert_eq!(events.len(), 1);
    rig.app.stop().await;
}

#[actix_web::test]
async fn no_number_and_no_officer_is_in_anything_that_is_told_of_signals() {
    let file = scratch("signals");
    let rig = Rig::at("2026-11-17T03:00:00Z", |signals| {
        *signals = dancu::config::SignalsConfig::default();
        signals.ocsf_file = Some(file.clone());
        signals.distinct_people.officer = 2;
        signals.distinct_people.client = 2;
        signals.no_match_ratio.officer_least = 2;
        signals.many_officers.least = 2;
        signals.off_hours.to_hour = 6;
        signals.off_hours.least = 1;
        signals.sudden_volume.known_days = 1;
        signals.sudden_volume.factor = 2;
        signals.sudden_volume.officer_least = 3;
    })
    .await;
    rig.ask(OFFICER, AN).await;
    rig.now("2026-11-18T03:00:00Z");
    for running in 1..=6 {
        rig.ask(OFFICER, &number(running)).await;
    }
    rig.ask(OFFICER, AN).await;
    rig.ask(AN, AN).await;
    let last = rig.ask(AN, FATHER).await;
    let signals = rig.signals(&last).await;
    let mut kinds: Vec<&str> = signals
        .iter()
        .map(|it| it["kind"].as_str().unwrap())
        .collect();
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds.len(), 8, "every kind was raised: {kinds:?}");
    let events = until("all is told", async || {
        let events = events(&file).await;
        let told = |signal: &Value| {
            let uid = format!("signal-{}", signal["id"]);
            events
                .iter()
                .any(|event| event["finding_info"]["uid"] == uid)
        };
        signals
            .iter()
            .all(told)
            .then(|| fs::read_to_string(&file).unwrap())
    })
    .await;
    let mut all = vec![
        events,
        metrics(&rig).await,
        serde_json::to_string(&signals).unwrap(),
    ];
    for signal in &signals {
        let path = format!("/v1/audit/signals/{}/entries", signal["id"]);
        all.push(rig.post(&path, &json!({})).await.text);
    }
    let by_officer = json!({"group_by": ["officer"]});
    all.push(rig.post("/v1/audit/statistics", &by_officer).await.text);
    let table = "SELECT s::text FROM audit.signal AS s";
    all.extend(rig.app.rows(table).await);
    for text in &all {
        for value in [OFFICER, AN, FATHER, "001195", "kanari"] {
            assert!(!text.contains(value), "{value} in {text}");
        }
    }
    rig.app.stop().await;
}

async fn metrics(rig: &Rig) -> String {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = client.get(rig.app.metrics_url()).send().await.unwrap();
    answer.text().await.unwrap()
}

#[actix_web::test]
async fn a_file_that_hangs_is_a_failure_and_keeps_nobody_from_looking() {
    let pipe = Pipe::new();
    let rig = Rig::open(|signals| {
        // Nobody reads it, so whoever opens it to write waits.
        signals.ocsf_file = Some(pipe.path().to_owned());
        signals.distinct_people.enabled = true;
        signals.distinct_people.officer = 2;
    })
    .await;
    rig.ask(OFFICER, &number(1)).await;
    let last = rig.ask(OFFICER, &number(2)).await;
    assert_eq!(rig.signals(&last).await.len(), 1);
    within("it is counted", Duration::from_secs(30), async || {
        rig.app.metric("dancu_signals_tell_failures_total").await >= 2.0
    })
    .await;
    // Another officer is seen all the same.
    rig.ask("CB-kanari-2", &number(3)).await;
    let last = rig.ask("CB-kanari-2", &number(4)).await;
    assert_eq!(rig.signals(&last).await.len(), 2);
    rig.app.stop().await;
}
