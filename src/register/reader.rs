//! The tasks that read what is not cached, one statement for all that waits.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;

use super::loader::{Load, Reads, Renewals};
use super::memory::{Held, Key, Reading};
use super::metrics::Metrics;
use super::nodes::Nodes;
use crate::clock::Clock;
use crate::domain::citizen::StatusKind;
use crate::domain::number::{OldIdNumber, PersonalId};
use crate::domain::record::Record;
use crate::domain::reference::Reference;
use crate::store::Error;
use crate::store::citizens::{Nearest, Read};

/// Records that are made before whatever else is to be done on the thread has its turn.
const AT_ONCE: usize = 16;

/// What a reading task works with.
#[derive(Clone)]
pub(super) struct Reader {
    pub nodes: Arc<Nodes>,
    pub reference: Arc<Reference>,
    pub clock: Clock,
    pub metrics: Metrics,
}

impl Reader {
    /// Reads until nobody can ask any more, with at most one statement under way.
    pub async fn run(self, reads: Arc<Reads>) {
        while let Some(load) = reads.next().await {
            self.metrics.batch.observe(load.reading.keys().len() as f64);
            self.end(load).await;
        }
    }

    /// Reads again what is asked for again and again, for as long.
    pub async fn renew(self, mut renewals: Renewals) {
        while let Some(load) = renewals.next().await {
            self.metrics
                .renewals
                .inc_by(load.reading.keys().len() as u64);
            self.end(load).await;
        }
    }

    /// Reads it to its end, whatever that is.
    async fn end(&self, mut load: Load) {
        // A fault of ours ends these questions, but not the task that all others wait for.
        let all = AssertUnwindSafe(self.all(&mut load));
        match all.catch_unwind().await {
            Ok(Ok(())) => load.end(),
            Ok(Err(error)) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "the register is down"
                );
            }
            Err(_) => tracing::error!("a record could not be read"),
        }
    }

    /// Tells each as it comes: who is told early asks again while the others are still being made.
    async fn all(&self, load: &mut Load) -> Result<(), Error> {
        let mut people: Vec<PersonalId> = Vec::with_capacity(load.reading.keys().len());
        let mut old: Vec<OldIdNumber> = Vec::new();
        for key in load.reading.keys() {
            match key {
                Key::Person(number) => people.push(number),
                Key::Old(number) => old.push(number),
            }
        }
        let read = self.read(&mut load.reading, &people, &old).await?;
        let mut numbers: HashMap<OldIdNumber, Vec<PersonalId>> = HashMap::new();
        for (old, number) in read.old {
            numbers.entry(old).or_default().push(number);
        }
        for old in old {
            let mut numbers = numbers.remove(&old).unwrap_or_default();
            numbers.sort_unstable();
            let held = Held::Numbers(Arc::new(numbers.into()));
            load.arrived(Key::Old(old), held);
        }
        let Some(mut citizens) = read.citizens else {
            return Ok(());
        };
        let today = self.clock.today();
        let mut made = 0;
        while let Some(nearest) = citizens.next().await? {
            let Nearest {
                asked,
                citizen,
                meta,
            } = nearest;
            // Made ready also where nobody asked about it: that takes as long for a number nobody has.
            let record = Arc::new(Record::new(&citizen, &meta, &self.reference, today));
            // A record that was made in error is never found.
            let is_found =
                citizen.personal_id == asked && citizen.status.kind != StatusKind::Erroneous;
            let held = Held::Person(is_found.then_some(record));
            load.arrived(Key::Person(asked), held);
            made += 1;
            if made % AT_ONCE == 0 {
                tokio::task::yield_now().await;
            }
        }
        Ok(())
    }

    /// From the replica, where there is one that is known to have what it must, and else from the primary.
    async fn read(
        &self,
        reading: &mut Reading,
        people: &[PersonalId],
        old: &[OldIdNumber],
    ) -> Result<Read, Error> {
        if let Some(reached) = reading.replica_at() {
            let now_ms = self.clock.now().as_millisecond();
            let read = self.nodes.read_replica(now_ms, reached, people, old);
            match read.await {
                Ok(Some(read)) => {
                    reading.was_replicas();
                    self.metrics.replica_reads.inc();
                    return Ok(read);
                }
                Ok(None) => {}
                Err(error) => {
                    let error: &dyn std::error::Error = &error;
                    tracing::warn!(error, "a read of the register goes to the primary");
                }
            }
        }
        self.metrics.primary_reads.inc();
        self.nodes.read_primary(people, old).await
    }
}
