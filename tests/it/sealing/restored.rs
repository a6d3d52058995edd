//! Backups that were restored, second places that were lost, and what goes on afterwards.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use dancu::audit::search::{SearchMetrics, follow};
use dancu::audit::{Began, BeginError, Beginning, SecondPlace, adopt_second_place, begin_epoch};
use dancu::clock::Clock;
use dancu::domain::entry::Decoded;
use dancu::store::{Database, Role};
use dancu::tlog::Note;
use tokio_postgres::Client;

use super::{NAME, Rig, lanes, metric, number, prove, verification};
use crate::support;

/// Waits until whoever counts into this registry refuses to sign.
async fn until_refused(registry: &prometheus::Registry) {
    support::within("signing is refused", Duration::from_secs(20), async || {
        metric(registry, "dancu_seal_refused") == 1.0
    })
    .await;
}

/// Begins a new epoch on that database, after the head in the rig's second place.
async fn begin(rig: &Rig, database: &Database) -> Result<Began, BeginError> {
    begin_epoch(Beginning {
        database,
        keys: Arc::new(super::keys(database)),
        lanes: super::lane_settings(),
        signer: &rig.signer(),
        clock: &Clock::default(),
        name: NAME,
        place: &SecondPlace::new(rig.place.clone()),
        system_user: "operator",
    })
    .await
}

/// Adopts that directory as the second place of the rig's log.
async fn adopt(rig: &Rig, place: &Path) -> Result<u64, BeginError> {
    let place = SecondPlace::new(place.to_owned());
    let (database, clock) = (rig.test.database(), Clock::default());
    adopt_second_place(database, &clock, &place, &rig.signer()).await
}

/// A rig whose database was sealed, and a backup of it that lacks what was sealed last.
async fn restored() -> (Rig, support::TestDatabase) {
    let mut rig = Rig::new().await;
    rig.record(20).await;
    let (sealing, _) = rig.seal();
    rig.until_sealed().await;
    rig.lanes.close().await;
    sealing.stop().await;
    // A database is copied while nobody is connected to it.
    rig.disconnect().await;
    let backup = rig.test.copy().await;
    rig.client = rig.test.client().await;
    let more = lanes(rig.test.database(), &rig.keys).await;
    more.record(verification(&more)).await.unwrap();
    more.close().await;
    let (sealing, _) = rig.seal();
    rig.until_sealed().await;
    sealing.stop().await;
    (rig, backup)
}

#[tokio::test]
async fn a_restored_backup_is_noticed_and_nothing_of_it_is_signed() {
    let (rig, backup) = restored().await;
    let client: Client = backup.client().await;
    let heads = number(&client, "SELECT count(*) FROM audit.checkpoint").await;
    // It grows beyond what was signed, and still is another tree.
    let other = lanes(backup.database(), &Arc::new(super::keys(backup.database()))).await;
    for _ in 0..50 {
        other.record(verification(&other)).await.unwrap();
    }
    let (sealing, registry) = rig.seal_on(backup.database());
    until_refused(&registry).await;
    other.close().await;
    sealing.stop().await;
    assert_eq!(
        number(&client, "SELECT count(*) FROM audit.checkpoint").await,
        heads
    );
    let planned = number(&client, "SELECT planned FROM audit.sealer").await;
    assert!(
        planned < 50,
        "nothing is planned in a tree that cannot be signed"
    );
}

#[tokio::test]
async fn a_new_epoch_follows_the_lost_head_and_its_first_leaf_binds_it() {
    let (rig, backup) = restored().await;
    let place = SecondPlace::new(rig.place.clone());
    let lost = place.newest().unwrap().unwrap();
    let keys = Arc::new(super::keys(backup.database()));
    let began = begin(&rig, backup.database()).await.unwrap();
    assert_eq!(
        (began.epoch, began.origin.as_str()),
        (2, "log.example/dancu/2")
    );
    assert!(began.kept < began.follows.1, "leaves were lost");
    let (sealing, registry) = rig.seal_on(backup.database());
    let more = lanes(backup.database(), &keys).await;
    more.record(verification(&more)).await.unwrap();
    more.close().await;
    sealing.stop().await;
    assert_eq!(metric(&registry, "dancu_seal_refused"), 0.0);
    let client = backup.client().await;
    let heads = prove(&client, 2, &rig.verifiers()).await;
    assert!(heads.last().unwrap().published);
    let first = client
        .query_one(
            "SELECT e.entry FROM audit.sealed s JOIN audit.entry e
               ON e.lane_id = s.lane_id AND e.seq = s.first_seq
             WHERE s.epoch = 2 AND s.first_index = 0",
            &[],
        )
        .await
        .unwrap();
    let first = Decoded::from_canonical(first.get(0)).unwrap();
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, lost.note.as_bytes());
    assert_eq!(first.digest.unwrap().as_slice(), digest.as_ref());
    assert!(Note::parse(&lost.note).is_ok());
    let unsealed = "SELECT count(*) FROM audit.entry e LEFT JOIN audit.sealed s
        ON s.lane_id = e.lane_id AND e.seq >= s.first_seq AND e.seq < s.first_seq + s.count
        WHERE s.lane_id IS NULL";
    assert_eq!(
        number(&client, unsealed).await,
        0,
        "everything there is has a leaf"
    );
}

