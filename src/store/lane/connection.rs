//! Opening a lane's connection, hearing its notices, and asking what must be known beforehand.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;
use jiff::civil::Date;
use tokio::task::AbortHandle;
use tokio_postgres::error::Severity;
use tokio_postgres::{AsyncMessage, Client, Connection, Row, Socket};

use super::super::endpoint::Stream;
use super::super::{Database, Error, Role, Statement, statement};

const BACKEND: Statement = statement!("lane/backend");
const SETTINGS: Statement = statement!("lane/settings");
const HAS_PARTITION: Statement = statement!("lane/has_partition");
const REGISTER: Statement = statement!("lane/register");
const FIND_SILENT: Statement = statement!("lane/find_silent");
const PLANNED: Statement = statement!("lane_sealed/of_lane");
const WAS_PUBLISHED: Statement = statement!("checkpoint/was_published");
const TERMINATE: Statement = statement!("lane/terminate");
const COPY: Statement = statement!("block/copy");
const INSERT: Statement = statement!("block/insert");

/// What every lane's session is set to, whatever the cluster's defaults are. A statement may take
/// as long as it must (the writer has its own deadline): a timeout in the middle of a commit would
/// only make its fate unknown.
const SESSION: &str = "SET synchronous_commit = 'on'; SET client_min_messages = 'warning'; \
    SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0; \
    SET default_transaction_isolation = 'read committed'";

/// A server process of ours: the number alone would soon be another's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Backend {
    pid: i32,
    started_at: Timestamp,
}

/// How the server is set, and its time.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub fsync: bool,
    pub full_page_writes: bool,
    pub synchronous_commit: String,
    pub standby: bool,
    pub read_only: bool,
    pub now: Timestamp,
}

/// A connection of one lane.
pub(crate) struct LaneConnection {
    pub(super) client: Client,
    pub(super) copy: tokio_postgres::Statement,
    pub(super) insert: tokio_postgres::Statement,
    pub(super) warned: Arc<AtomicBool>,
    backend: Backend,
    reader: AbortHandle,
}

impl Drop for LaneConnection {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

impl LaneConnection {
    /// Connects as the service and sets the session up.
    pub(crate) async fn open(database: &Database) -> Result<Self, Error> {
        let failed = |source| Error::from_postgres("lane/connect", source);
        let endpoint = database.endpoint(Role::Service);
        let (client, connection) = endpoint.connect(None).await.map_err(failed)?;
        let warned = Arc::new(AtomicBool::new(false));
        let reader = tokio::spawn(read(connection, Arc::clone(&warned))).abort_handle();
        client.batch_execute(SESSION).await.map_err(failed)?;
        let prepare = async |statement: Statement| {
            let prepared = client.prepare(statement.sql).await;
            prepared.map_err(|source| Error::from_postgres(statement.name, source))
        };
        let (copy, insert) = (prepare(COPY).await?, prepare(INSERT).await?);
        let row = one(&client, &BACKEND, &[]).await?;
        let backend = Backend {
            pid: row.get("pid"),
            started_at: row.get("backend_start"),
        };
        Ok(Self {
            client,
            copy,
            insert,
            warned,
            backend,
            reader,
        })
    }

    /// The server process at the other end.
    pub(crate) fn backend(&self) -> Backend {
        self.backend
    }

    /// How the server is set now.
    pub(crate) async fn settings(&self) -> Result<Settings, Error> {
        let row = one(&self.client, &SETTINGS, &[]).await?;
        Ok(Settings {
            fsync: row.get("fsync"),
            full_page_writes: row.get("full_page_writes"),
            synchronous_commit: row.get("synchronous_commit"),
            standby: row.get("standby"),
            read_only: row.get("read_only"),
            now: row.get("now"),
        })
    }

    /// Whether entries of that day have a partition to lie in.
    pub(crate) async fn has_partition(&self, day: Date) -> Result<bool, Error> {
        let row = one(&self.client, &HAS_PARTITION, &[&day]).await?;
        Ok(row.get("found"))
    }

    /// Whether a head of the log was ever published.
    pub(crate) async fn was_published(&self) -> Result<bool, Error> {
        let row = one(&self.client, &WAS_PUBLISHED, &[]).await?;
        Ok(row.get("found"))
    }

    /// Registers a lane and returns its number. A registration whose answer is lost is a lane
    /// without entries, which its successors report as abandoned.
    pub(crate) async fn register(
        &self,
        day: Date,
        process: &str,
        predecessor: Option<i64>,
    ) -> Result<i64, Error> {
        let row = one(&self.client, &REGISTER, &[&day, &process, &predecessor]).await?;
        Ok(row.get("lane_id"))
    }

    /// Open lanes that gave no sign of life for so many seconds, with what they had acknowledged.
    pub(crate) async fn find_silent(&self, seconds: f64) -> Result<Vec<(i64, i64)>, Error> {
        let rows = self.client.query(FIND_SILENT.sql, &[&seconds]).await;
        let rows = rows.map_err(|source| Error::from_postgres(FIND_SILENT.name, source))?;
        let lane = |row: &Row| (row.get("lane_id"), row.get("acknowledged"));
        Ok(rows.iter().map(lane).collect())
    }

    /// How far a lane is planned: the number that is next, and whether nothing more is to come.
    pub(crate) async fn planned(&self, lane: i64) -> Result<Option<(i64, bool)>, Error> {
        let row = self.client.query_opt(PLANNED.sql, &[&lane]).await;
        let row = row.map_err(|source| Error::from_postgres(PLANNED.name, source))?;
        Ok(row.map(|row| (row.get("next_seq"), row.get("finished"))))
    }

    /// Ends a server process of ours that may still hold a batch, wherever it waits; false if it
    /// is there still. On another server than its own there is nothing to end.
    pub(crate) async fn terminate(&self, old: Backend) -> Result<bool, Error> {
        let found = self
            .client
            .query_opt(TERMINATE.sql, &[&old.pid, &old.started_at])
            .await
            .map_err(|source| Error::from_postgres(TERMINATE.name, source))?;
        Ok(found.is_none_or(|row| row.get(0)))
    }
}

/// The one row of a statement that always has one.
async fn one(
    client: &Client,
    statement: &Statement,
    params: &[&(dyn tokio_postgres::types::ToSql + Sync)],
) -> Result<Row, Error> {
    let row = client.query_one(statement.sql, params).await;
    row.map_err(|source| Error::from_postgres(statement.name, source))
}

/// Drives the connection. A notice is marked before any later message is handed on, so whoever
/// waited for the end of a transaction sees every warning that came with it.
async fn read(mut connection: Connection<Socket, Stream>, warned: Arc<AtomicBool>) {
    while let Some(message) = poll_fn(|cx| connection.poll_message(cx)).await {
        match message {
            Ok(AsyncMessage::Notice(notice)) => {
                let harmless = matches!(
                    notice.parsed_severity(),
                    Some(Severity::Notice | Severity::Info | Severity::Log | Severity::Debug)
                );
                if !harmless {
                    warned.store(true, Ordering::SeqCst);
                    let (state, routine) = (notice.code().code(), notice.routine());
                    tracing::error!(state, routine, "the database warned a lane");
                }
            }
            Ok(_) => {}
            Err(error) => {
                let error: &dyn std::error::Error = &error;
                tracing::warn!(error, "a lane's connection ended");
                return;
            }
        }
    }
}
