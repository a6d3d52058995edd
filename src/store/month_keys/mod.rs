//! The tables `audit.month_key` and `audit.kek`: wrapped keys, which only [`keys`](crate::keys) can
//! open, and which key wraps them.

mod change;

use tokio_postgres::Row;

use super::{Error, Statement, Store, execute, query, query_opt, statement};
use crate::domain::entry::Month;

pub(crate) use change::MonthKeyChange;

const FIND: Statement = statement!("month_key/find");
const BETWEEN: Statement = statement!("month_key/between");
const OFFER: Statement = statement!("month_key/offer");
const FIND_KEK: Statement = statement!("kek/find");
const CLAIM_KEK: Statement = statement!("kek/claim");

/// The constraint that refuses a pair wrapped by another key than the one in force.
pub(crate) const ONE_KEK: &str = "month_key_kek";
/// The constraint that refuses a generation which is there.
pub(crate) const ONE_PAIR: &str = "month_key_pkey";

/// What tells one key-encryption key from another.
pub(crate) type KekId = [u8; 8];

/// One generation of a month's keys as the database holds it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct WrappedKeys {
    /// The month.
    pub month: Month,
    /// Which of the month's pairs, from 1.
    pub generation: u32,
    /// Which key-encryption key wrapped them.
    pub kek_id: KekId,
    /// Nonce, encrypted pair and authentication tag.
    pub bytes: Vec<u8>,
}

impl Store {
    /// The wrapped keys of that month, the last generation last; none where they were never made
    /// or were destroyed.
    pub(crate) async fn month_keys(&self, month: Month) -> Result<Vec<WrappedKeys>, Error> {
        let client = self.client(FIND.name).await?;
        let rows = query(&client, &FIND, &[&number(month)]).await?;
        rows.iter().map(|row| wrapped(&FIND, row)).collect()
    }

    /// The wrapped keys of a span of months, by month and generation.
    pub(crate) async fn months_keys(
        &self,
        from: Month,
        to: Month,
    ) -> Result<Vec<WrappedKeys>, Error> {
        let client = self.client(BETWEEN.name).await?;
        let rows = query(&client, &BETWEEN, &[&number(from), &number(to)]).await?;
        rows.iter().map(|row| wrapped(&BETWEEN, row)).collect()
    }

    /// Offers a first generation for its month; it is taken unless the month has one already.
    /// Where no key-encryption key is in force, that of the offer is from now on; where another is,
    /// [`ONE_KEK`] refuses.
    pub(crate) async fn offer_month_key(&self, keys: &WrappedKeys) -> Result<bool, Error> {
        let client = self.client(OFFER.name).await?;
        let id = keys.kek_id.as_slice();
        let _in_force = execute(&client, &CLAIM_KEK, &[&id]).await?;
        let month = number(keys.month);
        let taken = execute(&client, &OFFER, &[&month, &id, &keys.bytes]).await?;
        Ok(taken == 1)
    }

    /// Which key-encryption key is in force; none before the first lane opened.
    pub(crate) async fn kek_in_force(&self) -> Result<Option<KekId>, Error> {
        let client = self.client(FIND_KEK.name).await?;
        let row = query_opt(&client, &FIND_KEK, &[]).await?;
        row.map(|row| kek_id(&FIND_KEK, &row)).transpose()
    }
}

fn wrapped(statement: &Statement, row: &Row) -> Result<WrappedKeys, Error> {
    let corrupt = |what| Error::Corrupt {
        statement: statement.name,
        what,
    };
    let month = u32::try_from(row.get::<_, i32>("month")).ok();
    let month = month.and_then(Month::from_number);
    let generation = u32::try_from(row.get::<_, i32>("generation"));
    Ok(WrappedKeys {
        month: month.ok_or(corrupt("a month that is none"))?,
        generation: generation.map_err(|_| corrupt("a generation below one"))?,
        kek_id: kek_id(statement, row)?,
        bytes: row.get("wrapped"),
    })
}

fn kek_id(statement: &Statement, row: &Row) -> Result<KekId, Error> {
    let id: &[u8] = row.get("kek_id");
    id.try_into().map_err(|_| Error::Corrupt {
        statement: statement.name,
        what: "the id of a key-encryption key has not 8 bytes",
    })
}

fn number(month: Month) -> i32 {
    i32::try_from(month.number()).expect("a month has six digits")
}
