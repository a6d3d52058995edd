//! Answers that wait for sealing, and what an administrator of the database can make of that.

use std::sync::Arc;
use std::time::Duration;

use super::number;
use crate::support::sealing::{Sealed, not_sealing_over};
use crate::support::{self, TestDatabase};

/// A service that answers for a second after its oldest entry that is not sealed.
async fn service() -> (Sealed, Arc<TestDatabase>) {
    let database = Arc::new(support::database().await);
    let app = not_sealing_over(Arc::clone(&database), |config| {
        config.audit.seal_grace_s = 1;
    });
    (app.await, database)
}

async fn until_answers(app: &Sealed, what: &str, code: &str) {
    support::within(what, Duration::from_secs(20), async || {
        app.get("/v1/me", &app.token("nobody", "")).await.code() == code
    })
    .await;
}

async fn until_stopped(app: &Sealed) {
    until_answers(app, "answers stop", "audit_unavailable").await;
}

async fn until_going_on(app: &Sealed) {
    until_answers(app, "answers go on", "client_unknown").await;
}

#[tokio::test]
async fn answers_stop_when_entries_stay_unsealed_beyond_the_grace_and_go_on_once_they_are_sealed() {
    let (app, _) = service().await;
    until_stopped(&app).await;
    app.start_sealing().await;
    until_going_on(&app).await;
    app.stop().await;
}

/// None of the times in the database makes an entry younger than this process knows it to be.
#[tokio::test]
async fn no_forged_time_keeps_answers_going() {
    let (app, database) = service().await;
    let client = database.client().await;
    client
        .batch_execute(
            "UPDATE audit.sealer SET sealed_through = now() + INTERVAL '1 year';
             UPDATE audit.lane SET opened_at = now() + INTERVAL '1 year',
                 touched_at = now() + INTERVAL '1 year';
             UPDATE audit.block SET at = (at AT TIME ZONE INTERVAL '7 hours')::date
                 + INTERVAL '23:59:59.999' - INTERVAL '7 hours'",
        )
        .await
        .unwrap();
    until_stopped(&app).await;
    // A round puts right what was said of the sealer.
    app.start_sealing().await;
    until_going_on(&app).await;
    let ahead =
        "SELECT count(*) FROM audit.sealer WHERE sealed_through > now() + INTERVAL '1 minute'";
    assert_eq!(number(&client, ahead).await, 0);
    app.stop().await;
}

#[tokio::test]
async fn a_lost_entry_stops_answers_until_it_is_declared() {
    let (app, database) = service().await;
    let client = database.client().await;
    app.get("/v1/me", &app.token("nobody", "")).await;
    // What an earlier process left, in a lane that has ended.
    client
        .batch_execute(
            "INSERT INTO audit.lane (day, process, acknowledged, closed_at)
             SELECT day, 'earlier', 0, now() FROM audit.lane;
             INSERT INTO audit.block
             SELECT e.at, e.lane_id + 1, 1, 1, ARRAY[e.entry] FROM audit.entry e WHERE seq = 0",
        )
        .await
        .unwrap();
    app.start_sealing().await;
    let lane: i64 = number(&client, "SELECT max(lane_id) FROM audit.lane").await;
    support::within(
        "only that lane is behind",
        Duration::from_secs(20),
        async || {
            let behind = format!(
                "SELECT count(*) FROM audit.lane_sealed WHERE lane_id <> {lane} AND next_seq > 1"
            );
            number(&client, &behind).await == 1
        },
    )
    .await;
    until_stopped(&app).await;
    let declare = format!(
        "INSERT INTO audit.declared_hole (lane_id, first_seq, last_seq, audit_id)
         VALUES ({lane}, 0, 0, gen_random_uuid())"
    );
    client.batch_execute(&declare).await.unwrap();
    until_going_on(&app).await;
    app.stop().await;
}

/// Whoever seals would believe it, and nothing would be unsealed as far as the database knows.
#[tokio::test]
async fn a_plan_that_says_more_of_a_living_lane_than_it_wrote_stops_answers_at_once() {
    let database = Arc::new(support::database().await);
    let app = not_sealing_over(Arc::clone(&database), |_| {}).await;
    app.start_sealing().await;
    let client = database.client().await;
    support::within("the lane is planned", Duration::from_secs(20), async || {
        number(&client, "SELECT count(*) FROM audit.lane_sealed").await == 1
    })
    .await;
    app.stop_sealing().await;
    until_going_on(&app).await;
    for (forge, repair) in [
        (
            "next_seq = next_seq + 1000000",
            "next_seq = next_seq - 1000000",
        ),
        ("finished = true", "finished = false"),
    ] {
        let update = |set: &str| format!("UPDATE audit.lane_sealed SET {set}");
        client.batch_execute(&update(forge)).await.unwrap();
        until_stopped(&app).await;
        client.batch_execute(&update(repair)).await.unwrap();
        until_going_on(&app).await;
    }
    app.stop().await;
}
