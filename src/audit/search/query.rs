//! What auditors ask of the log, answered in bounded steps: a page may end before it is full, and then
//! says where to go on.

use std::collections::HashMap;

use jiff::civil::Date;
use jiff::tz::{TimeZone, offset};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::audit::{FindError, Log, Recorded};
use crate::domain::entry::{AuditId, Decoded, Month, Tag};
use crate::store::search::{Conditions, Extent, Group, Grouping, Overview, Reconciled, TagInUse};

pub use crate::domain::auditing::Order;
pub use crate::store::search::Position;

/// Rows that one page may look at where they lie side by side, and where each has a page of its own:
/// a warm database does either within 100 ms.
const ROWS: i64 = 100_000;
const SCATTERED_ROWS: i64 = 10_000;

/// Rows of the first scan where not every row matches.
const FIRST_SCAN: i64 = 500;

/// Rows of each path of the first scan at least, where there are several.
const LEAST_OF_A_PATH: i64 = 16;

/// How much the next scan looks at more than the last.
const GROWTH: i64 = 8;

/// How long after its month an entry may still carry the month's tags.
const TAG_SLACK: SignedDuration = SignedDuration::from_mins(10);

/// Conditions on entries; the default has none.
#[derive(Clone, Debug, Default)]
pub struct Criteria(Conditions);

/// Some entries in order, and where the next begin.
#[derive(Clone, Debug)]
pub struct Page {
    /// The entries, each with its place in the transparency log.
    pub entries: Vec<(Position, Recorded)>,
    /// Behind which position the next page begins; none where there is none.
    pub next: Option<Position>,
    /// The index up to which, itself included, the newest epoch's entries can be found; none where
    /// that is none yet.
    pub complete_to_index: Option<u64>,
}

