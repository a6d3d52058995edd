//! One change of what is administered, as an open transaction that is committed later.
//!
//! The entry that records a change is written over another connection, and must be durable before
//! the change can be seen: so the change is made first, recorded next, and committed last.

use jiff::Timestamp;

use super::{agreement, table};
use crate::domain::policy::{Agreement, Code, Item, Kind, Officer};
use crate::store::open::{OpenTransaction, expect_one};
use crate::store::{Error, Statement, Store, execute, query_opt, statement};

const ADVANCE: Statement = statement!("policy/advance");
const REMEMBER_BOOTSTRAP: Statement = statement!("policy/remember_bootstrap");
const WAS_BOOTSTRAPPED: Statement = statement!("policy/was_bootstrapped");
const OFFICER_OF_AGENCY: Statement = statement!("officer/of_agency");

/// How long a change waits for another one to finish.
const LOCK_TIMEOUT: &str = "2s";
/// How long a change may stay open while its entry is written; then the server ends it.
const IDLE_TIMEOUT: &str = "10s";
/// How many agencies may stand above one another.
const MAX_LEVELS: usize = 16;

/// An open change. It holds the feed's row, so no other change is made meanwhile, and what is
/// checked here is still true at its commit. Dropped, it leaves nothing behind.
#[derive(Debug)]
pub struct PolicyChange(OpenTransaction);

impl Store {
    /// Whether this bootstrap client was ever created here, and is remembered for good.
    pub async fn was_bootstrapped(&self, client_id: &Code) -> Result<bool, Error> {
        let client = self.client(WAS_BOOTSTRAPPED.name).await?;
        was_bootstrapped(&client, client_id).await
    }

    /// Opens a change, after the one that is open.
    pub async fn begin_policy_change(&self) -> Result<PolicyChange, Error> {
        let begin = format!(
            "BEGIN; SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'; \
             SET LOCAL idle_in_transaction_session_timeout = '{IDLE_TIMEOUT}'"
        );
        let open = self.open("policy/begin", &begin).await?;
        if execute(open.client(), &ADVANCE, &[]).await? != 1 {
            return Err(Error::Corrupt {
                statement: ADVANCE.name,
                what: "the feed has no row",
            });
        }
        Ok(PolicyChange(open))
    }
}

impl PolicyChange {
    /// One thing, as this change sees it.
    pub async fn find(&self, kind: Kind, id: &Code) -> Result<Option<Item>, Error> {
        table::find_item(self.0.client(), kind, id).await
    }

    /// Writes a thing, in place of an earlier one.
    pub async fn put(&self, item: &Item) -> Result<(), Error> {
        expect_one("policy/put", table::put_item(self.0.client(), item).await?)
    }

    /// Removes a thing that is there.
    pub async fn delete(&self, kind: Kind, id: &Code) -> Result<(), Error> {
        expect_one(
            "policy/delete",
            table::delete_item(self.0.client(), kind, id).await?,
        )
    }

    /// Whether other things refer to this one.
    pub async fn is_referred_to(&self, kind: Kind, id: &Code) -> Result<bool, Error> {
        let statement = match kind {
            Kind::Agency => statement!("agency/is_referred_to"),
            Kind::Client => statement!("client/is_referred_to"),
            Kind::Procedure => statement!("procedure/is_referred_to"),
            Kind::Officer | Kind::Agreement => return Ok(false),
        };
        let row = query_opt(self.0.client(), &statement, &[&id.as_str()]).await?;
        Ok(row.is_some_and(|row| row.get("referred")))
    }

    /// Whether another agreement of the same client and procedure has a day in common with it.
    pub async fn overlaps_another(&self, agreement: &Agreement) -> Result<bool, Error> {
        agreement::overlaps_another(self.0.client(), agreement).await
    }

    /// Whether the officer is registered with that agency under another identifier.
    pub async fn is_registered_elsewhere(&self, officer: &Officer) -> Result<bool, Error> {
        let row = query_opt(
            self.0.client(),
            &OFFICER_OF_AGENCY,
            &[&officer.officer_id.as_str(), &officer.agency_code.as_str()],
        )
        .await?;
        Ok(row.is_some_and(|row| row.get::<_, &str>("id") != officer.id.as_str()))
    }

    /// Whether `agency` stands at or above `above`, so that it cannot be placed below it.
    pub async fn stands_above(&self, agency: &Code, above: &Code) -> Result<bool, Error> {
        let mut at = above.clone();
        for _ in 0..MAX_LEVELS {
            if at == *agency {
                return Ok(true);
            }
            let Some(Item::Agency(one)) = self.find(Kind::Agency, &at).await? else {
                return Ok(false);
            };
            let Some(parent) = one.parent else {
                return Ok(false);
            };
            at = parent;
        }
        // Deeper than any administration is: as good as a circle.
        Ok(true)
    }

    /// Whether this bootstrap client was ever created here.
    pub async fn was_bootstrapped(&self, client_id: &Code) -> Result<bool, Error> {
        was_bootstrapped(self.0.client(), client_id).await
    }

    /// Remembers that this bootstrap client is created.
    pub async fn remember_bootstrap(&self, client_id: &Code, at: Timestamp) -> Result<(), Error> {
        let made = execute(
            self.0.client(),
            &REMEMBER_BOOTSTRAP,
            &[&client_id.as_str(), &at],
        )
        .await?;
        expect_one(REMEMBER_BOOTSTRAP.name, made)
    }

    /// Makes the change seen. [`Error::Unavailable`] leaves it unknown whether it is.
    pub async fn commit(self) -> Result<(), Error> {
        self.0.end("policy/commit", "COMMIT").await
    }

    /// Takes the change back and keeps the connection for others.
    pub async fn rollback(self) -> Result<(), Error> {
        self.0.end("policy/rollback", "ROLLBACK").await
    }
}

async fn was_bootstrapped(
    client: &impl deadpool_postgres::GenericClient,
    client_id: &Code,
) -> Result<bool, Error> {
    let row = query_opt(client, &WAS_BOOTSTRAPPED, &[&client_id.as_str()]).await?;
    Ok(row.is_some_and(|row| row.get("was")))
}
