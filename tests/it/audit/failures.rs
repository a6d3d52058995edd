//! Each way in which a lane can fail. What was acknowledged is there, once; what is not durable is
//! never acknowledged.

use std::path::Path;
use std::time::Duration;

use dancu::audit::RecordError;
use dancu::domain::entry::{AuditId, Operation};
use futures_util::future::join_all;

use super::proxy::{Cut, Proxy};
use super::{Rig, verification};

/// Ends every lane's server process.
const KILL: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND usename = 'dancu_service' AND query LIKE '%lane%'
       OR datname = current_database() AND query LIKE 'COPY%'";

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_killed_in_the_middle_of_a_batch_loses_nothing() {
    let rig = Rig::new().await;
    let lanes = rig.lanes().await;
    let lock = rig.stall().await;
    let (recorded, ()) = tokio::join!(lanes.record(verification(&lanes, "H29")), async {
        rig.until_stalled().await;
        rig.client.batch_execute(KILL).await.unwrap();
        lock.batch_execute("COMMIT").await.unwrap();
    });
    let id = recorded.unwrap();
    lanes.close().await;
    assert_eq!(ids(&rig).await, [id]);
    assert!(rig.metric("dancu_audit_retries_total") >= 1.0);
    assert_eq!(rig.of(Operation::LaneAbandoned).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_killed_again_and_again_lose_nothing() {
    let rig = Rig::new().await;
    let lanes = rig.lanes().await;
    let mut acknowledged = Vec::new();
    for _ in 0..8 {
        let calls = (0..40).map(|_| lanes.record(verification(&lanes, "H29")));
        let (answers, killed) = tokio::join!(join_all(calls), rig.client.batch_execute(KILL));
        killed.unwrap();
        // While the lane is down callers are refused, which is no acknowledgement.
        acknowledged.extend(answers.into_iter().flatten());
        rig.until("SELECT FROM pg_stat_activity WHERE usename = 'dancu_service' AND datname = current_database()").await;
    }
    lanes.close().await;
    let there = ids(&rig).await;
    assert!(!acknowledged.is_empty());
    assert!(acknowledged.iter().all(|it| there.contains(it)));
    assert_eq!(rig.of(Operation::LaneAbandoned).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_whose_answer_was_lost_is_acknowledged_once_it_is_known() {
    let (rig, id) = cut(Cut::AfterCommit).await;
    assert_eq!(ids(&rig).await, [id]);
    assert_eq!(rig.of(Operation::LaneOpened).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_never_arrived_is_made_again_under_the_same_number() {
    let (rig, id) = cut(Cut::BeforeCommit).await;
    assert_eq!(ids(&rig).await, [id]);
    assert_eq!(rig.of(Operation::LaneOpened).await.len(), 1);
}

/// Records an entry while the line is cut there.
async fn cut(at: Cut) -> (Rig, AuditId) {
    let rig = Rig::new().await;
    let row = rig
        .client
        .query_one("SHOW unix_socket_directories", &[])
        .await
        .unwrap();
    let proxy = Proxy::new(Path::new(row.get::<_, &str>(0)));
    let row = rig
        .client
        .query_one("SELECT current_database()::text", &[])
        .await
        .unwrap();
    let lanes = rig.lanes_on(proxy.database(row.get(0))).await;
    proxy.cut(at);
    let id = lanes.record(verification(&lanes, "H29")).await.unwrap();
    assert!(proxy.has_cut());
    lanes.close().await;
    (rig, id)
}

/// A database that takes no entry of the agency BAD. (Of itself it takes any: an entry is bytes.)
async fn without_bad() -> Rig {
    let rig = Rig::new().await;
    let constraint =
        "ALTER TABLE audit.block ADD CONSTRAINT good CHECK (entries::text NOT LIKE '%63424144%')";
    rig.client.batch_execute(constraint).await.unwrap();
    rig
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_the_database_will_not_take_fails_alone() {
    let rig = without_bad().await;
    let lanes = rig.lanes().await;
    // A held lock gathers all of them into one batch.
    let lock = rig.stall().await;
    let agencies = (0..21).map(|i| if i == 13 { "BAD" } else { "H29" });
    let calls = join_all(agencies.map(|agency| lanes.record(verification(&lanes, agency))));
    let (answers, ()) = tokio::join!(calls, async {
        rig.until_stalled().await;
        lock.batch_execute("COMMIT").await.unwrap();
    });
    for (i, answer) in answers.iter().enumerate() {
        assert_eq!(answer.is_ok(), i != 13, "{i}");
    }
    assert_eq!(answers[13], Err(RecordError::Unavailable));
    lanes.close().await;
    assert_eq!(ids(&rig).await.len(), 20);
    assert_eq!(rig.of(Operation::LaneUnrecordable).await.len(), 1);
    assert_eq!(rig.metric("dancu_audit_unrecordable_total"), 1.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_the_database_will_not_take_is_found_even_while_a_batch_is_settled() {
    let rig = without_bad().await;
    let lanes = rig.lanes().await;
    let lock = rig.stall().await;
    let agencies = ["H29", "BAD", "H29", "H29", "BAD"];
    let calls = join_all(agencies.map(|agency| lanes.record(verification(&lanes, agency))));
    let (answers, ()) = tokio::join!(calls, async {
        rig.until_stalled().await;
        rig.client.batch_execute(KILL).await.unwrap();
        lock.batch_execute("COMMIT").await.unwrap();
    });
    let refused: Vec<_> = answers.iter().map(Result::is_err).collect();
    assert_eq!(refused, [false, true, false, false, true]);
    lanes.close().await;
    assert_eq!(ids(&rig).await.len(), 3);
    assert_eq!(rig.of(Operation::LaneUnrecordable).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_warning_is_no_acknowledgement() {
    let rig = Rig::new().await;
    raise(&rig, "AFTER INSERT ON", "WARNING").await;
    let lanes = rig.lanes().await;
    rig.client
        .batch_execute("INSERT INTO troubled VALUES (1)")
        .await
        .unwrap();
    let answer = lanes.record(verification(&lanes, "H29")).await;
    assert_eq!(answer, Err(RecordError::Unavailable));
    assert!(!lanes.is_up());
    let at_once = lanes.record(verification(&lanes, "H29"));
    assert_eq!(at_once.await, Err(RecordError::Unavailable));
    rig.client
        .batch_execute("DELETE FROM troubled")
        .await
        .unwrap();
    recovered(&rig, &lanes).await;
    lanes.close().await;
    rig.entries().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_warning_of_the_commit_itself_is_heard() {
    let rig = Rig::new().await;
    raise(&rig, "DEFERRED", "WARNING").await;
    let lanes = rig.lanes().await;
    rig.client
        .batch_execute("INSERT INTO troubled VALUES (1)")
        .await
        .unwrap();
    // The rows are there, so settling writes none, warns of none, and is acknowledged.
    let id = lanes.record(verification(&lanes, "H29")).await.unwrap();
    assert!(rig.metric("dancu_audit_retries_total") >= 1.0);
    lanes.close().await;
    assert_eq!(ids(&rig).await, [id]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_of_the_commit_itself_is_no_acknowledgement() {
    let rig = Rig::new().await;
    raise(&rig, "DEFERRED", "EXCEPTION").await;
    let lanes = rig.lanes().await;
    rig.client
        .batch_execute("INSERT INTO troubled VALUES (1)")
        .await
        .unwrap();
    let answer = lanes.record(verification(&lanes, "H29")).await;
    assert_eq!(answer, Err(RecordError::Unavailable));
    assert_eq!(ids(&rig).await, []);
    rig.client
        .batch_execute("DELETE FROM troubled")
        .await
        .unwrap();
    recovered(&rig, &lanes).await;
    lanes.close().await;
    rig.entries().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stalled_database_is_told_at_once_and_nothing_is_lost() {
    let rig = Rig::new().await;
    let lanes = rig.lanes().await;
    let lock = rig.stall().await;
    let first = lanes.record(verification(&lanes, "H29"));
    let second = async {
        rig.until_stalled().await;
        lanes.record(verification(&lanes, "H29")).await
    };
    let third = async {
        rig.until_stalled().await;
        rig.client
            .batch_execute("SELECT pg_sleep(0.3)")
            .await
            .unwrap();
        let asked = std::time::Instant::now();
        let answer = lanes.record(verification(&lanes, "H29")).await;
        (answer, asked.elapsed())
    };
    let (first, second, (third, took)) = tokio::join!(first, second, third);
    assert_eq!(first, Err(RecordError::Unavailable));
    assert_eq!(second, Err(RecordError::Unavailable));
    assert_eq!(third, Err(RecordError::Overloaded));
    assert!(took < Duration::from_millis(100));
    lock.batch_execute("COMMIT").await.unwrap();
    recovered(&rig, &lanes).await;
    lanes.close().await;
    // The two that were taken in are there; nobody was told so.
    assert_eq!(ids(&rig).await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_is_told_at_once() {
    let mut rig = Rig::new().await;
    rig.config.queue = 2;
    let lanes = rig.lanes().await;
    let lock = rig.stall().await;
    let first = lanes.record(verification(&lanes, "H29"));
    let rest = async {
        rig.until_stalled().await;
        let calls = (0..3).map(|_| lanes.record(verification(&lanes, "H29")));
        let (answers, ()) = tokio::join!(join_all(calls), async {
            lock.batch_execute("COMMIT").await.unwrap();
        });
        answers
    };
    let (first, rest) = tokio::join!(first, rest);
    assert!(first.is_ok());
    assert!(rest[0].is_ok() && rest[1].is_ok());
    assert_eq!(rest[2], Err(RecordError::Overloaded));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lane_whose_registration_is_gone_is_abandoned_and_named_by_the_next() {
    let rig = Rig::new().await;
    let lanes = rig.lanes().await;
    lanes.record(verification(&lanes, "H29")).await.unwrap();
    rig.client
        .batch_execute("UPDATE audit.lane SET abandoned_by = 99")
        .await
        .unwrap();
    rig.until("SELECT FROM audit.entry WHERE operation = 'lane.opened' AND lane_id > 1")
        .await;
    recovered(&rig, &lanes).await;
    lanes.close().await;
    let opened = rig.of(Operation::LaneOpened).await;
    assert_eq!(opened[1].predecessor, Some(opened[0].stamp.lane));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partition_that_disappears_stops_the_answers() {
    let rig = Rig::new().await;
    let lanes = rig.lanes().await;
    let day = rig.clock.today().strftime("%Y%m%d").to_string();
    let detach = format!("ALTER TABLE audit.block DETACH PARTITION audit.block_{day}");
    rig.client.batch_execute(&detach).await.unwrap();
    let answer = lanes.record(verification(&lanes, "H29")).await;
    assert_eq!(answer, Err(RecordError::Unavailable));
    let drop = format!("DROP TABLE audit.block_{day}");
    rig.client.batch_execute(&drop).await.unwrap();
    dancu::audit::maintain(rig.test.database(), &rig.clock, 0, None)
        .await
        .unwrap();
    recovered(&rig, &lanes).await;
    lanes.close().await;
    assert_eq!(rig.of(Operation::LaneAbandoned).await.len(), 1);
}

/// A trigger of the test's own, which makes trouble while `troubled` has a row. (The product has
/// no triggers.)
async fn raise(rig: &Rig, timing: &str, level: &str) {
    let day = rig.clock.today().strftime("%Y%m%d");
    let trigger = match timing {
        "DEFERRED" => format!(
            "CREATE CONSTRAINT TRIGGER trouble AFTER INSERT ON audit.block_{day}
             DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION trouble()"
        ),
        timing => format!(
            "CREATE TRIGGER trouble {timing} audit.block_{day}
             FOR EACH STATEMENT EXECUTE FUNCTION trouble();
             CREATE TRIGGER troubles {timing} audit.block
             FOR EACH STATEMENT EXECUTE FUNCTION trouble()"
        ),
    };
    let sql = format!(
        "CREATE TABLE troubled (n int);
         CREATE FUNCTION trouble() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
         SET search_path = public AS $$
         BEGIN
             IF EXISTS (SELECT FROM troubled) THEN RAISE {level} 'trouble'; END IF;
             RETURN NULL;
         END $$;
         {trigger}"
    );
    rig.client.batch_execute(&sql).await.unwrap();
}

/// Waits until an entry is acknowledged again.
async fn recovered(rig: &Rig, lanes: &dancu::audit::Lanes) {
    for _ in 0..500 {
        if lanes.record(verification(lanes, "H29")).await.is_ok() {
            return;
        }
        rig.client
            .batch_execute("SELECT pg_sleep(0.02)")
            .await
            .unwrap();
    }
    panic!("the lane does not come back");
}

/// The ids of all verifications, each there once.
async fn ids(rig: &Rig) -> Vec<AuditId> {
    let entries = rig.of(Operation::Verify).await;
    let ids: Vec<_> = entries.iter().map(|it| it.stamp.audit_id).collect();
    let mut once = ids.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), ids.len());
    ids
}
