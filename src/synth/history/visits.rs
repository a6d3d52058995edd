//! The honest part of a day: visits, errands, mistakes and nightly batches.

use std::collections::HashMap;
use std::net::Ipv4Addr;

use jiff::Timestamp;
use jiff::civil::{Date, date};

use super::super::dice::{About, Dice};
use super::calendar::{Hours, at, is_off, is_working, later};
use super::cast::{BATCHES, Batch, Officer, SYSTEMS, Standing, Step, System, place};
use super::{Ask, History, Known, Outcome, What};
use crate::domain::claim::{Claim, Subject};
use crate::domain::date::{PartialDate, Precision};
use crate::domain::number::PersonalId;
use crate::domain::policy::OfficerId;
use crate::domain::question::Question;

/// Officers who ask about one person on a day, at most.
const ASKERS: usize = 3;
/// What one officer asks at night and on days off, at most.
const OFF_HOURS: u32 = 1;
/// How often somebody is looked for who may be asked about.
const TRIES: u32 = 60;
/// By how much a surge multiplies.
const SURGE: u32 = 10;
/// Rows of draws a day has; those of batches come last.
const ROWS: u64 = 64;
const BATCH_ROWS: u64 = 32;

/// A procedure nobody has an agreement for, and one whose agreement with `onestop-hcm` is over.
const UNAGREED: &str = "dancu.cap-ho-chieu-pho-thong";
const EXPIRED: &str = "1.000894";
/// Systems all of whose agreements want an officer.
const WANT_OFFICERS: [&str; 5] = ["onestop-hn", "onestop-dn", "justice", "land", "hospital"];
/// What no agreement here lets anybody read.
const FORBIDDEN: &[&str] = &["full_name", "religion"];

/// What of a day must not become too much.
#[derive(Debug, Default)]
struct Seen {
    /// Who asked about a person.
    askers: HashMap<PersonalId, Vec<OfficerId>>,
    /// What an officer asked outside of office hours.
    off_hours: HashMap<(usize, usize), u32>,
}

/// At one counter, for one person.
#[derive(Clone)]
pub(super) struct Counter<'a> {
    pub system: &'a System,
    /// Where it stands among the systems.
    pub which: usize,
    pub officer: Option<(usize, &'a Officer)>,
    pub case: Option<Box<str>>,
}

impl Counter<'_> {
    /// A call from here.
    pub(super) fn ask(
        &self,
        at: Timestamp,
        procedure: &'static str,
        what: What,
        question: Question,
        outcome: Outcome,
    ) -> Ask {
        let desk = self.officer.map_or(2, |(desk, _)| desk + 10);
        Ask {
            at,
            client: self.system.client,
            agency: self.system.agency,
            officer: self.officer.map(|(_, officer)| officer.id),
            procedure,
            case: self.case.clone(),
            address: address(self.which, desk),
            what,
            people: vec![(question, outcome)],
        }
    }
}

fn address(system: usize, desk: usize) -> Ipv4Addr {
    let part = |number: usize| u8::try_from(number).expect("there are few of them");
    Ipv4Addr::new(10, 20 + part(system), 1, part(desk))
}

impl History {
    /// The day's honest calls, and those of a surge.
    pub(super) fn visit(&self, day: Date, asks: &mut Vec<Ask>) {
        let mut seen = Seen::default();
        for ask in asks.iter() {
            for (question, _) in &ask.people {
                if let (Some(officer), Subject::PersonalId(number)) =
                    (ask.officer, question.subject)
                {
                    let askers = seen.askers.entry(number).or_default();
                    askers.push(officer);
                }
            }
        }
        for (which, system) in SYSTEMS.iter().enumerate() {
            self.visits(day, which, system, &mut seen, asks);
        }
        for (row, batch) in (BATCH_ROWS..).zip(&BATCHES) {
            if batch.daily || is_working(day) {
                asks.push(self.batch(day, batch, self.dice(day, row)));
            }
        }
    }

