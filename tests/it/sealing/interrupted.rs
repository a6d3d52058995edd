//! Commands and sealers that are killed between two steps, each at a moment of its own: the next run
//! goes on, and what comes of it is one log that verifies.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use dancu::audit::{
    Config, Lanes, Metrics, SealConfig, SealMetrics, Sealing, SecondPlace, maintain,
};
use dancu::clock::Clock;
use dancu::embedded::{Options, Postgres};
use dancu::keys::{Kek, Keys, NoteSigner};
use dancu::store::{Role, migrate};
use dancu::tlog::{Algorithm, Checkpoint, Note};
use prometheus::Registry;
use rstest::rstest;
use tokio_postgres::Client;

use super::{NAME, Rig, kills, number, prove, stall, verification};
use crate::support::{self, Pipe};

/// How often a sealer is killed.
const KILLS: usize = 3;
/// Leaves that a restored backup lost.
const LOST: u64 = 1_000;

/// A server that flushes, without which the program opens no lane, and a log on it that lost leaves.
struct Lossy {
    postgres: Postgres,
    client: Client,
    directory: PathBuf,
}

impl Lossy {
    async fn new() -> Self {
        let directory = support::scratch("lossy");
        std::fs::create_dir_all(&directory).unwrap();
        let postgres = Postgres::start(&directory.join("data"), Options::default())
            .await
            .unwrap();
        let database = postgres.database();
        migrate::migrate(&database).await.unwrap();
        maintain(&database, &Clock::default(), 1, None)
            .await
            .unwrap();
        Kek::load(&directory.join("kek"), true).unwrap();
        let client = support::superuser(postgres.socket(), "dancu").await;
        let log = Self {
            postgres,
            client,
            directory,
        };
        log.configure();
        log.grow().await;
        let head = log.place().newest().unwrap().unwrap().note;
        let head = Checkpoint::parse(Note::parse(&head).unwrap().text()).unwrap();
        let lost = Checkpoint {
            size: head.size + LOST,
            ..head
        };
        let lost = log.signer().sign(Note::new(lost.text()).unwrap());
        let now = Clock::default().now();
        log.place().remember(1, now, &lost.to_string()).unwrap();
        log
    }

    fn configure(&self) {
        let socket = self.postgres.socket().to_str().unwrap().replace('/', "%2F");
        let url = |role: &str| format!("\"postgres://{role}@{socket}:5432/dancu\"");
        let settings = format!(
            "data_dir = {data:?}\n[database]\nurl = {service}\nseal_url = {seal}\naudit_url = {audit}\n\
             [audit]\nlog_origin = \"{NAME}\"\nkek_file = {kek:?}\nnote_key_file = {key:?}\n\
             second_place = {place:?}\n",
            data = self.directory.join("elsewhere"),
            service = url("dancu_service"),
            seal = url("dancu_seal"),
            audit = url("dancu_audit"),
            kek = self.directory.join("kek"),
            key = self.directory.join("key"),
            place = self.directory.join("place"),
        );
        std::fs::write(self.directory.join("dancu.toml"), settings).unwrap();
    }

    fn place(&self) -> SecondPlace {
        SecondPlace::new(self.directory.join("place"))
    }

    fn signer(&self) -> NoteSigner {
        let file = self.directory.join("key");
        NoteSigner::load(&file, true, NAME, Algorithm::Ed25519).unwrap()
    }

