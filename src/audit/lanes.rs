//! The lanes of this process, as everything else sees them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use smallvec::{SmallVec, smallvec};
use tokio::runtime::Handle;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use super::follow_keys::follow_keys;
use super::opening::{OpenError, milliseconds};
use super::queue::Queue;
use super::thread;
use super::{Draft, Gate, Messenger, Metrics, State};
use crate::clock::{Clock, random_id};
use crate::domain::entry::{AuditId, Entry, NONCE_LENGTH};
use crate::keys::{Keys, MonthKeys};
use crate::store::Database;

/// How long a request waits for its entry to be durable.
const RECORD_LIMIT: Duration = Duration::from_secs(1);
/// When the oldest entry has waited longer than this for a lane, no more are taken.
const OLDEST: Duration = Duration::from_millis(250);
/// The same two where nobody waits for an answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// How the lanes are run.
#[derive(Clone, Debug)]
pub struct Config {
    /// How many lanes there are, each with a connection of its own. One is enough for one disk.
    pub lanes: usize,
    /// How many entries may wait for a lane.
    pub queue: usize,
    /// Whether a synchronous standby must be configured at the database.
    pub require_standby: bool,
    /// Who writes, as the log says it: host, process id and version.
    pub process: String,
    /// The digest of the signed head that the first lane's first entry binds, where that lane begins
    /// an epoch of the transparency log.
    pub follows: Option<[u8; 32]>,
    /// Lanes open on a server that does not flush, and whatever its clock says. For tests only: an
    /// answer may then leave before its entry is durable.
    pub unsafe_for_tests: bool,
}

impl Default for Config {
    fn default() -> Self {
        let host = rustix::system::uname();
        Self {
            lanes: 1,
            queue: 4096,
            require_standby: false,
            process: format!(
                "{}/{}/{}",
                host.nodename().to_string_lossy(),
                std::process::id(),
                env!("CARGO_PKG_VERSION")
            ),
            follows: None,
            unsafe_for_tests: false,
        }
    }
}

/// Why there is no durable entry, and so may be no answer. There may be an entry all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// Too many entries wait, or one has waited too long.
    #[error("too many entries wait to be recorded")]
    Overloaded,
    /// No lane can write, or not in time, or not this entry.
    #[error("the entry could not be made durable")]
    Unavailable,
}

/// Which time entries carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Times {
    /// That of the lane, when it writes them.
    Present,
    /// That of the clock when they were drafted, on a day that may be over: see [`Lanes::open_past`].
    Past,
}

/// What the lanes of a process share.
pub(super) struct Shared {
    pub database: Database,
    pub keys: Arc<Keys>,
    pub clock: Clock,
    pub times: Times,
    pub config: Config,
    pub metrics: Metrics,
    pub queue: Queue,
    pub gate: Gate,
    /// Where the pool's connections live, which end with the runtime they were made on.
    pub home: Handle,
    up: AtomicUsize,
}

/// Counts a lane as able to write for as long as it is held.
pub(super) struct Up(Arc<Shared>);

impl Up {
    pub(super) fn new(shared: &Arc<Shared>) -> Self {
        shared.up.fetch_add(1, Ordering::SeqCst);
        shared.metrics.lanes_up.inc();
        Self(Arc::clone(shared))
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        self.0.up.fetch_sub(1, Ordering::SeqCst);
        self.0.metrics.lanes_up.dec();
    }
}

/// What is to be waited for at the end.
#[derive(Default)]
struct Running {
    lanes: Vec<oneshot::Receiver<()>>,
    keys: Option<JoinHandle<()>>,
}

/// The open lanes of this process.
pub struct Lanes {
    shared: Arc<Shared>,
    closing: watch::Sender<bool>,
    running: Mutex<Running>,
    first: i64,
}

/// What stands behind the process of a lane that [`Lanes::open_past`] opened.
pub(crate) const MADE_UP: &str = " (made-up history)";

impl std::fmt::Debug for Lanes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lanes").finish_non_exhaustive()
    }
}

impl Lanes {
    /// Opens every lane, or says why one cannot be: the server's settings and clock are checked
    /// here, and the months' keys are made.
    pub async fn open(
        database: Database,
        keys: Arc<Keys>,
        clock: Clock,
        config: Config,
        metrics: Metrics,
    ) -> Result<Self, OpenError> {
        Self::start(Shared {
            queue: Queue::new(config.queue, OLDEST),
            database,
            keys,
            clock,
            times: Times::Present,
            config,
            metrics,
            gate: Gate::default(),
            home: Handle::current(),
            up: AtomicUsize::new(0),
        })
        .await
    }

    /// Opens one lane for an access history that is made up: a demonstration's, and nobody else's.
    ///
    /// An entry has the time that `clock`, which must be frozen, showed when it was drafted. Drafts
    /// come in the order of their times, all of one day in Vietnam, which may be over. The lane has no
    /// heartbeats, looks at no other lanes, and says in its first entry what it is. It opens only
    /// while no head of the log was ever published ([`OpenError::Shown`]): from then on nothing is
    /// written into the past.
    pub async fn open_past(
        database: Database,
        keys: Arc<Keys>,
        clock: Clock,
        config: Config,
    ) -> Result<Self, OpenError> {
        let config = Config {
            lanes: 1,
            process: format!("{}{MADE_UP}", config.process),
            ..config
        };
        Self::start(Shared {
            queue: Queue::new(config.queue, PATIENCE),
            database,
            keys,
            clock,
            times: Times::Past,
            config,
            metrics: Metrics::default(),
            gate: Gate::default(),
            home: Handle::current(),
            up: AtomicUsize::new(0),
        })
        .await
    }

