//! What must hold of a history: it repeats, it lies within its days, and abuses stand out.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::civil::date;

use super::calendar::{begin, is_off, is_working};
use super::cast::{SYSTEMS, place};
use super::*;

/// What somebody who watches would look for by default.
const PEOPLE_AN_HOUR: usize = 60;
const OF_AT_LEAST: usize = 20;
const CONSECUTIVE: usize = 5;
const OFFICERS_A_DAY: usize = 5;
const OFF_HOURS: usize = 5;
const TIMES_THE_USUAL: usize = 5;
const AT_LEAST: usize = 100;
const OF_ONE_OFFICER: usize = 50;
const KNOWN: usize = 5;

fn history(size: u64, days: u16) -> History {
    history_to(date(2026, 11, 26), size, days)
}

fn history_to(today: Date, size: u64, days: u16) -> History {
    let until = begin(today) + jiff::SignedDuration::from_mins(11 * 60 + 17);
    History::new(&Population::new(1, size), 1, today, until, days)
}

/// By agency, procedure, kind of question and decision.
fn counts(history: &History) -> BTreeMap<String, u32> {
    let mut counts = BTreeMap::new();
    for day in history.days() {
        for ask in history.asks(*day) {
            for (_, outcome) in &ask.people {
                let key = format!(
                    "{} {} {:?} {outcome:?}",
                    ask.agency, ask.procedure, ask.what
                );
                *counts.entry(key).or_default() += 1;
            }
        }
    }
    counts
}

/// One question of one call, flat.
struct Asked {
    day: Date,
    at: Timestamp,
    client: &'static str,
    officer: Option<String>,
    subject: String,
    outcome: Outcome,
}

fn flat(history: &History) -> Vec<Asked> {
    let mut all = Vec::new();
    for &day in history.days() {
        for ask in history.asks(day) {
            for (question, outcome) in ask.people {
                all.push(Asked {
                    day,
                    at: ask.at,
                    client: ask.client,
                    officer: ask.officer.map(|officer| officer.as_str().to_owned()),
                    subject: question.subject.as_str().to_owned(),
                    outcome,
                });
            }
        }
    }
    all
}

/// What is worth a look: its kind, and the officer, the person or the system.
fn found(history: &History, scale: f64) -> BTreeSet<(Kind, String)> {
    let most = |limit: usize| (limit as f64 * scale) as usize;
    let all = flat(history);
    let mut found = BTreeSet::new();
    let mut by_officer: BTreeMap<&str, Vec<&Asked>> = BTreeMap::new();
    let mut by_person: BTreeMap<(Date, &str), BTreeSet<&str>> = BTreeMap::new();
    let mut by_client: BTreeMap<&str, BTreeMap<Date, usize>> = BTreeMap::new();
    for asked in &all {
        *by_client
            .entry(asked.client)
            .or_default()
            .entry(asked.day)
            .or_default() += 1;
        if let Some(officer) = &asked.officer {
            by_officer.entry(officer).or_default().push(asked);
            by_person
                .entry((asked.day, &asked.subject))
                .or_default()
                .insert(officer);
        }
    }
    for ((_, person), officers) in by_person {
        if officers.len() >= most(OFFICERS_A_DAY) {
            found.insert((Kind::ManyOfficers, person.to_owned()));
        }
    }
    for (client, days) in by_client {
        if is_sudden(&days, most(AT_LEAST), most(TIMES_THE_USUAL)) {
            found.insert((Kind::SuddenVolume, client.to_owned()));
        }
    }
    let kin = kin(history);
    for (officer, asked) in by_officer {
        let mut look = |kind: Kind| found.insert((kind, officer.to_owned()));
        let (mut days, mut hours) = (BTreeMap::new(), BTreeMap::new());
        for it in &asked {
            *days.entry(it.day).or_default() += 1;
            let hour = it.at.as_second() / 3_600;
            *hours.entry((it.day, hour)).or_default() += 1;
        }
        if is_sudden(&days, most(OF_ONE_OFFICER), most(TIMES_THE_USUAL))
            || is_sudden(&hours, most(OF_ONE_OFFICER), most(TIMES_THE_USUAL))
        {
            look(Kind::SuddenVolume);
        }
        for (at, first) in asked.iter().enumerate() {
            let within = |milliseconds: i64| {
                let begun = first.at.as_millisecond();
                let still = move |it: &&&Asked| it.at.as_millisecond() - begun < milliseconds;
                asked[at..].iter().take_while(still)
            };
            let hour: BTreeSet<&str> = within(3_600_000).map(|it| it.subject.as_str()).collect();
            if hour.len() >= most(PEOPLE_AN_HOUR) {
                look(Kind::DistinctPeople);
            }
            let day: Vec<_> = within(86_400_000).collect();
            for span in [within(3_600_000).collect::<Vec<_>>(), day] {
                let wrong = span
                    .iter()
                    .filter(|it| it.outcome == Outcome::NoMatch)
                    .count();
                if span.len() >= OF_AT_LEAST && wrong * 2 >= most(span.len()) {
                    look(Kind::NoMatchRatio);
                }
                let off = span.iter().filter(|it| is_off(it.day, it.at)).count();
                if off >= most(OFF_HOURS) {
                    look(Kind::OffHours);
                }
                let numbers: BTreeSet<u64> = span
                    .iter()
                    .filter(|it| it.subject.len() == 12)
                    .map(|it| it.subject.parse().unwrap())
                    .collect();
                let mut run = 1;
                for (one, next) in numbers.iter().zip(numbers.iter().skip(1)) {
                    run = if one + 1 == *next { run + 1 } else { 1 };
                    if run >= most(CONSECUTIVE) {
                        look(Kind::SequentialNumbers);
                    }
                }
            }
            if first.subject == officer {
                look(Kind::SelfLookup);
            }
            if kin
                .get(officer)
                .is_some_and(|kin| kin.contains(&first.subject))
            {
                look(Kind::RelativesLookup);
            }
        }
    }
    found
}