#[tokio::test]
async fn a_lost_second_place_stops_signing_until_somebody_adopts_another() {
    let rig = Rig::new().await;
    let (sealing, _) = rig.seal();
    rig.until_sealed().await;
    sealing.stop().await;
    std::fs::remove_dir_all(&rig.place).unwrap();
    let (sealing, registry) = rig.seal();
    until_refused(&registry).await;
    sealing.stop().await;
    adopt(&rig, &rig.place).await.unwrap();
    let (sealing, _) = rig.seal();
    rig.record(3).await;
    rig.until_sealed().await;
    sealing.stop().await;
    prove(&rig.client, 1, &rig.verifiers()).await;
}

#[tokio::test]
async fn a_head_of_another_key_in_the_second_place_stops_signing() {
    let rig = Rig::new().await;
    let (sealing, _) = rig.seal();
    rig.until_sealed().await;
    sealing.stop().await;
    let other = Rig::new().await;
    let (sealing, _) = other.seal();
    other.until_sealed().await;
    sealing.stop().await;
    std::fs::copy(other.place.join("1/latest"), rig.place.join("1/latest")).unwrap();
    let (sealing, registry) = rig.seal();
    until_refused(&registry).await;
    sealing.stop().await;
}

#[tokio::test]
async fn a_new_epoch_is_begun_once_and_only_where_one_is_needed() {
    let (rig, backup) = restored().await;
    let healthy = begin(&rig, rig.test.database()).await;
    assert!(matches!(healthy, Err(BeginError::NotNeeded)), "{healthy:?}");
    let began = begin(&rig, backup.database()).await.unwrap();
    // As if it had been killed before the second place was told.
    std::fs::remove_dir_all(rig.place.join("2")).unwrap();
    let (sealing, registry) = rig.seal_on(backup.database());
    until_refused(&registry).await;
    sealing.stop().await;
    assert_eq!(begin(&rig, backup.database()).await.unwrap(), began);
    // Killed after the first head was signed and before it was remembered.
    let (sealing, _) = rig.seal_on(backup.database());
    let client = backup.client().await;
    support::within(
        "the new epoch is sealed",
        Duration::from_secs(20),
        async || {
            let heads = "SELECT count(*) FROM audit.checkpoint WHERE epoch = 2";
            number(&client, heads).await > 0
        },
    )
    .await;
    sealing.stop().await;
    let again = begin(&rig, backup.database()).await;
    assert!(matches!(again, Err(BeginError::NotNeeded)), "{again:?}");
    let empty = std::fs::read_dir(rig.place.join("2")).unwrap().count();
    assert!(empty >= 2, "the empty tree and its growth are remembered");
    prove(&client, 2, &rig.verifiers()).await;
}

#[tokio::test]
async fn what_was_planned_and_never_signed_is_sealed_in_the_new_epoch() {
    let (rig, backup) = restored().await;
    let client = backup.client().await;
    // As if the backup had been taken between a plan and its head.
    client
        .batch_execute(
            "DELETE FROM audit.checkpoint WHERE size = (SELECT max(size) FROM audit.checkpoint)",
        )
        .await
        .unwrap();
    begin(&rig, backup.database()).await.unwrap();
    let (sealing, _) = rig.seal_on(backup.database());
    let unsigned = "SELECT count(*) FROM audit.entry e LEFT JOIN audit.sealed s
        ON s.lane_id = e.lane_id AND e.seq >= s.first_seq AND e.seq < s.first_seq + s.count
        AND s.first_index + s.count <= (SELECT coalesce(max(size), 0) FROM audit.checkpoint c
            WHERE c.epoch = s.epoch)
        WHERE s.lane_id IS NULL";
    support::within(
        "everything is under a head",
        Duration::from_secs(20),
        async || number(&client, unsigned).await == 0,
    )
    .await;
    sealing.stop().await;
    prove(&client, 2, &rig.verifiers()).await;
}

