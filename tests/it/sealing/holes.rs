//! Lanes that lost entries: what is sealed all the same, how the loss is declared, and what no
//! declaration excuses.

use std::time::Duration;

use dancu::audit::verify::Kind;
use dancu::audit::{Declarable, Hole, HoleError};
use dancu::store::Role;
use prometheus::Registry;
use uuid::Uuid;

use super::{Rig, lanes, metric, number, prove, verification};
use crate::support;

impl Rig {
    async fn sql(&self, sql: &str) {
        let sql = format!("{}{sql}", support::TAMPERING);
        self.client.batch_execute(&sql).await.unwrap();
    }

    async fn find(
        &self,
        lane: i64,
        first_seq: i64,
        last_seq: i64,
    ) -> Result<Declarable, HoleError> {
        let hole = Hole {
            lane,
            first_seq,
            last_seq,
        };
        Declarable::find(self.test.database(), hole).await
    }

    /// Records the entry that declares these numbers, as the command line does.
    async fn entry_of(&self, found: &Declarable) -> Uuid {
        let log = lanes(self.test.database(), &self.keys).await;
        let draft = log.draft(&found.entry("uid 0")).unwrap();
        let id = log.record(draft).await.unwrap();
        log.close().await;
        *id.as_uuid()
    }

    async fn declare(&self, lane: i64, first_seq: i64, last_seq: i64) -> Uuid {
        let found = self.find(lane, first_seq, last_seq).await.unwrap();
        let id = self.entry_of(&found).await;
        found.declare(id).await.unwrap();
        id
    }

    async fn until(&self, what: &str, query: &str, wanted: i64) {
        support::within(what, Duration::from_secs(20), async || {
            number(&self.client, query).await == wanted
        })
        .await;
    }

    async fn until_holes(&self, registry: &Registry, count: f64) {
        support::within("holes are seen", Duration::from_secs(20), async || {
            metric(registry, "dancu_audit_lanes_with_holes") == count
        })
        .await;
    }
}

/// How many entries lie in published heads' leaves.
const SEALED: &str = "SELECT coalesce(sum(s.count), 0)::bigint FROM audit.sealed s
    WHERE s.first_index + s.count <= (SELECT max(size) FROM audit.checkpoint c
        WHERE c.epoch = s.epoch AND c.published_at IS NOT NULL)";
const ENTRIES: &str = "SELECT count(*) FROM audit.entry";
const UNFINISHED: &str =
    "SELECT count(*) FROM audit.lane LEFT JOIN audit.lane_sealed USING (lane_id)
    WHERE finished IS NOT TRUE";

/// A closed lane of which entries of the middle were lost before anything was sealed: lane 1 and
/// numbers 2 and 3, of 0 to 11.
async fn with_hole() -> Rig {
    let rig = Rig::new().await;
    rig.record(10).await;
    rig.lanes.close().await;
    rig.sql("DELETE FROM audit.entry WHERE seq IN (2, 3)").await;
    rig
}

#[tokio::test]
async fn what_lies_before_a_hole_is_sealed_nothing_behind_it_is_and_other_lanes_go_on() {
    let rig = with_hole().await;
    let other = lanes(rig.test.database(), &rig.keys).await;
    other.record(verification(&other)).await.unwrap();
    let (sealing, registry) = rig.seal();
    rig.until_holes(&registry, 1.0).await;
    other.close().await;
    rig.until(
        "the other lane is finished",
        "SELECT count(*) FROM audit.lane_sealed WHERE lane_id = 2 AND finished",
        1,
    )
    .await;
    sealing.stop().await;
    let planned =
        "SELECT coalesce(max(first_seq + count), 0)::bigint FROM audit.sealed WHERE lane_id = 1";
    assert_eq!(number(&rig.client, planned).await, 2);
    assert_eq!(number(&rig.client, UNFINISHED).await, 1);
    prove(&rig.client, 1, &rig.verifiers()).await;
}

