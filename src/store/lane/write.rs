//! One batch, one transaction, whose entries lie in blocks ([`Block`]).
//!
//! Nearly every batch is one block and nothing else: one INSERT, which commits by itself. Its client
//! waits for ReadyForQuery, which comes after the commit and whatever is said of it. Batches with more to
//! them are a transaction block of COPY and a commit of its own: of a COPY outside of one, `finish` waits
//! for CommandComplete only, so an error or a warning of the commit would come too late to be heard.
//! Where a batch's fate was unknown it is settled block by block.

use std::pin::pin;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::{ToSql, Type};

use super::super::{Statement, statement};
use super::row::{Block, blocks};
use super::{EntryRow, Failure, LaneConnection};

const COPY: Statement = statement!("block/copy");
const INSERT: Statement = statement!("block/insert");
const SETTLE: Statement = statement!("block/settle");
const INSERT_ATTACHMENT: Statement = statement!("attachment/insert");
const TOUCH: Statement = statement!("lane/touch");
const CLOSE: Statement = statement!("lane/close");
const ABANDON: Statement = statement!("lane/abandon");

/// The empty SELECT fails in a transaction that failed, where COMMIT alone would roll back and
/// report success.
const COMMIT: &str = "/* lane/commit */ SELECT; COMMIT";
/// How long a rollback may take before the connection is given up.
const ROLLBACK_LIMIT: Duration = Duration::from_secs(1);

/// What is done to the lane's own row, or another's, in the transaction of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// The lane is alive.
    Touch,
    /// The lane ends.
    Close,
    /// This lane gives that one up.
    Abandon(i64),
}

/// Rows that are written together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Batch<'a> {
    /// The lane that writes.
    pub lane: i64,
    /// Its last sequence number known durable, -1 for none.
    pub acknowledged: i64,
    /// The rows, in order.
    pub rows: &'a [EntryRow],
    /// What else the transaction does.
    pub mark: Option<Mark>,
}

impl LaneConnection {
    /// Writes a batch that was never sent before. When this returns, it is durable.
    pub(crate) async fn append(&self, batch: Batch<'_>) -> Result<(), Failure> {
        self.warned.store(false, Ordering::SeqCst);
        let is_plain = batch.mark.is_none() && batch.rows.iter().all(|it| it.attachment.is_none());
        let mut blocks = blocks(batch.rows);
        if let (true, Some(block), None) = (is_plain, blocks.next(), blocks.next()) {
            let params = block.params(&batch.lane);
            let inserted = self.client.execute(&self.insert, &params).await;
            // A failure leaves no transaction behind that had to be rolled back.
            counted(inserted.map_err(failed(INSERT))?, 1)?;
            self.heard()
        } else {
            let written = self.copy(batch).await;
            self.conclude(written).await
        }
    }

    /// Writes whatever of a batch is not there yet, under the same numbers.
    ///
    /// The update of the lane's row is essential: a transaction that writes nothing does not wait
    /// for a standby, and would acknowledge a batch that only the primary has.
    pub(crate) async fn settle(&self, batch: Batch<'_>) -> Result<(), Failure> {
        self.warned.store(false, Ordering::SeqCst);
        let written = self.insert(batch).await;
        self.conclude(written).await
    }

    async fn copy(&self, batch: Batch<'_>) -> Result<(), Failure> {
        // Sent together with the COPY that follows: a request goes out when it is first polled.
        let begin = self.client.batch_execute("BEGIN");
        let start = async {
            if let Some(mark) = batch.mark {
                self.mark(batch, mark).await?;
            }
            let sink = self.client.copy_in(&self.copy).await;
            Ok::<_, Failure>(BinaryCopyInWriter::new(sink.map_err(failed(COPY))?, &TYPES))
        };
        let (begun, writer) = futures_util::join!(begin, start);
        begun.map_err(failed(COPY))?;
        let mut writer = pin!(writer?);
        let mut given = 0;
        for block in blocks(batch.rows) {
            let written = writer.as_mut().write(&block.params(&batch.lane)).await;
            written.map_err(failed(COPY))?;
            given += 1;
        }
        let attached = batch.rows.iter().any(|row| row.attachment.is_some());
        let copied = if attached {
            let copied = writer.as_mut().finish().await.map_err(failed(COPY))?;
            self.attach(batch).await?;
            let committed = self.client.batch_execute(COMMIT).await;
            committed.map_err(failed(COPY))?;
            copied
        } else {
            // The commit travels with the last rows and is read after them.
            let commit = self.client.batch_execute(COMMIT);
            let (copied, committed) = futures_util::join!(writer.as_mut().finish(), commit);
            let copied = copied.map_err(failed(COPY))?;
            committed.map_err(failed(COPY))?;
            copied
        };
        counted(copied, given)
    }