#[tokio::test]
async fn entries_of_the_old_epoch_and_of_the_new_one_can_be_searched_each_once() {
    let (rig, backup) = restored().await;
    let client = backup.client().await;
    // As if the backup had been taken between a head and its being shown, and all answers were under it.
    let unshown = "UPDATE audit.checkpoint SET published_at = NULL";
    client.batch_execute(unshown).await.unwrap();
    let kept = "SELECT count(*) FROM audit.entry WHERE operation = 'verify'";
    assert!(number(&client, kept).await > 0);
    begin(&rig, backup.database()).await.unwrap();
    let (sealing, _) = rig.seal_on(backup.database());
    let metrics = SearchMetrics::register(&prometheus::Registry::new()).unwrap();
    let following = tokio::spawn(follow(backup.database().store(Role::Search, 1), metrics));
    let missing = "SELECT count(*) FROM audit.entry AS e
        WHERE e.operation NOT LIKE 'lane.%' AND NOT EXISTS (
            SELECT FROM audit.search_entry AS s WHERE s.audit_id = e.audit_id)";
    let limit = Duration::from_secs(20);
    support::within("all can be found", limit, async || {
        number(&client, missing).await == 0
    })
    .await;
    following.abort();
    sealing.stop().await;
    let epochs = "SELECT count(DISTINCT position >> 40) FROM audit.search_entry";
    assert_eq!(number(&client, epochs).await, 2);
    let twice = "SELECT count(*) - count(DISTINCT audit_id) FROM audit.search_entry";
    assert_eq!(number(&client, twice).await, 0);
    // The head above them is shown, so that they can be proven.
    prove(&client, 1, &rig.verifiers()).await;
    let shown =
        "SELECT count(*) FROM audit.checkpoint WHERE epoch = 1 AND published_at IS NOT NULL";
    assert_eq!(number(&client, shown).await, 1);
}

/// Two sealers that were given a directory each: the one that takes over must not sign what the other
/// place never saw.
#[tokio::test]
async fn a_sealer_with_a_second_place_of_its_own_is_refused() {
    let mut rig = Rig::new().await;
    let (sealing, _) = rig.seal();
    rig.until_sealed().await;
    sealing.stop().await;
    let first = std::mem::replace(&mut rig.place, support::scratch("own place"));
    rig.record(3).await;
    let (sealing, registry) = rig.seal();
    until_refused(&registry).await;
    sealing.stop().await;
    assert!(!rig.place.exists(), "nothing is put where nothing belongs");
    // Nor does a copy of the other's heads make it the log's.
    super::copy_directory(&first.join("1"), &rig.place.join("1"));
    let (sealing, registry) = rig.seal();
    until_refused(&registry).await;
    sealing.stop().await;
    // With the directory as a whole it is the same place on another disk.
    super::copy_directory(&first, &rig.place);
    let (sealing, registry) = rig.seal();
    rig.until_sealed().await;
    sealing.stop().await;
    assert_eq!(metric(&registry, "dancu_seal_refused"), 0.0);
}

#[tokio::test]
async fn what_another_process_seals_is_refused_no_more() {
    let mut rig = Rig::new().await;
    let (sealing, _) = rig.seal();
    rig.until_sealed().await;
    sealing.stop().await;
    let place = std::mem::replace(&mut rig.place, support::scratch("not mounted"));
    let (refusing, registry) = rig.seal();
    until_refused(&registry).await;
    rig.place = place;
    let (sealing, _) = rig.seal();
    rig.record(3).await;
    rig.until_sealed().await;
    let limit = Duration::from_secs(30);
    support::within("it is refused no more", limit, async || {
        metric(&registry, "dancu_seal_refused") == 0.0
    })
    .await;
    // Were it alone again, it would refuse again.
    sealing.stop().await;
    until_refused(&registry).await;
    refusing.stop().await;
}

