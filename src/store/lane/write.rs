//! One batch, one transaction: by COPY when all is well, row by row when its fate was unknown.
//!
//! The commit is a statement of its own. In the extended protocol a COPY outside a transaction
//! block commits only after its CommandComplete, which is all that `finish` waits for, so an error
//! or a warning of the commit itself would come too late to be heard.

use std::pin::pin;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::{ToSql, Type};

use super::super::{Statement, statement};
use super::{EntryRow, Failure, LaneConnection};

const COPY: Statement = statement!("entry/copy");
const SETTLE: Statement = statement!("entry/settle");
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
        let written = self.copy(batch).await;
        self.conclude(written).await
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
        let failed = |source| Failure::from_postgres(COPY.name, source);
        // Sent together with the COPY that follows: a request goes out when it is first polled.
        let begin = self.client.batch_execute("BEGIN");
        let start = async {
            if let Some(mark) = batch.mark {
                self.mark(batch, mark).await?;
            }
            let sink = self.client.copy_in(&self.copy).await.map_err(failed)?;
            Ok::<_, Failure>(BinaryCopyInWriter::new(sink, &TYPES))
        };
        let (begun, writer) = futures_util::join!(begin, start);
        begun.map_err(failed)?;
        let mut writer = pin!(writer?);
        for row in batch.rows {
            let columns = &row.columns;
            let (operation, decision) = (columns.operation.as_str(), columns.decision.as_str());
            let [subject, officer, case] = tags(row);
            let values: [&(dyn ToSql + Sync); 13] = [
                row.audit_id.as_uuid(),
                &row.at,
                &batch.lane,
                &row.seq,
                &columns.agency_code,
                &columns.client_id,
                &columns.procedure_code,
                &operation,
                &decision,
                &subject,
                &officer,
                &case,
                &row.entry,
            ];
            writer.as_mut().write(&values).await.map_err(failed)?;
        }
        let attached = batch.rows.iter().any(|row| row.attachment.is_some());
        let counted = if attached {
            let counted = writer.as_mut().finish().await.map_err(failed)?;
            self.attach(batch).await?;
            self.client.batch_execute(COMMIT).await.map_err(failed)?;
            counted
        } else {
            // The commit travels with the last rows and is read after them.
            let commit = self.client.batch_execute(COMMIT);
            let (counted, committed) = futures_util::join!(writer.as_mut().finish(), commit);
            let counted = counted.map_err(failed)?;
            committed.map_err(failed)?;
            counted
        };
        if counted == batch.rows.len() as u64 {
            Ok(())
        } else {
            Err(Failure::Miscounted {
                counted,
                given: batch.rows.len(),
            })
        }
    }

    async fn insert(&self, batch: Batch<'_>) -> Result<(), Failure> {
        let failed = |source| Failure::from_postgres(SETTLE.name, source);
        let begin = "BEGIN; SET LOCAL lock_timeout = '2s'";
        self.client.batch_execute(begin).await.map_err(failed)?;
        self.mark(batch, Mark::Touch).await?;
        match batch.mark {
            None | Some(Mark::Touch) => {}
            Some(mark @ (Mark::Close | Mark::Abandon(_))) => self.mark(batch, mark).await?,
        }
        let rows = batch.rows;
        let each = |text: fn(&EntryRow) -> Option<&str>| rows.iter().map(text).collect::<Vec<_>>();
        let tag = |which: usize| rows.iter().map(|row| tags(row)[which]).collect::<Vec<_>>();
        let params: [&(dyn ToSql + Sync); 13] = [
            &rows
                .iter()
                .map(|row| row.audit_id.as_uuid())
                .collect::<Vec<_>>(),
            &rows.iter().map(|row| row.at).collect::<Vec<_>>(),
            &vec![batch.lane; rows.len()],
            &rows.iter().map(|row| row.seq).collect::<Vec<_>>(),
            &each(|row| row.columns.agency_code.as_deref()),
            &each(|row| row.columns.client_id.as_deref()),
            &each(|row| row.columns.procedure_code.as_deref()),
            &each(|row| Some(row.columns.operation.as_str())),
            &each(|row| Some(row.columns.decision.as_str())),
            &tag(0),
            &tag(1),
            &tag(2),
            &rows.iter().map(|row| &row.entry).collect::<Vec<_>>(),
        ];
        let inserted = self.client.execute(SETTLE.sql, &params).await;
        let inserted = inserted.map_err(failed)?;
        tracing::info!(inserted, given = batch.rows.len(), "settled a batch");
        self.attach(batch).await?;
        self.client.batch_execute(COMMIT).await.map_err(failed)
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

    /// What the transaction came to, warnings considered; the connection is left outside of it.
    async fn conclude(&self, written: Result<(), Failure>) -> Result<(), Failure> {
        let failure = match written {
            Ok(()) if self.warned.load(Ordering::SeqCst) => return Err(Failure::Warned),
            Ok(()) => return Ok(()),
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

/// The tags of subject, officer and case.
fn tags(row: &EntryRow) -> [Option<&[u8]>; 3] {
    let columns = &row.columns;
    [
        columns.subject_tag.as_ref(),
        columns.officer_tag.as_ref(),
        columns.case_tag.as_ref(),
    ]
    .map(|tag| tag.map(|tag| tag.as_slice()))
}

const TYPES: [Type; 13] = [
    Type::UUID,
    Type::TIMESTAMPTZ,
    Type::INT8,
    Type::INT8,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::BYTEA,
    Type::BYTEA,
    Type::BYTEA,
    Type::BYTEA,
];
