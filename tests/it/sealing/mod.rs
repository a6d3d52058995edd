//! Sealing over a real PostgreSQL: what becomes a leaf, who seals, and what is refused.

mod gate;
mod holes;
mod interrupted;
mod kills;
mod restored;
mod rounds;
mod stall;
mod witnessed;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use dancu::audit::maintain;
use dancu::audit::verify::{LEAST_RETENTION_DAYS, Options, Report, Trust, verify};
use dancu::audit::{
    Config, Draft, Lanes, Metrics, SealConfig, SealMetrics, Sealing, SecondPlace, Witness,
};
use dancu::clock::Clock;
use dancu::domain::entry::{Decision, Entry, Operation, Private};
use dancu::keys::{Kek, Keys, NoteSigner};
use dancu::store::{Database, Role};
use dancu::tlog::{Algorithm, Checkpoint, Frontier, Hash, Note, VerifierKey, leaf_hash};
use prometheus::Registry;
use tokio_postgres::Client;

use crate::support::{self, TestDatabase};

/// What the log is called here.
const NAME: &str = "log.example/dancu";

/// A database with lanes, and what is needed to seal it.
struct Rig {
    test: TestDatabase,
    client: Client,
    keys: Arc<Keys>,
    lanes: Lanes,
    place: PathBuf,
    key_file: PathBuf,
}

impl Rig {
    async fn new() -> Self {
        let test = support::database().await;
        maintain(test.database(), &Clock::default(), 1, None)
            .await
            .unwrap();
        let keys = Arc::new(keys(test.database()));
        let lanes = lanes(test.database(), &keys).await;
        let place = support::scratch("second place");
        let key_file = support::scratch("note key");
        // Made at once, so that all who seal have the same.
        NoteSigner::load(&key_file, true, NAME, Algorithm::Ed25519).unwrap();
        Self {
            client: test.client().await,
            test,
            keys,
            lanes,
            place,
            key_file,
        }
    }

    fn signer(&self) -> NoteSigner {
        NoteSigner::load(&self.key_file, false, NAME, Algorithm::Ed25519).unwrap()
    }

    fn verifiers(&self) -> Vec<VerifierKey> {
        self.signer().verifiers().cloned().collect()
    }

    /// Seals this database, and counts into a registry of its own.
    fn seal(&self) -> (Sealing, Registry) {
        self.seal_on(self.test.database())
    }

    fn seal_on(&self, database: &Database) -> (Sealing, Registry) {
        self.seal_before(database, Vec::new())
    }

    /// Seals that database, and offers its heads to these witnesses.
    fn seal_before(&self, database: &Database, witnesses: Vec<Witness>) -> (Sealing, Registry) {
        let registry = Registry::new();
        let metrics = SealMetrics::register(&registry).unwrap();
        let config = SealConfig {
            name: NAME.into(),
            process: "test".into(),
            interval: Duration::from_millis(5),
            second_place: SecondPlace::new(self.place.clone()),
            witnesses,
        };
        let (database, clock) = (database.clone(), Clock::default());
        let sealing = Sealing::start(database, self.signer(), clock, config, metrics);
        (sealing, registry)
    }

    /// Ends every connection to the database, our own too.
    async fn disconnect(&mut self) {
        self.client = support::superuser_of_the_cluster().await;
        let name = self.test.name();
        let end = format!(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'"
        );
        self.client.batch_execute(&end).await.unwrap();
    }

    /// What `dancu audit verify` finds.
    async fn verify(&self) -> Report {
        let options = Options {
            trust: Trust {
                log: self.verifiers(),
                witnesses: Vec::new(),
            },
            second_place: Some(SecondPlace::new(self.place.clone())),
            witness_notes: Vec::new(),
            accepted_losses: Vec::new(),
            grace: Duration::from_secs(4 * 3600),
            least_retention_days: LEAST_RETENTION_DAYS,
        };
        let now = Clock::default().now();
        let report = verify(self.test.database(), options, now, |_| {}).await;
        report.unwrap()
    }

    async fn record(&self, count: usize) {
        let drafts = (0..count).map(|_| verification(&self.lanes)).collect();
        self.lanes.record_all(drafts).await.unwrap();
    }

    /// How many entries there are.
    async fn entries(&self) -> i64 {
        number(&self.client, "SELECT count(*) FROM audit.entry").await
    }

