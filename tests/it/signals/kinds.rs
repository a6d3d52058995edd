//! What is told by counting: people, answers, officers, hours, numbers in a row.

use dancu::config::signals::Weekday;
use serde_json::json;

use super::{AN, OFFICER, Rig, number, told};

#[actix_web::test]
async fn many_different_people_within_an_hour_are_a_signal_and_few_are_not() {
    let rig = Rig::open(|signals| {
        signals.distinct_people.enabled = true;
        signals.distinct_people.officer = 4;
        signals.distinct_people.client = 6;
    })
    .await;
    for running in [10, 20, 30, 30, 30] {
        rig.ask(OFFICER, &number(running)).await;
    }
    // The same officer in another hour is measured anew.
    rig.now("2026-11-18T04:00:00Z");
    let mut asked = Vec::new();
    for running in [40, 50, 60, 60] {
        asked.push(rig.ask(OFFICER, &number(running)).await);
    }
    let few = rig.signals(&asked[3]).await;
    assert_eq!(told(&few), [""; 0], "three and three");
    rig.now("2026-11-18T04:59:59Z");
    asked.push(rig.ask(OFFICER, &number(70)).await);
    let signals = rig.signals(&asked[4]).await;
    assert_eq!(told(&signals), ["distinct_people officer 4 of 4 in 5"]);
    let signal = &signals[0];
    assert_eq!(signal["from"], "2026-11-18T04:00:00Z");
    assert_eq!(signal["to"], "2026-11-18T05:00:00Z");
    assert_eq!(
        (&signal["agency_code"], &signal["client_id"]),
        (&json!("H29"), &json!("onestop"))
    );
    asked.reverse();
    assert_eq!(
        rig.behind(signal).await,
        asked,
        "and what is behind it is found"
    );

    // Another officer of the same client, and through another client of the agency.
    rig.ask("CB-2", &number(80)).await;
    let last = rig.ask("CB-2", &number(90)).await;
    let signals = rig.signals(&last).await;
    assert_eq!(
        told(&signals),
        [
            "distinct_people client 6 of 6 in 7",
            "distinct_people officer 4 of 4 in 5"
        ]
    );
    let last = rig.ask_by("second", Some(OFFICER), &number(99)).await;
    let signals = rig.signals(&last).await;
    let expected = [
        "distinct_people client 6 of 6 in 7",
        "distinct_people officer 5 of 4 in 6",
    ];
    assert_eq!(told(&signals), expected, "a signal grows, and there is one");
    let grown = signals.iter().find(|it| it["actor"] == "officer").unwrap();
    assert_eq!(grown["client_id"], json!(null), "two clients are none");
    assert!(grown["grown_at"].as_str() > grown["raised_at"].as_str());
    rig.app.stop().await;
}

#[actix_web::test]
async fn many_answers_that_match_nobody_are_a_signal() {
    let rig = Rig::open(|signals| {
        let ratio = &mut signals.no_match_ratio;
        ratio.enabled = true;
        ratio.percent = 50;
        ratio.officer_least = 4;
        ratio.client_least = 6;
    })
    .await;
    for running in [10, 20, 30] {
        rig.ask(OFFICER, &number(running)).await;
    }
    rig.ask("CB-2", AN).await;
    let last = rig.ask("CB-2", &number(40)).await;
    let few = rig.signals(&last).await;
    assert_eq!(told(&few), [""; 0], "all of three are too few");
    let last = rig.ask("CB-2", AN).await;
    let last = (rig.ask("CB-2", AN).await, last).0;
    let below = rig.signals(&last).await;
    assert_eq!(
        told(&below),
        ["no_match_ratio client 57 of 50 in 7"],
        "a quarter is not half"
    );
    let last = rig.ask(OFFICER, AN).await;
    assert_eq!(
        told(&rig.signals(&last).await),
        [
            "no_match_ratio client 57 of 50 in 8",
            "no_match_ratio officer 75 of 50 in 4"
        ]
    );
    rig.app.stop().await;
}

#[actix_web::test]
async fn whoever_walks_along_numbers_is_seen_in_any_order_and_over_several_steps() {
    let rig = Rig::open(|signals| {
        signals.sequential_numbers.enabled = true;
        signals.sequential_numbers.least = 5;
        signals.sequential_numbers.step = 2;
    })
    .await;
    // Four in a row, others far away or of another year, and the same four by another officer.
    for running in [104, 900, 101, 500, 103, 101] {
        rig.ask(OFFICER, &number(running)).await;
    }
    rig.ask(OFFICER, "001196000105").await;
    let last = rig.ask(OFFICER, &number(106)).await;
    let signals = rig.signals(&last).await;
    assert_eq!(told(&signals), [""; 0], "four in a row are not five");
    // Now a fifth in between: for the client by whichever officer, for the officer by themselves.
    let last = rig.ask("CB-2", &number(108)).await;
    assert_eq!(
        told(&rig.signals(&last).await),
        ["sequential_numbers client 5 of 5 in 6"]
    );
    let last = rig.ask(OFFICER, &number(107)).await;
    let signals = rig.signals(&last).await;
    assert_eq!(
        told(&signals),
        [
            "sequential_numbers client 6 of 5 in 7",
            "sequential_numbers officer 5 of 5 in 6"
        ]
    );
    let officer = signals.iter().find(|it| it["actor"] == "officer").unwrap();
    assert_eq!(officer["from"], "2026-11-17T17:00:00Z", "of Vietnam's day");
    // Of all the officer asked that day, the walk alone.
    let behind = rig.behind(officer).await;
    assert_eq!((behind.first(), behind.len()), (Some(&last), 6));
    // The next day begins anew.
    rig.now("2026-11-19T03:00:00Z");
    let last = rig.ask(OFFICER, &number(109)).await;
    assert_eq!(rig.signals(&last).await.len(), 2);
    rig.app.stop().await;
}