    /// The draws of that row of a day.
    pub(super) fn dice(&self, day: Date, row: u64) -> Dice {
        let since = day
            .since(date(2000, 1, 1))
            .map_or(0, |span| span.get_days());
        Dice::of(
            self.seed,
            About::Errand,
            u64::from(since.unsigned_abs()) * ROWS + row,
        )
    }

    fn visits(
        &self,
        day: Date,
        which: usize,
        system: &System,
        seen: &mut Seen,
        asks: &mut Vec<Ask>,
    ) {
        let mut dice = self.dice(day, u64::try_from(which).expect("there are few"));
        let usual = system.visits[usize::from(!is_working(day))];
        let mut count = usual * (90 + dice.below(21)) / 100;
        if self.surges.contains(&(day, system.client)) {
            count *= SURGE;
        }
        let weights: Vec<u16> = system.tasks.iter().map(|task| task.weight).collect();
        for number in 1..=count {
            let time = system.hours.moment(day, &mut dice);
            let task = system.tasks[dice.weighted(&weights)];
            let off = is_off(day, time);
            let officer = self.officer(which, off, seen, &mut dice);
            if officer.is_none() && !self.cast.officers[which].is_empty() {
                continue;
            }
            let Some(person) = self.person(officer, seen, &mut dice) else {
                continue;
            };
            let counter = Counter {
                system,
                which,
                officer,
                case: system.cases.map(|prefix| case(prefix, day, number)),
            };
            match system.standing {
                Standing::Good => {}
                Standing::Suspended | Standing::Unagreed => {
                    let reason = match system.standing {
                        Standing::Suspended => "client_suspended",
                        Standing::Good | Standing::Unagreed => "agreement_missing",
                    };
                    let outcome = Outcome::Refused(reason);
                    asks.push(counter.ask(
                        time,
                        task.procedure,
                        What::Verify,
                        person.right(),
                        outcome,
                    ));
                    continue;
                }
            }
            if off && officer.is_some() {
                let question = claims(system, person.right());
                let (what, outcome) = (single(task.steps[0]), Outcome::Match);
                asks.push(counter.ask(time, task.procedure, what, question, outcome));
                continue;
            }
            let Some(end) = self.serve(
                day,
                time,
                &counter,
                (task.procedure, task.steps),
                person,
                &mut dice,
                asks,
            ) else {
                continue;
            };
            if !off {
                self.errand(
                    day,
                    end,
                    &counter,
                    task.procedure,
                    person,
                    seen,
                    &mut dice,
                    asks,
                );
            }
        }
    }

    /// Somebody who works there and may ask once more.
    fn officer(
        &self,
        which: usize,
        off: bool,
        seen: &mut Seen,
        dice: &mut Dice,
    ) -> Option<(usize, &Officer)> {
        let officers = &self.cast.officers[which];
        if officers.is_empty() {
            return None;
        }
        for _ in 0..TRIES {
            let desk = dice.index(officers.len());
            if off {
                let asked = seen.off_hours.entry((which, desk)).or_default();
                if *asked == OFF_HOURS {
                    continue;
                }
                *asked += 1;
            }
            return Some((desk, &officers[desk]));
        }
        None
    }

    /// Somebody who may be asked about there.
    fn person(
        &self,
        officer: Option<(usize, &Officer)>,
        seen: &mut Seen,
        dice: &mut Dice,
    ) -> Option<&Known> {
        (0..TRIES).find_map(|_| {
            let person = &self.people[dice.index(self.people.len())];
            self.may_be_asked_about(person, officer, seen)
                .then_some(person)
        })
    }

    fn may_be_asked_about(
        &self,
        person: &Known,
        officer: Option<(usize, &Officer)>,
        seen: &mut Seen,
    ) -> bool {
        if self.reserved.contains(&person.number) {
            return false;
        }
        let Some((_, officer)) = officer else {
            return true;
        };
        if officer
            .person
            .as_ref()
            .is_some_and(|own| own.block == person.block)
        {
            return false;
        }
        let askers = seen.askers.entry(person.number).or_default();
        if askers.contains(&officer.id) {
            return true;
        }
        if askers.len() >= ASKERS {
            return false;
        }
        askers.push(officer.id);
        true
    }

