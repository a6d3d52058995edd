//! What is counted: steps of a request that draw nothing at random, read no clock and wait for nothing.

use std::hint::black_box;

use dancu::audit::Draft;
use dancu::auth::TokenDesk;
use dancu::domain::claim::Claims;
use dancu::domain::entry::{Month, encode};
use dancu::domain::fault::FromText as _;
use dancu::domain::field::{Field, FieldMask, describe, fields_mask};
use dancu::domain::name::NameMatch;
use dancu::domain::policy::{OfficerId, Operation};
use dancu::domain::record::judge;
use dancu::keys::MonthKeys;
use dancu::service::answer::Answer as _;
use futures_util::FutureExt as _;
use serde_json::json;

use super::agreed::{ISSUER, PROCEDURE, client_ids, scopes, snapshot};
use super::answers::{looked_up, verified};
use super::issuer::{NOW, ed25519, verifier};
use super::person::{Person, TODAY, three_fields};
use super::sample::lookup;

/// A step that is ready to be taken.
type Step = Box<dyn FnMut()>;
/// What makes it ready.
type Ready = fn() -> Step;

/// How often a step is taken while it is counted.
pub const TIMES: u64 = 200;
/// How often before, so that whatever is made once is made.
const BEFORE: u64 = 50;

/// The steps by their names.
pub const STEPS: &[(&str, Ready)] = &[
    ("token, known", token),
    ("caller and grant", grant),
    ("claims of a verification, read", read),
    ("claims of a verification, read and judged", verify),
    ("three fields, cut", cut_three),
    ("all fields, cut", cut_all),
    ("record, made ready", make),
    ("fields of a lookup, described", describe_fields),
    ("entry, drafted", draft),
    ("entry, encoded", entry),
    ("answer of a verification, written", write_verified),
    ("answer of a lookup, written", write_looked_up),
];

/// Makes a step ready, and takes it.
pub fn take(ready: Ready) {
    let mut step = ready();
    for _ in 0..BEFORE {
        step();
    }
    instructions_counted_here(&mut *step);
}

/// What callgrind knows by its name: it counts in here and nowhere else.
#[inline(never)]
fn instructions_counted_here(step: &mut dyn FnMut()) {
    for _ in 0..TIMES {
        step();
    }
}

fn token() -> Step {
    let (key, token) = ed25519();
    let desk = TokenDesk::new(verifier(&json!({"keys": [key]})));
    Box::new(move || {
        let verified = desk.verify(black_box(&token), NOW).now_or_never();
        let verified = verified.expect("a known key need not be waited for");
        black_box(verified.expect("it is good"));
    })
}

/// Of every client in its turn: where a map has somebody depends on its seed, and costs one more or less.
fn grant() -> Step {
    let (snapshot, scopes) = (snapshot(), scopes());
    let clients = client_ids();
    let mut at = 0;
    let officer = OfficerId::from_text("079085001234").ok();
    Box::new(move || {
        at = (at + 1) % clients.len();
        let caller = snapshot.caller(ISSUER, black_box(&clients[at]), &scopes, None);
        let caller = caller.expect("it is registered");
        let procedure = black_box(PROCEDURE);
        let granted = snapshot.grant(&caller, Operation::Verify, procedure, officer, TODAY);
        black_box(granted.expect("it is agreed"));
    })
}

/// A verification's claims of somebody, all of which hold.
fn claims(person: &Person) -> String {
    let name = person.citizen.full_name.as_str();
    let birth_date = person.citizen.birth_date.to_string();
    json!({"full_name": name, "birth_date": birth_date}).to_string()
}

fn claimed(text: &str) -> Claims {
    let document = dancu::json::read::<Claims>(black_box(text.as_bytes()));
    let claims = document.expect("it is JSON").value;
    claims.expect("it has no fault")
}

fn read() -> Step {
    let text = claims(&Person::plain());
    Box::new(move || {
        black_box(claimed(&text));
    })
}

fn verify() -> Step {
    let person = Person::plain();
    let (text, record) = (claims(&person), person.record());
    Box::new(move || {
        let claims = claimed(&text);
        let judged = judge(
            black_box(&record),
            &claims,
            NameMatch::Canonical,
            false,
            TODAY,
        );
        assert!(judged.matches, "they hold");
    })
}

fn cut_three() -> Step {
    cut(three_fields())
}

fn cut_all() -> Step {
    cut(fields_mask(Field::ALL))
}

/// As a lookup does it: into room of its own each time.
fn cut(mask: FieldMask) -> Step {
    let record = Person::plain().record();
    Box::new(move || {
        let mut out = Vec::with_capacity(1024);
        black_box(black_box(&record).cut(black_box(&mask), false, TODAY, &mut out));
        black_box(out);
    })
}

fn make() -> Step {
    let person = Person::plain();
    Box::new(move || {
        black_box(person.record());
    })
}

/// As an entry tells them, before and after.
fn describe_fields() -> Step {
    let mask = three_fields();
    Box::new(move || {
        black_box(describe(black_box(&mask)));
    })
}

fn keys() -> MonthKeys {
    let month = Month::from_number(202_611).expect("November 2026 is a month");
    MonthKeys::new(month, 1, &[1; 32], &[2; 32])
}

fn draft() -> Step {
    let (entry, keys) = (lookup(), keys());
    Box::new(move || {
        black_box(Draft::new(black_box(&entry), &keys, &[5; 16]));
    })
}

fn entry() -> Step {
    let (entry, nonce) = (lookup(), [5; 16]);
    let protected = keys().protect(&entry, &nonce);
    Box::new(move || {
        black_box(encode(black_box(&entry), &protected, &nonce));
    })
}

fn write_verified() -> Step {
    let answer = verified();
    Box::new(move || {
        black_box(black_box(&answer).to_json());
    })
}

fn write_looked_up() -> Step {
    let answer = looked_up(&Person::plain().record(), &three_fields());
    Box::new(move || {
        black_box(black_box(&answer).to_json());
    })
}
