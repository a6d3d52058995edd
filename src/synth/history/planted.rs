//! The abuses: what somebody who watches should find, and nobody honest does.

use jiff::Timestamp;
use jiff::civil::{Date, Weekday};

use super::calendar::{after, is_working};
use super::cast::{Officer, SYSTEMS, place};
use super::visits::{Counter, case, claims, mistyped};
use super::{Ask, History, Known, Outcome, What};
use crate::domain::claim::Subject;
use crate::domain::date::{PartialDate, Precision};
use crate::domain::number::PersonalId;
use crate::domain::policy::OfficerId;

/// Working days before a surge that tell what is usual.
const USUAL: usize = 6;
/// The row of a day's draws that abuses take.
const ROW: u64 = 60;
/// Cases of abuses are made up, and numbered from here.
const CASES: u32 = 9_000;

/// A kind of abuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// One officer asks about many people in an hour.
    DistinctPeople,
    /// One officer guesses.
    NoMatchRatio,
    /// One officer walks along numbers that follow each other.
    SequentialNumbers,
    /// Many officers ask about one person on a day.
    ManyOfficers,
    /// One officer asks at night, or on a day off.
    OffHours,
    /// One officer asks about themselves.
    SelfLookup,
    /// One officer asks about their own family.
    RelativesLookup,
    /// One system, or one officer, asks far more than before.
    SuddenVolume,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::DistinctPeople,
        Self::NoMatchRatio,
        Self::SequentialNumbers,
        Self::ManyOfficers,
        Self::OffHours,
        Self::SelfLookup,
        Self::RelativesLookup,
        Self::SuddenVolume,
    ];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DistinctPeople => "distinct_people",
            Self::NoMatchRatio => "no_match_ratio",
            Self::SequentialNumbers => "sequential_numbers",
            Self::ManyOfficers => "many_officers",
            Self::OffHours => "off_hours",
            Self::SelfLookup => "self_lookup",
            Self::RelativesLookup => "relatives_lookup",
            Self::SuddenVolume => "sudden_volume",
        }
    }
}

/// One abuse, as it was planted.
#[derive(Clone, Debug)]
pub struct Planted {
    /// Its kind.
    pub kind: Kind,
    /// The system that asks; none where it is several.
    pub client: Option<&'static str>,
    /// Its agency.
    pub agency: Option<&'static str>,
    /// The officer who does it; none where it is a system as a whole, or several officers.
    pub officer: Option<OfficerId>,
    /// The person it is about, where it is about one.
    pub subject: Option<PersonalId>,
    /// When the first question was asked.
    pub from: Timestamp,
    /// When the last one was.
    pub to: Timestamp,
    /// How many there were.
    pub requests: usize,
    /// About how many people.
    pub people: usize,
}

/// An abuse's questions by one officer of one system, one after another.
struct Walk<'a> {
    kind: Kind,
    counter: Counter<'a>,
    day: Date,
    /// When it begins, and the pause between two questions, in seconds.
    begin: i64,
    pause: i64,
    procedure: &'static str,
}

/// A question of a walk.
type Next = (What, crate::domain::question::Question, Outcome);

impl History {
    /// Plants them, as far as the days have room.
    pub(super) fn plant(&mut self) {
        let working: Vec<Date> = self
            .days
            .iter()
            .rev()
            .skip(1)
            .copied()
            .filter(|day| is_working(*day))
            .collect();
        if working.is_empty() || self.people.len() < 200 {
            return;
        }
        // The working day so many before the last one that is over.
        let back = |days: usize| working[days % working.len()];
        let last = self.people.len() - 1;
        let (known, doctor) = (self.people[last].clone(), self.people[last - 1].clone());
        self.reserved.extend([known.number, doctor.number]);
        let has_usual = |days: usize| working.len() > days + USUAL;
        if has_usual(1) {
            self.surges.push((back(1), "telecom"));
        }
        let mut asks = Vec::new();
        self.many_people(back(2), has_usual(2), &mut asks);
        self.guesses(back(5), back(7), &mut asks);
        self.consecutive("onestop-hcm", 5, back(6), 8, &mut asks);
        self.consecutive("onestop-dn", 7, back(1), 7, &mut asks);
        self.many_officers(
            &known,
            back(4),
            &[("onestop-hcm", 5), ("onestop-hn", 4), ("onestop-dn", 3)],
            &mut asks,
        );
        self.many_officers(&doctor, back(8), &[("hospital", 9)], &mut asks);
        self.at_night(back(3), &mut asks);
        self.own_family(back(2), back(5), back(6), back(4), &mut asks);
        for (planted, asked) in asks {
            for ask in asked {
                let day = self.day_of(ask.at);
                self.planted_asks.entry(day).or_default().push(ask);
            }
            self.planted.push(planted);
        }
        self.tell_surges();
        self.planted.sort_by_key(|planted| planted.from);
    }

