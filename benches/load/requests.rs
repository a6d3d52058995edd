//! The requests, written once before anything is measured: about many people, from all callers.

use std::collections::HashMap;
use std::net::SocketAddr;

use dancu::domain::citizen::{Citizen, StatusKind};
use dancu::synth::Population;
use serde_json::{Value, json};

use super::answer::Expected;
use super::callers::{Caller, GROUPS};
use super::dice::Dice;
use super::service::{SEED, Started};
use super::workload::Workload;

/// The most people that are asked about.
const PEOPLE: u64 = 50_000;
/// People of one batch.
const BATCH: usize = 100;
/// Different batches.
const BATCHES: usize = 300;
/// What the short lookup reads.
const THREE: [&str; 3] = ["full_name", "sex", "permanent_residence.current"];
/// A date on which nobody of the population was born.
const WRONG_DATE: &str = "1850-01-01";

/// All requests of one workload.
#[derive(Debug)]
pub struct Script {
    /// Where they go.
    pub target: SocketAddr,
    /// By caller and token: everything before the length of the body.
    heads: Vec<Vec<Vec<u8>>>,
    tails: Vec<Tail>,
}

/// The rest of a request.
#[derive(Debug)]
struct Tail {
    caller: usize,
    expected: Expected,
    bytes: Vec<u8>,
}

impl Script {
    /// Writes any one of them, with any token of its caller; says what must be answered.
    pub fn write(&self, dice: &mut Dice, out: &mut Vec<u8>) -> Expected {
        let tail = &self.tails[dice.below(self.tails.len())];
        let heads = &self.heads[tail.caller];
        out.clear();
        out.extend_from_slice(&heads[dice.below(heads.len())]);
        out.extend_from_slice(&tail.bytes);
        tail.expected
    }
}

/// A script for each workload.
#[derive(Debug)]
pub struct Requests(HashMap<Workload, Script>);

/// What is claimed of one person, and whether it is so.
struct Question {
    subject: Value,
    claims: Value,
    matches: bool,
}

impl Requests {
    /// Writes all of them.
    pub fn new(started: &Started, callers: &[Caller], citizens: u64) -> Self {
        let asked = citizens.min(PEOPLE);
        // A larger population begins with the smaller one, so whoever comes after it is unknown.
        let larger = Population::new(SEED, citizens + asked);
        let known: Vec<Citizen> = larger.range(0..asked).filter(is_ordinary).collect();
        let unknown: Vec<Citizen> = larger.range(citizens..citizens + asked / 10).collect();
        let right: Vec<Question> = known.iter().map(|one| question(one, true)).collect();
        let mixed: Vec<Question> = known
            .iter()
            .enumerate()
            .map(|(at, one)| match at % 10 {
                3 => wrong(one),
                7 => question(&unknown[at / 10 % unknown.len()], false),
                _ => question(one, true),
            })
            .collect();

        let all: Vec<&str> = GROUPS
            .iter()
            .flat_map(|group| group.fields())
            .map(|field| field.name())
            .collect();
        let with = |questions: &[Question], more: &dyn Fn(&mut Value)| {
            let tails = questions.iter().enumerate().map(|(at, one)| {
                let caller = at % callers.len();
                let mut body = json!({"context": context(&callers[caller], at),
                    "subject": one.subject, "claims": one.claims});
                more(&mut body);
                let expected = if one.matches {
                    Expected::Match
                } else {
                    Expected::NoMatch
                };
                tail(caller, expected, &body)
            });
            tails.collect::<Vec<_>>()
        };
        let batches = || -> Vec<Tail> {
            let mut dice = Dice::new(7);
            (0..BATCHES)
                .map(|at| batch(&mixed, callers, at, &mut dice))
                .collect()
        };
        let script = |workload: Workload| {
            let tails = match workload {
                Workload::Empty => nothing(with(&mixed, &|_| {})),
                Workload::EmptyBatch => nothing(batches()),
                Workload::Verify | Workload::Unsealed | Workload::Searched => with(&mixed, &|_| {}),
                Workload::Lookup => with(&right, &|body| body["fields"] = json!(THREE)),
                Workload::LookupAll => with(&right, &|body| body["fields"] = json!(all)),
                Workload::Prefill => with(&right, &|_| {}),
                Workload::Batch => batches(),
            };
            let target = if workload.is_reference() {
                started.empty_address
            } else {
                started.address
            };
            let script = Script {
                target,
                heads: heads(workload, target, callers),
                tails,
            };
            (workload, script)
        };
        let references = [Workload::Empty, Workload::EmptyBatch];
        let workloads = references.into_iter().chain(Workload::ASKING);
        Self(workloads.map(script).collect())
    }

    /// The script of a workload.
    pub fn of(&self, workload: Workload) -> &Script {
        &self.0[&workload]
    }
}

/// Whom every claim and every field is answered about.
fn is_ordinary(citizen: &Citizen) -> bool {
    citizen.status.kind == StatusKind::Active && !citizen.protected
}

fn question(citizen: &Citizen, matches: bool) -> Question {
    Question {
        subject: json!({"personal_id": citizen.personal_id.as_str()}),
        claims: json!({"full_name": citizen.full_name.as_str(),
            "birth_date": citizen.birth_date.to_string()}),
        matches,
    }
}

fn wrong(citizen: &Citizen) -> Question {
    let mut question = question(citizen, false);
    question.claims["birth_date"] = WRONG_DATE.into();
    question
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
        .map(|(at, one)| json!({"ref": at.to_string(), "subject": one.subject, "claims": one.claims}))
        .collect();
    let matches = chosen.iter().filter(|one| one.matches).count();
    let expected = Expected::Batch {
        matches,
        others: BATCH - matches,
    };
    let body = json!({"context": context(&callers[caller], at), "items": items});
    tail(caller, expected, &body)
}

fn tail(caller: usize, expected: Expected, body: &Value) -> Tail {
    let body = body.to_string();
    Tail {
        caller,
        expected,
        bytes: format!("Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes(),
    }
}

fn nothing(tails: Vec<Tail>) -> Vec<Tail> {
    let nothing = |tail| Tail {
        expected: Expected::Empty,
        ..tail
    };
    tails.into_iter().map(nothing).collect()
}

fn heads(workload: Workload, target: SocketAddr, callers: &[Caller]) -> Vec<Vec<Vec<u8>>> {
    let path = workload.path();
    let head = |token: &String| {
        format!(
            "POST {path} HTTP/1.1\r\nHost: {target}\r\nUser-Agent: dancu-load\r\n\
             Accept: application/json\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\n"
        )
        .into_bytes()
    };
    callers
        .iter()
        .map(|caller| caller.tokens.iter().map(head).collect())
        .collect()
}
