//! `audit::verify`: a good log passes, and whatever an administrator of the database could do to it
//! is found. Each test says by what.

mod http;
mod live;

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use dancu::audit::search::{SearchMetrics, follow};
use dancu::audit::verify::{
    AcceptedLoss, Kind, LEAST_RETENTION_DAYS, Options, Report, Trust, WitnessNote, verify,
};
use dancu::audit::{Declarable, Hole, Lanes, SealConfig, SealMetrics, Sealing, SecondPlace, State};
use dancu::clock::Clock;
use dancu::domain::entry::{Decision, Decoded, Entry, Operation, Private};
use dancu::keys::NoteSigner;
use dancu::store::Role;
use dancu::tlog::{
    Algorithm, Checkpoint, Frontier, Hash, Note, TileId, VerifierKey, empty_root, hashes_to_bytes,
    leaf_hash,
};
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};

use super::{Rig, verification};
use crate::support;

/// The entry that is tampered with: its number in the lane, and so its leaf, for there is one lane.
const BAD: u64 = 40;
const GRACE: Duration = Duration::from_secs(4 * 3600);

/// A log that is sealed while a test wants it to be.
struct Sealed {
    rig: Rig,
    directory: PathBuf,
    place: SecondPlace,
}

impl Sealed {
    async fn empty() -> Self {
        Self::at(Clock::default()).await
    }

    async fn at(clock: Clock) -> Self {
        let directory = support::scratch("sealed");
        std::fs::create_dir_all(&directory).unwrap();
        Self {
            rig: Rig::at(clock).await,
            place: SecondPlace::new(directory.join("checkpoints")),
            directory,
        }
    }

    /// A log of one lane with a few hundred entries under several heads, and nothing open.
    async fn new() -> Self {
        let log = Self::empty().await;
        log.write_and_seal(3).await;
        log
    }

    async fn write_and_seal(&self, rounds: usize) {
        let lanes = self.rig.lanes().await;
        let sealing = self.seal();
        for _ in 0..rounds {
            record(&lanes, 150).await;
            self.until_sealed().await;
        }
        lanes.close().await;
        sealing.stop().await;
    }

    fn signer(&self) -> NoteSigner {
        signer(&self.directory.join("key"), Algorithm::Ed25519)
    }

    fn keys(&self) -> Vec<VerifierKey> {
        self.signer().verifiers().cloned().collect()
    }

    fn seal(&self) -> Sealing {
        Sealing::start(
            self.rig.test.database().clone(),
            self.signer(),
            self.rig.clock.clone(),
            SealConfig {
                name: "test/log".into(),
                process: "test".into(),
                interval: Duration::from_millis(10),
                second_place: self.place.clone(),
                witnesses: Vec::new(),
            },
            SealMetrics::register(&prometheus::Registry::new()).unwrap(),
        )
    }

    /// Waits until everything that is there now is under a published head.
    async fn until_sealed(&self) {
        let there = "SELECT count(*) FROM audit.entry";
        let count: i64 = self.rig.client.query_one(there, &[]).await.unwrap().get(0);
        let published = format!(
            "SELECT FROM audit.sealer s
             JOIN audit.checkpoint c ON c.epoch = s.epoch AND c.size = s.planned
             WHERE c.published_at IS NOT NULL
               AND (SELECT sum(count) FROM audit.sealed) >= {count}"
        );
        self.rig.until(&published).await;
    }

    fn options(&self) -> Options {
        Options {
            trust: Trust {
                log: self.keys(),
                witnesses: Vec::new(),
            },
            second_place: Some(self.place.clone()),
            witness_notes: Vec::new(),
            accepted_losses: Vec::new(),
            grace: GRACE,
            least_retention_days: LEAST_RETENTION_DAYS,
        }
    }

    async fn verify(&self) -> Report {
        self.verify_with(self.options(), self.rig.clock.now()).await
    }

    async fn verify_with(&self, options: Options, now: Timestamp) -> Report {
        verify(self.rig.test.database(), options, now, |_| {})
            .await
            .unwrap()
    }

    /// Does that as the superuser, who may do everything.
    async fn tamper(&self, sql: &str) {
        let sql = format!("{}{sql}", support::TAMPERING);
        self.rig.client.batch_execute(&sql).await.unwrap();
    }

    async fn entry(&self, seq: u64) -> Decoded {
        let query = "SELECT entry FROM audit.entry WHERE seq = $1";
        let row = self
            .rig
            .client
            .query_one(query, &[&seq.cast_signed()])
            .await
            .unwrap();
        Decoded::from_canonical(row.get(0)).unwrap()
    }

    /// Rewrites an entry, so that it says that another agency asked.
    async fn rewrite(&self, seq: u64) {
        let mut entry = self.entry(seq).await;
        entry.agency_code = Some("H01".into());
        let update = "UPDATE audit.entry SET entry = $1 WHERE seq = $2";
        let (bytes, seq) = (entry.to_canonical(), seq.cast_signed());
        self.tamper("").await;
        self.rig
            .client
            .execute(update, &[&bytes, &seq])
            .await
            .unwrap();
    }

    /// Makes every tile and head anew from the entries, signed with the log's own key.
    async fn rebuild(&self) {
        let client = &self.rig.client;
        let entries = client.query("SELECT entry FROM audit.entry ORDER BY lane_id, seq", &[]);
        let mut frontier = Frontier::empty();
        let mut tiles: HashMap<TileId, Vec<Hash>> = HashMap::new();
        let mut roots = HashMap::new();
        for row in entries.await.unwrap() {
            let full = &mut |id, hashes: &[Hash]| {
                tiles.insert(id, hashes.to_vec());
            };
            frontier.push(leaf_hash(row.get(0)), full);
            roots.insert(frontier.size(), frontier.root());
        }
        for (id, hashes) in frontier.open_tiles() {
            tiles.insert(id, hashes.to_vec());
        }
        for (id, hashes) in tiles {
            let update = "UPDATE audit.tile SET hashes = $1 WHERE level = $2 AND index = $3";
            let bytes = hashes_to_bytes(&hashes);
            let (level, index) = (i16::from(id.level), id.index.cast_signed());
            let done = client
                .execute(update, &[&bytes, &level, &index])
                .await
                .unwrap();
            assert_eq!(done, 1);
        }
        for row in client
            .query("SELECT size FROM audit.checkpoint", &[])
            .await
            .unwrap()
        {
            let size: i64 = row.get(0);
            let root = roots[&size.cast_unsigned()];
            let note = self.note(&self.signer(), size.cast_unsigned(), root);
            let update = "UPDATE audit.checkpoint SET root = $1, note = $2 WHERE size = $3";
            let root = root.as_bytes().as_slice();
            client
                .execute(update, &[&root, &note, &size])
                .await
                .unwrap();
        }
    }