/// Whether there is a day, or an hour, with so many times the mean of those before with any question.
fn is_sudden<W: Ord>(counts: &BTreeMap<W, usize>, least: usize, times: usize) -> bool {
    let (mut sum, mut known) = (0, 0);
    counts.values().any(|count| {
        let usual = known >= KNOWN && *count >= least && count * known >= times * sum;
        sum += count;
        known += 1;
        usual
    })
}

fn kin(history: &History) -> HashMap<String, BTreeSet<String>> {
    let officers = history.cast.officers.iter().flatten();
    officers
        .map(|officer| {
            let kin = officer.kin.iter().map(|it| it.number.as_str().to_owned());
            (officer.id.as_str().to_owned(), kin.collect())
        })
        .collect()
}

fn planted(history: &History) -> BTreeSet<(Kind, String)> {
    let told = |planted: &Planted| {
        let who = match planted.kind {
            Kind::ManyOfficers => planted.subject.unwrap().as_str().to_owned(),
            Kind::SuddenVolume if planted.officer.is_none() => planted.client.unwrap().to_owned(),
            _ => planted.officer.unwrap().as_str().to_owned(),
        };
        (planted.kind, who)
    };
    history.planted().iter().map(told).collect()
}

#[test]
fn a_history_is_the_same_for_the_same_seed_and_a_day_for_whatever_days_there_are() {
    let (one, other) = (history(2_000, 14), history(2_000, 14));
    let all = counts(&one);
    assert_eq!(all, counts(&other));
    assert!(all.values().sum::<u32>() > 9_000, "{all:?}");
    // The newest day has no abuse in it, whatever the days before.
    let today = *one.days().last().unwrap();
    let times = |history: &History| -> Vec<_> {
        history
            .asks(today)
            .iter()
            .map(|ask| (ask.at, ask.client))
            .collect()
    };
    assert_eq!(times(&one), times(&history(2_000, 20)));
}

#[test]
fn every_question_lies_within_its_day_and_none_is_yet_to_come() {
    let history = history(2_000, 21);
    assert_eq!(history.days().len(), 22);
    for &day in history.days() {
        let asks = history.asks(day);
        assert!(asks.is_sorted_by_key(|ask| ask.at));
        let (from, to) = (
            begin(day),
            begin(day.tomorrow().unwrap()).min(history.until),
        );
        assert!(asks.iter().all(|ask| (from..to).contains(&ask.at)));
    }
}

