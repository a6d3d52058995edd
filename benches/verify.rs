//! How many entries a second does `dancu audit verify` prove? At least 200,000 on two cores that
//! PostgreSQL is on, too.
//!
//! Records entries through the lanes into an embedded database of its own, seals them, and verifies
//! them as the command does. Not criterion's: one run takes seconds.
//!
//! ```sh
//! cargo bench --bench verify                     # two million entries, three runs
//! DANCU_ENTRIES=10000000 DANCU_DIR=/tmp/log cargo bench --bench verify    # kept for the next time
//! ```

#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

mod sample;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dancu::audit::verify::{LEAST_RETENTION_DAYS, Options, Trust, verify};
use dancu::audit::{
    Config, Lanes, Metrics, SealConfig, SealMetrics, Sealing, SecondPlace, maintain,
};
use dancu::clock::Clock;
use dancu::embedded::{self, Postgres};
use dancu::keys::{Kek, Keys, NoteSigner};
use dancu::store::{Database, Role, migrate};
use dancu::tlog::Algorithm;
use sample::lookup;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Entries of one call.
const CALL: u64 = 500;
/// Runs of the verifier.
const RUNS: u32 = 3;

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
    let entries = std::env::var("DANCU_ENTRIES").map_or(Ok(2_000_000), |it| it.parse())?;
    let kept = std::env::var_os("DANCU_DIR").map(PathBuf::from);
    let own = std::env::temp_dir().join(format!("dancu-verify-{}", std::process::id()));
    let directory = kept.clone().unwrap_or_else(|| own.clone());
    std::fs::create_dir_all(&directory)?;
    let options = embedded::Options {
        durable: false,
        ..embedded::Options::default()
    };
    let postgres = Postgres::start(&directory.join("data"), options).await?;
    let database = postgres.database();
    migrate::migrate(&database).await?;
    let signer = NoteSigner::load(
        &directory.join("key"),
        true,
        "bench/log",
        Algorithm::Ed25519,
    )?;
    let keys: Vec<_> = signer.verifiers().cloned().collect();
    let place = SecondPlace::new(directory.join("checkpoints"));
    fill(&database, signer, &place, entries).await?;
    for _ in 0..RUNS {
        let options = Options {
            trust: Trust {
                log: keys.clone(),
                witnesses: Vec::new(),
            },
            second_place: Some(place.clone()),
            witness_notes: Vec::new(),
            accepted_losses: Vec::new(),
            grace: Duration::from_secs(4 * 3600),
            least_retention_days: LEAST_RETENTION_DAYS,
        };
        let began = Instant::now();
        let report = verify(&database, options, Clock::default().now(), |_| {}).await?;
        let took = began.elapsed().as_secs_f64();
        let leaves = report.checked.leaves;
        println!(
            "{leaves} entries in {took:.2} s: {:.0} a second",
            leaves as f64 / took
        );
        println!("{:?} {:?}", report.first, report.checked);
    }
    postgres.stop().await?;
    if kept.is_none() {
        std::fs::remove_dir_all(own)?;
    }
    Ok(())
}

async fn fill(
    database: &Database,
    signer: NoteSigner,
    place: &SecondPlace,
    entries: u64,
) -> Result<(), Failure> {
    let clock = Clock::default();
    let client = database.connect(Role::Owner).await?;
    let there = "SELECT planned FROM audit.sealer";
    let planned = client.query_one(there, &[]).await?.get::<_, i64>(0);
    if planned.cast_unsigned() >= entries {
        return Ok(());
    }
    maintain(database, &clock, 1, None).await?;
    let store = database.store(Role::Service, 1);
    let keys = Arc::new(Keys::new(Kek::from_bytes(&[1; 32]), store));
    let config = Config {
        queue: 65_536,
        unsafe_for_tests: true,
        ..Config::default()
    };
    let lanes = Lanes::open(
        database.clone(),
        keys,
        clock.clone(),
        config,
        Metrics::default(),
    );
    let lanes = Arc::new(lanes.await?);
    let registry = prometheus::Registry::new();
    let sealing = Sealing::start(
        database.clone(),
        signer,
        clock,
        SealConfig {
            name: "bench/log".into(),
            process: "bench".into(),
            interval: Duration::from_secs(1),
            second_place: place.clone(),
            witnesses: Vec::new(),
        },
        SealMetrics::register(&registry)?,
    );
    let began = Instant::now();
    let mut writers = Vec::new();
    for _ in 0..4 {
        let lanes = Arc::clone(&lanes);
        writers.push(tokio::spawn(async move {
            let mut left = entries / 4;
            while left > 0 {
                let count = left.min(CALL);
                let drafts: Result<Vec<_>, _> =
                    (0..count).map(|_| lanes.draft(&lookup())).collect();
                // One that took too long is recorded all the same, or is missing from the number.
                let _ = lanes.record_all(drafts?).await;
                left -= count;
            }
            Ok::<_, dancu::audit::RecordError>(())
        }));
    }
    for writer in writers {
        writer.await??;
    }
    lanes.close().await;
    println!("recorded in {:.1} s", began.elapsed().as_secs_f64());
    sealing.stop().await;
    client.batch_execute("VACUUM ANALYZE").await?;
    println!("sealed in {:.1} s", began.elapsed().as_secs_f64());
    Ok(())
}
