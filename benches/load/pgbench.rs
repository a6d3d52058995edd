//! The reference of cold reads: `pgbench -M prepared` reading the rows of the same people, over the
//! same socket, while nobody else asks.
//!
//! It has no list of numbers to choose from. So a table holds them, some in a row, and each of its
//! transactions takes a row of that at random and reads the people in it, one statement each: all
//! columns that the service reads, by primary key. The reading of the numbers counts as one more.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::thread::available_parallelism;

use serde::Serialize;
use tokio_postgres::types::ToSql;

use super::Failure;
use super::child::{Child, Started};
use super::counters::Counters;
use super::machine;
use super::options::Options;
use super::people::Person;
use super::workload::Workload;

/// The statement of the service, whose columns are read.
const FIND: &str = include_str!("../../sql/queries/citizens/find.sql");
/// People whom one transaction reads.
const PEOPLE: usize = 25;
/// Over how many connections it reads: the best counts.
const CLIENTS: [u16; 3] = [4, 16, 64];

/// How to run it.
#[derive(Debug)]
pub struct Pgbench {
    program: PathBuf,
    script: PathBuf,
    socket: PathBuf,
}

/// What it read.
#[derive(Clone, Debug, Serialize)]
pub struct Reading {
    /// Over how many connections the service was asked in that round.
    pub connections: u16,
    /// In which round.
    pub round: u16,
    /// Over how many it read itself.
    pub clients: u16,
    /// Rows read each second.
    pub per_second: f64,
    /// Microseconds of its own processor time for one.
    pub client_cpu: f64,
    /// Of the database's.
    pub database_cpu: f64,
}

impl Pgbench {
    /// Puts the numbers in place, where the program is beside the database's others.
    pub fn find(started: &Started, people: &[Person]) -> Result<Option<Self>, Failure> {
        let program = started.binaries.join("pgbench");
        if !program.exists() {
            return Ok(None);
        }
        let rows = people.len() / PEOPLE;
        if rows == 0 {
            return Err("there are too few people for pgbench".into());
        }
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?
            .block_on(put_numbers(started, people))?;
        let script = started.data_dir.join("pgbench.sql");
        fs::write(&script, script_of(rows)?)?;
        Ok(Some(Self {
            program,
            script,
            socket: started.socket.clone(),
        }))
    }

    /// Reads, over so many connections after another.
    pub fn read(
        &self,
        child: &Child,
        connections: u16,
        round: u16,
        options: &Options,
    ) -> Result<Vec<Reading>, Failure> {
        let read = |clients: u16| {
            let before = Counters::read(child, Workload::Empty)?;
            let per_second = self.run(clients, round, options)?;
            let after = Counters::read(child, Workload::Empty)?;
            let [client_cores, _, database_cores] = after.cores_since(&before);
            Ok(Reading {
                connections,
                round,
                clients,
                per_second,
                client_cpu: client_cores / per_second * 1e6,
                database_cpu: database_cores / per_second * 1e6,
            })
        };
        CLIENTS.into_iter().map(read).collect()
    }

    fn run(&self, clients: u16, round: u16, options: &Options) -> Result<f64, Failure> {
        let cores = available_parallelism().map_or(1, usize::from);
        let output = Command::new(&self.program)
            .args(["--no-vacuum", "--protocol=prepared", "--username=postgres"])
            .arg(format!("--client={clients}"))
            .arg(format!("--jobs={}", cores.min(usize::from(clients))))
            // It knows whole seconds only.
            .arg(format!("--time={:.0}", options.seconds.ceil()))
            .arg(format!("--random-seed={round}"))
            .arg("--port=5432")
            .arg("--host")
            .arg(&self.socket)
            .arg("--file")
            .arg(&self.script)
            .arg("dancu")
            .env_remove("PGOPTIONS")
            .output()?;
        let said = String::from_utf8_lossy(&output.stdout);
        let rate = said.lines().find_map(|line| {
            let rate = line.strip_prefix("tps = ")?;
            rate.split(' ').next()?.parse::<f64>().ok()
        });
        match rate {
            Some(transactions) if output.status.success() => Ok(transactions * (PEOPLE + 1) as f64),
            Some(_) | None => {
                let why = String::from_utf8_lossy(&output.stderr);
                Err(format!("pgbench did not read: {}", why.trim()).into())
            }
        }
    }
}

/// A table of the numbers, so many in a row.
async fn put_numbers(started: &Started, people: &[Person]) -> Result<(), Failure> {
    let client = machine::connect(&started.socket).await?;
    let names: Vec<String> = (0..PEOPLE).map(|at| format!("id{at} text")).collect();
    let names = names.join(", ");
    client
        .batch_execute(&format!(
            "CREATE SCHEMA IF NOT EXISTS load; DROP TABLE IF EXISTS load.number;
             CREATE TABLE load.number (n integer PRIMARY KEY, {names})"
        ))
        .await?;
    let rows = people.len() / PEOPLE;
    let columns: Vec<Vec<&str>> = people
        .chunks_exact(rows)
        .take(PEOPLE)
        .map(|column| column.iter().map(|one| one.number.as_str()).collect())
        .collect();
    let arrays: Vec<String> = (1..=PEOPLE).map(|at| format!("${at}::text[]")).collect();
    let values: Vec<&(dyn ToSql + Sync)> = columns.iter().map(|one| one as _).collect();
    let insert = format!(
        "INSERT INTO load.number SELECT row_number() OVER (), * FROM unnest({})",
        arrays.join(", ")
    );
    client.execute(&insert, &values).await?;
    client.batch_execute("VACUUM ANALYZE load.number").await?;
    let found = client.query_one(
        "SELECT count(*) FROM register.citizen WHERE personal_id IN (SELECT id0 FROM load.number)",
        &[],
    );
    if usize::try_from(found.await?.get::<_, i64>(0))? == rows {
        Ok(())
    } else {
        Err("the register does not hold the people whom pgbench is to read".into())
    }
}

fn script_of(rows: usize) -> Result<String, Failure> {
    // What is computed besides is the service's own business.
    let columns = FIND
        .split_once("SELECT\n")
        .and_then(|(_, rest)| rest.split_once(",\n    ARRAY(\n"))
        .map(|(columns, _)| columns.replace('\n', " "))
        .ok_or("the service's statement reads no columns first")?;
    let mut script = format!("\\set n random(1, {rows})\n");
    script.push_str("SELECT * FROM load.number WHERE n = :n \\gset\n");
    for at in 0..PEOPLE {
        let _ = writeln!(
            script,
            "SELECT {columns} FROM register.citizen AS c WHERE c.personal_id = :id{at};"
        );
    }
    Ok(script)
}