    fn note(&self, signer: &NoteSigner, size: u64, root: Hash) -> String {
        let origin = "test/log/1".into();
        let text = Checkpoint { origin, size, root }.text();
        signer.sign(Note::new(text).unwrap()).to_string()
    }

    /// Everything of the log as it is now, to be put back later.
    async fn back_up(&self) {
        let mut sql = "CREATE SCHEMA backup;".to_owned();
        for table in TABLES {
            sql += &format!("CREATE TABLE backup.{table} AS TABLE audit.{table};");
        }
        self.tamper(&sql).await;
    }

    async fn restore(&self) {
        let all = TABLES.map(|table| format!("audit.{table}")).join(", ");
        let mut sql = format!("TRUNCATE {all};");
        for table in TABLES {
            sql +=
                &format!("INSERT INTO audit.{table} OVERRIDING SYSTEM VALUE TABLE backup.{table};");
        }
        self.tamper(&sql).await;
    }
}

const TABLES: [&str; 9] = [
    "lane",
    "block",
    "epoch",
    "sealer",
    "sealed",
    "lane_sealed",
    "tile",
    "checkpoint",
    "note_key",
];

fn signer(path: &std::path::Path, algorithm: Algorithm) -> NoteSigner {
    NoteSigner::load(path, true, "test/log", algorithm).unwrap()
}

async fn record(lanes: &Lanes, count: usize) {
    let all = (0..count).map(|_| lanes.record(verification(lanes, "H29")));
    for recorded in join_all(all).await {
        recorded.unwrap();
    }
}

/// The first fault is of that kind and at that leaf, and is about the entry that lies there.
#[track_caller]
fn assert_first(report: &Report, kind: Kind, index: u64) {
    let first = report.first.as_ref().expect("a fault is found");
    let told = || format!("{:?}\n{:?}", report.faults, report.counts);
    assert_eq!(
        (first.kind, first.place.index),
        (kind, Some(index)),
        "{}",
        told()
    );
    assert_eq!(first.place.epoch, Some(1));
    if first.place.lane.is_some() {
        assert_eq!(first.place.seq, Some(index.cast_signed()));
    }
}