    /// What somebody came for, with what goes wrong; when it was done, unless they went away.
    #[expect(clippy::too_many_arguments, reason = "who, where, when, what for")]
    fn serve(
        &self,
        day: Date,
        begun: Timestamp,
        counter: &Counter<'_>,
        (procedure, steps): (&'static str, &'static [Step]),
        person: &Known,
        dice: &mut Dice,
        asks: &mut Vec<Ask>,
    ) -> Option<Timestamp> {
        let mut time = begun;
        let system = counter.system;
        let first = single(steps[0]);
        let fields = steps.iter().find_map(|step| match step {
            Step::Lookup(fields) => Some(*fields),
            Step::Verify | Step::Prefill => None,
        });
        let mut subject = Subject::PersonalId(person.number);
        if procedure == "dancu.doi-giay-phep-lai-xe"
            && let Some(old) = person.old
        {
            subject = Subject::OldIdNumber(old);
        }
        let right = || claims(system, person.question(subject, person.born));
        let refused = |time, procedure, what, reason, asks: &mut Vec<Ask>| {
            asks.push(counter.ask(time, procedure, what, right(), Outcome::Refused(reason)));
        };
        match dice.below(1_000) {
            // A birth date is mistyped, or a digit; most notice.
            error @ 0..45 => {
                let question = if error < 35 {
                    person.question(subject, mistyped(person.born))
                } else {
                    let number = Subject::PersonalId(other_digit(person.number, dice));
                    person.question(number, person.born)
                };
                let question = claims(system, question);
                asks.push(counter.ask(time, procedure, first, question, Outcome::NoMatch));
                if dice.chance(3_000) {
                    return None;
                }
                time = later(day, time, 20, 90, dice);
            }
            45..51 if fields.is_some() => {
                refused(
                    time,
                    procedure,
                    What::Lookup(FORBIDDEN, false),
                    "field_not_permitted",
                    asks,
                );
                time = later(day, time, 20, 90, dice);
            }
            51..57 if fields.is_some() => {
                let what = What::Lookup(FORBIDDEN, true);
                asks.push(counter.ask(time, procedure, what, right(), Outcome::Match));
                time = later(day, time, 20, 90, dice);
            }
            57..62 => {
                refused(
                    time,
                    UNAGREED,
                    What::Verify,
                    "procedure_not_permitted",
                    asks,
                );
                time = later(day, time, 20, 90, dice);
            }
            62..66 if counter.officer.is_some() && WANT_OFFICERS.contains(&system.client) => {
                let nobody = Counter {
                    officer: None,
                    ..counter.clone()
                };
                let outcome = Outcome::Refused("officer_not_permitted");
                asks.push(nobody.ask(time, procedure, first, right(), outcome));
                time = later(day, time, 20, 90, dice);
            }
            66..72 if system.client == "onestop-hcm" => {
                refused(time, EXPIRED, What::Verify, "agreement_not_in_force", asks);
                time = later(day, time, 20, 90, dice);
            }
            _ => {}
        }
        for step in steps {
            asks.push(counter.ask(time, procedure, single(*step), right(), Outcome::Match));
            time = later(day, time, 8, 70, dice);
        }
        Some(time)
    }

