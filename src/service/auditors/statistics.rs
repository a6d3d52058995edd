//! Numbers by group.

use std::collections::HashMap;

use serde::Serialize;
use uuid::Uuid;

use super::view::pseudonym;
use super::{Auditors, Broken, Filters, Grouping, Showing};
use crate::audit::search::Position;
use crate::domain::entry::{Entry, Operation};
use crate::keys::KeyRing;
use crate::service::{Asking, Error};
use crate::store::search::Group;

/// Groups of one answer at most, those with the most requests.
const GROUPS: usize = 10_000;

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
    /// About how many people; whoever occurs in several months counts in each.
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
        let names = filters.names();
        let own = filters.reading(asking, Operation::AuditStatistics, &names, showing);
        self.may_show(asking, &own, showing).await?;
        let visible = self.visible(asking)?;
        let mut rows = match self.rows(grouping, filters, visible, showing).await {
            Ok(rows) => rows,
            Err(error) => return Err(self.broken(&own, &error).await),
        };
        let truncated = rows.len() > GROUPS;
        rows.truncate(GROUPS);
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

    async fn rows(
        &self,
        grouping: Grouping,
        filters: &Filters,
        visible: Option<Vec<String>>,
        showing: &Showing,
    ) -> Result<Vec<StatisticsRow>, Broken> {
        let signals = self
            .signals_of_groups(grouping, filters, visible.clone())
            .await?;
        let (criteria, ring) = self.criteria(filters, visible, showing).await?;
        let groups = self
            .entries
            .statistics(grouping, &criteria, GROUPS + 1)
            .await?;
        let officers = match ring.filter(|_| showing.reveal && grouping.officer) {
            Some(ring) => self.officers(&groups, &ring).await?,
            None => HashMap::new(),
        };
        let row = |group: Group| {
            let signals = signals.as_ref().map(|signals| signals.of(&group));
            let shown = group
                .sample
                .and_then(|sample| officers.get(&sample).cloned());
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
        Ok(groups.into_iter().map(row).collect())
    }

    /// The officers of groups, by the entry that was taken from each.
    async fn officers(
        &self,
        groups: &[Group],
        ring: &KeyRing,
    ) -> Result<HashMap<Position, String>, Broken> {
        let with_officer = groups.iter().filter(|group| group.officer_tag.is_some());
        let samples: Vec<Position> = with_officer.filter_map(|group| group.sample).collect();
        let mut officers = HashMap::with_capacity(samples.len());
        for (position, found) in self.entries.at(&samples).await? {
            let view = super::search::view(position, found, Some(ring))?;
            if let Some(officer) = view.officer {
                officers.insert(position, officer);
            }
        }
        Ok(officers)
    }
}
