//! How long until the service answers: started again over its database, from the start of its process
//! to the first verification that was answered, PostgreSQL's own start included, and with a PostgreSQL
//! that runs already.

use std::time::Instant;

use serde::Serialize;

use super::Failure;
use super::answer::Verdict;
use super::child::Child;
use super::connection::Connection;
use super::dice::Dice;
use super::home::Home;
use super::options::Options;
use super::requests::Requests;
use super::statistics::Spread;
use super::workload::Workload;

/// How long it took.
#[derive(Clone, Debug, Serialize)]
pub struct Startup {
    /// Seconds until the first answer.
    pub seconds: Spread,
    /// Until PostgreSQL answered: the part of that which is its own.
    pub database_seconds: Spread,
    /// Each time.
    pub times: Vec<f64>,
    /// Seconds until `dancu serve` gave its first answer over a database that ran already.
    pub existing_seconds: Option<Spread>,
}

/// Starts it so many times, once at least; gives the last one, too, which has answered one question.
pub fn run(
    options: &Options,
    home: &Home,
    requests: &Requests,
) -> Result<(Startup, Child), Failure> {
    let mut dice = Dice::new(0);
    let (mut times, mut databases) = (Vec::new(), Vec::new());
    loop {
        let begun = Instant::now();
        let child = Child::start(options, home)?;
        let mut connection = Connection::open(child.started.target(Workload::Verify)?)?;
        let script = requests.of(Workload::Verify);
        connection.expected = script.write(&mut dice, &mut connection.request);
        let (verdict, _) = connection.ask()?;
        times.push(begun.elapsed().as_secs_f64());
        databases.push(child.started.database_seconds);
        if verdict != Verdict::Right {
            let answer = connection.last_answer();
            return Err(format!("the first answer was wrong:\n{answer}").into());
        }
        if times.len() >= usize::from(options.starts) {
            let startup = Startup {
                seconds: Spread::of(times.iter().copied()),
                database_seconds: Spread::of(databases.into_iter()),
                times,
                existing_seconds: None,
            };
            return Ok((startup, child));
        }
        child.stop()?;
    }
}
