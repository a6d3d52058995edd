//! The table `audit.month_key`: wrapped keys, which only [`keys`](crate::keys) can open.

use super::{Error, Statement, Store, execute, query_opt, statement};
use crate::domain::entry::Month;

const FIND: Statement = statement!("month_key/find");
const OFFER: Statement = statement!("month_key/offer");

/// A month's keys as the database holds them.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct WrappedKeys {
    /// Which key-encryption key wrapped them.
    pub kek_id: [u8; 8],
    /// Nonce, encrypted pair and authentication tag.
    pub bytes: Vec<u8>,
}

impl Store {
    /// The wrapped keys of that month, or none where they were never made or were destroyed.
    pub(crate) async fn month_key(&self, month: Month) -> Result<Option<WrappedKeys>, Error> {
        let client = self.client(FIND.name).await?;
        let Some(row) = query_opt(&client, &FIND, &[&number(month)]).await? else {
            return Ok(None);
        };
        let kek_id: &[u8] = row.get("kek_id");
        Ok(Some(WrappedKeys {
            kek_id: kek_id.try_into().map_err(|_| Error::Corrupt {
                statement: FIND.name,
                what: "the id of a key-encryption key has not 8 bytes",
            })?,
            bytes: row.get("wrapped"),
        }))
    }

    /// Offers keys for a month; they are taken unless the month has some already.
    pub(crate) async fn offer_month_key(
        &self,
        month: Month,
        keys: &WrappedKeys,
    ) -> Result<bool, Error> {
        let client = self.client(OFFER.name).await?;
        let id = keys.kek_id.as_slice();
        let taken = execute(&client, &OFFER, &[&number(month), &id, &keys.bytes]).await?;
        Ok(taken == 1)
    }
}

fn number(month: Month) -> i32 {
    i32::try_from(month.number()).expect("a month has six digits")
}
