//! A service whose log is sealed every few milliseconds, and its transparency log over HTTP.

use std::cell::RefCell;
use std::ops::Deref;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dancu::clock::Clock;
use dancu::config::{Config, Seal};
use dancu::server::{Circumstances, RunningSealer};
use dancu::tlog::{Checkpoint, HASH_LENGTH, Hash, Note, TileId, TilePath, VerifierKey, width_in};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::TestDatabase;
use super::app::{Answer, TestApp, an};

/// Within so long everything there is must be sealed, on a busy machine too.
const LIMIT: Duration = Duration::from_secs(20);

/// What the logs of these tests are called.
pub const NAME: &str = "log.example.vn/dancu";

/// A service, and a process beside it that seals its log until it is told to stop.
pub struct Sealed {
    app: TestApp,
    sealer: RefCell<Option<RunningSealer>>,
}

impl Deref for Sealed {
    type Target = TestApp;

    fn deref(&self) -> &TestApp {
        &self.app
    }
}

/// A service over a fresh database whose log is sealed as it grows.
pub async fn sealing() -> Sealed {
    let sealed = not_sealing().await;
    sealed.start_sealing().await;
    sealed
}

/// The same before anybody has sealed anything.
pub async fn not_sealing() -> Sealed {
    let database = super::database().await;
    not_sealing_over(Arc::new(database), |_| {}).await
}

/// The same over that database, with the configuration changed.
pub async fn not_sealing_over(
    database: Arc<TestDatabase>,
    configure: impl FnOnce(&mut Config),
) -> Sealed {
    let app = TestApp::over(database, Clock::default(), |config| {
        config.audit.seal = Seal::Elsewhere;
        config.audit.seal_interval_ms = 20;
        config.audit.log_origin = NAME.into();
        configure(config);
    });
    let app = app.await;
    let sealer = RefCell::default();
    Sealed { app, sealer }
}

impl Sealed {
    pub async fn start_sealing(&self) {
        let circumstances = Circumstances {
            clock: self.clock.clone(),
            embedded: true,
            unsafe_for_tests: true,
            ..Circumstances::default()
        };
        let database = self.database.database();
        let sealer = RunningSealer::start(&self.config, database, circumstances).await;
        self.sealer.replace(Some(sealer.unwrap()));
    }

    /// Where the metrics of the process that seals are.
    pub fn sealers_metrics_address(&self) -> std::net::SocketAddr {
        let sealer = self.sealer.borrow();
        sealer.as_ref().expect("it is sealing").metrics_address
    }

    /// Seals what is there, and no more.
    pub async fn stop_sealing(&self) {
        let sealer = self.sealer.take();
        sealer.expect("it is sealing").stop().await;
    }

    pub async fn stop(self) {
        self.app.stop().await;
        if let Some(sealer) = self.sealer.take() {
            sealer.stop().await;
        }
    }
}

/// Repeats until there is an answer. What is repeated takes its time, so there is no pause.
pub async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + LIMIT;
    loop {
        let last = Instant::now() > deadline;
        if let Some(found) = ask().await {
            return found;
        }
        assert!(!last, "never came: {what}");
    }
}

/// The transparency log as anybody fetches it.
pub struct Seen<'a> {
    app: &'a TestApp,
}

impl<'a> Seen<'a> {
    pub fn of(app: &'a TestApp) -> Self {
        Self { app }
    }

    /// Anything below `/log/`, as bytes.
    pub async fn fetch(&self, path: &str) -> (StatusCode, Vec<u8>) {
        let request = self.app.request(Method::GET, &format!("/log/{path}"));
        let answer = request.send().await.unwrap();
        let status = answer.status();
        (status, answer.bytes().await.unwrap().to_vec())
    }

    /// The same without a token, as text.
    pub async fn answer(&self, path: &str) -> Answer {
        let request = self.app.request(Method::GET, &format!("/log/{path}"));
        self.app.send(request).await
    }

    /// The keys, newest first.
    pub async fn keys(&self) -> Vec<VerifierKey> {
        let answer = self.answer("key").await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer
            .text
            .lines()
            .map(|key| key.parse().unwrap())
            .collect()
    }

    /// The newest checkpoint of at least `size` leaves, whose signature holds, and its note.
    pub async fn checkpoint(&self, size: u64) -> (Checkpoint, String) {
        let (head, note) = until("a checkpoint", async || {
            let answer = self.answer("checkpoint").await;
            let note = (answer.status == 200).then_some(answer.text)?;
            let head = head_of(&note);
            (head.size >= size).then_some((head, note))
        })
        .await;
        let keys = self.keys().await;
        assert!(
            !Note::parse(&note)
                .unwrap()
                .verify(&keys)
                .unwrap()
                .is_empty()
        );
        (head, note)
    }

    /// The hashes of a tile.
    pub async fn tile(&self, path: &TilePath) -> Vec<Hash> {
        let (status, bytes) = self.fetch(&format!("tile/{path}")).await;
        assert_eq!(status, 200, "{path}");
        assert_eq!(bytes.len(), usize::from(path.width) * HASH_LENGTH, "{path}");
        dancu::tlog::hashes_from_bytes(&bytes).unwrap()
    }

    /// Every tile of a tree of that size, level by level, from the left.
    pub async fn tiles(&self, size: u64) -> Vec<(TilePath, Vec<Hash>)> {
        let mut tiles = Vec::new();
        for path in tiles_of(size) {
            let hashes = self.tile(&path).await;
            tiles.push((path, hashes));
        }
        tiles
    }

    /// The hashes of all leaves.
    pub async fn leaves(&self, size: u64) -> Vec<Hash> {
        let tiles = self.tiles(size).await;
        let leaves = tiles.into_iter().filter(|(path, _)| path.tile.level == 0);
        leaves.flat_map(|(_, hashes)| hashes).collect()
    }
}

/// Takes back what was published beyond that size; nobody may be sealing.
pub async fn unpublish(app: &TestApp, size: u64) {
    let size = i64::try_from(size).unwrap();
    let client = app.database.client().await;
    let heads = "UPDATE audit.checkpoint SET published_at = NULL WHERE size > $1";
    let taken_back = client.execute(heads, &[&size]).await.unwrap();
    assert!(taken_back > 0);
}

/// What a note says.
pub fn head_of(note: &str) -> Checkpoint {
    Checkpoint::parse_own(Note::parse(note).unwrap().text()).unwrap()
}

/// The tiles there are in a tree of that size.
pub fn tiles_of(size: u64) -> Vec<TilePath> {
    let level = |level: u8| {
        let tiles = (0..).map(move |index| TileId { level, index });
        tiles
            .map(move |tile| (tile, width_in(tile, size)))
            .take_while(|(_, width)| *width > 0)
            .map(|(tile, width)| TilePath { tile, width })
    };
    (0..8).flat_map(level).collect()
}

impl TestApp {
    /// The proof of an entry, as soon as there is one.
    pub async fn proof(&self, audit_id: &str) -> Value {
        let path = format!("/v1/audit/entries/{audit_id}/proof");
        until("a proof", async || {
            let answer = self.get(&path, &self.admin()).await;
            let sealed = answer.code() != "not_sealed";
            sealed.then(|| {
                assert_eq!(answer.status, 200, "{}", answer.text);
                answer.json()
            })
        })
        .await
    }

    /// Leaves at least that many entries: of changes that change nothing.
    pub async fn leave_entries(&self, count: usize) {
        let change = json!({"op": "upsert", "revision": 1, "citizen": an()});
        for _ in 0..count.div_ceil(500) {
            self.change(&vec![change.clone(); count.min(500)]).await;
        }
    }
}