    async fn start(shared: Shared) -> Result<Self, OpenError> {
        let shared = Arc::new(shared);
        let (closing, told) = watch::channel(false);
        let mut running = Running::default();
        let mut first = None;
        for _ in 0..shared.config.lanes {
            let started = thread::start(Arc::clone(&shared), told.clone()).await?;
            first.get_or_insert(started.lane);
            running.lanes.push(started.ended);
        }
        running.keys = Some(tokio::spawn(follow_keys(Arc::clone(&shared), told)));
        Ok(Self {
            shared,
            closing,
            running: Mutex::new(running),
            first: first.unwrap_or_default(),
        })
    }

    /// Tags, seals and encodes an entry for [`Lanes::record`]. This is the costly part, and is
    /// done by the caller's thread.
    pub fn draft(&self, entry: &Entry<'_>) -> Result<Draft, RecordError> {
        let (keys, nonce) = self.keys_and_nonce()?;
        Ok(self.timed(Draft::new(entry, &keys, &nonce)))
    }

    /// The same for an administrative change with its state before and after.
    pub fn draft_with_state(
        &self,
        entry: &Entry<'_>,
        state: State<'_>,
    ) -> Result<Draft, RecordError> {
        let (keys, nonce) = self.keys_and_nonce()?;
        Ok(self.timed(Draft::with_state(entry, state, &keys, &nonce)))
    }

    /// Records an entry. When this returns its id, the entry is durable; on any error no answer may
    /// leave. Once it was first polled the entry is recorded even if this is dropped.
    pub async fn record(&self, draft: Draft) -> Result<AuditId, RecordError> {
        self.record_by(draft, None).await
    }

    /// The same; that the entry is durable is told by a messenger, where there is one.
    pub async fn record_by(
        &self,
        draft: Draft,
        messenger: Option<&Messenger>,
    ) -> Result<AuditId, RecordError> {
        let ids = self.submit(smallvec![draft], messenger).await?;
        ids.first().copied().ok_or(RecordError::Unavailable)
    }

    /// Records the entries of one call, in one transaction where all is well, and returns their ids
    /// in order. On an error none may be answered as recorded, though some may be.
    pub async fn record_all(&self, drafts: Vec<Draft>) -> Result<Vec<AuditId>, RecordError> {
        self.record_all_by(drafts, None).await
    }

    /// The same, told by a messenger.
    pub async fn record_all_by(
        &self,
        drafts: Vec<Draft>,
        messenger: Option<&Messenger>,
    ) -> Result<Vec<AuditId>, RecordError> {
        if drafts.is_empty() {
            return Ok(Vec::new());
        }
        let ids = self.submit(SmallVec::from_vec(drafts), messenger).await?;
        Ok(ids.into_vec())
    }

    /// Runs a messenger of the calling thread, which has to be polled there for as long as it is used.
    pub async fn run(&self, messenger: &Messenger) {
        messenger.run(&self.shared.queue).await;
    }

    /// The number of the lane that was opened first.
    pub(super) fn first_lane(&self) -> i64 {
        self.first
    }

    /// Whether entries are sealed in time: answers stop while they are not.
    pub fn gate(&self) -> &Gate {
        &self.shared.gate
    }

    /// Whether any lane can write now.
    pub fn is_up(&self) -> bool {
        self.shared.up.load(Ordering::SeqCst) > 0
    }

    /// Takes nothing more, writes what waits, and closes every lane with nothing unacknowledged.
    pub async fn close(&self) {
        self.shared.queue.close();
        self.closing.send_replace(true);
        let Running { lanes, keys } = {
            let running = self.running.lock();
            std::mem::take(&mut *running.expect("nothing panics while it is held"))
        };
        for lane in lanes {
            if lane.await.is_err() {
                tracing::error!("a lane ended in an unforeseen way");
            }
        }
        if let Some(keys) = keys
            && let Err(error) = keys.await
        {
            let error: &dyn std::error::Error = &error;
            tracing::error!(error, "following the keys ended in an unforeseen way");
        }
    }

    async fn submit(
        &self,
        drafts: SmallVec<[Draft; 1]>,
        messenger: Option<&Messenger>,
    ) -> Result<SmallVec<[AuditId; 1]>, RecordError> {
        let metrics = &self.shared.metrics;
        let queued = if self.is_up() && self.shared.gate.is_open() {
            self.shared.queue.push(drafts, messenger)
        } else {
            Err(RecordError::Unavailable)
        };
        let receiver = queued.inspect_err(|refused| match refused {
            RecordError::Overloaded => metrics.overloaded.inc(),
            RecordError::Unavailable => metrics.unavailable.inc(),
        })?;
        let limit = match self.shared.times {
            Times::Present => RECORD_LIMIT,
            Times::Past => PATIENCE,
        };
        match tokio::time::timeout(limit, receiver).await {
            Ok(Ok(Ok(ids))) => Ok(ids),
            Ok(Ok(Err(_)) | Err(_)) => {
                metrics.unavailable.inc();
                Err(RecordError::Unavailable)
            }
            Err(_) => {
                metrics.timed_out.inc();
                Err(RecordError::Unavailable)
            }
        }
    }

    fn timed(&self, draft: Draft) -> Draft {
        match self.shared.times {
            Times::Present => draft,
            Times::Past => draft.of(milliseconds(self.shared.clock.now())),
        }
    }

    fn keys_and_nonce(&self) -> Result<(Arc<MonthKeys>, [u8; NONCE_LENGTH]), RecordError> {
        let keys = self.shared.keys.at(self.shared.clock.now());
        let keys = keys.map_err(|error| {
            let error: &dyn std::error::Error = &error;
            tracing::error!(error, "an entry cannot be sealed");
            self.shared.metrics.unavailable.inc();
            RecordError::Unavailable
        })?;
        Ok((keys, random_id()))
    }
}
