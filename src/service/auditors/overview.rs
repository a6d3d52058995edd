//! What happened in a time, at a glance: numbers by the hour, by agency, procedure and decision.

use jiff::Timestamp;

use super::reading::Reading;
use super::{Auditors, Broken, Filters, Showing};
use crate::domain::entry::Operation;
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
        let reading = Reading::of(&Filters {
            from: Some(from),
            to: Some(to),
            ..Filters::default()
        });
        let showing = Showing::default();
        let own = reading.entry(asking, Operation::AuditStatistics, &showing);
        let counted = async {
            let visible = self.visible(asking)?;
            let tallies = self.entries.tallies((from, to), visible.as_deref());
            Ok::<_, Broken>(tallies.await?)
        };
        let overview = match counted.await {
            Ok(overview) => overview,
            Err(error) => return Err(self.broken(&own, &error).await),
        };
        self.log.record(&own).await?;
        Ok(overview)
    }
}