    /// Waits until every entry there is now is covered by a published head.
    async fn until_sealed(&self) {
        let entries = self.entries().await;
        let published = "SELECT coalesce(max(size), 0) FROM audit.checkpoint
            WHERE published_at IS NOT NULL";
        support::within(
            "the entries are sealed",
            Duration::from_secs(20),
            async || number(&self.client, published).await >= entries,
        )
        .await;
    }
}

fn lane_settings() -> Config {
    Config {
        unsafe_for_tests: true,
        ..Config::default()
    }
}

async fn lanes(database: &Database, keys: &Arc<Keys>) -> Lanes {
    let config = lane_settings();
    let (database, keys) = (database.clone(), Arc::clone(keys));
    let lanes = Lanes::open(database, keys, Clock::default(), config, Metrics::default()).await;
    lanes.unwrap()
}

fn keys(database: &Database) -> Keys {
    Keys::new(Kek::from_bytes(&[1; 32]), database.store(Role::Service, 1))
}

fn verification(lanes: &Lanes) -> Draft {
    let entry = Entry {
        agency_code: Some("H29"),
        client_id: Some("onestop-hcm"),
        procedure_code: Some("1.004194"),
        claims: &["full_name", "birth_date"],
        subject: Some(Private::new("001095000001")),
        ..Entry::new(Operation::Verify, Decision::Match)
    };
    lanes.draft(&entry).unwrap()
}

async fn number(client: &Client, query: &str) -> i64 {
    client.query_one(query, &[]).await.unwrap().get(0)
}

fn metric(registry: &Registry, name: &str) -> f64 {
    let families = registry.gather();
    let Some(family) = families.iter().find(|it| it.name() == name) else {
        return 0.0;
    };
    let one =
        |it: &prometheus::proto::Metric| it.get_counter().get_value() + it.get_gauge().get_value();
    family.get_metric().iter().map(one).sum()
}

/// A head as it was signed, and whether it was published.
struct SignedHead {
    checkpoint: Checkpoint,
    published: bool,
}

/// The tree of an epoch, made anew from the plan and the entries with nothing of the product but
/// hashes: every head's root at its size. Proves that every entry is a leaf at most once, that each
/// lane's leaves follow each other, and that every head is the tree's.
async fn prove(client: &Client, epoch: i32, keys: &[VerifierKey]) -> Vec<SignedHead> {
    let query = "SELECT s.first_index, s.count, s.lane_id, s.first_seq, e.seq, e.entry
        FROM audit.sealed s JOIN audit.entry e ON e.lane_id = s.lane_id
         AND e.seq >= s.first_seq AND e.seq < s.first_seq + s.count
        WHERE s.epoch = $1 ORDER BY s.first_index, e.seq";
    let rows = client.query(query, &[&epoch]).await.unwrap();
    let mut frontier = Frontier::empty();
    let mut roots: Vec<Hash> = vec![frontier.root()];
    let mut next = std::collections::HashMap::new();
    for row in rows {
        let (first, lane): (i64, i64) = (row.get("first_index"), row.get("lane_id"));
        let (first_seq, seq): (i64, i64) = (row.get("first_seq"), row.get("seq"));
        let index = first + seq - first_seq;
        assert_eq!(
            index.cast_unsigned(),
            frontier.size(),
            "leaves have no holes"
        );
        let expected = next.entry(lane).or_insert(seq);
        assert_eq!(*expected, seq, "each entry of a lane is a leaf, once");
        *expected += 1;
        frontier.push(leaf_hash(row.get("entry")), &mut |_, _| {});
        roots.push(frontier.root());
    }
    let query = "SELECT size, root, note, published_at IS NOT NULL AS published
        FROM audit.checkpoint WHERE epoch = $1 ORDER BY size";
    let heads = client.query(query, &[&epoch]).await.unwrap();
    heads
        .iter()
        .map(|row| {
            let checkpoint = signed(row.get("note"), keys);
            assert_eq!(checkpoint.size, row.get::<_, i64>("size").cast_unsigned());
            let root = roots.get(checkpoint.size as usize);
            assert_eq!(
                Some(&checkpoint.root),
                root,
                "the signed root is the tree's"
            );
            assert_eq!(
                checkpoint.root.as_bytes().as_slice(),
                row.get::<_, &[u8]>("root")
            );
            SignedHead {
                checkpoint,
                published: row.get("published"),
            }
        })
        .collect()
}

/// The checkpoint of a note that these keys signed.
fn signed(note: &str, keys: &[VerifierKey]) -> Checkpoint {
    let note = Note::parse(note).unwrap();
    note.verify(keys).unwrap();
    Checkpoint::parse_own(note.text()).unwrap()
}

fn copy_directory(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_directory(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}
