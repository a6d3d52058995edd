//! What is administered, in one file a table: read whole, page by page, and changed one
//! transaction at a time.

mod agency;
mod agreement;
mod change;
mod client;
mod officer;
mod procedure;
mod table;

use tokio_postgres::IsolationLevel;

use super::{Error, Statement, Store, query_opt, statement};
use crate::domain::policy::{
    Agency, Agreement, Client, Code, Item, Kind, Officer, Procedure, Rows,
};

pub use change::PolicyChange;

const HEAD: Statement = statement!("policy/head");

impl Store {
    /// How many changes to the policy were committed.
    pub async fn policy_head(&self) -> Result<i64, Error> {
        let client = self.client(HEAD.name).await?;
        head(&client).await
    }

    /// The whole policy, as it was at one moment.
    pub async fn policy_rows(&self) -> Result<Rows, Error> {
        let mut client = self.client("policy/rows").await?;
        let failed = |source| Error::from_postgres("policy/rows", source);
        let transaction = client
            .build_transaction()
            .isolation_level(IsolationLevel::RepeatableRead)
            .read_only(true)
            .start()
            .await
            .map_err(failed)?;
        // All are asked for at once, so that the server reads one while another is taken in.
        let (head, agencies, clients, officers, procedures, agreements, ever_confidential) = futures_util::try_join!(
            head(&transaction),
            table::all::<Agency>(&transaction),
            table::all::<Client>(&transaction),
            table::all::<Officer>(&transaction),
            table::all::<Procedure>(&transaction),
            table::all::<Agreement>(&transaction),
            procedure::ever_confidential(&transaction),
        )?;
        let rows = Rows {
            head,
            agencies,
            clients,
            officers,
            procedures,
            agreements,
            ever_confidential,
        };
        transaction.commit().await.map_err(failed)?;
        Ok(rows)
    }

    /// One administered thing, as it is committed.
    pub async fn policy_item(&self, kind: Kind, id: &Code) -> Result<Option<Item>, Error> {
        let client = self.client("policy/item").await?;
        table::find_item(&client, kind, id).await
    }

    /// At most `limit` things after that one, by identifier.
    pub async fn policy_page(
        &self,
        kind: Kind,
        after: Option<&Code>,
        limit: u32,
    ) -> Result<Vec<Item>, Error> {
        let client = self.client("policy/page").await?;
        table::page(&client, kind, after, limit).await
    }
}

async fn head(client: &impl deadpool_postgres::GenericClient) -> Result<i64, Error> {
    let row = query_opt(client, &HEAD, &[]).await?;
    row.map(|row| row.get("head")).ok_or(Error::Corrupt {
        statement: HEAD.name,
        what: "the feed has no row",
    })
}