    fn day_of(&self, at: Timestamp) -> Date {
        let begun = |day: &&Date| super::calendar::begin(**day) <= at;
        *self
            .days
            .iter()
            .rev()
            .find(begun)
            .expect("abuses lie within the days")
    }

    fn counter(&self, client: &str, desk: usize, day: Date, number: u32) -> Counter<'_> {
        let which = place(client);
        let officers = &self.cast.officers[which];
        let system = &SYSTEMS[which];
        Counter {
            system,
            which,
            officer: officers.get(desk).map(|officer| (desk, officer)),
            case: system.cases.map(|prefix| case(prefix, day, CASES + number)),
        }
    }

    /// People of other families than the officer's, from somewhere in the pool on.
    fn strangers<'a>(
        &'a self,
        officer: Option<&'a Officer>,
        from: usize,
    ) -> impl Iterator<Item = &'a Known> {
        let block = officer
            .and_then(|it| it.person.as_ref())
            .map(|own| own.block);
        let people = self.people.iter().cycle().skip(from % self.people.len());
        people.take(self.people.len()).filter(move |person| {
            Some(person.block) != block && !self.reserved.contains(&person.number)
        })
    }

    fn walk(
        &self,
        walk: &Walk<'_>,
        subject: Option<PersonalId>,
        steps: impl Iterator<Item = Next>,
    ) -> (Planted, Vec<Ask>) {
        let mut dice = self.dice(walk.day, ROW);
        let asks: Vec<Ask> = (0..)
            .zip(steps)
            .map(|(step, (what, question, outcome))| {
                let time = after(walk.day, walk.begin + step * walk.pause, &mut dice);
                let question = claims(walk.counter.system, question);
                walk.counter
                    .ask(time, walk.procedure, what, question, outcome)
            })
            .collect();
        let officer = walk.counter.officer.map(|(_, officer)| officer.id);
        let planted = told(
            walk.kind,
            Some(walk.counter.system.client),
            officer,
            subject,
            &asks,
        );
        (planted, asks)
    }

    /// Where it is known what they usually ask, it is far more than that too.
    fn many_people(&self, day: Date, has_usual: bool, asks: &mut Vec<(Planted, Vec<Ask>)>) {
        let fields: &[&str] = &["household_head", "relation_to_head", "permanent_residence"];
        let insured: &[&str] = &["full_name", "household_members"];
        for (client, desk, procedure, fields, count) in [
            ("onestop-hn", 3, "1.004222", fields, 120),
            ("insurance", 2, "dancu.bhyt-ho-gia-dinh", insured, 90),
        ] {
            let counter = self.counter(client, desk, day, 1);
            let officer = counter.officer.map(|(_, officer)| officer);
            let walk = Walk {
                kind: Kind::DistinctPeople,
                day,
                begin: 10 * 3_600 + 20,
                pause: 29,
                procedure,
                counter,
            };
            let people = self.strangers(officer, 300).take(count);
            let steps =
                people.map(|person| (What::Lookup(fields, false), person.right(), Outcome::Match));
            let (planted, asked) = self.walk(&walk, None, steps);
            if has_usual {
                let kind = Kind::SuddenVolume;
                let sudden = Planted {
                    kind,
                    ..planted.clone()
                };
                asks.push((sudden, Vec::new()));
            }
            asks.push((planted, asked));
        }
    }

    /// Birth dates of some people, tried until one fits.
    fn guesses(&self, one: Date, other: Date, asks: &mut Vec<(Planted, Vec<Ask>)>) {
        for (client, desk, procedure, day, people, wrong) in [
            ("onestop-dn", 4, "1.004194", one, 4, 5),
            ("hospital", 6, "dancu.bhyt-ho-gia-dinh", other, 5, 5),
        ] {
            let counter = self.counter(client, desk, day, 2);
            let officer = counter.officer.map(|(_, officer)| officer);
            let walk = Walk {
                kind: Kind::NoMatchRatio,
                day,
                begin: 13 * 3_600 + 5 * 60,
                pause: 60,
                procedure,
                counter,
            };
            let to_the_day = |person: &&Known| person.born.precision() == Precision::Day;
            let people = self.strangers(officer, 900).filter(to_the_day).take(people);
            let steps = people.flat_map(|person| {
                let subject = Subject::PersonalId(person.number);
                let guess = (1..=wrong).map(move |years| {
                    let born = other_year(person.born, years);
                    (
                        What::Verify,
                        person.question(subject, born),
                        Outcome::NoMatch,
                    )
                });
                guess.chain([(What::Verify, person.right(), Outcome::Match)])
            });
            asks.push(self.walk(&walk, None, steps));
        }
    }

    /// Numbers that follow each other, somebody's among them, under one name.
    fn consecutive(
        &self,
        client: &str,
        desk: usize,
        day: Date,
        count: u64,
        asks: &mut Vec<(Planted, Vec<Ask>)>,
    ) {
        let counter = self.counter(client, desk, day, 3);
        let officer = counter.officer.map(|(_, officer)| officer);
        let walk = Walk {
            kind: Kind::SequentialNumbers,
            day,
            begin: 9 * 3_600 + 40 * 60,
            pause: 47,
            procedure: "1.004194",
            counter,
        };
        let person = self.strangers(officer, 1_200 + desk).find(|person| {
            let running = running(person.number);
            running > count && running + count < 1_000_000
        });
        let Some(person) = person else {
            return;
        };
        let begin = running(person.number) - count / 2;
        let steps = (begin..begin + count).map(|running| {
            let number = format!("{}{running:06}", &person.number.as_str()[..6]);
            let number = PersonalId::parse(&number).expect("it has twelve digits");
            let outcome = if number == person.number {
                Outcome::Match
            } else {
                Outcome::NoMatch
            };
            (
                What::Verify,
                person.question(Subject::PersonalId(number), person.born),
                outcome,
            )
        });
        asks.push(self.walk(&walk, None, steps));
    }

    /// Everybody looks at one person.
    fn many_officers(
        &self,
        person: &Known,
        day: Date,
        from: &[(&str, usize)],
        asks: &mut Vec<(Planted, Vec<Ask>)>,
    ) {
        let mut dice = self.dice(day, ROW + 1);
        let mut asked = Vec::new();
        for (client, officers) in from {
            for desk in 0..*officers {
                let counter = self.counter(client, desk, day, 4);
                let time = after(day, 8 * 3_600 + 900 + asked.len() as i64 * 1_500, &mut dice);
                let (procedure, what) = match *client {
                    "hospital" => (
                        "dancu.bhyt-ho-gia-dinh",
                        What::Lookup(&["full_name", "birth_date", "sex"], false),
                    ),
                    _ => ("1.004194", What::Prefill),
                };
                asked.push(counter.ask(time, procedure, what, person.right(), Outcome::Match));
            }
        }
        let client = match from {
            [(client, _)] => Some(SYSTEMS[place(client)].client),
            _ => None,
        };
        let planted = told(
            Kind::ManyOfficers,
            client,
            None,
            Some(person.number),
            &asked,
        );
        asks.push((planted, asked));
    }

    fn at_night(&self, night: Date, asks: &mut Vec<(Planted, Vec<Ask>)>) {
        let sunday = self
            .days
            .iter()
            .rev()
            .skip(1)
            .copied()
            .find(|day| day.weekday() == Weekday::Sunday);
        let fields: &[&str] = &[
            "full_name",
            "marital_status",
            "permanent_residence.address_line",
        ];
        let names: &[&str] = &[
            "full_name",
            "other_name",
            "father.full_name",
            "mother.full_name",
        ];
        for (client, desk, procedure, fields, day, hour, count) in [
            (
                "land",
                2,
                "dancu.bien-dong-dat-dai",
                fields,
                Some(night),
                2,
                9,
            ),
            (
                "justice",
                1,
                "dancu.phieu-ly-lich-tu-phap",
                names,
                sunday,
                15,
                7,
            ),
        ] {
            let Some(day) = day else {
                continue;
            };
            let counter = self.counter(client, desk, day, 5);
            let officer = counter.officer.map(|(_, officer)| officer);
            let walk = Walk {
                kind: Kind::OffHours,
                day,
                begin: hour * 3_600 + 130,
                pause: 290,
                procedure,
                counter,
            };
            let people = self.strangers(officer, 1_500).take(count);
            let steps =
                people.map(|person| (What::Lookup(fields, false), person.right(), Outcome::Match));
            asks.push(self.walk(&walk, None, steps));
        }
    }

    fn own_family(
        &self,
        first: Date,
        second: Date,
        third: Date,
        fourth: Date,
        asks: &mut Vec<(Planted, Vec<Ask>)>,
    ) {
        for (client, desk, day, count) in
            [("onestop-hcm", 8, first, 1), ("onestop-hn", 6, second, 2)]
        {
            let counter = self.counter(client, desk, day, 6);
            let Some(own) = counter
                .officer
                .and_then(|(_, officer)| officer.person.clone())
            else {
                continue;
            };
            let walk = Walk {
                kind: Kind::SelfLookup,
                day,
                begin: 11 * 3_600 + 20 * 60,
                pause: 240,
                procedure: "1.004194",
                counter,
            };
            let steps = (0..count).map(|_| (What::Prefill, own.right(), Outcome::Match));
            asks.push(self.walk(&walk, Some(own.number), steps));
        }
        for (client, procedure, day, most) in [
            ("onestop-dn", "1.004194", third, 4),
            ("land", "dancu.cap-giay-chung-nhan-dat", fourth, 3),
        ] {
            let officers = &self.cast.officers[place(client)];
            // Not one of those who do something else.
            let related = officers
                .iter()
                .enumerate()
                .rev()
                .find(|(_, officer)| officer.kin.len() >= 2);
            let Some((desk, officer)) = related else {
                continue;
            };
            let walk = Walk {
                kind: Kind::RelativesLookup,
                day,
                begin: 16 * 3_600 + 10 * 60,
                pause: 95,
                procedure,
                counter: self.counter(client, desk, day, 7),
            };
            let kin = officer.kin.iter().take(most);
            let steps = kin.map(|person| (What::Prefill, person.right(), Outcome::Match));
            asks.push(self.walk(&walk, None, steps));
        }
    }

    /// Surges are made with the day's visits; here they are told.
    fn tell_surges(&mut self) {
        for (day, client) in self.surges.clone() {
            let asks: Vec<Ask> = self
                .asks(day)
                .into_iter()
                .filter(|ask| ask.client == client)
                .collect();
            self.planted
                .push(told(Kind::SuddenVolume, Some(client), None, None, &asks));
        }
    }
}

fn told(
    kind: Kind,
    client: Option<&'static str>,
    officer: Option<OfficerId>,
    subject: Option<PersonalId>,
    asks: &[Ask],
) -> Planted {
    let times = || asks.iter().map(|ask| ask.at);
    let mut people: Vec<&str> = asks
        .iter()
        .flat_map(|ask| &ask.people)
        .map(|(question, _)| question.subject.as_str())
        .collect();
    people.sort_unstable();
    people.dedup();
    Planted {
        kind,
        client,
        agency: client.map(|client| SYSTEMS[place(client)].agency),
        officer,
        subject,
        from: times().min().unwrap_or_default(),
        to: times().max().unwrap_or_default(),
        requests: asks.len(),
        people: people.len(),
    }
}

/// The last six digits.
fn running(number: PersonalId) -> u64 {
    number.as_str()[6..].parse().expect("they are digits")
}

fn other_year(born: PartialDate, years: i16) -> PartialDate {
    let text = born.to_string();
    // The 29th of February is none of other years.
    let (year, rest) = (born.year() - years, text.get(4..).unwrap_or_default());
    PartialDate::from_iso(&format!("{year:04}{rest}")).unwrap_or_else(|_| mistyped(born))
}
