//! A client's day as one digest, to be compared with the agency's own journal.

use jiff::civil::Date;
use serde::Serialize;
use uuid::Uuid;

use super::reading::Reading;
use super::{Auditors, Showing};
use crate::domain::entry::{Entry, Operation};
use crate::service::{Asking, Error};

/// A client's entries of a day.
#[derive(Clone, Debug, Serialize)]
pub struct ReconciliationView {
    /// How many there are.
    pub entries: u64,
    /// SHA-256 in hexadecimal over their ids in ascending order, each with hyphens in lower case and
    /// followed by a line feed.
    pub digest: String,
    /// Whether these are all there will ever be: the day is over in Vietnam, every lane of it has
    /// ended, and all of its entries can be found. Of a dropped day they are not.
    pub complete: bool,
    /// The index up to which entries can be found by now.
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
        let (reading, showing) = (Reading::of_day(day, client_id), Showing::default());
        let own = reading.entry(asking, Operation::AuditReconciliation, &showing);
        let compared = async {
            let visible = self.visible(asking)?;
            let (entries, client_id) = (self.entries.clone(), client_id.to_owned());
            let comparing = async move {
                let compared = entries.reconcile(&client_id, day, visible.as_deref());
                Ok(compared.await?)
            };
            let who = asking.caller.client.client_id.as_str();
            self.turns.one(who, comparing).await
        };
        let compared = match compared.await {
            Ok(compared) => compared,
            Err(error) => return Err(self.broken(&own, &error).await),
        };
        let own = Entry {
            count: Some(compared.entries),
            ..own
        };
        let audit_id = self.log.record(&own).await?;
        Ok(ReconciliationView {
            entries: compared.entries,
            digest: hex::encode(compared.digest),
            complete: compared.is_complete,
            complete_to_index: compared.end.index().checked_sub(1),
            audit_id,
        })
    }
}
