//! Officers who ask about themselves, and about whom their record names.

use serde_json::{Value, json};

use super::{AN, OFFICER, Rig, number, told};
use crate::support::app::an;

const BINH: &str = "001095000002";
const FATHER: &str = "001065000002";

#[actix_web::test]
async fn an_officer_about_themselves_is_a_signal_under_any_number_they_have_had() {
    let rig = Rig::open(|signals| {
        signals.self_lookup.enabled = true;
        signals.relatives_lookup.enabled = true;
    })
    .await;
    // Somebody else, an officer who is no number, and a number the register does not have.
    rig.ask(AN, &number(1)).await;
    rig.ask(OFFICER, AN).await;
    let last = rig.ask("001095999999", AN).await;
    assert_eq!(told(&rig.signals(&last).await), [""; 0]);
    rig.ask(AN, AN).await;
    let last = rig.ask(AN, AN).await;
    let signals = rig.signals(&last).await;
    assert_eq!(told(&signals), ["self_lookup officer 2 of 1 in 2"]);
    assert_eq!(rig.behind(&signals[0]).await.len(), 2);
    // By the nine-digit number that only An ever had.
    let last = rig.ask("012345678", AN).await;
    assert_eq!(
        told(&rig.signals(&last).await),
        [
            "self_lookup officer 1 of 1 in 1",
            "self_lookup officer 2 of 1 in 2"
        ]
    );
    // An gets another number, under which she goes on working.
    let mut binh = an();
    binh["personal_id"] = BINH.into();
    rig.app.register(&[binh]).await;
    let cancelled = json!({"op": "status", "personal_id": AN, "revision": 2,
        "status": {"kind": "number_cancelled", "superseded_by": BINH}});
    rig.app.change(&[cancelled]).await;
    let last = rig.ask(BINH, AN).await;
    assert_eq!(told(&rig.signals(&last).await).len(), 3);
    rig.app.stop().await;
}

#[actix_web::test]
async fn an_officer_about_a_relative_is_a_signal_for_each_relative() {
    let rig = Rig::open(|signals| {
        signals.relatives_lookup.enabled = true;
        signals.relatives_lookup.least = 2;
    })
    .await;
    let mut mother = an();
    mother["personal_id"] = "001166000003".into();
    mother["old_id_numbers"] = json!(["111222333"]);
    mother["father"] = Value::Null;
    let mut officer = an();
    officer["personal_id"] = BINH.into();
    officer["old_id_numbers"] = json!([]);
    officer["mother"] = json!({"full_name": "Trần Thị Cúc", "old_id_number": "111222333"});
    rig.app.register(&[mother, officer]).await;
    // Each once: the father, whom the register itself does not have, and the mother, who is named by
    // an old number.
    rig.ask(BINH, FATHER).await;
    let last = rig.ask(BINH, "001166000003").await;
    assert_eq!(told(&rig.signals(&last).await), [""; 0]);
    // Who is somebody else's relative is nobody's to the officer.
    rig.ask(OFFICER, FATHER).await;
    rig.ask("001166000003", FATHER).await;
    rig.ask("001166000003", FATHER).await;
    let last = rig.ask(BINH, BINH).await;
    assert_eq!(told(&rig.signals(&last).await), [""; 0]);
    rig.ask(BINH, FATHER).await;
    let last = rig.ask_by("second", Some(BINH), "001166000003").await;
    let signals = rig.signals(&last).await;
    let twice = "relatives_lookup officer 2 of 2 in 2";
    assert_eq!(told(&signals), [twice, twice]);
    assert_ne!(signals[0]["subject"], signals[1]["subject"]);
    assert_eq!(signals[0]["officer"], signals[1]["officer"]);
    rig.app.stop().await;
}