#[tokio::test]
async fn a_living_sealer_notices_that_another_directory_is_mounted() {
    let rig = Rig::new().await;
    let (sealing, registry) = rig.seal();
    rig.until_sealed().await;
    let aside = support::scratch("aside");
    let other = support::scratch("other");
    super::copy_directory(&rig.place.join("1"), &other.join("1"));
    std::fs::rename(&rig.place, &aside).unwrap();
    std::fs::rename(&other, &rig.place).unwrap();
    until_refused(&registry).await;
    std::fs::remove_dir_all(&rig.place).unwrap();
    std::fs::rename(&aside, &rig.place).unwrap();
    rig.record(3).await;
    rig.until_sealed().await;
    sealing.stop().await;
    prove(&rig.client, 1, &rig.verifiers()).await;
}

#[tokio::test]
async fn a_second_place_that_was_set_back_is_refused_until_it_is_adopted() {
    let rig = Rig::new().await;
    let (sealing, _) = rig.seal();
    rig.until_sealed().await;
    sealing.stop().await;
    let earlier = std::fs::read(rig.place.join("1/latest")).unwrap();
    let (sealing, _) = rig.seal();
    rig.record(3).await;
    rig.until_sealed().await;
    sealing.stop().await;
    let again = adopt(&rig, &rig.place).await;
    assert!(matches!(again, Err(BeginError::Remembered)), "{again:?}");
    std::fs::write(rig.place.join("1/latest"), earlier).unwrap();
    let (sealing, registry) = rig.seal();
    until_refused(&registry).await;
    sealing.stop().await;
    adopt(&rig, &rig.place).await.unwrap();
    let (sealing, registry) = rig.seal();
    rig.record(3).await;
    rig.until_sealed().await;
    sealing.stop().await;
    assert_eq!(metric(&registry, "dancu_seal_refused"), 0.0);
    prove(&rig.client, 1, &rig.verifiers()).await;
}

#[tokio::test]
async fn whoever_knows_of_one_place_only_does_not_seal_with_it_once_another_was_adopted() {
    let (mut rig, backup) = restored().await;
    let first = rig.place.clone();
    rig.place = support::scratch("adopted");
    adopt(&rig, &rig.place).await.unwrap();
    let known = async |client: &Client| -> String {
        let query = "SELECT second_place FROM audit.sealer";
        client.query_one(query, &[]).await.unwrap().get(0)
    };
    let id = std::fs::read_to_string(rig.place.join("id")).unwrap();
    assert_eq!(known(&rig.client).await, id);
    let adopted = std::mem::replace(&mut rig.place, first);
    let (sealing, registry) = rig.seal();
    until_refused(&registry).await;
    sealing.stop().await;
    // A backup that is older than the adoption goes on with the adopted place, which took over from
    // the one it knows; not so the other way round.
    let wrong = begin(&rig, rig.test.database()).await;
    assert!(matches!(wrong, Err(BeginError::OtherPlace)), "{wrong:?}");
    rig.place = adopted;
    assert_eq!(begin(&rig, backup.database()).await.unwrap().epoch, 2);
    assert_eq!(known(&backup.client().await).await, id);
    let (sealing, registry) = rig.seal_on(backup.database());
    support::within("it is sealed", Duration::from_secs(20), async || {
        metric(&registry, "dancu_seal_sealed_total") > 0.0
    })
    .await;
    sealing.stop().await;
}

#[tokio::test]
async fn a_place_of_another_tree_is_not_adopted() {
    let (rig, backup) = restored().await;
    let (database, clock) = (backup.database(), Clock::default());
    let place = SecondPlace::new(rig.place.clone());
    let ahead = adopt_second_place(database, &clock, &place, &rig.signer()).await;
    assert!(matches!(ahead, Err(BeginError::Contradicted)), "{ahead:?}");
    let other = Rig::new().await;
    let foreign = adopt_second_place(rig.test.database(), &clock, &place, &other.signer()).await;
    assert!(matches!(foreign, Err(BeginError::Foreign)), "{foreign:?}");
}

/// A lease lives 5 s. Opening a lane may take longer, for the months' keys and the partitions are
/// looked at first.
#[tokio::test]
async fn a_new_epoch_keeps_the_lease_while_its_lane_takes_long_to_open() {
    let (rig, backup) = restored().await;
    let client = backup.client().await;
    super::stall::slow(&client, "audit.lane", 7).await;
    let (sealing, _) = rig.seal_on(backup.database());
    let began = begin(&rig, backup.database()).await;
    assert_eq!(began.unwrap().epoch, 2);
    sealing.stop().await;
}
