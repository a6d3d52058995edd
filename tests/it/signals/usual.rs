//! Far more than usual, over the end of a month.

use super::{AN, OFFICER, Rig, number, told};

#[actix_web::test]
async fn a_sudden_volume_is_measured_by_the_own_days_before_in_another_month_too() {
    let rig = Rig::at("2026-10-28T03:00:00Z", |signals| {
        let volume = &mut signals.sudden_volume;
        volume.enabled = true;
        volume.factor = 3;
        volume.days = 10;
        volume.known_days = 3;
        volume.officer_least = 5;
        volume.client_least = 8;
    })
    .await;
    // Two a day, in two hours, and a burst of somebody of whom nothing is known.
    for day in ["28", "29", "30"] {
        for hour in ["03", "05"] {
            rig.now(&format!("2026-10-{day}T{hour}:00:00Z"));
            rig.ask(OFFICER, AN).await;
        }
    }
    let mut last = String::new();
    for _ in 0..7 {
        last = rig.ask("CB-new", AN).await;
    }
    assert_eq!(
        told(&rig.signals(&last).await),
        [""; 0],
        "newcomers have no usual"
    );
    // November, whose tags are others: one an hour and two a day were usual.
    rig.now("2026-11-02T02:00:00Z");
    for running in 0..4 {
        last = rig.ask(OFFICER, &number(running)).await;
    }
    assert_eq!(
        told(&rig.signals(&last).await),
        [""; 0],
        "four are beyond, but too few"
    );
    last = rig.ask(OFFICER, AN).await;
    let hour = rig.signals(&last).await;
    assert_eq!(
        told(&hour),
        ["sudden_volume officer 5 of 5 in 5"],
        "an hour of five"
    );
    assert_eq!(hour[0]["from"], "2026-11-02T02:00:00Z");
    rig.now("2026-11-02T04:00:00Z");
    last = rig.ask(OFFICER, AN).await;
    assert_eq!(
        told(&rig.signals(&last).await),
        [
            "sudden_volume officer 5 of 5 in 5",
            "sudden_volume officer 6 of 6 in 6"
        ],
        "and a day of six"
    );
    rig.app.stop().await;
}

#[actix_web::test]
async fn a_clients_volume_is_measured_likewise() {
    let rig = Rig::at("2026-11-16T03:00:00Z", |signals| {
        let volume = &mut signals.sudden_volume;
        volume.enabled = true;
        volume.factor = 2;
        volume.days = 7;
        volume.known_days = 2;
        volume.client_least = 6;
    })
    .await;
    for day in ["16", "17"] {
        rig.now(&format!("2026-11-{day}T03:00:00Z"));
        for _ in 0..4 {
            rig.ask_by("second", None, AN).await;
        }
    }
    rig.now("2026-11-18T03:00:00Z");
    let mut last = String::new();
    for _ in 0..7 {
        last = rig.ask_by("second", None, AN).await;
    }
    assert_eq!(
        told(&rig.signals(&last).await),
        [""; 0],
        "seven are not twice four"
    );
    last = rig.ask_by("second", None, AN).await;
    let signals = rig.signals(&last).await;
    let expected = "sudden_volume client 8 of 8 in 8";
    assert_eq!(told(&signals), [expected, expected], "the hour and the day");
    assert_eq!(signals[0]["client_id"], "second");
    assert_eq!(rig.behind(&signals[0]).await.len(), 8);
    rig.app.stop().await;
}
