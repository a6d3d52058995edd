//! `register.feed` and `register.change`: the lock of whoever writes the register, and the numbered
//! changes that every process follows.

use deadpool_postgres::{GenericClient, Transaction};
use jiff::Timestamp;
use tokio_postgres::Row;

use super::{Error, Statement, Store, execute, query, query_opt, statement};
use crate::domain::fault::FromText;
use crate::domain::number::{OldIdNumber, PersonalId};

const LOCK: Statement = statement!("register_feed/lock");
const ANNOUNCE: Statement = statement!("register_feed/announce");
const ANNOUNCE_EVERYTHING: Statement = statement!("register_feed/announce_everything");
const CHANGES_SINCE: Statement = statement!("register_feed/changes_since");
const STATE: Statement = statement!("register_feed/state");

/// One change of the register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedChange {
    /// Its place in the feed; places follow each other without a gap.
    pub position: i64,
    /// What changed.
    pub what: Changes,
}

/// What a change is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changes {
    /// One record.
    Citizen {
        /// Whose.
        personal_id: PersonalId,
        /// Nine-digit numbers that led to it before or lead to it now.
        old_numbers: Vec<OldIdNumber>,
        /// Whether it changed who is protected, which other people's records depend on.
        protected_changed: bool,
    },
    /// More than is told one by one: nothing known before counts.
    Everything,
}

/// How far the feed is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeedState {
    /// The last position taken; 0 before the first.
    pub head: i64,
    /// What time the database thinks it is.
    pub database_time: Timestamp,
}

impl Store {
    /// At most `limit` changes after `position`, in their order. A first one that is not
    /// `position + 1` means that those between were pruned: nothing known before counts.
    pub async fn register_changes_since(
        &self,
        position: i64,
        limit: i64,
    ) -> Result<Vec<FeedChange>, Error> {
        let client = self.client(CHANGES_SINCE.name).await?;
        let rows = query(&client, &CHANGES_SINCE, &[&position, &limit]).await?;
        rows.iter()
            .map(|row| {
                read(row).map_err(|what| Error::Corrupt {
                    statement: CHANGES_SINCE.name,
                    what,
                })
            })
            .collect()
    }

    /// How far the feed is, and the database's time.
    pub async fn register_feed_state(&self) -> Result<FeedState, Error> {
        let client = self.client(STATE.name).await?;
        let row = query_opt(&client, &STATE, &[]).await?.ok_or(NO_ROW)?;
        Ok(FeedState {
            head: row.get("head"),
            database_time: row.get("database_time"),
        })
    }
}

const NO_ROW: Error = Error::Corrupt {
    statement: STATE.name,
    what: "register.feed has no row",
};

fn read(row: &Row) -> Result<FeedChange, &'static str> {
    let what = match row.get("kind") {
        "citizen" => {
            let old: Vec<&str> = row.get("old_numbers");
            let personal_id: Option<&str> = row.get("personal_id");
            Changes::Citizen {
                personal_id: PersonalId::from_text(personal_id.unwrap_or_default())
                    .map_err(|reason| reason.reason)?,
                old_numbers: old
                    .into_iter()
                    .map(|number| OldIdNumber::from_text(number).map_err(|reason| reason.reason))
                    .collect::<Result<_, _>>()?,
                protected_changed: row.get("protected_changed"),
            }
        }
        "everything" => Changes::Everything,
        _ => return Err("a change of an unknown kind"),
    };
    Ok(FeedChange {
        position: row.get("position"),
        what,
    })
}

/// How far the feed is, as the node at the other end of that connection has it.
pub(super) async fn head(client: &impl GenericClient) -> Result<i64, Error> {
    let row = query_opt(client, &STATE, &[]).await?.ok_or(NO_ROW)?;
    Ok(row.get("head"))
}

/// Waits for the lock of whoever writes the register, and holds it until the transaction ends.
pub(super) async fn lock(transaction: &Transaction<'_>) -> Result<(), Error> {
    query_opt(transaction, &LOCK, &[])
        .await?
        .map(drop)
        .ok_or(NO_ROW)
}

/// One record that changed.
pub(super) struct Changed<'a> {
    pub personal_id: &'a str,
    /// Joined by commas: PostgreSQL has no lists of lists of different lengths.
    pub old_numbers: &'a str,
    pub protected_changed: bool,
}

/// Takes a position for each and says what changed there.
pub(super) async fn announce(
    transaction: &Transaction<'_>,
    changed: &[Changed<'_>],
) -> Result<(), Error> {
    let numbers: Vec<&str> = changed.iter().map(|it| it.personal_id).collect();
    let old: Vec<&str> = changed.iter().map(|it| it.old_numbers).collect();
    let protected: Vec<bool> = changed.iter().map(|it| it.protected_changed).collect();
    let rows = execute(transaction, &ANNOUNCE, &[&numbers, &old, &protected]).await?;
    expect_rows(&ANNOUNCE, rows, changed.len())
}

/// Takes one position for everything.
pub(super) async fn announce_everything(transaction: &Transaction<'_>) -> Result<(), Error> {
    let rows = execute(transaction, &ANNOUNCE_EVERYTHING, &[]).await?;
    expect_rows(&ANNOUNCE_EVERYTHING, rows, 1)
}

fn expect_rows(statement: &Statement, rows: u64, expected: usize) -> Result<(), Error> {
    if usize::try_from(rows) == Ok(expected) {
        Ok(())
    } else {
        Err(Error::Corrupt {
            statement: statement.name,
            what: "positions were not taken one each",
        })
    }
}
