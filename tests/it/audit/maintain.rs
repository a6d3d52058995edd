//! Partitions: made ahead, dropped when their time has come, and never in a writer's way.

use std::time::{Duration, Instant};

use dancu::audit::{MaintainError, Patience, maintain, maintain_patiently};
use dancu::clock::Clock;
use dancu::domain::entry::Operation;
use jiff::civil::date;

use super::{Rig, verification};
use crate::support;

#[tokio::test]
async fn partitions_are_made_ahead_and_only_once() {
    let test = support::database().await;
    // In Vietnam this is the 22nd already.
    let clock = Clock::frozen("2026-11-21T18:00:00Z".parse().unwrap());
    let done = maintain(test.database(), &clock, 2, None).await.unwrap();
    assert_eq!(done.made, [22, 23, 24].map(|day| date(2026, 11, day)));
    let done = maintain(test.database(), &clock, 3, None).await.unwrap();
    assert_eq!(done.made, [date(2026, 11, 25)]);
}

#[tokio::test]
async fn days_beyond_the_retention_are_dropped_with_what_lies_beside_them() {
    let test = support::database().await;
    let past = Clock::frozen("2020-03-01T00:00:00Z".parse().unwrap());
    maintain(test.database(), &past, 1, None).await.unwrap();
    let client = test.client().await;
    let attach = "INSERT INTO audit.attachment VALUES (1, 0, '2020-03-01T12:00:00Z', ''),
                                                      (1, 1, '2020-03-02T20:00:00Z', '')";
    client.batch_execute(attach).await.unwrap();
    let now = Clock::frozen("2021-03-02T00:00:00Z".parse().unwrap());
    let done = maintain(test.database(), &now, 0, Some(365)).await.unwrap();
    assert_eq!(done.dropped, [date(2020, 3, 1)]);
    let left = client
        .query("SELECT seq FROM audit.attachment", &[])
        .await
        .unwrap();
    assert_eq!(
        left.iter()
            .map(|row| row.get::<_, i64>(0))
            .collect::<Vec<_>>(),
        [1]
    );
    let none = maintain(test.database(), &now, 0, Some(365)).await.unwrap();
    assert_eq!(none.dropped, []);
}

#[tokio::test]
async fn a_retention_below_the_least_is_refused() {
    let rig = Rig::new().await;
    let refused = maintain(rig.test.database(), &rig.clock, 0, Some(30)).await;
    let Err(MaintainError::Retention { asked, least }) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!((asked, least), (30, 365));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_keeps_a_day_alive_but_no_writer_waiting() {
    let rig = Rig::new().await;
    let past = Clock::frozen("2020-03-01T00:00:00Z".parse().unwrap());
    maintain(rig.test.database(), &past, 0, None).await.unwrap();
    let lanes = rig.lanes().await;
    let reader = rig.test.client().await;
    let read = "BEGIN; SELECT count(*) FROM audit.entry";
    reader.batch_execute(read).await.unwrap();
    let (done, recorded) = tokio::join!(
        maintain(rig.test.database(), &rig.clock, 3, Some(365)),
        lanes.record(verification(&lanes, "H29"))
    );
    let done = done.unwrap();
    assert_eq!(done.busy, [date(2020, 3, 1)]);
    assert_eq!(done.made.len(), 2);
    recorded.unwrap();
    reader.batch_execute("COMMIT").await.unwrap();
    let done = maintain(rig.test.database(), &rig.clock, 3, Some(365))
        .await
        .unwrap();
    assert_eq!(done.dropped, [date(2020, 3, 1)]);
    lanes.close().await;
    assert_eq!(rig.of(Operation::Verify).await.len(), 1);
}

#[tokio::test]
async fn what_is_read_is_tried_again_and_then_left() {
    let test = support::database().await;
    let past = Clock::frozen("2020-03-01T00:00:00Z".parse().unwrap());
    maintain(test.database(), &past, 0, None).await.unwrap();
    let reader = test.client().await;
    let read = "BEGIN; SELECT count(*) FROM audit.entry";
    reader.batch_execute(read).await.unwrap();
    let patience = Patience {
        tries: 3,
        pause: Duration::from_millis(1),
    };
    let begun = Instant::now();
    let now = Clock::default();
    let done = maintain_patiently(test.database(), &now, 0, Some(365), patience);
    let done = done.await.unwrap();
    assert_eq!(done.busy, [date(2020, 3, 1)]);
    assert!(!done.is_whole());
    // Each attempt waits for a tenth of a second.
    assert!(begun.elapsed() >= Duration::from_millis(400));
}

#[tokio::test]
async fn a_day_that_is_not_sealed_stays_whatever_its_age() {
    let past = Clock::frozen("2020-03-01T00:00:00Z".parse().unwrap());
    let rig = Rig::at(past).await;
    let lanes = rig.lanes().await;
    lanes.record(verification(&lanes, "H29")).await.unwrap();
    lanes.close().await;
    let done = maintain(rig.test.database(), &Clock::default(), 0, Some(365)).await;
    let done = done.unwrap();
    assert_eq!(done.unsealed, [date(2020, 3, 1)]);
    // Tomorrow's partition of then is empty: there is nothing to seal.
    assert_eq!(done.dropped, [date(2020, 3, 2)]);
}
