//! The silent "no": whether its time or its shape tells a number that nobody has from a wrong claim
//! about somebody.
//!
//! Over one connection, at random: everyone twice, first when the register must be read and soon after
//! when it need not be. Asked of a service that was just started, so nobody is cached before.

mod compared;
mod subjects;

use std::collections::HashMap;
use std::time::Instant;

use serde::Serialize;

use super::answer::Verdict;
use super::callers::Caller;
use super::child::Child;
use super::connection::Connection;
use super::counters::Counters;
use super::dice::Dice;
use super::options::Options;
use super::requests::Requests;
use super::script::{Order, Script};
use super::workload::Workload;
use super::{Failure, say};

use compared::Compared;
use subjects::{Reason, Subject};

/// How many of others are asked before.
const WARMING_UP: usize = 2_000;
/// How many wait to be asked a second time: few enough that it comes before what was cached is over.
const BETWEEN: usize = 100;
/// What share of people may have been cached when they should not, or the other way round.
const STRAYS: f64 = 0.005;

/// What was found.
#[derive(Debug, Serialize)]
pub struct Silence {
    /// Times, by the reason and by whether the person was cached.
    pub compared: Vec<Compared>,
    /// How many shapes the answers had, their ids apart. One is right.
    pub shapes: usize,
    /// Of everyone's two questions, the shares that were answered from memory and from the database:
    /// a half each.
    pub cached: f64,
    /// Whether nothing told anything.
    pub passed: bool,
}

/// Asks.
pub fn run(
    options: &Options,
    child: &Child,
    callers: &[Caller],
    requests: &Requests,
) -> Result<Silence, Failure> {
    say("asking whether a \"no\" tells why …");
    let (subjects, tails) = subjects::choose(options, callers)?;
    let script = Script::new(Workload::Verify, callers, tails, Order::Random);
    child.seal(true)?;
    let mut asking = Asking {
        connection: Connection::open(child.started.target(Workload::Verify)?)?,
        dice: Dice::new(5),
        shapes: HashMap::new(),
    };
    for _ in 0..WARMING_UP {
        asking.warm_up(requests.of(Workload::Verify))?;
    }
    let before = Counters::read(child, Workload::Verify)?;
    let mut times = Times::default();
    let mut new = shuffled(subjects.len(), &mut asking.dice);
    let mut known: Vec<usize> = Vec::new();
    while !new.is_empty() || !known.is_empty() {
        let again = !known.is_empty()
            && (new.is_empty() || known.len() >= BETWEEN || asking.dice.below(2) == 0);
        let at = if again {
            known.swap_remove(asking.dice.below(known.len()))
        } else {
            new.pop().ok_or("everyone was asked")?
        };
        let taken = asking.ask(&script, at)?;
        let times = times.entry((subjects[at], again)).or_default();
        times.push(taken);
        if !again {
            known.push(at);
        }
    }
    let after = Counters::read(child, Workload::Verify)?;
    Ok(found(times, asking.shapes.len(), after.hits_since(&before)))
}

/// Nanoseconds, by who was asked about and whether for the second time.
type Times = HashMap<(Subject, bool), Vec<u64>>;

fn found(mut times: Times, shapes: usize, cached: f64) -> Silence {
    let mut compared = Vec::new();
    for reason in Reason::ALL {
        for again in [false, true] {
            let mut of = |exists| {
                let times = times.remove(&(Subject { reason, exists }, again));
                times.unwrap_or_default()
            };
            compared.push(Compared::new(reason.name(), again, of(false), of(true)));
        }
    }
    let told = compared.iter().any(|one| !one.passed);
    Silence {
        compared,
        shapes,
        cached,
        passed: !told && shapes == 1 && (cached - 0.5).abs() <= STRAYS,
    }
}

/// All indices below `count`, in no order.
fn shuffled(count: usize, dice: &mut Dice) -> Vec<usize> {
    let mut all: Vec<usize> = (0..count).collect();
    for at in (1..count).rev() {
        all.swap(at, dice.below(at + 1));
    }
    all
}

/// The one connection, and what its answers looked like.
struct Asking {
    connection: Connection,
    dice: Dice,
    shapes: HashMap<(usize, Vec<u8>), u64>,
}

impl Asking {
    fn warm_up(&mut self, script: &Script) -> Result<(), Failure> {
        let connection = &mut self.connection;
        connection.expected = script.write(&mut self.dice, &mut connection.request);
        match connection.ask()? {
            (Verdict::Right, _) => Ok(()),
            (Verdict::Refused | Verdict::Wrong, _) => Err(connection.last_answer().into()),
        }
    }

    /// Asks one of them; returns the nanoseconds until its "no".
    fn ask(&mut self, script: &Script, at: usize) -> Result<u64, Failure> {
        let connection = &mut self.connection;
        connection.expected = script.write_one(at, &mut self.dice, &mut connection.request);
        let begun = Instant::now();
        let (verdict, head) = connection.ask()?;
        let taken = u64::try_from(begun.elapsed().as_nanos())?;
        if verdict != Verdict::Right {
            return Err(format!("this is no \"no\":\n{}", connection.last_answer()).into());
        }
        let (before, body) = connection.bytes(head);
        // Ids and times are digits, and letters like digits.
        let alike = |byte: &u8| {
            if byte.is_ascii_hexdigit() {
                b'0'
            } else {
                *byte
            }
        };
        let shape = (before.len(), body.iter().map(alike).collect());
        *self.shapes.entry(shape).or_default() += 1;
        Ok(taken)
    }
}