fn faults(report: &Report) -> u64 {
    report.counts.values().sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_log_passes_and_the_report_says_how_much_was_checked() {
    let log = Sealed::new().await;
    let report = log.verify().await;
    assert!(report.is_good(), "{report:?}");
    let checked = report.checked;
    assert!(checked.leaves >= 452, "{checked:?}");
    assert_eq!(checked.leaves, checked.entries);
    assert_eq!((checked.epochs, checked.lanes), (1, 1));
    assert!(checked.checkpoints >= 3 && checked.second_place >= 2 && checked.tiles >= 3);
    assert!(!report.noted.keys_from_database && report.noted.second_place_compared);
    assert_eq!(
        report.noted.unplanned_entries + report.noted.living_lanes,
        0
    );
}

#[tokio::test]
async fn an_empty_log_passes() {
    let log = Sealed::empty().await;
    let report = log.verify().await;
    assert!(report.is_good(), "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_a_live_service_it_passes_at_every_moment() {
    let log = Sealed::empty().await;
    let lanes = log.rig.lanes().await;
    let sealing = log.seal();
    for _ in 0..20 {
        let (report, ()) = tokio::join!(log.verify(), record(&lanes, 100));
        assert!(report.is_good(), "{report:?}");
        assert!(report.noted.living_lanes + report.noted.empty_lanes <= 1);
    }
    log.until_sealed().await;
    let report = log.verify().await;
    assert_eq!(report.noted.living_lanes, 1);
    lanes.close().await;
    sealing.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_lanes_are_read_in_the_order_of_the_plan() {
    let mut log = Sealed::empty().await;
    log.rig.config.lanes = 3;
    log.write_and_seal(5).await;
    let report = log.verify().await;
    assert!(report.is_good(), "{report:?}");
    assert_eq!(report.checked.lanes, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_young_to_be_sealed_is_told_and_what_is_too_old_is_a_fault() {
    let log = Sealed::empty().await;
    let lanes = log.rig.lanes().await;
    let sealing = log.seal();
    record(&lanes, 10).await;
    log.until_sealed().await;
    sealing.stop().await;
    record(&lanes, 10).await;
    let report = log.verify().await;
    assert!(report.is_good(), "{report:?}");
    assert!(report.noted.unplanned_entries >= 10, "{report:?}");
    let later = log.rig.clock.now() + SignedDuration::from_hours(5);
    let report = log.verify_with(log.options(), later).await;
    assert!(report.counts[&Kind::Unsealed] >= 10, "{report:?}");
    let first = report.first.as_ref().unwrap();
    assert_eq!(first.kind, Kind::Unsealed);
    assert!(first.place.seq >= Some(11) && first.place.audit_id.is_some());
    // Nobody closed the lane, and nobody reported it.
    assert_eq!(report.counts[&Kind::MissingEnd], 1);
    lanes.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_key_the_database_is_believed_and_the_report_says_so() {
    let log = Sealed::new().await;
    let options = Options {
        trust: Trust::default(),
        ..log.options()
    };
    let report = log.verify_with(options, log.rig.clock.now()).await;
    assert!(report.is_good(), "{report:?}");
    assert!(report.noted.keys_from_database);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_time_of_a_block_is_found_by_the_canonical_entry() {
    let log = Sealed::empty().await;
    log.write_and_seal(1).await;
    log.tamper(&format!(
        "UPDATE audit.entry SET at = at - interval '1 ms' WHERE seq = {BAD}"
    ))
    .await;
    let report = log.verify().await;
    assert_first(&report, Kind::ColumnDiffers, BAD);
    assert_eq!(report.first.as_ref().unwrap().detail, "at");
    assert_eq!(faults(&report), 1, "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_bytes_are_found_by_the_tree() {
    let log = Sealed::new().await;
    // A byte of the nonce: still an entry, with the same columns.
    log.tamper(&format!(
        "UPDATE audit.entry SET entry = set_byte(entry, 8, get_byte(entry, 8) # 1) WHERE seq = {BAD}"
    ))
    .await;
    let report = log.verify().await;
    assert_first(&report, Kind::EntryAltered, BAD);
    assert_eq!(faults(&report), 1, "{report:?}");
    let place = report.first.unwrap().place;
    assert_eq!(
        place.audit_id,
        Some(*log.entry(BAD).await.stamp.audit_id.as_uuid())
    );
    assert_eq!(place.at, Some(log.entry(BAD).await.stamp.at));
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_are_no_entry_any_more_are_found() {
    let log = Sealed::new().await;
    log.tamper(&format!(
        "UPDATE audit.entry SET entry = '\\x00' WHERE seq = {BAD}"
    ))
    .await;
    assert_first(&log.verify().await, Kind::EntryMalformed, BAD);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_is_written_anew_is_found_by_the_tree() {
    let log = Sealed::new().await;
    log.rewrite(BAD).await;
    let report = log.verify().await;
    assert_first(&report, Kind::EntryAltered, BAD);
    assert_eq!(faults(&report), 1, "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_entry_is_found_by_the_plan() {
    let log = Sealed::new().await;
    log.tamper(&format!("DELETE FROM audit.entry WHERE seq = {BAD}"))
        .await;
    let report = log.verify().await;
    assert_first(&report, Kind::EntryMissing, BAD);
    assert_eq!(faults(&report), 1, "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sealed_lane_without_its_tail_is_found_by_the_plan() {
    let log = Sealed::new().await;
    log.tamper("DELETE FROM audit.entry WHERE seq >= 400").await;
    let report = log.verify().await;
    assert_first(&report, Kind::EntryMissing, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unsealed_lane_without_its_tail_is_found_by_what_was_acknowledged_or_by_its_missing_end()
{
    let log = Sealed::empty().await;
    let lanes = log.rig.lanes().await;
    record(&lanes, 50).await;
    lanes.close().await;
    assert!(log.verify().await.is_good());
    log.tamper("DELETE FROM audit.entry WHERE operation = 'lane.closed'")
        .await;
    let report = log.verify().await;
    assert_eq!(report.first.unwrap().kind, Kind::MissingEnd);
    log.tamper("DELETE FROM audit.entry WHERE seq > 30").await;
    let report = log.verify().await;
    let first = report.first.unwrap();
    assert_eq!(
        (first.kind, first.place.seq),
        (Kind::LaneAcknowledged, Some(31))
    );
    // Whoever also changes what the lane's row says has to wait for nobody to look.
    log.tamper("UPDATE audit.lane SET acknowledged = 20, closed_at = NULL")
        .await;
    assert!(log.verify().await.is_good());
    let later = log.rig.clock.now() + SignedDuration::from_hours(5);
    let report = log.verify_with(log.options(), later).await;
    assert_eq!(report.counts[&Kind::MissingEnd], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hole_in_what_is_not_sealed_yet_is_found() {
    let log = Sealed::empty().await;
    let lanes = log.rig.lanes().await;
    record(&lanes, 50).await;
    log.tamper("DELETE FROM audit.entry WHERE seq = 30").await;
    let report = log.verify().await;
    let first = report.first.unwrap();
    assert_eq!(
        (first.kind, first.place.seq),
        (Kind::EntryMissing, Some(30))
    );
    lanes.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inserted_entry_is_found_wherever_it_is_put() {
    // Behind the end of its lane, under a negative number, in another day, in a lane of its own.
    for (lane, seq, at) in [
        ("lane_id", "10000", "at"),
        ("lane_id", "-1", "at"),
        ("lane_id", "seq", "at + interval '1 day'"),
        ("999", "seq", "at"),
    ] {
        let log = Sealed::empty().await;
        log.write_and_seal(1).await;
        log.tamper(&format!(
            "INSERT INTO audit.entry
             SELECT audit_id, {at}, {lane}, {seq}, agency_code, client_id, procedure_code,
                    operation, decision, subject_tag, officer_tag, case_tag, entry
             FROM audit.entry WHERE seq = {BAD}"
        ))
        .await;
        let report = log.verify().await;
        let first = report.first.as_ref().expect("it is found");
        assert_eq!(first.kind, Kind::Stray, "{lane} {seq} {at}: {report:?}");
        assert_eq!(faults(&report), 1, "{report:?}");
        let id = *log.entry(1).await.stamp.audit_id.as_uuid();
        assert!(first.place.audit_id.is_some_and(|found| found != id));
    }
}

/// The service's role may write such blocks, and the sum of what they say would be what it was.
#[tokio::test(flavor = "multi_thread")]
async fn an_inserted_entry_is_found_beside_a_block_that_says_it_holds_less_than_nothing() {
    let log = Sealed::new().await;
    let forged = log.entry(BAD).await.to_canonical();
    let insert = "INSERT INTO audit.block
                  SELECT b.at, b.lane_id, f.first_seq, f.count, f.entries
                  FROM (SELECT at, lane_id FROM audit.block ORDER BY first_seq LIMIT 1) AS b,
                       (VALUES (5000000::bigint, 1, ARRAY[$1::bytea]), (5000001, -1, '{}'))
                           AS f (first_seq, count, entries)";
    let client = &log.rig.client;
    assert_eq!(client.execute(insert, &[&forged]).await.unwrap(), 2);
    let report = log.verify().await;
    let seqs: Vec<_> = report.faults.iter().map(|it| it.place.seq).collect();
    assert_eq!(report.counts[&Kind::Stray], 2, "{report:?}");
    assert_eq!(faults(&report), 2, "{report:?}");
    assert!(seqs.contains(&Some(5_000_000)) && seqs.contains(&Some(5_000_001)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_was_given_twice_is_found() {
    let log = Sealed::empty().await;
    log.write_and_seal(1).await;
    let index = log.rig.client.query_one(
        "SELECT 'audit.' || relname FROM pg_class WHERE relname LIKE 'block_%_lane' AND relkind = 'i'
         ORDER BY relname LIMIT 1",
        &[],
    );
    let index: String = index.await.unwrap().get(0);
    log.tamper(&format!(
        "DROP INDEX {index};
         INSERT INTO audit.entry SELECT * FROM audit.entry WHERE seq = {BAD}"
    ))
    .await;
    let report = log.verify().await;
    assert_eq!(
        report.first.as_ref().unwrap().kind,
        Kind::EntryDuplicate,
        "{report:?}"
    );
    let place = report.first.unwrap().place;
    assert_eq!(
        (place.index, place.seq),
        (Some(BAD), Some(BAD.cast_signed()))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn two_swapped_entries_are_found_by_their_numbers() {
    let log = Sealed::new().await;
    log.tamper(&format!(
        "UPDATE audit.entry e SET at = o.at, entry = o.entry
         FROM audit.entry o WHERE e.seq IN ({BAD}, {BAD} + 1) AND o.seq = 2 * {BAD} + 1 - e.seq"
    ))
    .await;
    let report = log.verify().await;
    assert_first(&report, Kind::ColumnDiffers, BAD);
    assert_eq!(report.counts[&Kind::EntryAltered], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lane_that_is_not_registered_any_more_is_found() {
    let log = Sealed::new().await;
    log.tamper("DELETE FROM audit.lane").await;
    assert_first(&log.verify().await, Kind::LaneUnregistered, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_tile_is_found_by_the_entries_and_the_signed_heads() {
    let log = Sealed::new().await;
    log.tamper(&format!(
        "UPDATE audit.tile SET hashes = set_byte(hashes, {BAD} * 32, get_byte(hashes, {BAD} * 32) # 1)
         WHERE level = 0 AND index = 0"
    ))
    .await;
    let report = log.verify().await;
    assert_first(&report, Kind::TileAltered, BAD);
    assert_eq!(faults(&report), 1, "{report:?}");
    log.tamper("DELETE FROM audit.tile WHERE level = 0 AND index = 1")
        .await;
    let report = log.verify().await;
    assert_eq!(report.counts[&Kind::TileMissing], 1, "{report:?}");
    log.tamper("INSERT INTO audit.tile SELECT epoch, level, 7, hashes FROM audit.tile LIMIT 1")
        .await;
    let report = log.verify().await;
    assert!(faults(&report) >= 2, "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_root_is_found_by_the_entries() {
    let log = Sealed::new().await;
    let size: i64 = {
        let query = "SELECT size FROM audit.checkpoint ORDER BY size LIMIT 1 OFFSET 1";
        log.rig.client.query_one(query, &[]).await.unwrap().get(0)
    };
    log.tamper(&format!(
        "UPDATE audit.checkpoint SET root = set_byte(root, 0, get_byte(root, 0) # 1) WHERE size = {size}"
    ))
    .await;
    let report = log.verify().await;
    assert_first(&report, Kind::CheckpointRoot, size.cast_unsigned() - 1);
    assert_eq!(faults(&report), 1, "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_note_key_is_found_by_the_verifiers_own() {
    let log = Sealed::new().await;
    let row = log.rig.client.query_one(
        "SELECT size, root FROM audit.checkpoint ORDER BY size LIMIT 1",
        &[],
    );
    let row = row.await.unwrap();
    let (size, root): (i64, &[u8]) = (row.get(0), row.get(1));
    let other = signer(&log.directory.join("other"), Algorithm::Ed25519);
    let root = Hash::from_bytes(root.try_into().unwrap());
    let note = log.note(&other, size.cast_unsigned(), root);
    let update = "UPDATE audit.checkpoint SET note = $1 WHERE size = $2";
    log.rig
        .client
        .execute(update, &[&note, &size])
        .await
        .unwrap();
    let vkey = other.verifiers().next().unwrap().to_string();
    log.tamper(&format!(
        "INSERT INTO audit.note_key (vkey) VALUES ('{vkey}')"
    ))
    .await;
    let report = log.verify().await;
    assert_first(&report, Kind::CheckpointSignature, size.cast_unsigned() - 1);
    // Whoever believes the database's keys is deceived.
    let options = Options {
        trust: Trust::default(),
        ..log.options()
    };
    assert!(
        log.verify_with(options, log.rig.clock.now())
            .await
            .is_good()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_plan_is_found() {
    let log = Sealed::new().await;
    log.back_up().await;
    for (sql, kind) in [
        (
            "UPDATE audit.sealer SET planned = planned + 1",
            Kind::PlanLength,
        ),
        (
            "DELETE FROM audit.sealed WHERE first_index > 0 AND first_index < 200",
            Kind::PlanGap,
        ),
        (
            "UPDATE audit.sealed SET first_index = first_index + 4000000000000000000
             WHERE first_index = (SELECT max(first_index) FROM audit.sealed)",
            Kind::PlanGap,
        ),
        (
            "UPDATE audit.sealed SET first_seq = first_seq + 1 WHERE first_index = 0",
            Kind::PlanLane,
        ),
        (
            "UPDATE audit.sealed SET count = count + 5 WHERE first_index = 0",
            Kind::PlanOverlap,
        ),
    ] {
        log.tamper(sql).await;
        let report = log.verify().await;
        assert!(report.counts.contains_key(&kind), "{sql}: {report:?}");
        log.restore().await;
    }
    assert!(log.verify().await.is_good());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_backup_is_found_by_the_second_place() {
    let log = Sealed::new().await;
    log.back_up().await;
    let kept = log.verify().await.checked.leaves;
    log.write_and_seal(1).await;
    assert!(log.verify().await.is_good());
    log.restore().await;
    let report = log.verify().await;
    let first = report.first.as_ref().unwrap();
    assert_eq!(first.kind, Kind::SecondPlaceAhead, "{report:?}");
    assert_eq!(first.place.index, Some(kept));
    let options = Options {
        second_place: None,
        ..log.options()
    };
    let report = log.verify_with(options, log.rig.clock.now()).await;
    assert!(report.is_good() && !report.noted.second_place_compared);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_hashes_rebuilt_and_signed_again_are_found_by_the_second_place_or_a_witness_only() {
    let log = Sealed::new().await;
    let newest = log.place.newest().unwrap().unwrap().note;
    log.rewrite(BAD).await;
    log.rebuild().await;
    let alone = || Options {
        second_place: None,
        ..log.options()
    };
    let now = log.rig.clock.now();
    let report = log.verify_with(alone(), now).await;
    assert!(
        report.is_good(),
        "nothing inside of the database shows it: {report:?}"
    );
    let report = log.verify().await;
    let first = report.first.as_ref().unwrap();
    assert_eq!(first.kind, Kind::SecondPlaceContradicts);
    assert!(first.place.index <= Some(BAD), "{first:?}");
    let witnessed = Options {
        witness_notes: vec![WitnessNote {
            from: "witness".into(),
            note: newest,
        }],
        ..alone()
    };
    let report = log.verify_with(witnessed, now).await;
    let first = report.first.as_ref().unwrap();
    assert_eq!(first.kind, Kind::WitnessContradicts);
    assert!(first.place.index <= Some(BAD), "{first:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_note_in_the_second_place_is_found() {
    let log = Sealed::new().await;
    let other = signer(&log.directory.join("other"), Algorithm::Ed25519);
    let note = log.note(&other, 10, leaf_hash(b"x"));
    std::fs::write(log.directory.join("checkpoints/1/latest"), note).unwrap();
    let report = log.verify().await;
    assert!(
        report.counts.contains_key(&Kind::SecondPlaceNote),
        "{report:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_place_that_lost_everything_or_is_anothers_is_found() {
    let log = Sealed::new().await;
    let directory = log.directory.join("checkpoints");
    let id = std::fs::read(directory.join("id")).unwrap();
    let heads = log.directory.join("aside");
    std::fs::rename(directory.join("1"), &heads).unwrap();
    let report = log.verify().await;
    let first = report.first.as_ref().unwrap();
    assert_eq!(first.kind, Kind::SecondPlaceEmpty, "{report:?}");
    std::fs::remove_dir_all(&directory).unwrap();
    let report = log.verify().await;
    assert!(report.counts.contains_key(&Kind::SecondPlaceEmpty));
    // An auditor's copy of the heads alone is as good.
    std::fs::create_dir_all(&directory).unwrap();
    std::fs::rename(&heads, directory.join("1")).unwrap();
    assert!(log.verify().await.is_good());
    std::fs::write(directory.join("id"), "00\n").unwrap();
    let report = log.verify().await;
    let first = report.first.as_ref().unwrap();
    assert_eq!(first.kind, Kind::SecondPlaceOther, "{report:?}");
    std::fs::write(directory.join("id"), id).unwrap();
    assert!(log.verify().await.is_good());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sealed_beside_a_change_is_compared_with_the_digest_in_its_entry() {
    let log = Sealed::empty().await;
    let lanes = log.rig.lanes().await;
    let state = State {
        before: None,
        after: Some("{}"),
    };
    for _ in 0..3 {
        let change = Entry::new(Operation::AgencyPut, Decision::Done);
        let draft = lanes.draft_with_state(&change, state).unwrap();
        lanes.record(draft).await.unwrap();
    }
    // A file's digest has nothing beside it.
    let import = Entry {
        digest: Some([7; 32]),
        ..Entry::new(Operation::CliImport, Decision::Done)
    };
    lanes.record(lanes.draft(&import).unwrap()).await.unwrap();
    // Nor has a journal's, though something of its entry is sealed.
    let reconciled = Entry {
        digest: Some([7; 32]),
        target: Some(Private::new("{}")),
        ..Entry::new(Operation::AuditReconciliation, Decision::Done)
    };
    lanes
        .record(lanes.draft(&reconciled).unwrap())
        .await
        .unwrap();
    lanes.close().await;
    log.write_and_seal(1).await;
    let report = log.verify().await;
    assert!(report.is_good(), "{report:?}");
    assert_eq!(report.checked.attachments, 3);
    log.tamper("CREATE TABLE attachment AS TABLE audit.attachment")
        .await;
    for (sql, kind) in [
        (
            "UPDATE audit.attachment SET sealed = set_byte(sealed, 0, get_byte(sealed, 0) # 1)
             WHERE seq = 2",
            Kind::AttachmentAltered,
        ),
        (
            "DELETE FROM audit.attachment WHERE seq = 2",
            Kind::AttachmentMissing,
        ),
    ] {
        log.tamper(sql).await;
        let report = log.verify().await;
        assert_first(&report, kind, 2);
        assert_eq!(faults(&report), 1, "{report:?}");
        log.tamper("DELETE FROM audit.attachment; INSERT INTO audit.attachment TABLE attachment")
            .await;
    }
    log.tamper(
        "INSERT INTO audit.attachment SELECT lane_id, 4, at, sealed FROM attachment LIMIT 1",
    )
    .await;
    let report = log.verify().await;
    assert_eq!(report.first.as_ref().unwrap().kind, Kind::AttachmentStray);
    assert_eq!(faults(&report), 1, "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn cosignatures_are_verified_with_the_witnesss_key() {
    let log = Sealed::new().await;
    let witness = signer(&log.directory.join("witness"), Algorithm::Cosignature);
    let query = "SELECT size, note FROM audit.checkpoint ORDER BY size DESC LIMIT 1";
    let row = log.rig.client.query_one(query, &[]).await.unwrap();
    let (size, note): (i64, &str) = (row.get(0), row.get(1));
    let note = Note::parse(note).unwrap();
    let signature = witness.cosign(1_790_000_000, note.text());
    let (name, id, line) = (
        &signature.name,
        i64::from(signature.id),
        signature.to_string(),
    );
    let insert = "INSERT INTO audit.cosignature VALUES (1, $1, $2, $3, $4)";
    log.rig
        .client
        .execute(insert, &[&size, name, &id, &line])
        .await
        .unwrap();
    let report = log.verify().await;
    assert!(
        report.is_good() && report.noted.unknown_cosignatures == 1,
        "{report:?}"
    );
    let mut options = log.options();
    options.trust.witnesses = witness.verifiers().cloned().collect();
    let now = log.rig.clock.now();
    let report = log.verify_with(options.clone(), now).await;
    assert!(
        report.is_good() && report.checked.cosignatures == 1,
        "{report:?}"
    );
    // A checkpoint the witness kept, and one that it did not sign.
    let mut kept = note.clone();
    kept.push(signature);
    for (note, is_good) in [(&kept, true), (&note, false)] {
        options.witness_notes = vec![WitnessNote {
            from: "witness".into(),
            note: note.to_string(),
        }];
        let report = log.verify_with(options.clone(), now).await;
        assert_eq!(report.is_good(), is_good, "{report:?}");
    }
    options.witness_notes.clear();
    let other = witness
        .cosign(1_790_000_000, "test/log/1\n1\nx\n")
        .to_string();
    let update = "UPDATE audit.cosignature SET line = $1";
    log.rig.client.execute(update, &[&other]).await.unwrap();
    let report = log.verify_with(options, now).await;
    assert_first(&report, Kind::Cosignature, size.cast_unsigned() - 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_dropped_in_time_leaves_its_tiles_and_one_dropped_too_early_is_found() {
    let clock = Clock::frozen("2025-01-10T05:00:00Z".parse().unwrap());
    let log = Sealed::at(clock.clone()).await;
    log.write_and_seal(3).await;
    let leaves = log.verify().await.checked.leaves;
    log.tamper("DROP TABLE audit.block_20250110").await;
    let report = log.verify().await;
    assert_first(&report, Kind::PartitionMissing, 0);
    assert_eq!(faults(&report), 1, "{report:?}");
    clock.set("2026-01-12T05:00:00Z".parse().unwrap());
    let report = log.verify().await;
    assert!(report.is_good(), "{report:?}");
    assert_eq!(report.noted.dropped_entries, leaves);
    log.tamper("UPDATE audit.tile SET hashes = set_byte(hashes, 0, get_byte(hashes, 0) # 1)")
        .await;
    assert!(!log.verify().await.is_good());
}

/// The database says of itself how old a lane is, and how long entries are kept.
#[tokio::test(flavor = "multi_thread")]
async fn a_removed_lane_that_is_called_old_and_a_shorter_retention_excuse_nothing() {
    let clock = Clock::frozen("2026-01-10T05:00:00Z".parse().unwrap());
    let log = Sealed::at(clock.clone()).await;
    log.write_and_seal(2).await;
    log.write_and_seal(1).await;
    let leaves = log.verify().await.checked.leaves;
    log.back_up().await;
    let removed = "UPDATE audit.lane SET day = '2020-01-01', opened_at = '2020-01-01 00:00+07'
                   WHERE lane_id = 2;
                   DELETE FROM audit.block WHERE lane_id = 2;";
    log.tamper(removed).await;
    let alone = Options {
        second_place: None,
        ..log.options()
    };
    let report = log.verify_with(alone.clone(), clock.now()).await;
    let first = report.first.as_ref().unwrap();
    assert_eq!(first.kind, Kind::EntryMissing, "{report:?}");
    assert_eq!((first.place.lane, first.place.seq), (Some(2), Some(0)));
    assert_eq!((faults(&report), report.noted.dropped_entries), (1, 0));
    // Nor does a row that calls numbers of it lost, by an entry of a day that is over.
    let old = uuid::Uuid::from_u128(0x016f_5e66_e800_7000_8000_0000_0000_0000);
    log.tamper(&format!(
        "INSERT INTO audit.declared_hole (lane_id, first_seq, last_seq, audit_id)
         VALUES (2, 3, 5, '{old}')"
    ))
    .await;
    let report = log.verify_with(alone.clone(), clock.now()).await;
    assert_eq!(report.counts[&Kind::HoleDeclaration], 1, "{report:?}");
    // Where no entry is left to tell, the second place does.
    log.tamper(
        "DELETE FROM audit.declared_hole;
         UPDATE audit.lane SET day = '2020-01-01', opened_at = '2020-01-01 00:00+07';
         DELETE FROM audit.block;",
    )
    .await;
    let report = log.verify().await;
    assert!(
        report.counts.contains_key(&Kind::EntryMissing),
        "{report:?}"
    );
    assert!(report.noted.dropped_entries < leaves);
    log.restore().await;
    assert!(log.verify().await.is_good());
    log.tamper("UPDATE audit.retention SET minimum_days = 1; DROP TABLE audit.block_20260110")
        .await;
    clock.set("2026-01-20T05:00:00Z".parse().unwrap());
    let report = log.verify().await;
    assert_first(&report, Kind::PartitionMissing, 0);
    // Whoever verifies may know of a shorter one.
    let shorter = Options {
        least_retention_days: 5,
        ..alone
    };
    let report = log.verify_with(shorter, clock.now()).await;
    assert!(report.is_good(), "{report:?}");
}

/// A time of its own does not make an entry one of that time: it comes behind leaves that are younger.
#[tokio::test(flavor = "multi_thread")]
async fn a_lane_of_a_day_long_ago_is_found_behind_younger_leaves() {
    let clock = Clock::frozen("2026-01-12T05:00:00Z".parse().unwrap());
    let log = Sealed::at(clock.clone()).await;
    log.write_and_seal(1).await;
    // A lane that stood still while others were sealed is no such thing.
    clock.set("2026-01-11T06:00:00Z".parse().unwrap());
    create_day(&log, "2026-01-11").await;
    log.write_and_seal(1).await;
    let now = "2026-01-12T05:00:00Z".parse().unwrap();
    let report = log.verify_with(log.options(), now).await;
    assert!(report.is_good(), "{report:?}");
    clock.set("2025-10-10T05:00:00Z".parse().unwrap());
    create_day(&log, "2025-10-10").await;
    log.write_and_seal(1).await;
    let report = log.verify_with(log.options(), now).await;
    let first = report.first.as_ref().unwrap();
    assert_eq!(first.kind, Kind::BackDated, "{report:?}");
    assert_eq!((first.place.lane, first.place.seq), (Some(3), Some(0)));
    assert_eq!(faults(&report), 1, "{report:?}");
}

async fn create_day(log: &Sealed, day: &str) {
    let create = format!("SELECT audit.create_partition('{day}')");
    log.rig.client.batch_execute(&create).await.unwrap();
}

/// It stood before a hole, and goes on where an entry says that there is one.
#[tokio::test(flavor = "multi_thread")]
async fn a_lane_may_be_sealed_late_behind_a_declared_hole_only() {
    let clock = Clock::frozen("2025-10-10T05:00:00Z".parse().unwrap());
    let log = Sealed::at(clock.clone()).await;
    let lanes = log.rig.lanes().await;
    record(&lanes, 10).await;
    lanes.close().await;
    log.tamper("DELETE FROM audit.entry WHERE seq = 4").await;
    clock.set("2026-01-12T05:00:00Z".parse().unwrap());
    create_day(&log, "2026-01-12").await;
    let sealing = log.seal();
    let lanes = log.rig.lanes().await;
    record(&lanes, 10).await;
    lanes.close().await;
    let closed = "SELECT FROM audit.sealed WHERE lane_id = 2
                  HAVING sum(count) = (SELECT count(*) FROM audit.entry WHERE lane_id = 2)";
    log.rig.until(closed).await;
    let hole = Hole {
        lane: 1,
        first_seq: 4,
        last_seq: 4,
    };
    let found = Declarable::find(log.rig.test.database(), hole);
    let found = found.await.unwrap();
    let lanes = log.rig.lanes().await;
    let entry = lanes.draft(&found.entry("uid 0")).unwrap();
    let id = lanes.record(entry).await.unwrap();
    found.declare(*id.as_uuid()).await.unwrap();
    lanes.close().await;
    log.until_sealed().await;
    sealing.stop().await;
    let report = log.verify().await;
    assert!(report.is_good(), "{report:?}");
    assert_eq!(report.noted.holes.len(), 1);
}

/// A demonstration's history is sealed before anybody was answered, and says what it is.
#[tokio::test(flavor = "multi_thread")]
async fn lanes_of_the_past_come_before_any_answer_or_are_back_dated() {
    let now = "2026-01-12T05:00:00Z".parse().unwrap();
    for answered in [false, true] {
        let clock = Clock::frozen(now);
        let log = Sealed::at(clock.clone()).await;
        let lanes = log.rig.lanes().await;
        if answered {
            record(&lanes, 1).await;
        }
        lanes.close().await;
        create_day(&log, "2025-10-10").await;
        let past = Clock::frozen("2025-10-10T05:00:00Z".parse().unwrap());
        let (database, keys) = (log.rig.test.database().clone(), log.rig.keys.clone());
        let lanes = Lanes::open_past(database, keys, past, log.rig.config.clone());
        let lanes = lanes.await.unwrap();
        record(&lanes, 5).await;
        lanes.close().await;
        let sealing = log.seal();
        log.until_sealed().await;
        sealing.stop().await;
        let report = log.verify().await;
        assert_eq!(report.is_good(), !answered, "{report:?}");
        assert_eq!(report.counts.contains_key(&Kind::BackDated), answered);
    }
}

/// The entry that declared it was dropped with its day, and so was the lane.
#[tokio::test(flavor = "multi_thread")]
async fn a_hole_that_was_declared_before_its_day_was_dropped_stays_declared() {
    let clock = Clock::frozen("2025-01-10T05:00:00Z".parse().unwrap());
    let log = Sealed::at(clock.clone()).await;
    let lanes = log.rig.lanes().await;
    record(&lanes, 10).await;
    lanes.close().await;
    log.tamper("DELETE FROM audit.entry WHERE seq = 4").await;
    let hole = Hole {
        lane: 1,
        first_seq: 4,
        last_seq: 4,
    };
    let found = Declarable::find(log.rig.test.database(), hole)
        .await
        .unwrap();
    let lanes = log.rig.lanes().await;
    let entry = lanes.draft(&found.entry("uid 0")).unwrap();
    let id = lanes.record(entry).await.unwrap();
    lanes.close().await;
    found.declare(*id.as_uuid()).await.unwrap();
    let sealing = log.seal();
    log.until_sealed().await;
    sealing.stop().await;
    assert!(log.verify().await.is_good());
    log.tamper("DROP TABLE audit.block_20250110").await;
    clock.set("2026-01-12T05:00:00Z".parse().unwrap());
    let report = log.verify().await;
    assert!(report.is_good(), "{report:?}");
    assert_eq!(report.noted.holes.len(), 1);
    // A row that was added afterwards, for entries of a day that is still kept, is not believed.
    log.tamper(
        "UPDATE audit.lane SET day = '2026-01-10' WHERE lane_id = 1;
         CREATE TABLE audit.block_20260110 PARTITION OF audit.block
         FOR VALUES FROM ('2026-01-10 00:00:00+07') TO ('2026-01-11 00:00:00+07')",
    )
    .await;
    let report = log.verify().await;
    assert_eq!(report.counts[&Kind::HoleDeclaration], 1, "{report:?}");
    assert!(report.counts.contains_key(&Kind::PlanLane), "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declared_loss_is_told_with_its_numbers_and_its_binding_is_checked() {
    let mut log = Sealed::new().await;
    log.back_up().await;
    let kept = log.verify().await.checked.leaves;
    log.write_and_seal(1).await;
    let signed = log.verify().await.checked.leaves;
    let follows = log.place.newest().unwrap().unwrap().note;
    log.restore().await;
    log.tamper(&format!(
        "INSERT INTO audit.epoch (epoch, origin, follows) VALUES (2, 'test/log/2', '{follows}');
         UPDATE audit.sealer SET epoch = 2, planned = 0;
         ALTER SEQUENCE audit.lane_lane_id_seq RESTART WITH 1000"
    ))
    .await;
    let empty = Checkpoint {
        origin: "test/log/2".into(),
        size: 0,
        root: empty_root(),
    };
    let empty = log.signer().sign(Note::new(empty.text()).unwrap());
    let now = log.rig.clock.now();
    log.place.remember(2, now, &empty.to_string()).unwrap();
    let bound = digest(&SHA256, follows.as_bytes());
    log.rig.config.follows = bound.as_ref().try_into().ok();
    log.write_and_seal(1).await;
    let report = log.verify().await;
    let loss = &report.noted.losses[0];
    assert_eq!((loss.epoch, loss.followed_by), (1, 2));
    assert_eq!((loss.signed, loss.kept), (signed, kept));
    // Whoever has the key that signs can declare one: it is for the auditor to say that it is known.
    assert_first(&report, Kind::DeclaredLoss, kept);
    assert_eq!(faults(&report), 1, "{report:?}");
    let accepting = |lost: u64| Options {
        accepted_losses: vec![AcceptedLoss { epoch: 1, lost }],
        ..log.options()
    };
    let report = log.verify_with(accepting(signed - kept), now).await;
    assert!(report.is_good(), "{report:?}");
    let report = log.verify_with(accepting(signed - kept - 1), now).await;
    assert_first(&report, Kind::DeclaredLoss, kept);
    // The head that is followed cannot be exchanged.
    let other = log.note(&log.signer(), signed, leaf_hash(b"x"));
    let update = "UPDATE audit.epoch SET follows = $1 WHERE epoch = 2";
    log.rig.client.execute(update, &[&other]).await.unwrap();
    let report = log.verify_with(accepting(signed - kept), now).await;
    let first = report.first.as_ref().unwrap();
    assert_eq!(
        (first.kind, first.place.index),
        (Kind::EpochBinding, Some(0))
    );
    assert_eq!(first.place.epoch, Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_of_a_newer_version_is_told_and_its_hash_checked() {
    let log = Sealed::empty().await;
    let lanes = log.rig.lanes().await;
    record(&lanes, 50).await;
    // As a later version of this program would have written it: 00 02 behind the map's head.
    log.tamper(&format!(
        "UPDATE audit.entry SET entry = set_byte(entry, 2, 2) WHERE seq = {BAD}"
    ))
    .await;
    log.write_and_seal(1).await;
    lanes.close().await;
    log.seal().stop().await;
    let report = log.verify().await;
    assert!(report.is_good(), "{report:?}");
    assert_eq!(report.noted.newer_entries, 1);
    log.tamper(&format!(
        "UPDATE audit.entry SET entry = set_byte(entry, 9, 255 - get_byte(entry, 9))
         WHERE lane_id = 1 AND seq = {BAD}"
    ))
    .await;
    assert_eq!(log.verify().await.first.unwrap().kind, Kind::EntryAltered);
}

/// A new word for an operation is no new version: what an older program does not know is for a newer one.
#[tokio::test(flavor = "multi_thread")]
async fn an_entry_with_a_word_of_a_later_program_is_no_fault_and_is_left_to_that_to_find() {
    let log = Sealed::empty().await;
    let lanes = log.rig.lanes().await;
    record(&lanes, 50).await;
    lanes.close().await;
    let query = "SELECT entry FROM audit.entry WHERE seq = $1";
    let seq = BAD.cast_signed();
    let row = log.rig.client.query_one(query, &[&seq]).await.unwrap();
    let known: Vec<u8> = row.get(0);
    let mut newer = known.clone();
    let word = newer.windows(6).position(|it| it == b"verify").unwrap();
    newer[word..word + 6].copy_from_slice(b"verily");
    log.tamper("").await;
    let update = "UPDATE audit.entry SET entry = $1 WHERE seq = $2";
    let client = &log.rig.client;
    client.execute(update, &[&newer, &seq]).await.unwrap();
    let sealing = log.seal();
    log.until_sealed().await;
    sealing.stop().await;
    let report = log.verify().await;
    assert!(report.is_good(), "{report:?}");
    assert_eq!(report.noted.newer_entries, 1);

    let registry = prometheus::Registry::new();
    let metrics = SearchMetrics::register(&registry).unwrap();
    let store = log.rig.test.database().store(Role::Search, 1);
    let following = tokio::spawn(follow(store, metrics));
    let stands = format!("SELECT FROM audit.search_progress WHERE next_index = {BAD}");
    log.rig.until(&stands).await;
    let metric = |name: &str| {
        let families = registry.gather();
        let family = families.iter().find(|it| it.name() == name).unwrap();
        let metric = &family.get_metric()[0];
        metric.get_counter().get_value() + metric.get_gauge().get_value()
    };
    support::within("it is told", Duration::from_secs(20), async || {
        metric("dancu_search_backlog") > 0.0
    })
    .await;
    assert_eq!(metric("dancu_search_unreadable_total"), 0.0);
    // A program that knows the word goes on with it, and finds all.
    client.execute(update, &[&known, &seq]).await.unwrap();
    log.rig
        .until("SELECT FROM audit.search_entry HAVING count(*) = 50")
        .await;
    following.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_writers_lane_is_told_once_another_lane_reported_it() {
    let log = Sealed::empty().await;
    let lanes = log.rig.lanes().await;
    record(&lanes, 5).await;
    lanes.close().await;
    // As if its process had been killed before it could close it.
    log.tamper(
        "DELETE FROM audit.entry WHERE operation = 'lane.closed';
         UPDATE audit.lane SET closed_at = NULL, touched_at = touched_at - interval '1 hour'",
    )
    .await;
    let other = log.rig.lanes().await;
    other.close().await;
    let report = log.verify().await;
    assert!(report.is_good(), "{report:?}");
    assert_eq!(report.noted.abandoned_lanes, 1);
    // What the report acknowledges must be there.
    log.tamper("DELETE FROM audit.entry WHERE lane_id = 1 AND seq > 0")
        .await;
    let report = log.verify().await;
    assert_eq!(report.first.unwrap().kind, Kind::LaneAcknowledged);
}
