//! The table `console.session`: who is signed in to the auditors' console. Not here: what opens a row.

use jiff::Timestamp;

use super::{Error, Statement, Store, execute, query_opt, statement};

const INSERT: Statement = statement!("console_session/insert");
const FIND: Statement = statement!("console_session/find");
const DELETE: Statement = statement!("console_session/delete");
const DELETE_EXPIRED: Statement = statement!("console_session/delete_expired");

/// What a session is found by.
pub(crate) type SessionDigest = [u8; 32];

impl Store {
    /// Keeps a session until it expires.
    pub(crate) async fn put_console_session(
        &self,
        digest: &SessionDigest,
        sealed: &[u8],
        expires_at: Timestamp,
    ) -> Result<(), Error> {
        let client = self.client(INSERT.name).await?;
        let inserted = execute(
            &client,
            &INSERT,
            &[&digest.as_slice(), &sealed, &expires_at],
        )
        .await?;
        if inserted == 1 {
            Ok(())
        } else {
            Err(Error::Corrupt {
                statement: INSERT.name,
                what: "a session was not kept",
            })
        }
    }

    /// What was sealed for that session, unless it has expired.
    pub(crate) async fn console_session(
        &self,
        digest: &SessionDigest,
        now: Timestamp,
    ) -> Result<Option<Vec<u8>>, Error> {
        let client = self.client(FIND.name).await?;
        let row = query_opt(&client, &FIND, &[&digest.as_slice(), &now]).await?;
        Ok(row.map(|row| row.get("sealed")))
    }

    /// Ends a session; whether there was one.
    pub(crate) async fn delete_console_session(
        &self,
        digest: &SessionDigest,
    ) -> Result<bool, Error> {
        let client = self.client(DELETE.name).await?;
        Ok(execute(&client, &DELETE, &[&digest.as_slice()]).await? > 0)
    }

    /// Removes what has expired; how many there were.
    pub(crate) async fn delete_expired_console_sessions(
        &self,
        now: Timestamp,
    ) -> Result<u64, Error> {
        let client = self.client(DELETE_EXPIRED.name).await?;
        execute(&client, &DELETE_EXPIRED, &[&now]).await
    }
}