/// The service's role may insert whatever it likes into a lane that is being written.
#[tokio::test]
async fn a_row_with_a_far_number_delays_no_entry_of_its_lane() {
    for far in ["1000000", "4611686018427387904", "9223372036854775807"] {
        let rig = Rig::new().await;
        rig.record(3).await;
        let service = rig.test.database().connect(Role::Service).await.unwrap();
        service
            .batch_execute(&format!(
                "INSERT INTO audit.block (at, lane_id, first_seq, count, entries)
                 VALUES (now(), 1, {far}, 1, ARRAY['\\x00'::bytea])"
            ))
            .await
            .unwrap();
        let (sealing, registry) = rig.seal();
        for _ in 0..3 {
            rig.record(50).await;
            let honest = number(&rig.client, ENTRIES).await - 1;
            support::within(
                "the honest entries are sealed",
                Duration::from_secs(20),
                async || number(&rig.client, SEALED).await >= honest,
            )
            .await;
        }
        rig.lanes.close().await;
        rig.until("the lane is finished", UNFINISHED, 0).await;
        sealing.stop().await;
        assert_eq!(metric(&registry, "dancu_seal_failures_total"), 0.0);
        let report = rig.verify().await;
        assert_eq!(report.counts.len(), 1, "{report:?}");
        assert_eq!(report.first.unwrap().kind, Kind::Stray);
    }
}

/// Nor may any other block that no lane would write: without some entry, of another length than it says, an
/// array of arrays.
#[tokio::test]
async fn a_block_that_no_lane_would_write_stops_neither_sealing_nor_verifying() {
    let rig = Rig::new().await;
    rig.record(3).await;
    let service = rig.test.database().connect(Role::Service).await.unwrap();
    for (first, count, entries) in [
        (1_000_000, 1, "ARRAY[NULL::bytea]"),
        (1_000_010, -3, "ARRAY['\\x00'::bytea]"),
        (1_000_020, i32::MAX, "ARRAY['\\x00'::bytea]"),
        (
            1_000_030,
            2,
            "ARRAY[ARRAY['\\x00'::bytea], ARRAY['\\x01'::bytea]]",
        ),
        (-5, 2, "ARRAY['\\x00'::bytea, '\\x01'::bytea]"),
    ] {
        let forge = format!(
            "INSERT INTO audit.block (at, lane_id, first_seq, count, entries)
             VALUES (now(), 1, {first}, {count}, {entries})"
        );
        service.batch_execute(&forge).await.unwrap();
    }
    let (sealing, registry) = rig.seal();
    rig.record(50).await;
    rig.lanes.close().await;
    rig.until("the lane is finished", UNFINISHED, 0).await;
    sealing.stop().await;
    assert_eq!(metric(&registry, "dancu_seal_failures_total"), 0.0);
    let report = rig.verify().await;
    assert_eq!(report.counts.len(), 1, "{report:?}");
    assert_eq!(report.first.unwrap().kind, Kind::Stray);
}

#[tokio::test]
async fn a_declared_hole_lets_sealing_go_on_and_verifying_tells_it_with_its_entry() {
    let rig = with_hole().await;
    let report = rig.verify().await;
    assert_eq!(report.first.unwrap().kind, Kind::EntryMissing);
    let (sealing, registry) = rig.seal();
    rig.until_holes(&registry, 1.0).await;
    rig.until("what lies before is sealed", SEALED, 2).await;
    for (hole, refusal) in [
        ((9, 2, 3), "no lane"),
        ((1, 1, 3), "sealed up to number 1"),
        ((1, 2, 2), "up to number 3"),
        ((1, 2, 4), "an entry of number 4"),
        ((1, 3, 3), "entries before number 3"),
        ((1, 12, 12), "beyond number 11"),
    ] {
        let refused = rig.find(hole.0, hole.1, hole.2).await.unwrap_err();
        assert!(refused.to_string().contains(refusal), "{hole:?}: {refused}");
    }
    let id = rig.declare(1, 2, 3).await;
    let again = rig.find(1, 2, 3).await;
    assert!(matches!(again, Err(HoleError::Declared(2, 3))), "{again:?}");
    rig.until("every lane is finished", UNFINISHED, 0).await;
    rig.until_holes(&registry, 0.0).await;
    sealing.stop().await;
    let sealed = number(&rig.client, SEALED).await;
    assert_eq!(sealed, number(&rig.client, ENTRIES).await);
    let report = rig.verify().await;
    assert!(report.is_good(), "{report:?}");
    let [hole] = report.noted.holes[..] else {
        panic!("{report:?}");
    };
    assert_eq!((hole.lane, hole.first_seq, hole.last_seq), (1, 2, 3));
    assert_eq!(hole.declared_by.audit_id, Some(id));
    assert!(hole.declared_by.index.is_some(), "it is a leaf itself");
    // Without the entry, what the table says is worth nothing.
    rig.sql("UPDATE audit.entry SET lane_id = 99 WHERE operation = 'cli.declare_hole'")
        .await;
    let report = rig.verify().await;
    assert_eq!(report.counts[&Kind::PlanLane], 1, "{report:?}");
    assert_eq!(report.counts[&Kind::HoleDeclaration], 1, "{report:?}");
}

