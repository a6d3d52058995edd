//! What a failed write says about its batch.

use tokio_postgres::error::SqlState;

use super::super::Error;

/// Why a batch was not acknowledged.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Nothing was written, because of what a row holds (SQLSTATE class 22 or 23).
    #[error("a row cannot be recorded")]
    Data(#[source] Error),
    /// Nothing was written, because there is no partition for the day.
    #[error("there is no partition for the day")]
    NoPartition(#[source] Error),
    /// Nothing was written, because another process gave this lane up, or its row is gone.
    #[error("the lane is not this process's any more")]
    Gone,
    /// The batch may be durable or not: it must be settled before anything else is written.
    #[error("the fate of the batch is unknown")]
    Unknown(#[source] Error),
    /// PostgreSQL committed and warned that the commit may not be durable.
    #[error("the database warned of a commit that may not be durable")]
    Warned,
    /// The statement took longer than a batch may.
    #[error("the database did not answer in time")]
    TimedOut,
    /// Other blocks were counted than were given.
    #[error("the database counted {counted} blocks of {given}")]
    Miscounted {
        /// What the database said.
        counted: u64,
        /// How many there were.
        given: usize,
    },
}

impl Failure {
    /// Sorts an error by what it says about the batch.
    pub(super) fn from_postgres(statement: &'static str, source: tokio_postgres::Error) -> Self {
        let database = source.as_db_error();
        let class = database.map(|it| it.code().code().get(..2).unwrap_or_default());
        // A missing partition is a check violation that names no constraint.
        let no_partition = database
            .is_some_and(|it| *it.code() == SqlState::CHECK_VIOLATION && it.constraint().is_none());
        let data = matches!(class, Some("22" | "23"));
        let error = Error::from_postgres(statement, source);
        match (no_partition, data) {
            (true, _) => Self::NoPartition(error),
            (false, true) => Self::Data(error),
            (false, false) => Self::Unknown(error),
        }
    }

    /// Whether it is certain that nothing was written and the connection can be used again.
    pub(crate) fn is_certain(&self) -> bool {
        match self {
            Self::Data(_) | Self::NoPartition(_) | Self::Gone => true,
            Self::Unknown(_) | Self::Warned | Self::TimedOut | Self::Miscounted { .. } => false,
        }
    }
}
