//! What the tests share: a database for each of them, and a place on disk that is cleaned up.

pub mod app;
pub mod authority;
mod cluster;
mod database;
mod line;
mod log;
mod pipe;
pub mod process;
pub mod raw;
mod run;
pub mod sealing;

pub use cluster::block_on;
pub use database::{
    TestDatabase, database, superuser, superuser_of, superuser_of_the_cluster, url_of,
};

pub use line::Lines;
pub use pipe::Pipe;
pub use run::scratch;

/// Run before a test changes single entries of the log (`UPDATE audit.entry …`), which the product never
/// does.
pub const TAMPERING: &str = include_str!("tampering.sql");

/// Repeats until it holds, for the second within which everything is in force everywhere; says what
/// did not hold otherwise. What is repeated takes its time, so there is no pause.
pub async fn soon(what: &str, holds: impl AsyncFnMut() -> bool) {
    within(what, std::time::Duration::from_secs(1), holds).await;
}

/// The same for what has another limit.
pub async fn within(what: &str, limit: std::time::Duration, mut holds: impl AsyncFnMut() -> bool) {
    let deadline = std::time::Instant::now() + limit;
    loop {
        // The last look begins after the deadline, or a slow machine would be to blame.
        let last = std::time::Instant::now() > deadline;
        if holds().await {
            return;
        }
        assert!(!last, "not within {limit:?}: {what}");
        // Where looking is no waiting, whatever is waited for needs its turn.
        tokio::task::yield_now().await;
    }
}
