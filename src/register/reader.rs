//! The tasks that read what is not cached, one statement for all that waits.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;

use super::loader::{Failed, Reads};
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

/// What a reading task works with.
#[derive(Clone)]
pub(super) struct Reader {
    pub nodes: Arc<Nodes>,
    pub reference: Arc<Reference>,
    pub clock: Clock,
    pub reads: Arc<Reads>,
    pub metrics: Metrics,
}

impl Reader {
    /// Reads until nobody can ask any more, with at most one statement under way.
    pub async fn run(self) {
        while let Some(reading) = self.reads.next().await {
            self.metrics.batch.observe(reading.keys().len() as f64);
            self.end(reading).await;
        }
    }

    /// Reads again what is asked for again and again, for as long.
    pub async fn renew(self) {
        while let Some(reading) = self.reads.next_renewal().await {
            self.metrics.renewals.inc_by(reading.keys().len() as u64);
            self.end(reading).await;
        }
    }

    /// Reads it to its end, whatever that is.
    async fn end(&self, mut reading: Reading) {
        // A fault of ours ends these questions, but not the task that all others wait for.
        let all = AssertUnwindSafe(self.all(&mut reading));
        let ended = match all.catch_unwind().await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "the register is down"
                );
                Err(Failed)
            }
            Err(_) => {
                tracing::error!("a record could not be read");
                Err(Failed)
            }
        };
        self.reads.end(reading, ended);
    }

    /// Tells each as it comes: who is told early asks again while the others are still being made.
    async fn all(&self, reading: &mut Reading) -> Result<(), Error> {
        let mut people: Vec<PersonalId> = Vec::with_capacity(reading.keys().len());
        let mut old: Vec<OldIdNumber> = Vec::new();
        for key in reading.keys() {
            match key {
                Key::Person(number) => people.push(number),
                Key::Old(number) => old.push(number),
            }
        }
        let read = self.read(reading, &people, &old).await?;
        let mut numbers: HashMap<OldIdNumber, Vec<PersonalId>> = HashMap::new();
        for (old, number) in read.old {
            numbers.entry(old).or_default().push(number);
        }
        for old in old {
            let mut numbers = numbers.remove(&old).unwrap_or_default();
            numbers.sort_unstable();
            let held = Held::Numbers(Arc::new(numbers.into()));
            self.reads.arrived(reading, Key::Old(old), held);
        }
        let Some(mut citizens) = read.citizens else {
            return Ok(());
        };
        let today = self.clock.today();
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
            self.reads.arrived(reading, Key::Person(asked), held);
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
