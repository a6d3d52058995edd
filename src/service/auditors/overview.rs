//! What happened in a time, at a glance: numbers by the hour, by agency, procedure and decision.

use jiff::Timestamp;

use super::{Auditors, Broken};
use crate::domain::entry::{Decision, Entry, Operation};
use crate::service::{Asking, Error};

pub use crate::store::search::{Overview, Totals};

impl Auditors {
    /// The numbers of whole hours, of what the auditor sees. They are tallied when entries become
    /// searchable, so this costs the same however many there are; and they stay when entries are
    /// dropped.
    pub async fn overview(
        &self,
        asking: &Asking<'_>,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Overview, Error> {
        let own = Entry {
            claims: &["from", "to"],
            ..asking.entry(Operation::AuditStatistics, Decision::Done)
        };
        let visible = self.visible(asking)?;
        let overview = match self.entries.tallies((from, to), visible.as_deref()).await {
            Ok(overview) => overview,
            Err(error) => return Err(self.broken(&own, &Broken::from(error)).await),
        };
        self.log.record(&own).await?;
        Ok(overview)
    }
}
