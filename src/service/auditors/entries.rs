//! Single entries of the log, as auditors read them, and the proof that they are in it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use uuid::Uuid;

use super::reading::Reading;
use super::{Auditors, Broken, EntryView, Showing};
use crate::audit::{Inclusion, Recorded};
use crate::domain::entry::{AuditId, Decoded, Entry, Operation};
use crate::keys::{self, Opened};
use crate::service::{Asking, Error};
use crate::tlog::Hash;

/// That an entry is in the transparency log, with all that a verifier needs but the log's key.
#[derive(Clone, Debug, Serialize)]
pub struct ProofView {
    audit_id: Uuid,
    /// The canonical bytes, in base64.
    entry: String,
    index: u64,
    /// From the leaf up, each in base64.
    inclusion_proof: Vec<String>,
    /// The signed note.
    checkpoint: String,
}

/// What an auditor sees under an id.
enum Seen {
    Entry(Box<Recorded>),
    /// No entry, or none of theirs.
    Nothing,
    /// The day of the id has been dropped.
    Expired,
}

impl Auditors {
    /// One entry by its id. An auditor of an agency sees that agency's and those of the agencies
    /// below it; of any other it is not said that it exists.
    ///
    /// [`Error::Expired`] is said of every id whose day has been dropped, to every auditor, so it
    /// tells nothing of an entry. What is no id of an entry is the id of none, and the attempt is
    /// recorded like any other.
    ///
    /// Who is behind the pseudonyms is shown where `showing` says so and the auditor may see it. Of a
    /// month whose keys were destroyed they stay pseudonyms.
    pub async fn entry(
        &self,
        asking: &Asking<'_>,
        id: Option<AuditId>,
        showing: &Showing,
    ) -> Result<EntryView, Error> {
        let reading = Reading::of_entry(id);
        let own = reading.entry(asking, Operation::AuditEntry, showing);
        self.may_show(asking, &own, showing).await?;
        let found = self.find(asking, id, &own).await?.entry;
        let read = async {
            let index = self.entries.index(&found).await?;
            let opened = if showing.reveal {
                self.opened(&found).await?
            } else {
                None
            };
            Ok((index, opened))
        };
        let (index, opened) = match read.await {
            Ok(read) => read,
            Err(error) => return Err(self.broken(&own, &error).await),
        };
        self.log.record(&own).await?;
        Ok(EntryView::new(found, index, opened.as_ref()))
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

    /// That an entry is in the transparency log, for whoever may [`entry`](Self::entry) it.
    pub async fn proof(
        &self,
        asking: &Asking<'_>,
        id: Option<AuditId>,
    ) -> Result<ProofView, Error> {
        let (reading, showing) = (Reading::of_entry(id), Showing::default());
        let own = reading.entry(asking, Operation::AuditProof, &showing);
        let found = self.find(asking, id, &own).await?;
        let inclusion = match self.entries.inclusion(&found.entry).await {
            Ok(inclusion) => inclusion,
            Err(error) => return Err(self.broken(&own, &error.into()).await),
        };
        let Some(inclusion) = inclusion else {
            let audit_id = Some(self.failed(&own, "not_sealed").await?);
            return Err(Error::NotSealed { audit_id });
        };
        self.log.record(&own).await?;
        Ok(ProofView::new(&found, inclusion))
    }

    /// The entry of that id, if the auditor may see it. Otherwise `own` is recorded as failed.
    async fn find(
        &self,
        asking: &Asking<'_>,
        id: Option<AuditId>,
        own: &Entry<'_>,
    ) -> Result<Recorded, Error> {
        match self.seen(asking, id).await {
            Ok(Seen::Entry(found)) => Ok(*found),
            Ok(Seen::Nothing) => {
                let audit_id = Some(self.failed(own, "not_found").await?);
                Err(Error::NotFound { audit_id })
            }
            Ok(Seen::Expired) => {
                let audit_id = Some(self.failed(own, "entry_expired").await?);
                Err(Error::Expired { audit_id })
            }
            Err(error) => Err(self.broken(own, &error).await),
        }
    }

    async fn seen(&self, asking: &Asking<'_>, id: Option<AuditId>) -> Result<Seen, Broken> {
        let Some(id) = id else {
            return Ok(Seen::Nothing);
        };
        if let Some(found) = self.entries.find(id).await?
            && self.may_see(asking, &found.entry)?
        {
            return Ok(Seen::Entry(Box::new(found)));
        }
        // Asked of others' entries too, whose day is there, so that these take as long as none.
        if self.entries.is_expired(id).await? {
            Ok(Seen::Expired)
        } else {
            Ok(Seen::Nothing)
        }
    }

    fn may_see(&self, asking: &Asking<'_>, entry: &Decoded) -> Result<bool, Broken> {
        let visible = self.visible(asking)?;
        Ok(visible.is_none_or(|agencies| {
            let agency = entry.agency_code.as_ref();
            agency.is_some_and(|agency| agencies.contains(agency))
        }))
    }
}

impl ProofView {
    fn new(found: &Recorded, inclusion: Inclusion) -> Self {
        Self {
            audit_id: *found.entry.stamp.audit_id.as_uuid(),
            entry: STANDARD.encode(&found.canonical),
            index: inclusion.index,
            inclusion_proof: inclusion.proof.iter().map(Hash::to_string).collect(),
            checkpoint: inclusion.checkpoint,
        }
    }
}