#[test]
fn days_look_like_a_countrys_office_days() {
    let history = history(10_000, 21);
    let all = flat(&history);
    let of = |day: Date| all.iter().filter(|it| it.day == day).count();
    // A Thursday, a Sunday, and a holiday on a Tuesday.
    let (working, sunday, holiday) = (date(2026, 11, 19), date(2026, 11, 15), date(2026, 11, 24));
    assert!(is_working(working) && !is_working(holiday));
    assert!((900..1_800).contains(&of(working)), "{}", of(working));
    assert!(of(sunday) * 4 < of(working), "{}", of(sunday));
    assert!(of(holiday) * 4 < of(working), "{}", of(holiday));
    let at = |hour: i64| {
        let hours = |it: &&Asked| it.at.duration_since(begin(it.day)).as_hours() == hour;
        all.iter()
            .filter(|it| it.client.starts_with("onestop"))
            .filter(hours)
            .count()
    };
    assert!(at(12) * 5 < at(10) && at(12) * 5 < at(14));
    assert_eq!(at(22), 0);
    assert!((16_000..28_000).contains(&all.len()), "{}", all.len());
    let share = |outcome: fn(Outcome) -> bool| {
        all.iter().filter(|it| outcome(it.outcome)).count() * 1_000 / all.len()
    };
    assert!((20..80).contains(&share(|it| it == Outcome::NoMatch)));
    assert!((8..40).contains(&share(|it| matches!(it, Outcome::Refused(_)))));
    let reasons: BTreeSet<&str> = all
        .iter()
        .filter_map(|it| match it.outcome {
            Outcome::Refused(reason) => Some(reason),
            Outcome::Match | Outcome::NoMatch => None,
        })
        .collect();
    let expected = [
        "agreement_missing",
        "agreement_not_in_force",
        "client_suspended",
        "field_not_permitted",
        "officer_not_permitted",
        "procedure_not_permitted",
    ];
    assert_eq!(reasons.into_iter().collect::<Vec<_>>(), expected);
}

#[test]
fn one_errand_leads_to_several_agencies_under_one_case() {
    let history = history(10_000, 7);
    let mut cases: HashMap<Box<str>, BTreeSet<&str>> = HashMap::new();
    for ask in history.days().iter().flat_map(|day| history.asks(*day)) {
        if let Some(case) = ask.case {
            cases.entry(case).or_default().insert(ask.agency);
        }
    }
    assert!(cases.values().filter(|agencies| agencies.len() > 1).count() > 20);
}

#[test]
fn what_is_worth_a_look_is_what_was_planted() {
    let thursday = date(2026, 11, 26);
    for (today, size, days) in [
        (thursday, 10_000, 21),
        (thursday, 1_000, 21),
        (thursday, 10_000, 14),
        // A Monday, and soon after Tết.
        (date(2026, 12, 7), 10_000, 21),
        (date(2027, 2, 15), 5_000, 21),
    ] {
        let history = history_to(today, size, days);
        let planted = planted(&history);
        let kinds: BTreeSet<Kind> = planted.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(kinds.len(), Kind::ALL.len(), "{size} {days}");
        let surge = history
            .planted()
            .iter()
            .find(|it| it.client == Some("telecom"));
        assert!(surge.unwrap().requests > 1_000, "a large system's least");
        assert_eq!(found(&history, 1.0), planted, "{size} {days}");
    }
}

#[test]
fn the_honest_part_stays_well_below_and_abuses_lie_well_above() {
    let history = history(10_000, 21);
    let planted = planted(&history);
    let of_abusers: BTreeSet<&String> = planted.iter().map(|(_, who)| who).collect();
    let honest = |found: &&(Kind, String)| !of_abusers.contains(&found.1);
    let strict = found(&history, 0.8);
    let strict: Vec<_> = strict.iter().filter(honest).collect();
    assert!(
        strict.is_empty(),
        "{strict:?} at four fifths of the thresholds"
    );
    let lax: Vec<_> = planted
        .difference(&found(&history, 1.15))
        .cloned()
        .collect();
    assert_eq!(lax, [], "at more than the thresholds");
}

#[test]
fn the_shortest_histories_have_what_there_is_room_for() {
    for days in [1, 2, 3] {
        let history = history(1_000, days);
        assert_eq!(history.days().len(), usize::from(days) + 1);
        assert!(found(&history, 1.0).is_superset(&planted(&history)));
    }
    assert_eq!(SYSTEMS[place("land")].client, "land");
}
