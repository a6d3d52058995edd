//! Pages of entries.

use serde::Serialize;
use uuid::Uuid;

use super::reading::Reading;
use super::{Auditors, Broken, Cursor, EntryView, Filters, Paging, Showing};
use crate::audit::Recorded;
use crate::audit::search::{Criteria, Page, Position};
use crate::domain::entry::{Entry, Operation};
use crate::keys::{self, KeyRing};
use crate::service::{Asking, Error};

/// A page of entries.
#[derive(Clone, Debug, Serialize)]
pub struct SearchView {
    /// The entries.
    pub entries: Vec<EntryView>,
    /// Where the next page begins; none where there is none.
    pub next_cursor: Option<String>,
    /// The index up to which entries can be found by now.
    pub complete_to_index: Option<u64>,
    /// The entry of this reading.
    pub audit_id: Uuid,
}

impl Auditors {
    /// Entries that meet all conditions, of those the auditor sees.
    pub async fn search(
        &self,
        asking: &Asking<'_>,
        filters: &Filters,
        paging: &Paging,
        showing: &Showing,
    ) -> Result<SearchView, Error> {
        let reading = Reading::of(filters);
        let own = reading.entry(asking, Operation::AuditSearch, showing);
        self.may_show(asking, &own, showing).await?;
        let found = async {
            let visible = self.visible(asking)?;
            let is_apart = self.is_apart(asking, filters, visible.as_deref())?;
            let (criteria, ring) = self.criteria(filters, visible, showing).await?;
            let criteria = criteria.client_apart(is_apart);
            self.page(&criteria, ring.as_ref(), paging, showing).await
        };
        let found = found.await;
        self.answer(own, found).await
    }

    /// One page, people in the clear where they may be.
    pub(super) async fn page(
        &self,
        criteria: &Criteria,
        ring: Option<&KeyRing>,
        paging: &Paging,
        showing: &Showing,
    ) -> Result<(Vec<EntryView>, Page), Broken> {
        let after = paging.cursor.map(|cursor| cursor.0);
        let mut page = self
            .entries
            .search(criteria, paging.order, after, paging.limit)
            .await?;
        let ring = ring.filter(|_| showing.reveal);
        let entries = std::mem::take(&mut page.entries);
        let views = entries
            .into_iter()
            .map(|(position, found)| view(position, found, ring));
        Ok((views.collect::<Result<_, _>>()?, page))
    }

    /// Records the reading and gives the page.
    pub(super) async fn answer(
        &self,
        own: Entry<'_>,
        found: Result<(Vec<EntryView>, Page), Broken>,
    ) -> Result<SearchView, Error> {
        let (entries, page) = match found {
            Ok(found) => found,
            Err(error) => return Err(self.broken(&own, &error).await),
        };
        let own = Entry {
            count: Some(entries.len() as u64),
            ..own
        };
        let audit_id = self.log.record(&own).await?;
        Ok(SearchView {
            entries,
            next_cursor: page.next.map(|position| Cursor(position).to_text()),
            complete_to_index: page.complete_to_index,
            audit_id,
        })
    }
}

/// An entry as it is shown. Where a month's keys are destroyed, people stay pseudonyms.
pub(super) fn view(
    position: Position,
    found: Recorded,
    ring: Option<&KeyRing>,
) -> Result<EntryView, Broken> {
    let opened = match ring {
        Some(ring) => match ring.unseal(&found.entry.nonce, &found.entry.protected) {
            Ok(opened) => Some(opened),
            Err(keys::Error::Destroyed(_)) => None,
            // One entry that nothing opens shall not keep all the others from whoever looks for them.
            Err(keys::Error::Seal) => {
                tracing::error!(
                    index = position.index(),
                    "an entry's sealed part does not open"
                );
                None
            }
            Err(error) => return Err(error.into()),
        },
        None => None,
    };
    Ok(EntryView::new(
        found.entry,
        Some(position.index()),
        opened.as_ref(),
    ))
}
