//! Reading signals, for auditors.

use jiff::Timestamp;
use jiff::civil::Date;

use super::step::{position, tag};
use super::{Actor, Signal, SignalKey, SignalMeasure, Window};
use crate::domain::auditing::{SignalActor, SignalKind};
use crate::domain::entry::Tag;
use crate::domain::fault::FromText;
use crate::store::search::Position;
use crate::store::{Error, Statement, Store, query, query_opt, statement};

const PAGE: Statement = statement!("signals/page");
const FIND: Statement = statement!("signals/find");
const PROGRESS: Statement = statement!("signals/progress");
const COUNT: Statement = statement!("signals/count");

/// What signals must be like.
#[derive(Clone, Debug)]
pub(crate) struct SignalConditions {
    /// Their hour or day ends after that.
    pub from: Timestamp,
    /// It begins before that.
    pub to: Timestamp,
    pub kind: Option<SignalKind>,
    /// One of these.
    pub agencies: Option<Vec<String>>,
    pub client: Option<String>,
}

/// How many signals a group has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SignalGroup {
    pub agency_code: Option<String>,
    pub client_id: Option<String>,
    pub officer_tag: Option<Tag>,
    pub day: Option<Date>,
    pub signals: u64,
}

impl Store {
    /// At most `limit` signals before that one, the newest first.
    pub(crate) async fn signals(
        &self,
        conditions: &SignalConditions,
        before: u64,
        limit: i64,
    ) -> Result<Vec<Signal>, Error> {
        let client = self.client(PAGE.name).await?;
        let before = i64::try_from(before).unwrap_or(i64::MAX);
        let kind = conditions.kind.map(SignalKind::as_str);
        let rows = query(
            &client,
            &PAGE,
            &[
                &before,
                &conditions.from,
                &conditions.to,
                &kind,
                &conditions.agencies,
                &conditions.client,
                &limit,
            ],
        )
        .await?;
        rows.iter().map(|row| signal(PAGE.name, row)).collect()
    }

    /// One signal.
    pub(crate) async fn signal(&self, id: u64) -> Result<Option<Signal>, Error> {
        let Ok(id) = i64::try_from(id) else {
            return Ok(None);
        };
        let client = self.client(FIND.name).await?;
        let row = query_opt(&client, &FIND, &[&id]).await?;
        row.map(|row| signal(FIND.name, &row)).transpose()
    }

    /// The first place of the log that was not looked at for signals yet.
    pub(crate) async fn signals_end(&self) -> Result<Position, Error> {
        let client = self.client(PROGRESS.name).await?;
        let row = query_opt(&client, &PROGRESS, &[]).await?;
        let row = row.ok_or(Error::Corrupt {
            statement: PROGRESS.name,
            what: "the one row of the progress is gone",
        })?;
        position(PROGRESS.name, row.get("next_position"))
    }

    /// How many signals there are by agency, client, officer and day, as far as these are told apart.
    pub(crate) async fn count_signals(
        &self,
        (agency, client, officer, day): (bool, bool, bool, bool),
        conditions: &SignalConditions,
    ) -> Result<Vec<SignalGroup>, Error> {
        let connection = self.client(COUNT.name).await?;
        let rows = query(
            &connection,
            &COUNT,
            &[
                &agency,
                &client,
                &officer,
                &day,
                &conditions.from,
                &conditions.to,
                &conditions.client,
                &conditions.agencies,
            ],
        )
        .await?;
        let group = |row: &tokio_postgres::Row| SignalGroup {
            agency_code: row.get("agency_code"),
            client_id: row.get("client_id"),
            officer_tag: tag(row, "officer_tag"),
            day: row.get("day"),
            signals: row.get::<_, i64>("signals").cast_unsigned(),
        };
        Ok(rows.iter().map(group).collect())
    }
}

pub(super) fn signal(statement: &'static str, row: &tokio_postgres::Row) -> Result<Signal, Error> {
    let corrupt = |what| Error::Corrupt { statement, what };
    let kind = SignalKind::from_text(row.get("kind")).map_err(|_| corrupt("no kind of signal"))?;
    let actor_tag = || tag(row, "actor_tag").ok_or(corrupt("an actor without a tag"));
    let actor = match SignalActor::from_text(row.get("actor")) {
        Ok(SignalActor::Officer) => Actor::Officer(actor_tag()?),
        Ok(SignalActor::Person) => Actor::Person(actor_tag()?),
        Ok(SignalActor::Client) => {
            let client: Option<String> = row.get("actor_client");
            Actor::Client(client.ok_or(corrupt("a client without a name"))?)
        }
        Err(_) => return Err(corrupt("no actor")),
    };
    let number = |column| row.get::<_, i64>(column).cast_unsigned();
    Ok(Signal {
        id: number("signal_id"),
        key: SignalKey {
            kind,
            window: Window {
                since: row.get("since"),
                until: row.get("until"),
            },
            actor,
            subject_tag: tag(row, "subject_tag"),
            agency_code: row.get("agency_code"),
        },
        measure: SignalMeasure {
            client_id: row.get("client_id"),
            value: number("value"),
            threshold: number("threshold"),
            entries: number("entries"),
            first: position(statement, row.get("first_position"))?,
            last: position(statement, row.get("last_position"))?,
            walked: tags(row.get("walked")),
        },
        raised_at: row.get("raised_at"),
        grown_at: row.get("grown_at"),
        was_told: row.get::<_, Option<i64>>("told_value").is_some(),
    })
}

/// The tags that stand one behind another there.
fn tags(bytes: Option<&[u8]>) -> Vec<Tag> {
    let (tags, _) = bytes.unwrap_or_default().as_chunks();
    tags.to_vec()
}
