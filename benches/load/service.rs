//! The child: the very function that `dancu serve` calls, over a PostgreSQL of its own; beside it,
//! under the same settings, the empty handler and, where it is asked, the one without entries.

use std::io::{BufRead as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

use actix_web::HttpResponse;
use actix_web::web::{self, Bytes, ServiceConfig};
use dancu::auth::development::DevelopmentIssuer;
use dancu::cli::BACKGROUND_THREADS;
use dancu::config::{Config, Seal};
use dancu::embedded::{self, Postgres};
use dancu::server::{self, Circumstances, listen_with};
use dancu::store::migrate;
use dancu::telemetry;

use super::child::{DROP, NO_SEARCH, REST, SEAL, SEARCH, Started};
use super::dropping::Dropping;
use super::options::Options;
use super::sealing::{Sealing, Searching};
use super::unrecorded::Unrecorded;
use super::{Failure, population, slow_disk};

/// The client that puts the others in place.
pub const ADMINISTRATOR: &str = "load-administrator";
/// The empty handler's path.
pub const EMPTY: &str = "/empty";
/// What it answers.
pub const EMPTY_ANSWER: &[u8] = br#"{"result":"empty"}"#;

/// The child's whole life.
pub fn run(options: &Options) -> Result<(), Failure> {
    let data_dir = options.data_dir.clone().ok_or("no directory was given")?;
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(BACKGROUND_THREADS)
        .enable_all()
        .build()?
        .block_on(async {
            let begun = Instant::now();
            let binaries = slow_disk::in_place(&data_dir);
            let mut postgres = start(&data_dir, binaries).await?;
            let database_seconds = begun.elapsed().as_secs_f64();
            migrate::migrate(&postgres.database()).await?;
            let filled = population::fill(
                &data_dir,
                &postgres.database(),
                postgres.socket(),
                options.citizens,
            )
            .await?;
            population::read_through(postgres.socket()).await?;
            if let Some(ms) = options.fsync_ms
                && slow_disk::in_place(&data_dir).is_none()
            {
                let binaries = slow_disk::make(&data_dir, &binaries_of(&postgres)?, ms)?;
                postgres.stop().await?;
                postgres = start(&data_dir, Some(binaries)).await?;
            }
            let times = (database_seconds, filled.map(|filled| filled.as_secs_f64()));
            let served = serve(options, data_dir, &postgres, times).await;
            postgres.stop().await?;
            served
        })
}

async fn start(data_dir: &Path, binaries: Option<PathBuf>) -> Result<Postgres, Failure> {
    let options = embedded::Options {
        binaries,
        ..embedded::Options::default()
    };
    Ok(Postgres::start(data_dir, options).await?)
}

/// Where the programs of a running server are.
fn binaries_of(postgres: &Postgres) -> Result<PathBuf, Failure> {
    let pid = postgres.pid().ok_or("the database is another process's")?;
    let program = std::fs::read_link(format!("/proc/{pid}/exe"))?;
    let directory = program.parent().ok_or("a program without a directory")?;
    Ok(directory.to_owned())
}

async fn serve(
    options: &Options,
    data_dir: PathBuf,
    postgres: &Postgres,
    (database_seconds, filled_seconds): (f64, Option<f64>),
) -> Result<(), Failure> {
    let config = config(options, data_dir)?;
    telemetry::init(&config.log)?;
    let database = postgres.database();
    let circumstances = Circumstances {
        embedded: true,
        ..Circumstances::default()
    };
    let running = server::start(&config, &database, circumstances).await?;
    let (empty, empty_address) = listen_with(&config.http, configure_empty)?;
    let handle = empty.handle();
    let serving = tokio::spawn(empty);
    let unrecorded = match options.unrecorded {
        true => Some(Unrecorded::start(&config, &database).await?),
        false => None,
    };
    let started = Started {
        address: running.address,
        empty_address,
        unrecorded_address: unrecorded.as_ref().map(|it| it.address),
        metrics_address: running.metrics_address,
        data_dir: config.data_dir.clone(),
        socket: postgres.socket().to_owned(),
        binaries: binaries_of(postgres)?,
        postmaster: postgres.pid().ok_or("the database is another process's")?,
        database_seconds,
        filled_seconds,
    };
    writeln!(std::io::stdout(), "{}", serde_json::to_string(&started)?)?;
    let mut sealing = Sealing::start(&config, &database, postgres.socket()).await?;
    let mut searching = Searching::new(&database);
    let mut dropping = Dropping::new(&config, &database, postgres.socket()).await?;
    // The harness holds the other end; when that is gone, so is the harness.
    while let Some(word) = tokio::task::spawn_blocking(next_word).await?? {
        let answer = match word.as_str() {
            SEAL | REST => {
                sealing.turn(word == SEAL).await?;
                word
            }
            SEARCH | NO_SEARCH => {
                searching.turn(word == SEARCH)?;
                word
            }
            DROP => dropping.drop_a_day().await?.to_string(),
            _ => sealing.lag().await?.to_string(),
        };
        writeln!(std::io::stdout(), "{answer}")?;
    }
    sealing.turn(true).await?;
    handle.stop(false).await;
    serving.await??;
    if let Some(unrecorded) = unrecorded {
        unrecorded.stop().await?;
    }
    running.stop().await;
    // Last, so that the ends of the lanes are sealed too: the directory may be used again.
    sealing.turn(false).await
}

/// What the harness says next; nothing once it has ended.
fn next_word() -> std::io::Result<Option<String>> {
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line)?;
    Ok((read > 0).then(|| line.trim_end().to_owned()))
}

/// The defaults, on ports that are free; sealed beside the service, so that it can be left out.
fn config(options: &Options, data_dir: PathBuf) -> Result<Config, Failure> {
    let issuer = DevelopmentIssuer::open(&data_dir)?;
    let mut config = Config {
        data_dir,
        ..Config::default()
    };
    config.http.listen = ([127, 0, 0, 1], 0).into();
    config.http.metrics_listen = ([127, 0, 0, 1], 0).into();
    config.http.workers = options.workers.map(usize::from);
    // Nobody asks any more when it is told to end.
    config.http.drain_ms = 0;
    if let Some(in_flight) = options.in_flight {
        config.http.limits.in_flight = usize::from(in_flight);
    }
    config.audit.seal = Seal::Elsewhere;
    config.audit.searchable = false;
    config.auth.bootstrap_client = Some(ADMINISTRATOR.into());
    config.auth.issuers.push(issuer.config()?);
    Ok(config)
}

/// Reads a body and answers with a few bytes.
fn configure_empty(service: &mut ServiceConfig) {
    let answer = |_: Bytes| async {
        HttpResponse::Ok()
            .content_type("application/json")
            .body(EMPTY_ANSWER)
    };
    service.service(web::resource(EMPTY).route(web::post().to(answer)));
}
