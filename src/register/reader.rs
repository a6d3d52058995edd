//! The tasks that read what is not cached, one statement for all that waits.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;

use super::loader::{Failed, Reads};
use super::memory::{Held, Key};
use super::metrics::Metrics;
use crate::clock::Clock;
use crate::domain::citizen::StatusKind;
use crate::domain::number::{OldIdNumber, PersonalId};
use crate::domain::record::Record;
use crate::domain::reference::Reference;
use crate::store::{Error, Store};

/// What a reading task works with.
#[derive(Clone)]
pub(super) struct Reader {
    pub store: Store,
    pub reference: Arc<Reference>,
    pub clock: Clock,
    pub reads: Arc<Reads>,
    pub metrics: Metrics,
}

impl Reader {
    /// Reads until nobody can ask any more, with at most one statement under way.
    pub async fn run(self) {
        while let Some(reading) = self.reads.next().await {
            let keys: Vec<Key> = reading.keys().collect();
            self.metrics.batch.observe(keys.len() as f64);
            // A fault of ours ends these questions, but not the task that all others wait for.
            let held = match AssertUnwindSafe(self.held(&keys)).catch_unwind().await {
                Ok(Ok(held)) => Ok(held),
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
            self.reads.end(reading, held);
        }
    }

    async fn held(&self, keys: &[Key]) -> Result<HashMap<Key, Held>, Error> {
        let mut people: Vec<PersonalId> = Vec::with_capacity(keys.len());
        let mut old: Vec<OldIdNumber> = Vec::new();
        for key in keys {
            match key {
                Key::Person(number) => people.push(*number),
                Key::Old(number) => old.push(*number),
            }
        }
        let mut held = HashMap::with_capacity(keys.len());
        if !people.is_empty() {
            let today = self.clock.today();
            for (citizen, meta) in self.store.find_nearest_citizens(&people).await? {
                // Made ready also where nobody asked about it: that takes as long for a number nobody has.
                let record = Arc::new(Record::new(&citizen, &meta, &self.reference, today));
                // A record that was made in error is never found.
                let record = (citizen.status.kind != StatusKind::Erroneous).then_some(record);
                held.insert(Key::Person(citizen.personal_id), Held::Person(record));
            }
        }
        if !old.is_empty() {
            let mut numbers: HashMap<OldIdNumber, Vec<PersonalId>> = HashMap::new();
            for (old, number) in self.store.find_by_old_numbers(&old).await? {
                numbers.entry(old).or_default().push(number);
            }
            for (old, mut numbers) in numbers {
                numbers.sort_unstable();
                held.insert(Key::Old(old), Held::Numbers(Arc::new(numbers.into())));
            }
        }
        Ok(held)
    }
}
