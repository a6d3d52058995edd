//! The service that is measured, as a child process: the very function that `dancu serve` calls, over
//! a PostgreSQL of its own; beside it, under the same settings, the empty handler.

use std::cell::RefCell;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child as Process, ChildStdin, ChildStdout, Command, Stdio};

use actix_web::HttpResponse;
use actix_web::web::{self, Bytes, ServiceConfig};
use dancu::auth::development::DevelopmentIssuer;
use dancu::cli::BACKGROUND_THREADS;
use dancu::config::{Config, Seal};
use dancu::embedded::{self, Postgres};
use dancu::server::{self, Circumstances, listen_with};
use dancu::store::{Database, Role, migrate};
use dancu::synth::{Population, people};
use dancu::{register::import, telemetry};
use serde::{Deserialize, Serialize};

use super::options::Options;
use super::sealing::{Sealing, Searching};
use super::{Failure, machine};

/// The population's seed.
pub const SEED: u64 = 1;
/// The client that puts the others in place.
pub const ADMINISTRATOR: &str = "load-administrator";
/// The empty handler's path.
pub const EMPTY: &str = "/empty";
/// What it answers.
pub const EMPTY_ANSWER: &[u8] = br#"{"result":"empty"}"#;

/// What the child says once it answers.
#[derive(Debug, Deserialize, Serialize)]
pub struct Started {
    /// Where the service takes requests.
    pub address: SocketAddr,
    /// Where the empty handler takes them.
    pub empty_address: SocketAddr,
    /// Where the service shows its metrics.
    pub metrics_address: SocketAddr,
    /// Where everything lies.
    pub data_dir: PathBuf,
    /// The database's version and settings.
    pub database: Vec<(String, String)>,
    /// The database's first process, where the service started it.
    pub postmaster: Option<u32>,
}

/// The child, seen from the harness: ended when it is stopped or dropped.
#[derive(Debug)]
pub struct Child {
    /// What it said.
    pub started: Started,
    process: Process,
    /// What the child is told, a word a line, and what it answers. The end of the first is the
    /// child's.
    line: RefCell<Option<(ChildStdin, BufReader<ChildStdout>)>>,
}

/// What the child is told.
const SEAL: &str = "seal";
/// Said to the service: make published entries searchable, or no more.
const SEARCH: &str = "search";
const NO_SEARCH: &str = "no search";
const REST: &str = "rest";
const LAG: &str = "lag";

impl Child {
    /// Starts it in a directory of its own, and waits until it answers.
    pub fn start(options: &Options) -> Result<Self, Failure> {
        let name = format!("load-{}", std::process::id());
        let data_dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let mut command = Command::new(std::env::current_exe()?);
        command
            .arg("--service")
            .arg("--data-dir")
            .arg(&data_dir)
            .args(["--citizens", &options.citizens.to_string()]);
        if let Some(workers) = options.workers {
            command.args(["--workers", &workers.to_string()]);
        }
        // Ctrl-C reaches the harness alone, whose end then ends the child in good order.
        let mut process = command
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (Some(told), Some(said)) = (process.stdin.take(), process.stdout.take()) else {
            return Err("the service has no ends to talk over".into());
        };
        let mut said = BufReader::new(said);
        let mut line = String::new();
        said.read_line(&mut line)?;
        let started = serde_json::from_str(&line)
            .map_err(|_| "the service did not start: it said why above")?;
        Ok(Self {
            started,
            process,
            line: RefCell::new(Some((told, said))),
        })
    }

    /// Has the log sealed from now on, all that was left before first; or not.
    pub fn seal(&self, on: bool) -> Result<(), Failure> {
        self.tell(if on { SEAL } else { REST }).map(|_| ())
    }

    /// Makes published entries searchable, or no more.
    pub fn search(&self, on: bool) -> Result<(), Failure> {
        self.tell(if on { SEARCH } else { NO_SEARCH }).map(|_| ())
    }

    /// How long ago everything there was had been sealed, in seconds.
    pub fn seal_lag(&self) -> Result<f64, Failure> {
        Ok(self.tell(LAG)?.trim_end().parse()?)
    }

    fn tell(&self, word: &str) -> Result<String, Failure> {
        let mut line = self.line.borrow_mut();
        let (told, said) = line.as_mut().ok_or("the service has ended")?;
        writeln!(told, "{word}")?;
        let mut answer = String::new();
        if said.read_line(&mut answer)? == 0 {
            return Err("the service ended: it said why above".into());
        }
        Ok(answer)
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Ends it.
    pub fn stop(mut self) -> Result<(), Failure> {
        self.end()
    }

    fn end(&mut self) -> Result<(), Failure> {
        if self.line.take().is_none() {
            return Ok(());
        }
        let ended = self.process.wait()?;
        let data_dir = &self.started.data_dir;
        // Where the database's user cannot reach the directory, the cluster lies elsewhere.
        let cluster = data_dir.join("cluster").canonicalize()?;
        std::fs::remove_dir_all(cluster)?;
        std::fs::remove_dir_all(data_dir)?;
        if ended.success() {
            Ok(())
        } else {
            Err(format!("the service did not end well: {ended}").into())
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if let Err(error) = self.end() {
            super::say(&format!("load: {error}"));
        }
    }
}

/// The child's whole life.
pub fn run(options: &Options) -> Result<(), Failure> {
    let data_dir = options.data_dir.clone().ok_or("no directory was given")?;
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(BACKGROUND_THREADS)
        .enable_all()
        .build()?
        .block_on(async {
            let postgres = Postgres::start(&data_dir, embedded::Options::default()).await?;
            let served = serve(options, data_dir, &postgres).await;
            postgres.stop().await?;
            served
        })
}

async fn serve(options: &Options, data_dir: PathBuf, postgres: &Postgres) -> Result<(), Failure> {
    let config = config(options, data_dir)?;
    telemetry::init(&config.log)?;
    let database = postgres.database();
    migrate::migrate(&database).await?;
    populate(&database, options.citizens).await?;
    let circumstances = Circumstances {
        embedded: true,
        ..Circumstances::default()
    };
    let running = server::start(&config, &database, circumstances).await?;
    let (empty, empty_address) = listen_with(&config.http, configure_empty)?;
    let handle = empty.handle();
    let serving = tokio::spawn(empty);
    let started = Started {
        address: running.address,
        empty_address,
        metrics_address: running.metrics_address,
        data_dir: config.data_dir.clone(),
        database: machine::database(postgres.socket()).await?,
        postmaster: postgres.pid(),
    };
    writeln!(std::io::stdout(), "{}", serde_json::to_string(&started)?)?;
    let mut sealing = Sealing::start(&config, &database, postgres.socket()).await?;
    let mut searching = Searching::new(&database);
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
            _ => sealing.lag().await?.to_string(),
        };
        writeln!(std::io::stdout(), "{answer}")?;
    }
    sealing.turn(false).await?;
    handle.stop(false).await;
    serving.await??;
    running.stop().await;
    Ok(())
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
    config.audit.seal = Seal::Elsewhere;
    config.audit.searchable = false;
    config.auth.bootstrap_client = Some(ADMINISTRATOR.into());
    config.auth.issuers.push(issuer.config()?);
    Ok(config)
}

async fn populate(database: &Database, citizens: u64) -> Result<(), Failure> {
    let population = Population::new(SEED, citizens);
    let store = database.store(Role::Service, 2);
    import::load(&store, people(&population, 0..citizens), |_| {}).await?;
    let owner = database.store(Role::Owner, 1);
    Ok(owner.analyse_register().await?)
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