    /// Writes some entries and seals them.
    async fn grow(&self) {
        let (database, clock) = (self.postgres.database(), Clock::default());
        let kek = Kek::load(&self.directory.join("kek"), false).unwrap();
        let keys = Arc::new(Keys::new(kek, database.store(Role::Service, 1)));
        let (config, metrics) = (Config::default(), Metrics::default());
        let lanes = Lanes::open(database.clone(), keys, clock.clone(), config, metrics);
        let lanes = lanes.await.unwrap();
        let drafts = (0..20).map(|_| verification(&lanes)).collect();
        lanes.record_all(drafts).await.unwrap();
        lanes.close().await;
        let config = SealConfig {
            name: NAME.into(),
            process: "test".into(),
            interval: Duration::from_millis(5),
            second_place: self.place(),
            witnesses: Vec::new(),
        };
        let metrics = SealMetrics::register(&Registry::new()).unwrap();
        let sealing = Sealing::start(database, self.signer(), clock, config, metrics);
        let unsealed = "SELECT count(*) FROM audit.entry e LEFT JOIN audit.sealed s
            ON s.lane_id = e.lane_id AND e.seq >= s.first_seq AND e.seq < s.first_seq + s.count
            AND s.first_index + s.count <= (SELECT coalesce(max(size), 0) FROM audit.checkpoint c
                WHERE c.epoch = s.epoch AND c.published_at IS NOT NULL)
            WHERE s.lane_id IS NULL";
        support::within("all is sealed", Duration::from_secs(20), async || {
            number(&self.client, unsealed).await == 0
        })
        .await;
        sealing.stop().await;
    }

    fn start(&self, arguments: &[&str]) -> Child {
        let child = Command::new(env!("CARGO_BIN_EXE_dancu"))
            .args(arguments)
            .arg("--config")
            .arg(self.directory.join("dancu.toml"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        child.unwrap()
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.start(arguments).wait_with_output().unwrap()
    }

    fn verify(&self, more: &[&str]) -> (Option<i32>, String) {
        let vkey = self.signer().verifiers().next().unwrap().to_string();
        let done = self.run(&[&["audit", "verify", "--key", vkey.as_str()], more].concat());
        (done.status.code(), said(&done))
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A trigger by which the command is held, whether what it does then is done all the same, and the
/// exit code of the next run.
#[rstest]
#[case::between_the_lane_and_the_epoch(
    "TRIGGER held BEFORE INSERT ON audit.epoch FOR EACH ROW",
    false,
    0
)]
#[case::between_the_epoch_and_the_second_place(
    "CONSTRAINT TRIGGER held AFTER INSERT ON audit.epoch
     DEFERRABLE INITIALLY DEFERRED FOR EACH ROW",
    true,
    0
)]
#[case::between_the_second_place_and_its_end(
    "TRIGGER held BEFORE UPDATE ON audit.sealer FOR EACH ROW WHEN (NEW.backend_pid IS NULL)",
    false,
    1
)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_epoch_that_is_killed_between_two_steps_is_begun_once_by_the_next_run(
    #[case] moment: &str,
    #[case] is_done: bool,
    #[case] code: i32,
) {
    let log = Lossy::new().await;
    stall::hold(&log.client, moment).await;
    let mut command = log.start(&["audit", "new-epoch"]);
    stall::until_held(&log.client).await;
    command.kill().unwrap();
    command.wait().unwrap();
    if is_done {
        stall::let_go(&log.client).await;
    } else {
        stall::break_off(&log.client).await;
    }
    let epochs = async || number(&log.client, "SELECT max(epoch)::bigint FROM audit.epoch").await;
    let told = log.place().newest().unwrap().unwrap().epoch;
    match code {
        0 => {
            let begun = i64::from(is_done) + 1;
            support::within(
                "its server process ends",
                Duration::from_secs(5),
                async || epochs().await == begun,
            )
            .await;
            assert_eq!(told, 1);
        }
        _ => assert_eq!(told, 2),
    }

    let again = log.run(&["audit", "new-epoch"]);
    assert_eq!(again.status.code(), Some(code), "{}", said(&again));
    let needless = said(&again).contains("no new epoch is needed");
    assert_eq!(needless, code == 1, "{}", said(&again));

    log.grow().await;
    assert_eq!(epochs().await, 2);
    let keys: Vec<_> = log.signer().verifiers().cloned().collect();
    let heads = prove(&log.client, 2, &keys).await;
    assert!(heads.last().unwrap().published);
    let (code, told) = log.verify(&[]);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("--accept-loss 1:1000"), "{told}");
    let (code, told) = log.verify(&["--accept-loss", "1:1000"]);
    assert_eq!(code, Some(0), "{told}");
    let (code, told) = log.verify(&["--accept-loss", "1:999"]);
    assert_eq!(code, Some(1), "{told}");
    // The configured place is not mounted any more.
    std::fs::rename(log.directory.join("place"), log.directory.join("aside")).unwrap();
    let (code, told) = log.verify(&["--accept-loss", "1:1000"]);
    assert_eq!(code, Some(1), "{told}");
    assert!(
        told.contains("the second place remembers nothing"),
        "{told}"
    );
    drop(log.client);
    log.postgres.stop().await.unwrap();
}

