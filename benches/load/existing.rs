//! How long until `dancu serve`, the program itself, answers where its database runs already: from the
//! start of its process to the first verification that was answered.

use std::io::{BufRead, BufReader, Read as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child as Process, Command, Stdio};
use std::time::Instant;

use dancu::auth::development::DevelopmentIssuer;
use dancu::config::Config;
use dancu::embedded::{self, Postgres};
use rustix::process::{Pid, Signal, kill_process};

use super::answer::Verdict;
use super::connection::Connection;
use super::dice::Dice;
use super::home::Home;
use super::options::Options;
use super::requests::Requests;
use super::statistics::Spread;
use super::workload::Workload;
use super::{Failure, slow_disk};

/// What the program says before the address at which it answers.
const ANSWERS: &str = "dancu answers on http://";

/// Starts the program so many times over one running database; returns the seconds it took.
pub fn run(options: &Options, home: &Home, requests: &Requests) -> Result<Spread, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?
        .block_on(async {
            let embedded = embedded::Options {
                binaries: slow_disk::in_place(&home.dir),
                ..embedded::Options::default()
            };
            let postgres = Postgres::start(&home.dir, embedded).await?;
            let file = home.dir.join("existing.toml");
            std::fs::write(&file, config(&home.dir, postgres.socket())?.to_toml())?;
            let times: Result<Vec<f64>, Failure> = (0..options.starts)
                .map(|number| start(&file, requests, u64::from(number)))
                .collect();
            postgres.stop().await?;
            Ok(Spread::of(times?.into_iter()))
        })
}

/// The defaults over that database, with the keys that are there.
fn config(data_dir: &Path, socket: &Path) -> Result<Config, Failure> {
    let mut config = Config {
        data_dir: data_dir.to_owned(),
        ..Config::default()
    };
    let socket = socket.to_str().ok_or("a path that is no text")?;
    let socket = socket.replace('/', "%2F");
    let url = |role: &str| Some(format!("postgres://dancu_{role}@{socket}:5432/dancu"));
    config.database.url = url("service");
    config.database.audit_url = url("audit");
    config.database.maintain_url = url("maintain");
    config.database.seal_url = url("seal");
    config.database.search_url = url("search");
    config.http.listen = ([127, 0, 0, 1], 0).into();
    config.http.metrics_listen = ([127, 0, 0, 1], 0).into();
    config.audit.kek_file = Some(config.kek_file());
    config.audit.note_key_file = Some(config.note_key_file());
    config.audit.second_place = Some(config.second_place());
    let issuer = DevelopmentIssuer::open(data_dir)?;
    config.auth.issuers.push(issuer.config()?);
    Ok(config)
}

/// Starts the program once; returns the seconds until its first answer.
fn start(file: &Path, requests: &Requests, number: u64) -> Result<f64, Failure> {
    let mut request = Vec::new();
    let script = requests.of(Workload::Verify);
    let expected = script.write(&mut Dice::new(number), &mut request);
    let begun = Instant::now();
    let mut program = Program(
        Command::new(env!("CARGO_BIN_EXE_dancu"))
            .arg("serve")
            .arg("--config")
            .arg(file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?,
    );
    let said = program.0.stderr.take().ok_or("the program says nothing")?;
    let mut said = BufReader::new(said);
    let mut connection = Connection::open(address(&mut said)?)?;
    connection.request = request;
    connection.expected = expected;
    let (verdict, _) = connection.ask()?;
    let seconds = begun.elapsed().as_secs_f64();
    if verdict != Verdict::Right {
        let answer = connection.last_answer();
        return Err(format!("the first answer was wrong:\n{answer}").into());
    }
    drop(connection);
    program.tell_to_end()?;
    // What it says meanwhile must be read, or it waits for that for ever.
    let mut rest = String::new();
    said.read_to_string(&mut rest)?;
    if program.0.wait()?.success() {
        Ok(seconds)
    } else {
        Err(format!("`dancu serve` did not end well:\n{rest}").into())
    }
}

/// Reads what it says until it says where it answers.
fn address(said: &mut impl BufRead) -> Result<SocketAddr, Failure> {
    let mut all = String::new();
    loop {
        let from = all.len();
        if said.read_line(&mut all)? == 0 {
            return Err(format!("`dancu serve` did not start:\n{all}").into());
        }
        if let Some(address) = all[from..].strip_prefix(ANSWERS) {
            return Ok(address.trim_end().parse()?);
        }
    }
}

/// The program: told to end when it is dropped, and waited for.
struct Program(Process);

impl Program {
    fn tell_to_end(&self) -> Result<(), Failure> {
        let pid = Pid::from_child(&self.0);
        Ok(kill_process(pid, Signal::TERM)?)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Once it was waited for, its number may be another's.
        if let Ok(None) = self.0.try_wait() {
            let _told = self.tell_to_end();
            let _ended = self.0.wait();
        }
    }
}
