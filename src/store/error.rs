//! What can go wrong with the database, for operators: what callers may be told is decided
//! by [`service`](crate::service).

use tokio_postgres::error::{DbError, SqlState};

/// A failed statement, by the statement's name.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No connection could be had: the database is down, full, or too slow.
    #[error("no database connection for {statement}")]
    Unavailable {
        /// The statement (or step) that wanted it.
        statement: &'static str,
        /// Why there was none.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A unique, foreign-key, exclusion or check constraint refused the change.
    #[error("{statement} broke the constraint {constraint}")]
    Constraint {
        /// The statement.
        statement: &'static str,
        /// The constraint's name.
        constraint: Box<str>,
        /// What PostgreSQL said, without values.
        #[source]
        source: Refusal,
    },
    /// Anything else the database refused.
    #[error("{statement} failed")]
    Statement {
        /// The statement.
        statement: &'static str,
        /// What PostgreSQL said, without values.
        #[source]
        source: Refusal,
    },
    /// A row that breaks what the schema promises.
    #[error("{statement} returned a row that cannot be: {what}")]
    Corrupt {
        /// The statement.
        statement: &'static str,
        /// What was wrong, without the value.
        what: &'static str,
    },
    /// Another task read it and failed; the cause was logged there.
    #[error("the read that was waited for failed")]
    NotRead,
    /// The schema is older or newer than this program.
    #[error("the schema is at version {found}, this program needs {needed}")]
    Schema {
        /// The version in the database.
        found: i32,
        /// The version this program was built with.
        needed: i32,
    },
    /// A migration found no moment in which nobody held the locks it needs.
    #[error(
        "others hold locks that a migration needs, for longer than it was tried: find them in \
         pg_locks, and run it again"
    )]
    Locked,
}

impl Error {
    /// Whether the database could not be reached or did not answer, rather than refuse: trying
    /// again may help.
    pub const fn is_unavailable(&self) -> bool {
        match self {
            Self::Unavailable { .. } | Self::NotRead => true,
            Self::Constraint { .. }
            | Self::Statement { .. }
            | Self::Corrupt { .. }
            | Self::Locked
            | Self::Schema { .. } => false,
        }
    }

    /// Whether PostgreSQL gave up waiting for a lock that others hold.
    pub(crate) fn is_lock_timeout(&self) -> bool {
        match self {
            Self::Unavailable { source, .. } => source
                .downcast_ref::<Refusal>()
                .is_some_and(|refusal| refusal.code == SqlState::LOCK_NOT_AVAILABLE),
            Self::Constraint { .. }
            | Self::Statement { .. }
            | Self::NotRead
            | Self::Corrupt { .. }
            | Self::Locked
            | Self::Schema { .. } => false,
        }
    }

    /// Sorts what PostgreSQL said into the kinds above.
    pub(crate) fn from_postgres(statement: &'static str, source: tokio_postgres::Error) -> Self {
        let Some(database) = source.as_db_error() else {
            return Self::Unavailable {
                statement,
                source: Box::new(source),
            };
        };
        let state = database.code();
        let refusal = Refusal::of(database);
        if state.code().starts_with("23") {
            let constraint = database.constraint().unwrap_or_default().into();
            return Self::Constraint {
                statement,
                constraint,
                source: refusal,
            };
        }
        let gone = state.code().starts_with("08")
            || state.code().starts_with("57P")
            || *state == SqlState::TOO_MANY_CONNECTIONS
            || *state == SqlState::QUERY_CANCELED
            || *state == SqlState::LOCK_NOT_AVAILABLE
            || *state == SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT
            || *state == SqlState::READ_ONLY_SQL_TRANSACTION;
        if gone {
            return Self::Unavailable {
                statement,
                source: Box::new(refusal),
            };
        }
        Self::Statement {
            statement,
            source: refusal,
        }
    }
}

/// Why PostgreSQL refused a statement, in words that hold no value: its details name the keys, and
/// of a check constraint the whole row, and its messages about malformed data name the datum.
#[derive(Debug, thiserror::Error)]
#[error("SQLSTATE {}: {message}", code.code())]
pub struct Refusal {
    code: SqlState,
    message: Box<str>,
}

impl Refusal {
    fn of(error: &DbError) -> Self {
        let code = error.code().clone();
        let message = match code.code().get(..2) {
            Some("22") => "malformed data",
            Some("23") => "a constraint does not hold",
            Some(_) | None => error.message(),
        };
        Self {
            message: message.into(),
            code,
        }
    }

    /// Its SQLSTATE.
    pub const fn code(&self) -> &SqlState {
        &self.code
    }
}
