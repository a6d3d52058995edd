//! Sealing: entries become leaves of a Merkle tree whose heads are signed, remembered outside the
//! database and published (C2SP tlog-tiles, tlog-checkpoint).
//!
//! One process seals at a time, whatever the number of those that could. Not here: the tree itself,
//! which is [`tlog`](crate::tlog), and checking it, which is [`verify`](super::verify).

mod epoch;
mod hole;
mod metrics;
mod round;
mod second_place;
mod witnesses;

use std::sync::Arc;
use std::time::Duration;

use prometheus::IntCounter;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval};

pub use epoch::{Began, BeginError, Beginning, adopt_second_place, begin_epoch};
pub use hole::{Declarable, Hole, HoleError};
pub use metrics::SealMetrics;
pub use second_place::{Remembered, SecondPlace};
pub use witnesses::Witness;

use crate::clock::Clock;
use crate::keys::NoteSigner;
use crate::store::sealing::Lease;
use crate::store::{Database, Role};
use round::{Bench, Published, SealError, Tree};
use witnesses::Offering;

/// A holder without a sign of life for so long has lost the lease, though its connection stands.
const LEASE_EXPIRY: Duration = Duration::from_secs(5);
/// How long one round may take before its connection is given up.
const ROUND_DEADLINE: Duration = Duration::from_secs(120);
/// How long the last rounds may take when the process ends.
const CLOSING_LIMIT: Duration = Duration::from_secs(5);
/// How long giving the lease back may take; whoever comes next finds out otherwise.
const RELEASE_LIMIT: Duration = Duration::from_secs(2);
/// Before sealing is begun again that ended in an unforeseen way.
const RESTART_PAUSE: Duration = Duration::from_secs(2);
/// After how many rounds that fail alike it is said again.
const SAY_AGAIN: u32 = 60;

/// How a process seals.
#[derive(Clone, Debug)]
pub struct SealConfig {
    /// The log's name without the epoch.
    pub name: String,
    /// Who seals, as the lease says it: host, process id and version.
    pub process: String,
    /// The pause between two rounds.
    pub interval: Duration,
    /// Where heads are remembered.
    pub second_place: SecondPlace,
    /// Whom they are offered to.
    pub witnesses: Vec<Witness>,
}

/// A process's sealing, while it runs.
#[derive(Debug)]
pub struct Sealing {
    closing: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Sealing {
    /// Begins to seal, as soon as no other process does.
    pub fn start(
        database: Database,
        signer: NoteSigner,
        clock: Clock,
        config: SealConfig,
        metrics: SealMetrics,
    ) -> Self {
        let (closing, told) = watch::channel(false);
        let (published, news) = watch::channel(None);
        let offering = Offering {
            store: database.store(Role::Seal, 1),
            witnesses: config.witnesses.clone(),
            metrics: metrics.clone(),
        };
        let work = Work {
            database,
            clock,
            process: config.process,
            interval: config.interval,
            bench: Bench {
                signer,
                second_place: config.second_place,
                name: config.name,
                metrics,
            },
            published,
        };
        let task = tokio::spawn(watched(Arc::new(work), Arc::new(offering), told, news));
        Self { closing, task }
    }

    /// Seals what is there and ends, within a few seconds.
    pub async fn stop(self) {
        self.closing.send_replace(true);
        if let Err(error) = self.task.await {
            let error: &dyn std::error::Error = &error;
            tracing::error!(error, "sealing ended in an unforeseen way");
        }
    }
}

/// What one round came to.
enum Turn {
    /// Another process has the lease.
    Another,
    /// What was planned is sealed; there may be more to do at once.
    Sealed { more: bool },
}

/// What sealing needs, whenever it is begun.
struct Work {
    database: Database,
    clock: Clock,
    process: String,
    interval: Duration,
    bench: Bench,
    published: watch::Sender<Option<Arc<Published>>>,
}

/// Seals, and offers what is published to witnesses, until the process ends. Either is begun anew
/// when it panics: an end that nobody notices would be an end of the log.
async fn watched(
    work: Arc<Work>,
    offering: Arc<Offering>,
    told: watch::Receiver<bool>,
    news: watch::Receiver<Option<Arc<Published>>>,
) {
    let restarts = &work.bench.metrics.restarts;
    let begin = || {
        work.bench.metrics.holds_lease.set(0);
        let sealer = Sealer {
            work: Arc::clone(&work),
            tree: None,
            failing: None,
            another_since: None,
        };
        tokio::spawn(sealer.run(told.clone()))
    };
    let offer = || tokio::spawn(Arc::clone(&offering).run(news.clone()));
    let offering = async {
        if !offering.witnesses.is_empty() {
            restarted(offer, told.clone(), restarts).await;
        }
        std::future::pending().await
    };
    tokio::select! {
        () = restarted(begin, told.clone(), restarts) => {}
        () = offering => {}
    }
}

/// Waits for the end of a task, and begins it again where that was a panic.
async fn restarted(
    begin: impl Fn() -> JoinHandle<()>,
    mut told: watch::Receiver<bool>,
    restarts: &IntCounter,
) {
    loop {
        let mut running = Aborted(begin());
        let Err(error) = (&mut running.0).await else {
            return;
        };
        restarts.inc();
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "sealing ended in an unforeseen way, and begins again"
        );
        let ends = tokio::time::timeout(RESTART_PAUSE, told.wait_for(|&told| told)).await;
        if ends.is_ok() {
            return;
        }
    }
}