    async fn insert(&self, batch: Batch<'_>) -> Result<(), Failure> {
        let begin = "BEGIN; SET LOCAL lock_timeout = '2s'";
        let begun = self.client.batch_execute(begin).await;
        begun.map_err(failed(SETTLE))?;
        self.mark(batch, Mark::Touch).await?;
        match batch.mark {
            None | Some(Mark::Touch) => {}
            Some(mark @ (Mark::Close | Mark::Abandon(_))) => self.mark(batch, mark).await?,
        }
        let mut inserted = 0;
        for block in blocks(batch.rows) {
            let params = block.params(&batch.lane);
            let written = self.client.execute(SETTLE.sql, &params).await;
            inserted += written.map_err(failed(SETTLE))?;
        }
        tracing::info!(inserted, given = batch.rows.len(), "settled a batch");
        self.attach(batch).await?;
        let committed = self.client.batch_execute(COMMIT).await;
        committed.map_err(failed(SETTLE))
    }

    async fn mark(&self, batch: Batch<'_>, mark: Mark) -> Result<(), Failure> {
        let (statement, lane, value) = match mark {
            Mark::Touch => (TOUCH, batch.lane, batch.acknowledged),
            Mark::Close => (CLOSE, batch.lane, batch.acknowledged),
            Mark::Abandon(other) => (ABANDON, other, batch.lane),
        };
        let changed = self.client.execute(statement.sql, &[&lane, &value]).await;
        match changed.map_err(|source| Failure::from_postgres(statement.name, source))? {
            0 => Err(Failure::Gone),
            _ => Ok(()),
        }
    }

    async fn attach(&self, batch: Batch<'_>) -> Result<(), Failure> {
        for row in batch.rows {
            if let Some(sealed) = &row.attachment {
                let params: [&(dyn ToSql + Sync); 4] = [&batch.lane, &row.seq, &row.at, sealed];
                let inserted = self.client.execute(INSERT_ATTACHMENT.sql, &params).await;
                // None where the fate was unknown and it was there already.
                let _at_most_one = inserted
                    .map_err(|source| Failure::from_postgres(INSERT_ATTACHMENT.name, source))?;
            }
        }
        Ok(())
    }

    /// Fails if the database warned of what was just written.
    fn heard(&self) -> Result<(), Failure> {
        if self.warned.load(Ordering::SeqCst) {
            Err(Failure::Warned)
        } else {
            Ok(())
        }
    }

    /// What the transaction came to, warnings considered; the connection is left outside of it.
    async fn conclude(&self, written: Result<(), Failure>) -> Result<(), Failure> {
        let failure = match written {
            Ok(()) => return self.heard(),
            Err(failure) => failure,
        };
        if failure.is_certain() {
            let rollback = self.client.batch_execute("ROLLBACK");
            match tokio::time::timeout(ROLLBACK_LIMIT, rollback).await {
                Ok(Ok(())) => {}
                Ok(Err(source)) => return Err(Failure::from_postgres("lane/rollback", source)),
                Err(_) => return Err(Failure::TimedOut),
            }
        }
        Err(failure)
    }
}

impl Block<'_> {
    /// The columns of its row, in their order.
    fn params<'a>(&'a self, lane: &'a i64) -> [&'a (dyn ToSql + Sync); 5] {
        [&self.at, lane, &self.first_seq, &self.count, &self.entries]
    }
}

/// Names what failed.
fn failed(statement: Statement) -> impl Fn(tokio_postgres::Error) -> Failure {
    move |source| Failure::from_postgres(statement.name, source)
}

fn counted(counted: u64, given: usize) -> Result<(), Failure> {
    if counted == given as u64 {
        Ok(())
    } else {
        Err(Failure::Miscounted { counted, given })
    }
}

const TYPES: [Type; 5] = [
    Type::TIMESTAMPTZ,
    Type::INT8,
    Type::INT8,
    Type::INT4,
    Type::BYTEA_ARRAY,
];
