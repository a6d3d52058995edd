//! A transaction that stays open while something is recorded elsewhere, over a connection of the pool.

use deadpool_postgres::Object;

use super::{Error, Store};

/// An open transaction. Dropped, it leaves nothing behind.
#[derive(Debug)]
pub(super) struct OpenTransaction {
    client: Option<Object>,
}

impl Store {
    /// Opens one with these statements, of which the first is BEGIN.
    pub(super) async fn open(
        &self,
        name: &'static str,
        begin: &str,
    ) -> Result<OpenTransaction, Error> {
        let client = self.client(name).await?;
        let open = OpenTransaction {
            client: Some(client),
        };
        open.batch(name, begin).await?;
        Ok(open)
    }
}

impl OpenTransaction {
    /// Ends it with COMMIT or ROLLBACK. [`Error::Unavailable`] leaves it unknown whether it did.
    pub(super) async fn end(mut self, name: &'static str, with: &str) -> Result<(), Error> {
        self.batch(name, with).await?;
        // Only now may the connection go back to the pool.
        drop(self.client.take());
        Ok(())
    }

    pub(super) async fn batch(&self, name: &'static str, sql: &str) -> Result<(), Error> {
        let sent = self.client().batch_execute(sql).await;
        sent.map_err(|source| Error::from_postgres(name, source))
    }

    pub(super) fn client(&self) -> &Object {
        self.client
            .as_ref()
            .expect("only its end takes it, and that consumes the transaction")
    }
}

impl Drop for OpenTransaction {
    /// A connection with an open transaction may not go back to the pool: closing it ends both.
    fn drop(&mut self) {
        if let Some(client) = self.client.take() {
            drop(Object::take(client));
        }
    }
}

/// A statement that changes one row did.
pub(super) fn expect_one(statement: &'static str, changed: u64) -> Result<(), Error> {
    if changed == 1 {
        Ok(())
    } else {
        Err(Error::Corrupt {
            statement,
            what: "not one row was changed",
        })
    }
}