macro_rules! conditions {
    ($($(#[$doc:meta])+ $name:ident: $kind:ty,)+) => {
        impl Criteria {
            $($(#[$doc])+
            #[must_use]
            pub fn $name(mut self, value: Option<$kind>) -> Self {
                self.0.$name = value;
                self
            })+
        }
    };
}

conditions! {
    /// Recorded at that time or later.
    from: Timestamp,
    /// Recorded before that time.
    to: Timestamp,
    /// Asked by one of these agencies.
    agencies: Vec<String>,
    /// Asked by that client.
    client: String,
    /// Under that procedure.
    procedure: String,
    /// One of these operations.
    operations: Vec<&'static str>,
    /// With that decision.
    decision: &'static str,
    /// Under none of these procedures.
    without_procedures: Vec<String>,
}

impl Criteria {
    /// About whoever has one of these tags.
    #[must_use]
    pub fn subject(mut self, tags: Option<Vec<(Month, Tag)>>) -> Self {
        self.0.subject = tags.map(in_use);
        self
    }

    /// By an officer who has one of these tags.
    #[must_use]
    pub fn officer(mut self, tags: Option<Vec<(Month, Tag)>>) -> Self {
        self.0.officer = tags.map(in_use);
        self
    }

    /// For a case that has one of these tags.
    #[must_use]
    pub fn case(mut self, tags: Option<Vec<(Month, Tag)>>) -> Self {
        self.0.case = tags.map(in_use);
        self
    }

    /// About the person of these tags.
    pub(in crate::audit) fn subject_in_use(mut self, tags: Vec<TagInUse>) -> Self {
        self.0.subject = Some(tags);
        self
    }

    /// By the officer of these tags.
    pub(in crate::audit) fn officer_in_use(mut self, tags: Vec<TagInUse>) -> Self {
        self.0.officer = Some(tags);
        self
    }

    /// Whether the client's entries are none that whoever asks may count: then they are looked for
    /// among those of the agencies, so that neither time nor pages tell how many there are.
    #[must_use]
    pub fn client_apart(mut self, is_apart: bool) -> Self {
        self.0.client_apart = is_apart;
        self
    }

    pub(super) fn conditions(&self) -> &Conditions {
        &self.0
    }
}

/// Tags with the time in which entries may carry them. What no entry can carry is left out.
fn in_use(tags: Vec<(Month, Tag)>) -> Vec<TagInUse> {
    let in_use = |(month, tag): (Month, Tag)| TagInUse {
        tag,
        since: beginning(month.first_day()),
        until: beginning(month.next().first_day()) + TAG_SLACK,
    };
    tags.into_iter().map(in_use).collect()
}

/// When a day in Vietnam begins.
pub fn beginning(day: Date) -> Timestamp {
    let begins = day.to_zoned(TimeZone::fixed(offset(7)));
    begins.map_or(Timestamp::MIN, |begins| begins.timestamp())
}

/// A walk through all that matches, as far as it could be searched when it began.
#[derive(Clone, Debug)]
pub struct Walk {
    criteria: Criteria,
    extent: Extent,
    order: Order,
    after: Option<Position>,
}

impl Log {
    /// Begins a walk.
    pub async fn walk(&self, criteria: Criteria, order: Order) -> Result<Walk, FindError> {
        let conditions = criteria.conditions();
        let extent = self
            .searches
            .search_extent(conditions.from, conditions.to)
            .await?;
        Ok(Walk {
            criteria,
            extent,
            order,
            after: None,
        })
    }

    /// The next entries of a walk, and whether they are its last.
    pub async fn walk_on(
        &self,
        walk: &mut Walk,
        limit: usize,
    ) -> Result<(Vec<(Position, Recorded)>, bool), FindError> {
        let conditions = walk.criteria.conditions();
        let scanned = self
            .scan(conditions, &walk.extent, walk.order, walk.after, limit)
            .await?;
        let (found, next) = scanned;
        walk.after = next;
        Ok((self.recorded(found).await?, next.is_none()))
    }

    /// At most `limit` entries behind `after` (at the beginning or end of the log for none). A page
    /// with fewer, even with none, is not the last one while [`Page::next`] says so: what a page may
    /// look at is bounded.
    pub async fn search(
        &self,
        criteria: &Criteria,
        order: Order,
        after: Option<Position>,
        limit: usize,
    ) -> Result<Page, FindError> {
        let conditions = criteria.conditions();
        let extent = self
            .searches
            .search_extent(conditions.from, conditions.to)
            .await?;
        let (found, next) = self.scan(conditions, &extent, order, after, limit).await?;
        Ok(Page {
            entries: self.recorded(found).await?,
            next,
            complete_to_index: extent.end.index().checked_sub(1),
        })
    }

    /// The same between two places of the log, both included.
    pub(in crate::audit) async fn search_between(
        &self,
        criteria: &Criteria,
        (first, last): (Position, Position),
        order: Order,
        after: Option<Position>,
        limit: usize,
    ) -> Result<Page, FindError> {
        let conditions = criteria.conditions();
        let extent = self
            .searches
            .search_extent(conditions.from, conditions.to)
            .await?;
        let between = Extent {
            first: extent.first.max(first),
            last: extent.last.min(last),
            ..extent
        };
        let (found, next) = self.scan(conditions, &between, order, after, limit).await?;
        Ok(Page {
            entries: self.recorded(found).await?,
            next,
            complete_to_index: extent.end.index().checked_sub(1),
        })
    }

    /// Numbers by group of what meets the criteria: the groups with the most requests.
    pub async fn statistics(
        &self,
        grouping: Grouping,
        criteria: &Criteria,
        groups: usize,
    ) -> Result<Vec<Group>, FindError> {
        let limit = i64::try_from(groups).unwrap_or(i64::MAX);
        let conditions = criteria.conditions();
        Ok(self
            .counts
            .search_statistics(grouping, conditions, limit)
            .await?)
    }

    /// Tallies of whole hours, of these agencies only where they are given.
    pub async fn tallies(
        &self,
        bounds: (Timestamp, Timestamp),
        agencies: Option<&[String]>,
    ) -> Result<Overview, FindError> {
        Ok(self.searches.tallies(bounds, agencies).await?)
    }

    /// The entries at these positions.
    pub async fn at(&self, positions: &[Position]) -> Result<Vec<(Position, Recorded)>, FindError> {
        let found = self.searches.ids_at(positions).await?;
        self.recorded(found).await
    }

    /// A client's entries of a day in Vietnam as one digest, and whether they are all.
    pub async fn reconcile(
        &self,
        client_id: &str,
        day: Date,
        agencies: Option<&[String]>,
    ) -> Result<Reconciled, FindError> {
        let bounds = (
            beginning(day),
            day.tomorrow().map_or(Timestamp::MAX, beginning),
        );
        let counts = &self.counts;
        Ok(counts.reconcile(client_id, day, bounds, agencies).await?)
    }

    /// The entries of these ids, in their order.
    async fn recorded(
        &self,
        found: Vec<(Position, AuditId)>,
    ) -> Result<Vec<(Position, Recorded)>, FindError> {
        if found.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<AuditId> = found.iter().map(|(_, id)| *id).collect();
        let mut canonical: HashMap<Uuid, Vec<u8>> =
            self.searches.entries(&ids).await?.into_iter().collect();
        let mut entries = Vec::with_capacity(found.len());
        for (position, id) in found {
            // A day that was dropped between the two statements is gone.
            if let Some(canonical) = canonical.remove(id.as_uuid()) {
                let entry = Decoded::from_canonical(&canonical)?;
                entries.push((position, Recorded { entry, canonical }));
            }
        }
        Ok(entries)
    }

    async fn scan(
        &self,
        conditions: &Conditions,
        extent: &Extent,
        order: Order,
        after: Option<Position>,
        limit: usize,
    ) -> Result<(Vec<(Position, AuditId)>, Option<Position>), FindError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut budget = if conditions.is_scattered() {
            SCATTERED_ROWS
        } else {
            ROWS
        };
        // One more than is shown tells whether there is a next page.
        let wanted = limit.saturating_add(1);
        let paths = i64::try_from(conditions.paths()).unwrap_or(i64::MAX).max(1);
        let mut rows = if conditions.is_covered() {
            wanted
        } else {
            wanted.saturating_mul(2).max(FIRST_SCAN)
        };
        let spread = i64::try_from(conditions.spread())
            .unwrap_or(i64::MAX)
            .max(1);
        rows = rows.min((rows.saturating_mul(2) / spread).max(LEAST_OF_A_PATH));
        let mut found: Vec<(Position, AuditId)> = Vec::new();
        let mut after = after.unwrap_or(match order {
            Order::Newest => Position::LAST,
            Order::Log => Position::FIRST,
        });
        loop {
            let missing = wanted - found.len() as i64;
            rows = rows.min((budget / paths).max(1));
            let scanned = self
                .searches
                .search_entries(conditions, extent, order, after, rows, missing)
                .await?;
            found.extend(scanned.found);
            if found.len() as i64 == wanted {
                found.truncate(limit.unsigned_abs() as usize);
                let next = found.last().map(|(position, _)| *position);
                return Ok((found, next));
            }
            let Some(horizon) = scanned.horizon else {
                return Ok((found, None));
            };
            after = horizon;
            budget -= scanned.rows.max(1);
            if budget <= 0 {
                return Ok((found, Some(horizon)));
            }
            rows = rows.saturating_mul(GROWTH);
        }
    }
}
