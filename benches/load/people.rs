//! Who is asked about: people of the population, reduced to what a question says of them.

use std::ops::Range;
use std::thread;

use dancu::domain::citizen::{Citizen, StatusKind};
use dancu::synth::Population;

use super::dice::Dice;
use super::population::SEED;

/// The most people that are asked about again and again.
const KNOWN: u64 = 20_000;

/// The places of the unknown who are asked about again and again.
pub const UNKNOWN: Range<u64> = 0..KNOWN / 10;

/// Somebody, as a question names them.
#[derive(Clone, Debug)]
pub struct Person {
    /// The personal number.
    pub number: String,
    /// The name.
    pub full_name: String,
    /// The birth date, as far as it is known.
    pub birth_date: String,
}

impl Person {
    fn of(citizen: &Citizen) -> Self {
        Self {
            number: citizen.personal_id.as_str().to_owned(),
            full_name: citizen.full_name.as_str().to_owned(),
            birth_date: citizen.birth_date.to_string(),
        }
    }
}

/// The first people: few enough to be cached.
pub fn first(citizens: u64) -> Vec<Person> {
    let population = Population::new(SEED, citizens);
    let first = population.range(0..citizens.min(KNOWN));
    first
        .filter(is_ordinary)
        .map(|it| Person::of(&it))
        .collect()
}

/// People whom nobody knows, by their places. A larger population begins with the smaller one, so
/// whoever comes after it is unknown.
pub fn unknown(citizens: u64, places: Range<u64>) -> Vec<Person> {
    let larger = Population::new(SEED, citizens + places.end);
    let after = larger.range(citizens + places.start..citizens + places.end);
    after.map(|citizen| Person::of(&citizen)).collect()
}

/// At most so many of all people but the first, each as likely as any other, in no order.
pub fn sample(citizens: u64, count: usize, seed: u64) -> Vec<Person> {
    // Where there are no others, the first will do.
    let from = if citizens > 2 * KNOWN { KNOWN } else { 0 };
    people(citizens, &chosen(from..citizens, count, seed))
}

/// At most so many of all people.
pub fn many(citizens: u64, count: u64) -> Vec<Person> {
    let first: Vec<u64> = (0..citizens.min(count)).collect();
    people(citizens, &first)
}

fn people(citizens: u64, chosen: &[u64]) -> Vec<Person> {
    let population = Population::new(SEED, citizens);
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let shares = chosen.chunks(chosen.len().div_ceil(cores).max(1));
        let threads: Vec<_> = shares
            .map(|indices| {
                let people = indices.iter().map(|&index| population.citizen(index));
                let ordinary = people.filter(is_ordinary).map(|it| Person::of(&it));
                scope.spawn(|| ordinary.collect::<Vec<_>>())
            })
            .collect();
        let drawn = threads.into_iter().map(|thread| {
            let drawn = thread.join();
            drawn.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        drawn.flatten().collect()
    })
}

/// Different ones of these indices.
fn chosen(among: Range<u64>, count: usize, seed: u64) -> Vec<u64> {
    let mut dice = Dice::new(seed);
    let mut indices: Vec<u64> = among.collect();
    let count = count.min(indices.len());
    for at in 0..count {
        let other = at + dice.below(indices.len() - at);
        indices.swap(at, other);
    }
    indices.truncate(count);
    indices
}

/// Whom every claim and every field is answered about.
fn is_ordinary(citizen: &Citizen) -> bool {
    citizen.status.kind == StatusKind::Active && !citizen.protected
}