#[actix_web::test]
async fn a_whole_walk_in_one_batch_is_seen() {
    let rig = Rig::open(|signals| signals.sequential_numbers.enabled = true).await;
    let mut body = crate::support::app::question();
    let claims = body["claims"].clone();
    let item = |running: u32| {
        json!({"ref": running.to_string(), "subject": {"personal_id": number(running)},
            "claims": claims})
    };
    let items: Vec<_> = (999_950..1_000_000).map(item).collect();
    body = json!({"context": body["context"], "items": items});
    let token = rig.app.token("second", "citizen:verify");
    let answer = rig.app.post("/v1/verify/batch", &token, &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let last = answer.json()["results"][49]["audit_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let signals = rig.signals(&last).await;
    assert_eq!(told(&signals), ["sequential_numbers client 50 of 6 in 50"]);
    rig.app.stop().await;
}

#[actix_web::test]
async fn one_person_and_many_officers_are_a_signal_within_an_agency_and_over_several() {
    let rig = Rig::open(|signals| {
        signals.many_officers.enabled = true;
        signals.many_officers.least = 3;
    })
    .await;
    for officer in ["CB-1", "CB-2", "CB-1", "CB-2"] {
        rig.ask(officer, AN).await;
    }
    rig.ask("CB-3", &number(10)).await;
    let last = rig.ask_by("second", None, AN).await;
    let few = rig.signals(&last).await;
    assert_eq!(told(&few), [""; 0], "whoever names no officer is none");
    // An officer of the same name in another agency is another one.
    let last = rig.ask_by("other", Some("CB-1"), AN).await;
    let signals = rig.signals(&last).await;
    assert_eq!(told(&signals), ["many_officers person 3 of 3 in 5"]);
    assert_eq!(
        signals[0]["agency_code"],
        json!(null),
        "of several agencies"
    );
    assert_eq!(rig.behind(&signals[0]).await.first(), Some(&last));
    let last = rig.ask_by("second", Some("CB-3"), AN).await;
    let signals = rig.signals(&last).await;
    let expected = [
        "many_officers person 3 of 3 in 5",
        "many_officers person 4 of 3 in 6",
    ];
    assert_eq!(told(&signals), expected);
    assert_eq!(signals[0]["agency_code"], "H29");
    // Another day begins anew.
    rig.now("2026-11-18T17:00:00Z");
    let last = rig.ask("CB-4", AN).await;
    assert_eq!(rig.signals(&last).await.len(), 2);
    rig.app.stop().await;
}

#[actix_web::test]
async fn questions_outside_of_working_hours_are_a_signal() {
    // A second before seven in the morning, on a Wednesday.
    let rig = Rig::at("2026-11-17T23:59:59Z", |signals| {
        let off = &mut signals.off_hours;
        off.enabled = true;
        off.least = 2;
        off.from_hour = 7;
        off.to_hour = 19;
        off.weekdays = vec![Weekday::Mon, Weekday::Wed, Weekday::Thu];
    })
    .await;
    let early = rig.ask(OFFICER, AN).await;
    for time in ["2026-11-18T00:00:00Z", "2026-11-18T11:59:59Z"] {
        rig.now(time);
        let last = rig.ask(OFFICER, AN).await;
        assert_eq!(told(&rig.signals(&last).await), [""; 0], "one is not two");
    }
    rig.now("2026-11-18T12:00:00Z");
    let late = rig.ask(OFFICER, AN).await;
    let signals = rig.signals(&late).await;
    assert_eq!(told(&signals), ["off_hours officer 2 of 2 in 2"]);
    let behind = rig.behind(&signals[0]).await;
    assert_eq!(
        (behind.first(), behind.last()),
        (Some(&late), Some(&early)),
        "and what was asked between them"
    );
    // A Friday, at ten.
    rig.now("2026-11-20T03:00:00Z");
    rig.ask(OFFICER, AN).await;
    let last = rig.ask(OFFICER, AN).await;
    let signals = rig.signals(&last).await;
    assert_eq!(signals.len(), 2);
    assert_eq!(signals[0]["from"], "2026-11-19T17:00:00Z");
    rig.app.stop().await;
}

#[actix_web::test]
async fn a_kind_that_is_switched_off_raises_nothing() {
    let rig = Rig::open(|signals| {
        *signals = dancu::config::SignalsConfig::default();
        signals.sequential_numbers.enabled = false;
        signals.self_lookup.enabled = false;
        signals.no_match_ratio.officer_least = 12;
    })
    .await;
    let mut last = rig.ask(AN, AN).await;
    for running in 100..112 {
        last = rig.ask(AN, &number(running)).await;
    }
    let signals = rig.signals(&last).await;
    assert_eq!(told(&signals), ["no_match_ratio officer 92 of 50 in 13"]);
    rig.app.stop().await;
}