    /// Where people go next, under the same case: from the registration of a birth to the child's
    /// insurance, from the portal to the counter.
    #[expect(clippy::too_many_arguments, reason = "who, where, when, what for")]
    fn errand(
        &self,
        day: Date,
        end: Timestamp,
        counter: &Counter<'_>,
        procedure: &str,
        person: &Known,
        seen: &mut Seen,
        dice: &mut Dice,
        asks: &mut Vec<Ask>,
    ) {
        let (client, procedure, steps): (_, _, &[Step]) = match (counter.system.client, procedure) {
            ("onestop-hcm", "1.001193") => (
                "insurance",
                "dancu.bhyt-ho-gia-dinh",
                &[Step::Verify, Step::Prefill],
            ),
            ("portal", "1.004222") => ("onestop-hn", "1.004222", &[Step::Verify]),
            _ => return,
        };
        let time = later(day, end, 1_200, 4_800, dice);
        if !dice.chance(2_500) || is_off(day, time) {
            return;
        }
        let which = place(client);
        let officer = self.officer(which, false, seen, dice);
        if !self.may_be_asked_about(person, officer, seen) {
            return;
        }
        let next = Counter {
            system: &SYSTEMS[which],
            which,
            officer,
            case: counter.case.clone(),
        };
        let _done = self.serve(day, time, &next, (procedure, steps), person, dice, asks);
    }

    fn batch(&self, day: Date, batch: &Batch, mut dice: Dice) -> Ask {
        let mut people: Vec<(Question, Outcome)> = Vec::new();
        let mut numbers = Vec::new();
        for _ in 0..batch.people * TRIES {
            let person = &self.people[dice.index(self.people.len())];
            if self.reserved.contains(&person.number) || numbers.contains(&person.number) {
                continue;
            }
            numbers.push(person.number);
            people.push(if dice.chance(300) {
                let born = mistyped(person.born);
                let question = person.question(Subject::PersonalId(person.number), born);
                (question, Outcome::NoMatch)
            } else {
                (person.right(), Outcome::Match)
            });
            if people.len() == batch.people as usize {
                break;
            }
        }
        let (hour, minute) = batch.at;
        let machine = SYSTEMS.len();
        Ask {
            at: at(day, hour, minute, &mut dice),
            client: batch.client,
            agency: batch.agency,
            officer: None,
            procedure: batch.procedure,
            case: None,
            address: address(machine, batch.client.len()),
            what: What::VerifyBatch,
            people,
        }
    }
}

/// The case of that number.
pub(super) fn case(prefix: &str, day: Date, number: u32) -> Box<str> {
    let (year, month, day) = (day.year() % 100, day.month(), day.day());
    format!("{prefix}-{year:02}{month:02}{day:02}-{number:04}").into()
}

/// The question of a step.
fn single(step: Step) -> What {
    match step {
        Step::Verify => What::Verify,
        Step::Lookup(fields) => What::Lookup(fields, false),
        Step::Prefill => What::Prefill,
    }
}

/// What a system claims besides.
pub(super) fn claims(system: &System, mut question: Question) -> Question {
    if system.hours == Hours::Shop && system.client == "bank" {
        question.claims.0.push(Claim::AgeAtLeast(18));
    }
    question
}

/// Another birth date, as somebody types it in a hurry.
pub(super) fn mistyped(born: PartialDate) -> PartialDate {
    let year = born.year();
    let wrong = match (born.precision(), born.month(), born.day()) {
        // Day and month in the wrong order.
        (Precision::Day, Some(month), Some(day)) if day <= 12 && day != month => {
            format!("{year:04}-{day:02}-{month:02}")
        }
        (Precision::Day, Some(month), Some(day)) => {
            let day = if day == 28 { 27 } else { day % 28 + 1 };
            format!("{year:04}-{month:02}-{day:02}")
        }
        _ => format!("{:04}", year - 1),
    };
    PartialDate::from_iso(&wrong).expect("a day up to the 28th is one of any month")
}

/// The number with one of its last six digits changed.
fn other_digit(number: PersonalId, dice: &mut Dice) -> PersonalId {
    let mut digits = number.as_str().as_bytes().to_vec();
    let at = 6 + dice.index(6);
    digits[at] = b'0' + (digits[at] - b'0' + 1 + u8::try_from(dice.below(9)).expect("small")) % 10;
    let text = String::from_utf8(digits).expect("they are digits");
    PersonalId::parse(&text).expect("it has twelve")
}