/// A task that ends when nobody waits for it any more.
struct Aborted(JoinHandle<()>);

impl Drop for Aborted {
    fn drop(&mut self) {
        self.0.abort();
    }
}

struct Sealer {
    work: Arc<Work>,
    tree: Option<Tree>,
    /// What failed last, and how often in a row.
    failing: Option<(std::mem::Discriminant<SealError>, u32)>,
    /// Since when another process has had the lease whenever it was asked for.
    another_since: Option<Instant>,
}

impl Sealer {
    async fn run(mut self, mut closing: watch::Receiver<bool>) {
        let mut ticks = interval(self.work.interval);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                _ = closing.wait_for(|&closing| closing) => break,
                _ = ticks.tick() => {}
            }
            self.turn(Some(&closing)).await;
        }
        let last = Instant::now() + CLOSING_LIMIT;
        if tokio::time::timeout_at(last, self.turn(None))
            .await
            .is_err()
        {
            tracing::warn!("entries are left to be sealed by whoever seals next");
        }
        if let Some(tree) = self.tree.take() {
            let released = tokio::time::timeout(RELEASE_LIMIT, tree.release()).await;
            if let Ok(Ok(())) = released {
                tracing::info!("this process seals the log no more");
            } else {
                tracing::warn!("the lease could not be given back");
            }
        }
        self.work.bench.metrics.holds_lease.set(0);
    }

    /// Rounds until everything there is is sealed, one fails, or the process ends.
    async fn turn(&mut self, closing: Option<&watch::Receiver<bool>>) {
        loop {
            let round = tokio::time::timeout(ROUND_DEADLINE, self.round()).await;
            match round {
                Ok(Ok(Turn::Sealed { more })) => {
                    self.failing = None;
                    self.another_since = None;
                    self.work.bench.metrics.refusals.set(0);
                    if !more || closing.is_some_and(|closing| *closing.borrow()) {
                        return;
                    }
                }
                Ok(Ok(Turn::Another)) => return self.stand_by(),
                Ok(Err(error)) => {
                    self.give_up();
                    return self.fail(&error);
                }
                Err(_) => {
                    self.give_up();
                    return self.fail(&SealError::TooLong);
                }
            }
        }
    }

    /// One round.
    async fn round(&mut self) -> Result<Turn, SealError> {
        if self.tree.is_none() {
            let lease =
                Lease::acquire(&self.work.database, &self.work.process, LEASE_EXPIRY).await?;
            let Some((lease, standing)) = lease else {
                return Ok(Turn::Another);
            };
            let (tree, shown) = Tree::take_up(lease, standing, &self.work.bench).await?;
            self.tree = Some(tree);
            if let Some(shown) = shown {
                self.work.published.send_replace(Some(Arc::new(shown)));
            }
            self.work.bench.metrics.holds_lease.set(1);
            tracing::info!("this process seals the log");
        }
        let Some(tree) = &mut self.tree else {
            return Ok(Turn::Another);
        };
        let (published, more) = tree.round(&self.work.bench, self.work.clock.now()).await?;
        if let Some(published) = published {
            self.work.published.send_replace(Some(Arc::new(published)));
        }
        Ok(Turn::Sealed { more })
    }

    /// Lets go of the lease by closing its connection: what failed may have left it anywhere.
    fn give_up(&mut self) {
        self.tree = None;
        self.work.bench.metrics.holds_lease.set(0);
    }

    /// What another process seals, this one does not refuse to. Whoever refuses has the lease for a
    /// moment only, so it counts once another has had it for longer.
    fn stand_by(&mut self) {
        let since = *self.another_since.get_or_insert_with(Instant::now);
        if since.elapsed() < LEASE_EXPIRY || self.failing.is_none() {
            return;
        }
        self.failing = None;
        let refusals = &self.work.bench.metrics.refusals;
        if refusals.get() != 0 {
            refusals.set(0);
            tracing::warn!("another process seals the log, which this one refused to");
        }
    }

    fn fail(&mut self, error: &SealError) {
        let kind = std::mem::discriminant(error);
        let times = match self.failing {
            Some((last, times)) if last == kind => times + 1,
            _ => 0,
        };
        self.failing = Some((kind, times));
        self.another_since = None;
        let metrics = &self.work.bench.metrics;
        metrics.failures.inc();
        metrics.refusals.set(error.is_refusal().into());
        // However it was used: whoever reads the numbers need not know what a round does first.
        if matches!(error, SealError::SecondPlace(_)) {
            metrics.second_place_failures.inc();
        }
        if times % SAY_AGAIN == 0 {
            let error: &dyn std::error::Error = error;
            tracing::error!(error, times, "the log could not be sealed");
        }
    }
}
