//! Who is asked about: pairs of a number that nobody has and one that somebody has, about whom the
//! same is claimed, and it is wrong.

use std::sync::Arc;

use crate::Failure;
use crate::callers::Caller;
use crate::options::Options;
use crate::people::{self, Person};
use crate::requests::{Question, tails};
use crate::script::Tail;

/// The seed they are drawn with.
const SEED: u64 = 3;
/// The length of a birth date that is known to the day.
const WHOLE_DATE: usize = 10;
/// How many are drawn for each that is wanted: not everybody's birth date is known to the day.
const DRAWN: usize = 2;

/// What is wrong about the one who exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The birth date.
    BirthDate,
    /// The name.
    Name,
}

/// One side of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Subject {
    /// What is wrong of the one who exists.
    pub reason: Reason,
    /// Whether this one does.
    pub exists: bool,
}

impl Reason {
    /// Both.
    pub const ALL: [Self; 2] = [Self::BirthDate, Self::Name];

    /// In words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::BirthDate => "wrong birth date",
            Self::Name => "wrong name",
        }
    }
}

/// All of them, and what is asked about each.
pub fn choose(
    options: &Options,
    callers: &[Caller],
) -> Result<(Vec<Subject>, Arc<[Tail]>), Failure> {
    let pairs = options.pairs as usize;
    let wanted = pairs * Reason::ALL.len();
    let mut people = people::sample(options.citizens, wanted * DRAWN, SEED);
    people.retain(|person| person.birth_date.len() == WHOLE_DATE);
    if people.len() < wanted {
        return Err(format!("{wanted} people with a birth date are wanted, too many").into());
    }
    let from = people::UNKNOWN.end;
    let strangers = people::unknown(options.citizens, from..from + wanted as u64);
    let (mut subjects, mut questions) = (Vec::new(), Vec::new());
    for (at, stranger) in strangers.iter().enumerate() {
        let reason = Reason::ALL[at / pairs];
        let person = &people[at];
        let claimed = claim(reason, person, &people, at)?;
        for (exists, one) in [(true, person), (false, stranger)] {
            subjects.push(Subject { reason, exists });
            questions.push(Question {
                number: one.number.clone(),
                matches: false,
                ..claimed.clone()
            });
        }
    }
    Ok((subjects, tails(&questions, callers, &|_| {})))
}

/// What is claimed of both: of the person, but for what somebody else has otherwise.
fn claim(
    reason: Reason,
    person: &Person,
    people: &[Person],
    at: usize,
) -> Result<Question, Failure> {
    let mut others = people.iter().cycle().skip(at + 1).take(people.len());
    let year = |person: &Person| person.birth_date[..4].to_owned();
    let initial = |person: &Person| person.full_name.to_lowercase().chars().next();
    let other = others.find(|other| match reason {
        Reason::BirthDate => year(other) != year(person),
        Reason::Name => initial(other) != initial(person),
    });
    let other = other.ok_or("everybody is alike")?;
    let (full_name, birth_date) = match reason {
        Reason::BirthDate => (&person.full_name, &other.birth_date),
        Reason::Name => (&other.full_name, &person.birth_date),
    };
    Ok(Question {
        number: String::new(),
        full_name: full_name.clone(),
        birth_date: birth_date.clone(),
        matches: false,
    })
}
