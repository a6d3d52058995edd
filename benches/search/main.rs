//! How long do auditors wait for an answer about a log of millions of entries, and what does making
//! them searchable cost?
//!
//! Fills an embedded PostgreSQL of its own, with flushes, with thirty days of entries as the lanes
//! write them, lets the follower take a million of them in, writes the rest as it would, and asks. For each question it prints the median and
//! the 99th percentile of a warm database, and the pages its statements touched, as PostgreSQL's
//! `auto_explain` counts them. Not criterion's: the questions are few and the filling is long.
//!
//! ```sh
//! cargo bench --bench search                       # two hundred thousand entries
//! DANCU_ENTRIES=10000000 DANCU_DIR=/var/tmp/log cargo bench --bench search    # kept for the next time
//! ```

#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

mod ask;
mod fill;
mod world;

use std::path::PathBuf;

use dancu::embedded::{self, Postgres};
use dancu::store::{Role, migrate};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    // `cargo test --benches` only wants to know that it builds.
    if !std::env::args().any(|it| it == "--bench") {
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(run())
}

async fn run() -> Result<(), Failure> {
    let entries: u64 = std::env::var("DANCU_ENTRIES").map_or(Ok(200_000), |it| it.parse())?;
    let kept = std::env::var_os("DANCU_DIR").map(PathBuf::from);
    let own = std::env::temp_dir().join(format!("dancu-search-{}", std::process::id()));
    let directory = kept.clone().unwrap_or_else(|| own.clone());
    std::fs::create_dir_all(&directory)?;
    let postgres = Postgres::start(&directory, embedded::Options::default()).await?;
    let database = postgres.database();
    migrate::migrate(&database).await?;
    let owner = database.connect(Role::Owner).await?;
    let world = world::World::new(entries);
    let keys = fill::keys(&database, &world).await?;
    fill::fill(&database, &owner, &world, &keys).await?;
    fill::follow(&database, &owner, &world).await?;
    let log = directory.join("log").join("postgresql.log");
    ask::ask(&database, &owner, &world, &keys, &log).await?;
    drop(owner);
    postgres.stop().await?;
    if kept.is_none() {
        std::fs::remove_dir_all(own)?;
    }
    Ok(())
}