#[tokio::test]
async fn a_lane_that_may_still_be_written_has_no_hole_to_declare() {
    let rig = Rig::new().await;
    rig.record(5).await;
    rig.sql("DELETE FROM audit.entry WHERE seq = 2").await;
    let open = rig.find(1, 2, 2).await;
    assert!(matches!(open, Err(HoleError::Open)), "{open:?}");
    rig.lanes.close().await;
    assert!(rig.find(1, 2, 2).await.is_ok());
}

/// Whoever administers the database deletes entries, and adds the row that makes sealing go on.
#[tokio::test]
async fn a_row_that_no_entry_declares_excuses_nothing() {
    let rig = with_hole().await;
    rig.sql(
        "INSERT INTO audit.declared_hole (lane_id, first_seq, last_seq, audit_id)
         VALUES (1, 2, 3, gen_random_uuid())",
    )
    .await;
    let (sealing, _) = rig.seal();
    rig.until("the lane is finished", UNFINISHED, 0).await;
    sealing.stop().await;
    let report = rig.verify().await;
    assert_eq!(report.counts[&Kind::HoleDeclaration], 1, "{report:?}");
    let first = report.first.unwrap();
    assert_eq!(
        (first.kind, first.place.seq),
        (Kind::PlanLane, Some(4)),
        "the leaf behind the hole is named"
    );
}

#[tokio::test]
async fn a_declaration_covers_its_own_numbers_and_no_others() {
    let rig = with_hole().await;
    let (sealing, registry) = rig.seal();
    rig.until_holes(&registry, 1.0).await;
    sealing.stop().await;
    rig.declare(1, 2, 3).await;
    // One more entry vanishes between the declaration and the next round.
    rig.sql("DELETE FROM audit.entry WHERE lane_id = 1 AND seq = 4")
        .await;
    let (sealing, registry) = rig.seal();
    rig.until_holes(&registry, 1.0).await;
    sealing.stop().await;
    let report = rig.verify().await;
    assert_eq!(report.counts[&Kind::EntryMissing], 1, "{report:?}");
    // Two declarations that follow each other cover both.
    rig.declare(1, 4, 4).await;
    let (sealing, _) = rig.seal();
    rig.until("every lane is finished", UNFINISHED, 0).await;
    sealing.stop().await;
    let report = rig.verify().await;
    assert!(report.is_good(), "{report:?}");
    assert_eq!(report.noted.holes.len(), 2);
}

