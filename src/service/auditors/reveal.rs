//! One entry with the person, the officer and the case in the clear.

use super::reading::Reading;
use super::{Auditors, Broken, EntryView, Showing};
use crate::domain::entry::{AuditId, Decoded, Operation};
use crate::keys::{self, Opened};
use crate::service::{Asking, Error};

impl Auditors {
    /// The same as [`entry`](Self::entry), showing who is behind the pseudonyms where `showing` says so
    /// and the auditor may. Of a month whose keys were destroyed they stay pseudonyms.
    pub async fn shown_entry(
        &self,
        asking: &Asking<'_>,
        id: Option<AuditId>,
        showing: &Showing,
    ) -> Result<EntryView, Error> {
        let reading = Reading::of_entry(id);
        let own = reading.entry(asking, Operation::AuditEntry, showing);
        self.may_show(asking, &own, showing).await?;
        let found = self.find(asking, id, &own).await?;
        let index = match self.entries.index(&found.entry).await {
            Ok(index) => index,
            Err(error) => return Err(self.broken(&own, &error.into()).await),
        };
        let opened = if showing.reveal {
            match self.opened(&found.entry).await {
                Ok(opened) => opened,
                Err(error) => return Err(self.broken(&own, &error).await),
            }
        } else {
            None
        };
        self.log.record(&own).await?;
        Ok(EntryView::new(found.entry, index, opened.as_ref()))
    }

    /// The sealed part of an entry, opened with keys as the database has them now.
    async fn opened(&self, entry: &Decoded) -> Result<Option<Opened>, Broken> {
        let Some(month) = entry.protected.month else {
            return Ok(None);
        };
        let ring = self.keys.ring(month, month).await?;
        match ring.unseal(&entry.nonce, &entry.protected) {
            Ok(opened) => Ok(Some(opened)),
            Err(keys::Error::Destroyed(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}
