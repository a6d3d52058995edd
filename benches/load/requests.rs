//! The requests, written once before anything is measured: about many people, from all callers.

use std::cell::LazyCell;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use serde_json::{Value, json};

use super::answer::Expected;
use super::callers::{Caller, GROUPS};
use super::dice::Dice;
use super::options::Options;
use super::people::{self, Person};
use super::script::{Order, Script, Tail};
use super::workload::Workload;

/// The most people that are asked about once after another: none comes again before what was cached
/// of them is over, at ten thousand a second.
const STRANGERS: usize = 400_000;
/// The seed they are drawn with.
const STRANGERS_SEED: u64 = 2;
/// The people that come and go in a soak.
const CHURNING: u64 = 200_000;
/// People of one batch.
const BATCH: usize = 100;
/// Different batches.
const BATCHES: usize = 300;
/// What the short lookup reads.
const THREE: [&str; 3] = ["full_name", "sex", "permanent_residence.current"];
/// A date on which nobody of the population was born.
const WRONG_DATE: &str = "1850-01-01";

/// A script for each workload that is asked.
#[derive(Debug)]
pub struct Requests {
    scripts: HashMap<Workload, Script>,
    /// Who is asked about once after another.
    pub strangers: Vec<Person>,
}

/// What is claimed of one person, and whether it is so.
#[derive(Clone, Debug)]
pub struct Question {
    /// The number.
    pub number: String,
    /// The name.
    pub full_name: String,
    /// The birth date.
    pub birth_date: String,
    /// Whether it is so.
    pub matches: bool,
}

impl Requests {
    /// Writes all that will be asked.
    pub fn new(callers: &[Caller], options: &Options) -> Self {
        let known = people::first(options.citizens);
        let unknown = people::unknown(options.citizens, people::UNKNOWN);
        let strangers = if options.asks_cold() {
            people::sample(options.citizens, STRANGERS, STRANGERS_SEED)
        } else {
            Vec::new()
        };
        let right: Vec<Question> = known.iter().map(|one| question(one, true)).collect();
        let mixed: Vec<Question> = known
            .iter()
            .enumerate()
            .map(|(at, one)| match at % 10 {
                3 => Question {
                    birth_date: WRONG_DATE.to_owned(),
                    ..question(one, false)
                },
                7 => question(&unknown[at / 10 % unknown.len()], false),
                _ => question(one, true),
            })
            .collect();
        let cold: Vec<Question> = strangers.iter().map(|one| question(one, true)).collect();

        let all: Vec<&str> = GROUPS
            .iter()
            .flat_map(|group| group.fields())
            .map(|field| field.name())
            .collect();
        let plain = |questions: &[Question]| tails(questions, callers, &|_| {});
        let reading = |questions: &[Question], fields: &[&str]| {
            tails(questions, callers, &|body| body["fields"] = json!(fields))
        };
        let batches = || -> Arc<[Tail]> {
            let mut dice = Dice::new(7);
            (0..BATCHES)
                .map(|at| batch(&mixed, callers, at, &mut dice))
                .collect()
        };
        let nothing = |tails: &[Tail]| tails.iter().cloned().map(Tail::for_nothing).collect();
        let verify = plain(&mixed);
        let cold_verify = LazyCell::new(|| plain(&cold));
        let walk = Arc::new(AtomicUsize::new(0));
        let script = |workload: Workload| {
            let tails = match workload {
                Workload::Empty => nothing(&verify),
                Workload::EmptyBatch => nothing(&batches()),
                Workload::Verify
                | Workload::Unsealed
                | Workload::Searched
                | Workload::Unrecorded => Arc::clone(&verify),
                Workload::Lookup => reading(&right, &THREE),
                Workload::LookupAll => reading(&right, &all),
                Workload::Prefill => plain(&right),
                Workload::Batch => batches(),
                Workload::ColdVerify | Workload::ColdUnrecorded => Arc::clone(&cold_verify),
                Workload::ColdLookup => reading(&cold, &THREE),
                Workload::Churn => {
                    let many = people::many(options.citizens, CHURNING);
                    let many: Vec<Question> = many.iter().map(|one| question(one, true)).collect();
                    plain(&many)
                }
                Workload::Peer(peer) => peer.tails(&right, callers).collect(),
            };
            let order = if workload.is_cold() {
                Order::Walk(Arc::clone(&walk))
            } else {
                Order::Random
            };
            (workload, Script::new(workload, callers, tails, order))
        };
        // Verifications are asked in any case: after a start, and by other generators.
        let always = [Workload::Empty, Workload::EmptyBatch, Workload::Verify];
        let soak = options.soak.map(|_| Workload::Churn);
        let asked = always.iter().chain(&options.workloads).chain(&soak);
        Self {
            scripts: asked.copied().map(script).collect(),
            strangers,
        }
    }

    /// The script of a workload.
    pub fn of(&self, workload: Workload) -> &Script {
        &self.scripts[&workload]
    }
}

/// A verification of each, from all callers in turn.
pub fn tails(questions: &[Question], callers: &[Caller], more: &dyn Fn(&mut Value)) -> Arc<[Tail]> {
    let tail = |(at, one): (usize, &Question)| {
        let caller = at % callers.len();
        let mut body = json!({"context": context(&callers[caller], at),
            "subject": one.subject(), "claims": one.claims()});
        more(&mut body);
        let expected = if one.matches {
            Expected::Match
        } else {
            Expected::NoMatch
        };
        Tail::new(caller, expected, &body)
    };
    questions.iter().enumerate().map(tail).collect()
}

impl Question {
    fn subject(&self) -> Value {
        json!({"personal_id": self.number})
    }

    fn claims(&self) -> Value {
        json!({"full_name": self.full_name, "birth_date": self.birth_date})
    }
}

fn question(person: &Person, matches: bool) -> Question {
    Question {
        number: person.number.clone(),
        full_name: person.full_name.clone(),
        birth_date: person.birth_date.clone(),
        matches,
    }
}

fn context(caller: &Caller, at: usize) -> Value {
    json!({"procedure_code": caller.procedure_code, "officer_id": format!("{:012}", 79_085_000_000 + at % 500),
        "case_id": format!("H29.12-261121-{:05}", at % 100_000)})
}

fn batch(questions: &[Question], callers: &[Caller], at: usize, dice: &mut Dice) -> Tail {
    let caller = at % callers.len();
    let chosen: Vec<&Question> = (0..BATCH)
        .map(|_| &questions[dice.below(questions.len())])
        .collect();
    let items: Vec<Value> = chosen
        .iter()
        .enumerate()
        .map(|(at, one)| json!({"ref": at.to_string(), "subject": one.subject(), "claims": one.claims()}))
        .collect();
    let matches = chosen.iter().filter(|one| one.matches).count();
    let expected = Expected::Batch {
        matches,
        others: BATCH - matches,
    };
    let body = json!({"context": context(&callers[caller], at), "items": items});
    Tail::new(caller, expected, &body)
}
