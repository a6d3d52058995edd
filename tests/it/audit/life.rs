//! The life of an entry and of a lane, when nothing goes wrong.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use dancu::audit::{Config, Lanes, Metrics, OpenError, RecordError, State, maintain};
use dancu::clock::Clock;
use dancu::domain::entry::{Decision, Entry, Operation};
use dancu::keys::Error;
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::{Rig, keys, verification};
use crate::support;

#[tokio::test]
async fn an_entry_is_found_at_once_and_reveals_its_person_only_with_the_keys() {
    let rig = Rig::new().await;
    let lanes = rig.lanes().await;
    let id = lanes.record(verification(&lanes, "H29")).await.unwrap();
    let found = rig.log().find(id).await.unwrap().unwrap();
    assert_eq!(found.entry.agency_code.as_deref(), Some("H29"));
    assert_eq!(found.entry.claims, ["full_name", "birth_date"]);
    assert_eq!(found.entry.stamp.audit_id, id);
    let text = String::from_utf8_lossy(&found.canonical);
    for secret in ["001095000001", "079085001234", "0007"] {
        assert!(!text.contains(secret), "{secret}");
    }
    let opened = found.reveal(&rig.keys).await.unwrap();
    assert_eq!(opened.values().subject.unwrap().reveal(), "001095000001");
    assert_eq!(opened.values().case.unwrap().reveal(), "H29.12-261121-0007");
    rig.client
        .batch_execute("DELETE FROM audit.month_key")
        .await
        .unwrap();
    let later = keys(rig.test.database());
    assert!(matches!(
        found.reveal(&later).await,
        Err(Error::Destroyed(_))
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lane_begins_with_opened_ends_with_closed_and_has_no_hole() {
    let rig = Rig::new().await;
    let lanes = rig.lanes().await;
    let ids = join_all((0..300).map(|_| lanes.record(verification(&lanes, "H29")))).await;
    let mut ids: Vec<_> = ids.into_iter().map(Result::unwrap).collect();
    lanes.close().await;
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 300);
    let entries = rig.entries().await;
    let recorded = rig.of(Operation::Verify).await;
    assert_eq!(recorded.len(), 300);
    assert!(recorded.iter().all(|it| ids.contains(&it.stamp.audit_id)));
    let first = entries.first().unwrap();
    assert_eq!(first.operation, Operation::LaneOpened);
    assert_eq!(first.process.as_deref(), Some(rig.config.process.as_str()));
    let last = entries.last().unwrap();
    assert_eq!(last.operation, Operation::LaneClosed);
    assert_eq!(last.acknowledged, Some(last.stamp.seq - 1));
    rig.until("SELECT FROM audit.lane WHERE closed_at IS NOT NULL AND abandoned_by IS NULL")
        .await;
    assert_eq!(
        lanes.record(verification(&lanes, "H29")).await,
        Err(RecordError::Unavailable)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lane_of_the_past_has_the_times_of_its_drafts_until_the_log_was_shown() {
    let noon: Timestamp = "2026-10-30T05:00:00Z".parse().unwrap();
    let clock = Clock::frozen(noon);
    let rig = Rig::at(clock.clone()).await;
    let open = || {
        let (database, keys) = (rig.test.database().clone(), Arc::clone(&rig.keys));
        Lanes::open_past(database, keys, clock.clone(), rig.config.clone())
    };
    let lanes = open().await.unwrap();
    let times: Vec<_> = (0..200).map(|minute| noon + minute.minutes()).collect();
    // Drafted long before they are written, and the clock goes on meanwhile.
    let drafts: Vec<_> = times
        .iter()
        .map(|at| {
            clock.set(*at);
            verification(&lanes, "H29")
        })
        .collect();
    let recorded = join_all(drafts.into_iter().map(|draft| lanes.record(draft))).await;
    assert!(recorded.iter().all(Result::is_ok));
    lanes.close().await;
    let entries = rig.entries().await;
    let [opened, asked @ .., closed] = &entries[..] else {
        panic!("a lane has two ends");
    };
    let told: Vec<_> = asked.iter().map(|entry| entry.stamp.at).collect();
    assert_eq!(told, times);
    assert_eq!(opened.operation, Operation::LaneOpened);
    assert!(
        opened
            .process
            .as_deref()
            .unwrap()
            .ends_with("(made-up history)")
    );
    assert_eq!(closed.operation, Operation::LaneClosed);
    assert_eq!(closed.acknowledged, Some(200));
    rig.until("SELECT FROM audit.lane WHERE day = '2026-10-30' AND opened_at > '2026-10-31'")
        .await;

    let publish = "INSERT INTO audit.epoch (epoch, origin) VALUES (1, 'x/1');
        INSERT INTO audit.checkpoint (epoch, size, root, note, published_at)
        VALUES (1, 1, decode(repeat('00', 32), 'hex'), 'note', now())";
    rig.client.batch_execute(publish).await.unwrap();
    let refused = open().await.unwrap_err();
    assert!(matches!(refused, OpenError::Shown), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn several_lanes_share_the_work() {
    let mut rig = Rig::new().await;
    rig.config.lanes = 3;
    let lanes = rig.lanes().await;
    for round in join_all((0..200).map(|_| lanes.record(verification(&lanes, "H29")))).await {
        round.unwrap();
    }
    lanes.close().await;
    assert_eq!(rig.of(Operation::Verify).await.len(), 200);
    assert_eq!(rig.of(Operation::LaneOpened).await.len(), 3);
    assert_eq!(rig.of(Operation::LaneClosed).await.len(), 3);
}

#[tokio::test]
async fn the_entries_of_one_call_stand_together() {
    let rig = Rig::new().await;
    let lanes = rig.lanes().await;
    let drafts = (0..500).map(|_| verification(&lanes, "H29")).collect();
    let ids = lanes.record_all(drafts).await.unwrap();
    let recorded = rig.of(Operation::Verify).await;
    let in_order: Vec<_> = recorded.iter().map(|it| it.stamp.audit_id).collect();
    assert_eq!(in_order, ids);
    assert!(
        recorded
            .windows(2)
            .all(|it| it[0].stamp.seq + 1 == it[1].stamp.seq)
    );
    assert_eq!(lanes.record_all(Vec::new()).await.unwrap(), []);
}

#[tokio::test]
async fn a_lane_lies_in_one_day_and_the_next_one_names_it() {
    let clock = Clock::frozen("2026-11-21T16:59:59.5Z".parse().unwrap());
    let rig = Rig::at(clock.clone()).await;
    let lanes = rig.lanes().await;
    let before = lanes.record(verification(&lanes, "H29")).await.unwrap();
    clock.set("2026-11-21T17:00:00.1Z".parse().unwrap());
    let after = lanes.record(verification(&lanes, "H29")).await.unwrap();
    for id in [before, after] {
        assert!(rig.log().find(id).await.unwrap().is_some());
    }
    lanes.close().await;
    let entries = rig.entries().await;
    let (old, new): (Vec<_>, Vec<_>) = entries
        .iter()
        .partition(|it| it.stamp.lane == entries[0].stamp.lane);
    let closed = old.last().unwrap();
    assert_eq!(closed.operation, Operation::LaneClosed);
    assert!(closed.stamp.at < "2026-11-21T17:00:00Z".parse().unwrap());
    assert_eq!(new[0].operation, Operation::LaneOpened);
    assert_eq!(new[0].predecessor, Some(closed.stamp.lane));
    assert_eq!(new[0].acknowledged, Some(closed.stamp.seq));
    assert_eq!(rig.of(Operation::LaneAbandoned).await, []);
    let partitions = rig.client.query(
        "SELECT lane_id FROM audit.block GROUP BY lane_id HAVING count(DISTINCT tableoid) > 1",
        &[],
    );
    assert!(partitions.await.unwrap().is_empty());
}

#[tokio::test]
async fn a_clock_that_goes_back_does_not_take_the_log_with_it() {
    let clock = Clock::frozen("2026-11-21T17:00:00.1Z".parse().unwrap());
    let rig = Rig::at(clock.clone()).await;
    let lanes = rig.lanes().await;
    clock.set("2026-11-21T16:59:59.5Z".parse().unwrap());
    let id = lanes.record(verification(&lanes, "H29")).await.unwrap();
    assert_eq!(id.at(), "2026-11-21T17:00:00.1Z".parse().unwrap());
}

#[tokio::test]
async fn a_clock_that_was_far_ahead_stamps_nothing_with_that_time_once_it_is_right() {
    let noon: Timestamp = "2026-11-21T05:00:00Z".parse().unwrap();
    let clock = Clock::frozen(noon);
    let rig = Rig::at(clock.clone()).await;
    let lanes = rig.lanes().await;
    let ahead = noon + SignedDuration::from_mins(40);
    clock.set(ahead);
    let early = lanes.record(verification(&lanes, "H29")).await.unwrap();
    assert_eq!(early.at(), ahead);
    clock.set(noon);
    let id = lanes.record(verification(&lanes, "H29")).await.unwrap();
    assert_eq!(id.at(), noon);
    let of = async |id| rig.log().find(id).await.unwrap().unwrap().entry.stamp.lane;
    assert_ne!(of(early).await, of(id).await, "times only ascend in a lane");
    lanes.close().await;
    let closed = rig.of(Operation::LaneClosed).await;
    assert_eq!(closed.len(), 2);
}

#[tokio::test]
async fn an_idle_lane_says_each_second_that_it_lives_and_how_far_it_is() {
    let rig = Rig::new().await;
    let lanes = rig.lanes().await;
    lanes.record(verification(&lanes, "H29")).await.unwrap();
    rig.until("SELECT FROM audit.entry WHERE operation = 'lane.heartbeat'")
        .await;
    let beats = rig.of(Operation::LaneHeartbeat).await;
    assert_eq!(beats[0].acknowledged, Some(beats[0].stamp.seq - 1));
    rig.until("SELECT FROM audit.lane WHERE acknowledged >= 1")
        .await;
}

#[tokio::test]
async fn a_lane_whose_process_is_gone_is_reported_once() {
    let rig = Rig::new().await;
    let lost = "INSERT INTO audit.lane (day, process, acknowledged, touched_at)
                VALUES ('2026-11-21', 'gone', 41, now() - interval '2 minutes'),
                       ('2026-11-21', 'alive', 41, now())";
    rig.client.batch_execute(lost).await.unwrap();
    let one = rig.lanes().await;
    let other = rig.lanes().await;
    one.close().await;
    other.close().await;
    let reports = rig.of(Operation::LaneAbandoned).await;
    assert_eq!(reports.len(), 1);
    assert_eq!(
        (reports[0].predecessor, reports[0].acknowledged),
        (Some(1), Some(41))
    );
    rig.until("SELECT FROM audit.lane WHERE process = 'gone' AND abandoned_by IS NOT NULL")
        .await;
}

#[tokio::test]
async fn before_and_after_are_sealed_beside_the_entry_and_bound_to_it() {
    let rig = Rig::new().await;
    let lanes = rig.lanes().await;
    let state = State {
        before: None,
        after: Some(r#"{"code": "H29"}"#),
    };
    let entry = Entry::new(Operation::AgencyPut, Decision::Done);
    let draft = lanes.draft_with_state(&entry, state).unwrap();
    let id = lanes.record(draft).await.unwrap();
    let found = rig.log().find(id).await.unwrap().unwrap().entry;
    let sealed = rig.log().attachment(&found).await.unwrap().unwrap();
    assert_eq!(found.digest.unwrap(), *digest(&SHA256, &sealed).as_ref());
    let month = found.protected.month.unwrap();
    let opened = rig
        .keys
        .unseal_attachment(month, &found.nonce, &sealed)
        .await
        .unwrap();
    let (before, after): (Option<&str>, Option<&str>) = minicbor::decode(&opened).unwrap();
    assert_eq!((before, after), (state.before, state.after));
    let plain = String::from_utf8_lossy(&sealed);
    assert!(!plain.contains("H29"));
}

#[tokio::test]
async fn two_processes_have_the_same_keys_for_a_month() {
    let rig = Rig::new().await;
    let (one, other) = (keys(rig.test.database()), keys(rig.test.database()));
    let now = rig.clock.now();
    let (first, second) = tokio::join!(one.prepare(now), other.prepare(now));
    first.unwrap();
    second.unwrap();
    let person = dancu::domain::entry::Private::new("001095000001");
    let tags = [&one, &other].map(|keys| keys.at(now).unwrap().subject_tag(person));
    assert_eq!(tags[0], tags[1]);
    assert_eq!(
        one.version_mac(&[b"a", b"b"]),
        other.version_mac(&[b"a", b"b"])
    );
    assert_ne!(one.version_mac(&[b"a", b"b"]), one.version_mac(&[b"ab"]));
}

#[tokio::test]
async fn no_lane_opens_without_a_partition() {
    let test = support::database().await;
    let keys = Arc::new(keys(test.database()));
    let config = Config {
        unsafe_for_tests: true,
        ..Config::default()
    };
    let database = test.database().clone();
    let opened = Lanes::open(database, keys, Clock::default(), config, Metrics::default()).await;
    assert!(
        matches!(opened, Err(OpenError::NoPartition(_))),
        "{opened:?}"
    );
}

#[tokio::test]
async fn no_lane_opens_on_a_server_that_does_not_flush() {
    let mut rig = Rig::new().await;
    rig.config.unsafe_for_tests = false;
    let database = rig.test.database().clone();
    let (keys, clock) = (Arc::clone(&rig.keys), rig.clock.clone());
    let opened = Lanes::open(
        database,
        keys,
        clock,
        rig.config.clone(),
        rig.metrics.clone(),
    )
    .await;
    assert!(
        matches!(opened, Err(OpenError::Setting("fsync"))),
        "{opened:?}"
    );
}

#[tokio::test]
async fn destroying_a_month_reaches_a_process_that_has_read_it() {
    let rig = Rig::new().await;
    let keys = keys(rig.test.database());
    let (then, now) = (
        "2026-08-31T17:00:00Z".parse().unwrap(),
        "2026-11-21T00:00:00Z".parse().unwrap(),
    );
    keys.prepare(then).await.unwrap();
    keys.prepare(now).await.unwrap();
    let month = dancu::domain::entry::Month::from_number(202_609).unwrap();
    keys.of(month).await.unwrap();
    rig.client
        .batch_execute("DELETE FROM audit.month_key WHERE month = 202609")
        .await
        .unwrap();
    assert!(matches!(keys.of(month).await, Err(Error::Destroyed(_))));
    assert!(keys.at(now).is_ok());
}

#[tokio::test]
async fn a_partition_that_misses_tomorrow_is_an_alarm_and_no_outage() {
    let test = support::database().await;
    let clock = Clock::default();
    let mut rig = Rig::new().await;
    maintain(test.database(), &clock, 0, None).await.unwrap();
    rig.keys = Arc::new(keys(test.database()));
    let lanes = rig.lanes_on(test.database().clone()).await;
    assert_eq!(rig.metric("dancu_audit_partition_ahead"), 0.0);
    lanes.record(verification(&lanes, "H29")).await.unwrap();
    maintain(test.database(), &clock, 1, None).await.unwrap();
    rig.lanes_on(test.database().clone()).await;
    assert_eq!(rig.metric("dancu_audit_partition_ahead"), 1.0);
}