#[tokio::test]
async fn no_declaration_excuses_the_removal_of_a_sealed_entry() {
    let rig = with_hole().await;
    let (sealing, registry) = rig.seal();
    rig.until_holes(&registry, 1.0).await;
    rig.until("what lies before is sealed", SEALED, 2).await;
    let found = rig.find(1, 2, 3).await.unwrap();
    let id = rig.entry_of(&found).await;
    found.declare(id).await.unwrap();
    rig.until("every lane is finished", UNFINISHED, 0).await;
    sealing.stop().await;
    assert!(rig.verify().await.is_good());
    rig.sql("DELETE FROM audit.entry WHERE lane_id = 1 AND seq IN (5, 6)")
        .await;
    let sealed = rig.find(1, 5, 6).await;
    assert!(matches!(sealed, Err(HoleError::Sealed(11))), "{sealed:?}");
    // The same declaration, made by hand: its content says that 5 and 6 are lost.
    let forged = lanes(rig.test.database(), &rig.keys).await;
    let entry = dancu::domain::entry::Entry {
        predecessor: Some(1),
        acknowledged: Some(4),
        count: Some(2),
        ..dancu::domain::entry::Entry::new(
            dancu::domain::entry::Operation::CliDeclareHole,
            dancu::domain::entry::Decision::Done,
        )
    };
    let id = forged.record(forged.draft(&entry).unwrap()).await.unwrap();
    forged.close().await;
    rig.sql(&format!(
        "INSERT INTO audit.declared_hole (lane_id, first_seq, last_seq, audit_id)
         VALUES (1, 5, 6, '{id}')"
    ))
    .await;
    let (sealing, _) = rig.seal();
    rig.until("every lane is finished", UNFINISHED, 0).await;
    sealing.stop().await;
    let report = rig.verify().await;
    assert_eq!(report.counts[&Kind::EntryMissing], 2, "{report:?}");
    assert_eq!(report.counts[&Kind::HoleDeclaration], 1, "{report:?}");
    // Nor does it help to take them out of the plan, too.
    rig.sql(
        "UPDATE audit.sealed SET count = 1 WHERE lane_id = 1 AND first_seq = 4;
         INSERT INTO audit.sealed (epoch, first_index, lane_id, first_seq, count)
         SELECT 1, first_index + 3, 1, 7, 5 FROM audit.sealed WHERE lane_id = 1 AND first_seq = 4",
    )
    .await;
    let report = rig.verify().await;
    assert!(report.counts.contains_key(&Kind::PlanGap), "{report:?}");
}

#[tokio::test]
async fn an_entry_that_appears_in_a_declared_hole_is_found() {
    let rig = with_hole().await;
    let (sealing, registry) = rig.seal();
    rig.until_holes(&registry, 1.0).await;
    rig.declare(1, 2, 3).await;
    rig.until("every lane is finished", UNFINISHED, 0).await;
    sealing.stop().await;
    rig.sql(
        "INSERT INTO audit.block SELECT at, lane_id, 2, 1, ARRAY[entry]
         FROM audit.entry WHERE lane_id = 1 AND seq = 4",
    )
    .await;
    let report = rig.verify().await;
    let first = report.first.as_ref().unwrap();
    assert_eq!(
        (first.kind, first.place.seq),
        (Kind::Stray, Some(2)),
        "{report:?}"
    );
    assert_eq!(report.counts.values().sum::<u64>(), 1, "{report:?}");
}

#[tokio::test]
async fn a_lost_end_is_a_hole_too_and_its_lane_is_done_with_once_it_is_declared() {
    let rig = Rig::new().await;
    rig.record(10).await;
    rig.lanes.close().await;
    // Also the entry that closes the lane, whose number its row does not say.
    rig.sql("DELETE FROM audit.entry WHERE seq >= 8").await;
    let (sealing, registry) = rig.seal();
    rig.until_holes(&registry, 1.0).await;
    rig.until("what is left is sealed", SEALED, 8).await;
    let short = rig.find(1, 8, 10).await;
    assert!(matches!(short, Err(HoleError::Short(11))), "{short:?}");
    rig.declare(1, 8, 11).await;
    rig.until("every lane is finished", UNFINISHED, 0).await;
    rig.until_holes(&registry, 0.0).await;
    sealing.stop().await;
    let report = rig.verify().await;
    assert!(report.is_good(), "{report:?}");
    assert_eq!(report.noted.holes.len(), 1);
}

#[tokio::test]
async fn a_lane_that_is_called_finished_while_it_lives_is_sealed_all_the_same() {
    let rig = Rig::new().await;
    rig.record(5).await;
    let (sealing, _) = rig.seal();
    rig.until_sealed().await;
    rig.sql("UPDATE audit.lane_sealed SET finished = true")
        .await;
    rig.record(5).await;
    let entries = rig.entries().await;
    // As soon as the lane says how far it is.
    support::within("they are sealed", Duration::from_secs(20), async || {
        number(&rig.client, SEALED).await >= entries
    })
    .await;
    rig.lanes.close().await;
    sealing.stop().await;
    assert!(rig.verify().await.is_good());
}
