//! A client's day as one digest, to be compared with the agency's own journal.

use jiff::civil::Date;
use serde::Serialize;
use uuid::Uuid;

use super::{Auditors, Broken, beginning};
use crate::domain::entry::{Decision, Entry, Operation};
use crate::service::{Asking, Error};

/// A client's entries of a day.
#[derive(Clone, Debug, Serialize)]
pub struct ReconciliationView {
    /// How many there are.
    pub entries: u64,
    /// SHA-256 in hexadecimal over their ids in ascending order, each with hyphens in lower case and
    /// followed by a line feed.
    pub digest: String,
    /// The index up to which entries can be found by now: a day is complete once it is past.
    pub complete_to_index: Option<u64>,
    /// The entry of this reading.
    pub audit_id: Uuid,
}

impl Auditors {
    /// The entries of that client on that day in Vietnam.
    pub async fn reconciliation(
        &self,
        asking: &Asking<'_>,
        day: Date,
        client_id: &str,
    ) -> Result<ReconciliationView, Error> {
        let own = asking.entry(Operation::AuditReconciliation, Decision::Done);
        let visible = self.visible(asking)?;
        let bounds = (
            beginning(day),
            day.tomorrow().map_or(jiff::Timestamp::MAX, beginning),
        );
        let compared = self
            .entries
            .reconcile(client_id, bounds, visible.as_deref())
            .await;
        let (compared, complete_to_index) = match compared {
            Ok(compared) => compared,
            Err(error) => return Err(self.broken(&own, &Broken::from(error)).await),
        };
        let own = Entry {
            count: Some(compared.entries),
            ..own
        };
        let audit_id = self.log.record(&own).await?;
        Ok(ReconciliationView {
            entries: compared.entries,
            digest: hex::encode(compared.digest),
            complete_to_index,
            audit_id,
        })
    }
}
