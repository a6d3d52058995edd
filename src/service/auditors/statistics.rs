//! Numbers by group.

use std::cmp::Reverse;
use std::collections::btree_map::Entry as Place;
use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use uuid::Uuid;

use super::reading::Reading;
use super::view::pseudonym;
use super::{Auditors, Broken, Filters, Grouping, Showing};
use crate::audit::search::Position;
use crate::domain::entry::{Entry, Operation, Tag};
use crate::keys::KeyRing;
use crate::service::{Asking, Error};
use crate::store::search::Group;

/// Groups of one answer at most, those with the most requests.
const GROUPS: usize = 10_000;

/// Groups that are looked at where officers are revealed, for each officer has one a month and pair of
/// keys, which are put together.
const APART: usize = 50_000;

/// Entries that are opened at once to see who is behind a tag.
const OPENED: usize = 1_000;

/// Numbers by group.
#[derive(Clone, Debug, Serialize)]
pub struct StatisticsView {
    /// A row a group, the one with the most requests first.
    pub rows: Vec<StatisticsRow>,
    /// Whether there are more groups than can be shown.
    pub truncated: bool,
    /// The entry of this reading.
    pub audit_id: Uuid,
}

/// One group's numbers. What is not grouped by is left out.
#[derive(Clone, Debug, Default, Serialize)]
pub struct StatisticsRow {
    /// The agency that asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agency: Option<String>,
    /// The system that asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// The procedure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub procedure: Option<String>,
    /// The officer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub officer: Option<String>,
    /// The day in Vietnam.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day: Option<jiff::civil::Date>,
    /// What was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// How it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<String>,
    /// How many entries.
    pub requests: u64,
    /// About how many people; whoever occurs under several months' keys counts under each.
    pub people: u64,
    /// Fields that were disclosed.
    pub fields_disclosed: u64,
    /// Papers that were made unnecessary.
    pub papers_replaced: u64,
    /// Signals of the group itself; none where signals cannot be told apart like that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signals: Option<u64>,
}

impl Auditors {
    /// Numbers of the entries that meet all conditions, of those the auditor sees.
    pub async fn statistics(
        &self,
        asking: &Asking<'_>,
        grouping: Grouping,
        filters: &Filters,
        showing: &Showing,
    ) -> Result<StatisticsView, Error> {
        let reading = Reading::of(filters);
        let own = reading.entry(asking, Operation::AuditStatistics, showing);
        self.may_show(asking, &own, showing).await?;
        let counted = async {
            let visible = self.visible(asking)?;
            let (auditors, filters, showing) = (self.clone(), filters.clone(), showing.clone());
            let counting =
                async move { auditors.rows(grouping, &filters, visible, &showing).await };
            let client_id = asking.caller.client.client_id.as_str();
            self.turns.one(client_id, counting).await
        };
        let (rows, truncated) = match counted.await {
            Ok(counted) => counted,
            Err(error) => return Err(self.broken(&own, &error).await),
        };
        let own = Entry {
            count: Some(rows.len() as u64),
            ..own
        };
        let audit_id = self.log.record(&own).await?;
        Ok(StatisticsView {
            rows,
            truncated,
            audit_id,
        })
    }

    /// The rows, and whether there are more.
    async fn rows(
        &self,
        grouping: Grouping,
        filters: &Filters,
        visible: Option<Vec<String>>,
        showing: &Showing,
    ) -> Result<(Vec<StatisticsRow>, bool), Broken> {
        let signals = self
            .signals_of_groups(grouping, filters, visible.clone())
            .await?;
        let (criteria, ring) = self.criteria(filters, visible, showing).await?;
        let revealing = ring.filter(|_| showing.reveal && grouping.officer);
        let most = if revealing.is_some() { APART } else { GROUPS };
        let mut groups = self
            .entries
            .statistics(grouping, &criteria, most + 1)
            .await?;
        let is_more = groups.len() > most;
        groups.truncate(most);
        let officers = match &revealing {
            Some(ring) => self.officers(&groups, ring).await?,
            None => HashMap::new(),
        };
        let row = |group: Group| {
            let signals = signals.as_ref().map(|signals| signals.of(&group));
            let shown = group
                .officer_tag
                .and_then(|tag| officers.get(&tag).cloned());
            StatisticsRow {
                agency: group.agency_code,
                client: group.client_id,
                procedure: group.procedure_code,
                officer: shown.or_else(|| pseudonym(group.officer_tag)),
                day: group.day,
                operation: group.operation,
                decision: group.decision,
                requests: group.requests,
                people: group.people,
                fields_disclosed: group.disclosed,
                papers_replaced: group.papers,
                signals,
            }
        };
        let rows = groups.into_iter().map(row);
        let mut rows = if revealing.is_some() {
            together(rows)
        } else {
            rows.collect()
        };
        let truncated = is_more || rows.len() > GROUPS;
        rows.truncate(GROUPS);
        Ok((rows, truncated))
    }

    /// Who is behind the officers' tags, by an entry that was taken from a group of each.
    async fn officers(
        &self,
        groups: &[Group],
        ring: &KeyRing,
    ) -> Result<HashMap<Tag, String>, Broken> {
        let mut samples: HashMap<Tag, Position> = HashMap::new();
        for group in groups {
            if let (Some(tag), Some(sample)) = (group.officer_tag, group.sample) {
                samples.entry(tag).or_insert(sample);
            }
        }
        let samples: Vec<Position> = samples.into_values().collect();
        let mut officers = HashMap::with_capacity(samples.len());
        for samples in samples.chunks(OPENED) {
            for (position, found) in self.entries.at(samples).await? {
                let tag = found.entry.protected.officer_tag;
                let view = super::search::view(position, found, Some(ring))?;
                officers.extend(tag.zip(view.officer));
            }
        }
        Ok(officers)
    }
}

/// Rows that differ in nothing they are told apart by as one, the one with the most requests first: an
/// officer's of several months, once it shows that they are the same one's.
fn together(rows: impl Iterator<Item = StatisticsRow>) -> Vec<StatisticsRow> {
    let mut by_what = BTreeMap::new();
    for row in rows {
        let what = (
            row.day,
            row.agency.clone(),
            row.client.clone(),
            row.procedure.clone(),
            row.operation.clone(),
            row.decision.clone(),
            row.officer.clone(),
        );
        match by_what.entry(what) {
            Place::Vacant(place) => {
                place.insert(row);
            }
            Place::Occupied(mut place) => place.get_mut().add(&row),
        }
    }
    let mut rows: Vec<StatisticsRow> = by_what.into_values().collect();
    rows.sort_by_key(|row| Reverse(row.requests));
    rows
}

impl StatisticsRow {
    fn add(&mut self, other: &Self) {
        self.requests += other.requests;
        self.people += other.people;
        self.fields_disclosed += other.fields_disclosed;
        self.papers_replaced += other.papers_replaced;
        self.signals = self
            .signals
            .zip(other.signals)
            .map(|(one, more)| one + more);
    }
}
