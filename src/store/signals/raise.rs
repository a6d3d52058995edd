//! Writing signals down, and which of them the file of events lacks.

use jiff::Timestamp;

use super::find::signal;
use super::step::SignalStep;
use super::{Signal, SignalKey, SignalMeasure};
use crate::domain::auditing::SignalKind;
use crate::domain::entry::Tag;
use crate::domain::fault::FromText;
use crate::store::open::expect_one;
use crate::store::{Error, Statement, execute, query, statement};

const RAISE: Statement = statement!("signals/raise");
const UNTOLD: Statement = statement!("signals/untold");
const TELL: Statement = statement!("signals/tell");

impl SignalStep {
    /// Raises signals, or lets them grow; no two of one key. Gives the kinds of those that are new, and
    /// of those that grew.
    pub(crate) async fn raise(
        &self,
        raised: &[(SignalKey, SignalMeasure)],
    ) -> Result<(Vec<SignalKind>, Vec<SignalKind>), Error> {
        let kinds: Vec<&str> = raised.iter().map(|(key, _)| key.kind.as_str()).collect();
        let since: Vec<Timestamp> = raised.iter().map(|(key, _)| key.window.since).collect();
        let until: Vec<Timestamp> = raised.iter().map(|(key, _)| key.window.until).collect();
        let actors: Vec<&str> = raised
            .iter()
            .map(|(key, _)| key.actor.kind().as_str())
            .collect();
        let bytes = |tag: Option<&'_ Tag>| tag.map(|tag| tag.to_vec());
        let tags: Vec<Option<Vec<u8>>> = raised
            .iter()
            .map(|(key, _)| bytes(key.actor.tag()))
            .collect();
        let of_clients: Vec<Option<&str>> =
            raised.iter().map(|(key, _)| key.actor.client()).collect();
        let subjects: Vec<Option<Vec<u8>>> = raised
            .iter()
            .map(|(key, _)| bytes(key.subject_tag.as_ref()))
            .collect();
        let agencies: Vec<Option<&str>> = raised
            .iter()
            .map(|(key, _)| key.agency_code.as_deref())
            .collect();
        let clients: Vec<Option<&str>> = raised
            .iter()
            .map(|(_, it)| it.client_id.as_deref())
            .collect();
        let number = |of: fn(&SignalMeasure) -> u64| -> Vec<i64> {
            raised.iter().map(|(_, it)| of(it).cast_signed()).collect()
        };
        let values = number(|it| it.value);
        let thresholds = number(|it| it.threshold);
        let entries = number(|it| it.entries);
        let first: Vec<i64> = raised.iter().map(|(_, it)| it.first.number()).collect();
        let last: Vec<i64> = raised.iter().map(|(_, it)| it.last.number()).collect();
        let walked: Vec<Option<Vec<u8>>> = raised
            .iter()
            .map(|(_, it)| (!it.walked.is_empty()).then(|| it.walked.concat()))
            .collect();
        let rows = query(
            self.open.client(),
            &RAISE,
            &[
                &kinds,
                &since,
                &until,
                &actors,
                &tags,
                &of_clients,
                &subjects,
                &agencies,
                &clients,
                &values,
                &thresholds,
                &entries,
                &first,
                &last,
                &walked,
            ],
        )
        .await?;
        let (mut new, mut grown) = (Vec::new(), Vec::new());
        for row in &rows {
            if let Ok(kind) = SignalKind::from_text(row.get("kind")) {
                let list = if row.get("is_new") {
                    &mut new
                } else {
                    &mut grown
                };
                list.push(kind);
            }
        }
        Ok((new, grown))
    }

    /// At most `limit` signals that the file of events lacks, or that have doubled since it was told.
    pub(crate) async fn untold(&self, limit: i64) -> Result<Vec<Signal>, Error> {
        let rows = query(self.open.client(), &UNTOLD, &[&limit]).await?;
        rows.iter().map(|row| signal(UNTOLD.name, row)).collect()
    }

    /// Remembers that the file of events has these.
    pub(crate) async fn tell(&self, told: &[Signal]) -> Result<(), Error> {
        let ids: Vec<i64> = told.iter().map(|it| it.id.cast_signed()).collect();
        let values: Vec<i64> = told
            .iter()
            .map(|it| it.measure.value.cast_signed())
            .collect();
        let changed = execute(self.open.client(), &TELL, &[&ids, &values]).await?;
        // Days are dropped beside us, and their signals with them.
        if changed > told.len() as u64 {
            return expect_one(TELL.name, changed);
        }
        Ok(())
    }
}
