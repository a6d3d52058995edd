//! The table `audit.epoch`.

use tokio_postgres::types::ToSql;

use super::super::{Error, Statement, Store, execute, query, statement};
use super::{Lease, LeaseError, Range, signed};

const INSERT: Statement = statement!("epoch/insert");
const ALL: Statement = statement!("epoch/all");
const MOVE_UNSIGNED: Statement = statement!("sealed/move_unsigned");
const BEGIN: Statement = statement!("sealer/begin_epoch");

/// One tree of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Epoch {
    /// Its number, from 1.
    pub epoch: u32,
    /// The first line of its checkpoints.
    pub origin: String,
    /// The note of the head it follows; none for the first.
    pub follows: Option<String>,
}

impl Store {
    /// The epochs there are, oldest first.
    pub(crate) async fn epochs(&self) -> Result<Vec<Epoch>, Error> {
        let client = self.client(ALL.name).await?;
        let rows = query(&client, &ALL, &[]).await?;
        Ok(rows.iter().map(epoch).collect())
    }
}

fn epoch(row: &tokio_postgres::Row) -> Epoch {
    Epoch {
        epoch: row.get::<_, i32>("epoch").cast_unsigned(),
        origin: row.get("origin"),
        follows: row.get("follows"),
    }
}

impl Lease {
    /// The epochs there are, oldest first.
    pub(crate) async fn epochs(&self) -> Result<Vec<Epoch>, Error> {
        let rows = query(&self.client, &ALL, &[]).await?;
        Ok(rows.iter().map(epoch).collect())
    }

    /// Makes the first epoch, unless it is there.
    pub(crate) async fn begin_first_epoch(&self, origin: &str) -> Result<(), Error> {
        let params: [&(dyn ToSql + Sync); 3] = [&1_i32, &origin, &None::<&str>];
        let _at_most_one = execute(&self.client, &INSERT, &params).await?;
        Ok(())
    }

    /// Begins another epoch, whose first leaves are `first`. What the epoch `ended` planned beyond its
    /// `signed` leaves follows them, for there it would never be under a head. Its newest head is shown: it
    /// may be of a round that was ended before it was, and nobody else would come to it.
    pub(crate) async fn begin_epoch(
        &mut self,
        epoch: &Epoch,
        first: Range,
        (ended, signed_leaves, planned): (u32, u64, u64),
    ) -> Result<(), LeaseError> {
        let fence = self.fence;
        let held = self.begin().await?;
        let number = epoch.epoch.cast_signed();
        let params: [&(dyn ToSql + Sync); 3] = [&number, &epoch.origin, &epoch.follows];
        let inserted = execute(&held.transaction, &INSERT, &params).await?;
        if inserted != 1 {
            return Err(LeaseError::Lost);
        }
        let count = signed(u64::from(first.count));
        let planned = count + signed(planned.saturating_sub(signed_leaves));
        let begun = execute(&held.transaction, &BEGIN, &[&fence, &number, &planned]).await?;
        if begun != 1 {
            return Err(LeaseError::Lost);
        }
        held.insert_plan(epoch.epoch, 0, &[first]).await?;
        if signed_leaves > 0 {
            held.publish(ended, signed_leaves).await?;
        }
        let (ended, from) = (ended.cast_signed(), signed(signed_leaves));
        let params: [&(dyn ToSql + Sync); 4] = [&ended, &number, &from, &count];
        let _moved = execute(&held.transaction, &MOVE_UNSIGNED, &params).await?;
        held.commit().await
    }
}
