//! Whether a log is new enough for the history a demonstration makes up.

use super::{Error, Statement, Store, query_opt, statement};

const MAY_HAVE_PAST: Statement = statement!("lane/may_have_past");

impl Store {
    /// Whether nothing of the log was published, and no lane was opened for a day that was over.
    pub(crate) async fn may_have_past(&self) -> Result<bool, Error> {
        let client = self.client(MAY_HAVE_PAST.name).await?;
        let row = query_opt(&client, &MAY_HAVE_PAST, &[]).await?;
        Ok(row.is_some_and(|row| row.get("found")))
    }
}