/// The head is in the second place, and nobody was shown it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_that_was_remembered_and_not_published_is_published_by_the_next_run() {
    let rig = Rig::new().await;
    let config = kills::configured(&rig);
    let moment = "TRIGGER held BEFORE UPDATE OF published_at ON audit.checkpoint FOR EACH ROW";
    let published = "SELECT count(*) FROM audit.checkpoint WHERE published_at IS NOT NULL";
    for kill in 0..KILLS {
        rig.record(5).await;
        if kill == KILLS - 1 {
            // Nothing comes after it that a later head would cover it with.
            rig.lanes.close().await;
        }
        let before = number(&rig.client, published).await;
        stall::hold(&rig.client, moment).await;
        let sealer = kills::start(&config);
        stall::until_held(&rig.client).await;
        drop(sealer);
        stall::break_off(&rig.client).await;
        assert_eq!(number(&rig.client, published).await, before, "{kill}");
        let newest = "SELECT max(size) FROM audit.checkpoint";
        let remembered = remembered(&rig.place, &rig);
        let newest = number(&rig.client, newest).await;
        assert_eq!(remembered.cast_signed(), newest, "{kill}");
    }
    let (sealing, registry) = rig.seal();
    rig.until_sealed().await;
    sealing.stop().await;
    assert_eq!(super::metric(&registry, "dancu_seal_refused"), 0.0);
    let heads = prove(&rig.client, 1, &rig.verifiers()).await;
    assert!(heads.len() >= KILLS && heads.last().unwrap().published);
    let report = rig.verify().await;
    assert!(report.is_good(), "{report:?}");
}

/// How many leaves the second place remembers.
fn remembered(place: &Path, rig: &Rig) -> u64 {
    let latest = std::fs::read_to_string(place.join("1/latest")).unwrap();
    super::signed(&latest, &rig.verifiers()).size
}

#[tokio::test]
async fn a_second_place_that_cannot_be_read_or_hangs_is_counted_and_sealing_goes_on_when_it_answers()
 {
    let rig = Rig::new().await;
    let (sealing, registry) = rig.seal();
    rig.until_sealed().await;
    let (id, aside) = (rig.place.join("id"), rig.place.join("aside"));
    let failures = || super::metric(&registry, "dancu_seal_second_place_failures_total");
    assert_eq!(failures(), 0.0);
    let limit = Duration::from_secs(30);

    // Whoever reads a directory as a file is told that it is one, root too.
    std::fs::rename(&id, &aside).unwrap();
    std::fs::create_dir(&id).unwrap();
    support::within("it is counted", limit, async || failures() > 0.0).await;
    std::fs::remove_dir(&id).unwrap();
    std::fs::rename(&aside, &id).unwrap();
    rig.record(3).await;
    rig.until_sealed().await;

    // Whoever opens a pipe waits until somebody writes to it.
    let (before, pipe) = (failures(), Pipe::new());
    std::fs::rename(&id, &aside).unwrap();
    std::fs::hard_link(pipe.path(), &id).unwrap();
    support::within("it is counted", limit, async || failures() > before).await;
    std::fs::rename(&aside, &id).unwrap();
    pipe.let_go();
    rig.record(3).await;
    rig.until_sealed().await;
    sealing.stop().await;
    prove(&rig.client, 1, &rig.verifiers()).await;
}
