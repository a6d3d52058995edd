//! The rules, one after another, over whom a step touches.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};

use super::Evaluator;
use super::evaluator::SignalError;
use super::plain::Plain;
use super::rules::{NoMatch, Sequence, Volume};
use super::touched::{Look, Touched, day, looks};
use crate::clock::vietnam_day;
use crate::domain::auditing::SignalKind;
use crate::domain::entry::{Month, Private, Tag};
use crate::domain::number::{PersonalId, classify, walks};
use crate::store::signals::{
    Actor, ClientWindow, Looked, LookedFor, Looking, Measured, OfficerTag, OfficerWindow,
    SignalKey, SignalMeasure, SignalStep, Usual, Window, Working,
};

/// How far around a number a walk is looked for at least, in running digits. A longer one is told as
/// so long.
const REACH: u32 = 64;

/// Days that no month is longer than.
const MONTH_DAYS: u32 = 28;

type Raised = HashMap<SignalKey, SignalMeasure>;

/// An officer or a client on a day.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Walker {
    agency_code: String,
    officer_tag: Option<Tag>,
    client_id: Option<String>,
    window: Window,
}

impl Evaluator {
    /// The signals of whom these entries touch, as they are now.
    pub(super) async fn signals(
        &self,
        step: &SignalStep,
        rows: &[Looking],
    ) -> Result<Vec<(SignalKey, SignalMeasure)>, SignalError> {
        let looks = looks(rows);
        let mut raised = Raised::new();
        if looks.is_empty() || !self.rules.is_any() {
            return Ok(Vec::new());
        }
        let touched = Touched::by(&looks);
        let sudden = self.officers(step, &touched, &mut raised).await?;
        self.clients(step, &touched, &mut raised).await?;
        self.persons(step, &touched, &mut raised).await?;
        let opened: Vec<&Look> = if self.rules.need_plain() {
            looks.iter().collect()
        } else {
            // One of each officer who may be beyond the usual is enough.
            let mut known = HashSet::new();
            let of_sudden = |look: &&Look| {
                sudden.iter().any(|(officer, _)| is_by(look, officer))
                    && known.insert((look.agency_code.clone(), look.officer_tag))
            };
            looks.iter().filter(of_sudden).collect()
        };
        if !opened.is_empty() {
            let before = self
                .rules
                .sudden_volume
                .map_or(0, |rule| rule.days.div_ceil(MONTH_DAYS));
            let plain = Plain::open(step, &self.keys, rows, &opened, before).await?;
            self.metrics.unreadable.inc_by(plain.unreadable);
            if let Some(rule) = self.rules.sudden_volume {
                sudden_officers(step, rule, &plain, &looks, &sudden, &mut raised).await?;
            }
            if let Some(rule) = self.rules.sequential_numbers {
                sequences(step, rule, &plain, &looks, &mut raised).await?;
            }
            self.kin(step, &plain, &looks, &mut raised).await?;
        }
        Ok(raised.into_iter().collect())
    }

    /// What is told of officers by counting. Gives those who may have asked far more than usual.
    async fn officers(
        &self,
        step: &SignalStep,
        touched: &Touched,
        raised: &mut Raised,
    ) -> Result<Vec<(OfficerWindow, Measured)>, SignalError> {
        let rules = &self.rules;
        let working = rules.off_hours.as_ref().map_or(
            Working {
                from_hour: 0,
                to_hour: 24,
                weekdays: (1..=7).collect(),
            },
            |rule| Working {
                from_hour: rule.from_hour,
                to_hour: rule.to_hour,
                weekdays: rule.weekdays.clone(),
            },
        );
        let mut sudden = Vec::new();
        let hours: Vec<OfficerWindow> = touched.officer_hours.iter().cloned().collect();
        let days: Vec<OfficerWindow> = touched.officer_days.iter().cloned().collect();
        for (windows, is_hour) in [(hours, true), (days, false)] {
            for (number, measured) in step.officers(&windows, &working).await? {
                let Some(officer) = windows.get(number) else {
                    continue;
                };
                let signal = |kind| SignalKey {
                    kind,
                    window: officer.window,
                    actor: Actor::Officer(officer.tag),
                    subject_tag: None,
                    agency_code: Some(officer.agency_code.clone()),
                };
                if is_hour {
                    let people = rules.distinct_people.map(|rule| rule.officer);
                    distinct(people, &measured, &signal, raised);
                    let ratio = rules.no_match_ratio;
                    unmatched(
                        ratio,
                        ratio.map(|it| it.least.officer),
                        &measured,
                        &signal,
                        raised,
                    );
                } else if let (Some(rule), Some(off)) = (&rules.off_hours, measured.off)
                    && off.looks >= rule.least
                {
                    let of = (off.looks, rule.least);
                    let client = measured.client_id.clone();
                    raised.insert(signal(SignalKind::OffHours), measure(of, off, client));
                }
                let may_be_sudden = rules
                    .sudden_volume
                    .is_some_and(|rule| measured.all.looks >= rule.least.officer);
                if may_be_sudden {
                    sudden.push((officer.clone(), measured));
                }
            }
        }
        Ok(sudden)
    }

    /// The same of clients, and which of them asked far more than usual.
    async fn clients(
        &self,
        step: &SignalStep,
        touched: &Touched,
        raised: &mut Raised,
    ) -> Result<(), SignalError> {
        let rules = &self.rules;
        let key = |kind, client: &ClientWindow| SignalKey {
            kind,
            window: client.window,
            actor: Actor::Client(client.client_id.clone()),
            subject_tag: None,
            agency_code: Some(client.agency_code.clone()),
        };
        let hours: Vec<ClientWindow> = touched.client_hours.iter().cloned().collect();
        if rules.distinct_people.is_some() || rules.no_match_ratio.is_some() {
            for (number, measured) in step.clients(&hours).await? {
                let Some(client) = hours.get(number) else {
                    continue;
                };
                let signal = |kind| key(kind, client);
                let people = rules.distinct_people.map(|rule| rule.client);
                distinct(people, &measured, &signal, raised);
                let ratio = rules.no_match_ratio;
                unmatched(
                    ratio,
                    ratio.map(|it| it.least.client),
                    &measured,
                    &signal,
                    raised,
                );
            }
        }
        let Some(rule) = rules.sudden_volume else {
            return Ok(());
        };
        let days: Vec<ClientWindow> = touched.client_days.iter().cloned().collect();
        for (windows, is_hour) in [(hours, true), (days, false)] {
            let now = step.volumes(&windows).await?;
            let many: Vec<(ClientWindow, Usual)> = windows
                .into_iter()
                .zip(now)
                .filter(|(_, now)| now.looks >= rule.least.client)
                .collect();
            let before: Vec<ClientWindow> = many
                .iter()
                .map(|(client, _)| ClientWindow {
                    window: before(client.window, rule.days),
                    ..client.clone()
                })
                .collect();
            let usual = step.volumes(&before).await?;
            let mut sudden = Vec::new();
            for ((client, now), usual) in many.into_iter().zip(usual) {
                if let Some(threshold) = beyond(rule, rule.least.client, is_hour, usual)
                    && now.looks >= threshold
                {
                    sudden.push((client, now.looks, threshold));
                }
            }
            // Only now is it worth while to find the entries themselves.
            let windows: Vec<ClientWindow> =
                sudden.iter().map(|(client, ..)| client.clone()).collect();
            for (number, measured) in step.clients(&windows).await? {
                let Some((client, looks, threshold)) = sudden.get(number) else {
                    continue;
                };
                raised.insert(
                    key(SignalKind::SuddenVolume, client),
                    measure((*looks, *threshold), measured.all, measured.client_id),
                );
            }
        }
        Ok(())
    }

    /// Persons whom many officers asked about.
    async fn persons(
        &self,
        step: &SignalStep,
        touched: &Touched,
        raised: &mut Raised,
    ) -> Result<(), SignalError> {
        let Some(least) = self.rules.many_officers else {
            return Ok(());
        };
        let days: Vec<_> = touched.person_days.iter().cloned().collect();
        for (number, read) in step.persons(&days).await? {
            let Some(person) = days.get(number).filter(|_| read.officers >= least) else {
                continue;
            };
            let key = SignalKey {
                kind: SignalKind::ManyOfficers,
                window: person.window,
                actor: Actor::Person(person.tag),
                subject_tag: None,
                agency_code: read.agency_code,
            };
            raised.insert(
                key,
                measure((read.officers, least), read.all, read.client_id),
            );
        }
        Ok(())
    }

    /// Officers who asked about themselves or about relatives.
    async fn kin(
        &self,
        step: &SignalStep,
        plain: &Plain,
        looks: &[Look],
        raised: &mut Raised,
    ) -> Result<(), SignalError> {
        let (own, relatives) = (self.rules.self_lookup, self.rules.relatives_lookup);
        if own.is_none() && relatives.is_none() {
            return Ok(());
        }
        // Only what is a number can be anybody's.
        let with_number = |look: &'_ &Look| {
            plain
                .officer(look)
                .is_some_and(|officer| classify(officer).is_ok())
        };
        let looks: Vec<&Look> = looks.iter().filter(with_number).collect();
        let officers: BTreeSet<&str> = looks
            .iter()
            .filter_map(|look| plain.officer(look))
            .collect();
        if officers.is_empty() {
            return Ok(());
        }
        let officers: Vec<&str> = officers.into_iter().collect();
        let kin = self.register.kin(&officers).await?;
        let mut wanted: BTreeMap<LookedFor, (SignalKind, u64)> = BTreeMap::new();
        for look in looks {
            let (Some(officer), Some(subject)) = (plain.officer(look), plain.subject(look)) else {
                continue;
            };
            let Some(kin) = kin.get(officer) else {
                continue;
            };
            let rule = if kin.own.contains(subject) {
                own.map(|least| (SignalKind::SelfLookup, least))
            } else if kin.relatives.contains(subject) {
                relatives.map(|least| (SignalKind::RelativesLookup, least))
            } else {
                None
            };
            if let Some(rule) = rule {
                let looked_for = LookedFor {
                    agency_code: look.agency_code.clone(),
                    client_id: None,
                    officer_tag: look.officer_tag,
                    subject_tag: look.subject_tag,
                    window: day(look.at),
                };
                wanted.insert(looked_for, rule);
            }
        }
        let (wanted, rules): (Vec<LookedFor>, Vec<_>) = wanted.into_iter().unzip();
        for (number, looked, client_id) in step.looks(&wanted).await? {
            let (Some(it), Some((kind, least))) = (wanted.get(number), rules.get(number)) else {
                continue;
            };
            let Some(officer) = it.officer_tag.filter(|_| looked.looks >= *least) else {
                continue;
            };
            let key = SignalKey {
                kind: *kind,
                window: it.window,
                actor: Actor::Officer(officer),
                subject_tag: Some(it.subject_tag),
                agency_code: Some(it.agency_code.clone()),
            };
            raised.insert(key, measure((looked.looks, *least), looked, client_id));
        }
        Ok(())
    }
}

fn is_by(look: &Look, officer: &OfficerWindow) -> bool {
    look.officer_tag == Some(officer.tag) && look.agency_code == officer.agency_code
}

fn measure(
    (value, threshold): (u64, u64),
    entries: Looked,
    client_id: Option<String>,
) -> SignalMeasure {
    SignalMeasure {
        client_id,
        value,
        threshold,
        entries: entries.looks,
        first: entries.first,
        last: entries.last,
        walked: Vec::new(),
    }
}

fn distinct(
    least: Option<u64>,
    measured: &Measured,
    signal: &impl Fn(SignalKind) -> SignalKey,
    raised: &mut Raised,
) {
    if let Some(least) = least.filter(|least| measured.people >= *least) {
        let client = measured.client_id.clone();
        let measure = measure((measured.people, least), measured.all, client);
        raised.insert(signal(SignalKind::DistinctPeople), measure);
    }
}

fn unmatched(
    rule: Option<NoMatch>,
    least: Option<u64>,
    measured: &Measured,
    signal: &impl Fn(SignalKind) -> SignalKey,
    raised: &mut Raised,
) {
    let (Some(rule), Some(least)) = (rule, least) else {
        return;
    };
    if measured.answered < least.max(1) {
        return;
    }
    let percent = measured.unmatched * 100 / measured.answered;
    if percent >= rule.percent {
        let answered = Looked {
            looks: measured.answered,
            ..measured.all
        };
        let client = measured.client_id.clone();
        let measure = measure((percent, rule.percent), answered, client);
        raised.insert(signal(SignalKind::NoMatchRatio), measure);
    }
}

/// The days before the one a window lies in.
fn before(window: Window, days: u32) -> Window {
    let until = day(window.since).since;
    Window {
        since: until - SignedDuration::from_hours(24 * i64::from(days)),
        until,
    }
}

/// From how many questions on it is far more than usual; none where nothing is usual yet.
fn beyond(rule: Volume, least: u64, is_hour: bool, usual: Usual) -> Option<u64> {
    if usual.days < rule.known_days.max(1) {
        return None;
    }
    let of = if is_hour { usual.hours } else { usual.days };
    let times = usual.looks.saturating_mul(rule.factor);
    Some(times.div_ceil(of.max(1)).max(least))
}

/// Officers who asked far more than usual. They have another tag in each month and under each pair of
/// keys: whoever they are tells which.
async fn sudden_officers(
    step: &SignalStep,
    rule: Volume,
    plain: &Plain,
    looks: &[Look],
    sudden: &[(OfficerWindow, Measured)],
    raised: &mut Raised,
) -> Result<(), SignalError> {
    let mut tags = Vec::new();
    for (number, (officer, _)) in sudden.iter().enumerate() {
        let window = before(officer.window, rule.days);
        let months = month(window.since)..=month(window.until);
        let look = looks
            .iter()
            .find(|look| is_by(look, officer) && plain.officer(look).is_some());
        let mut own: BTreeSet<Tag> = BTreeSet::from([officer.tag]);
        if let Some(name) = look.and_then(|look| plain.officer(look)) {
            let all = plain.ring.officer_tags(Private::new(name));
            own.extend(
                all.filter(|(month, _)| months.contains(month))
                    .map(|(_, tag)| tag),
            );
        }
        let tag = |tag| OfficerTag {
            number,
            agency_code: officer.agency_code.clone(),
            tag,
            window,
        };
        tags.extend(own.into_iter().map(tag));
    }
    let usual: HashMap<usize, Usual> = step.usual_of_officers(&tags).await?.into_iter().collect();
    for (number, (officer, measured)) in sudden.iter().enumerate() {
        let is_hour = officer.window != day(officer.window.since);
        let usual = usual.get(&number).copied().unwrap_or_default();
        let threshold = beyond(rule, rule.least.officer, is_hour, usual);
        if let Some(threshold) = threshold.filter(|least| measured.all.looks >= *least) {
            let key = SignalKey {
                kind: SignalKind::SuddenVolume,
                window: officer.window,
                actor: Actor::Officer(officer.tag),
                subject_tag: None,
                agency_code: Some(officer.agency_code.clone()),
            };
            let of = (measured.all.looks, threshold);
            raised.insert(key, measure(of, measured.all, measured.client_id.clone()));
        }
    }
    Ok(())
}

/// Officers and clients who walk along personal numbers. Nothing is remembered of what was asked
/// before: whether the neighbours of a number were, their tags tell.
async fn sequences(
    step: &SignalStep,
    rule: Sequence,
    plain: &Plain,
    looks: &[Look],
    raised: &mut Raised,
) -> Result<(), SignalError> {
    let numbered: Vec<(&Look, PersonalId)> = looks
        .iter()
        .filter_map(|look| Some((look, PersonalId::parse(plain.subject(look)?).ok()?)))
        .collect();
    let company = with_company(step, rule, plain, &numbered).await?;
    let mut around: BTreeMap<Walker, BTreeSet<PersonalId>> = BTreeMap::new();
    for (look, number) in numbered {
        if !company.contains(&(look.agency_code.clone(), day(look.at), number)) {
            continue;
        }
        let client = Walker {
            agency_code: look.agency_code.clone(),
            officer_tag: None,
            client_id: Some(look.client_id.clone()),
            window: day(look.at),
        };
        let officer = look.officer_tag.map(|tag| Walker {
            officer_tag: Some(tag),
            client_id: None,
            ..client.clone()
        });
        let reach = REACH.max(rule.least * rule.step);
        for walker in [Some(client), officer].into_iter().flatten() {
            around
                .entry(walker)
                .or_default()
                .extend(near(&number, reach));
        }
    }
    for (walker, numbers) in around {
        let asked = asked_for(step, plain, &walker, &numbers).await?;
        let longest = walks(asked.keys().copied().collect(), rule.step)
            .into_iter()
            .max_by_key(|walk| walk.numbers().len());
        let Some(walk) = longest.filter(|walk| walk.numbers().len() >= rule.least as usize) else {
            continue;
        };
        let parts: Vec<&(Looked, Option<String>)> = walk
            .numbers()
            .iter()
            .filter_map(|number| asked.get(number))
            .collect();
        let all = parts.iter().map(|(looked, _)| *looked).reduce(together);
        let (Some(all), Some((_, client))) = (all, parts.first()) else {
            continue;
        };
        let same = parts.iter().all(|(_, other)| other == client);
        let actor = match (&walker.officer_tag, &walker.client_id) {
            (Some(tag), _) => Actor::Officer(*tag),
            (None, Some(client)) => Actor::Client(client.clone()),
            (None, None) => continue,
        };
        let key = SignalKey {
            kind: SignalKind::SequentialNumbers,
            window: walker.window,
            actor,
            subject_tag: None,
            agency_code: Some(walker.agency_code),
        };
        let of = (walk.numbers().len() as u64, u64::from(rule.least));
        let walked = walk.numbers().iter();
        let measure = SignalMeasure {
            walked: walked
                .flat_map(|number| tags(plain, number, walker.window))
                .collect(),
            ..measure(of, all, client.clone().filter(|_| same))
        };
        raised.insert(key, measure);
    }
    Ok(())
}

/// The numbers next to which somebody of the agency asked for another on the same day: nearly none.
async fn with_company(
    step: &SignalStep,
    rule: Sequence,
    plain: &Plain,
    numbered: &[(&Look, PersonalId)],
) -> Result<HashSet<(String, Window, PersonalId)>, SignalError> {
    let mut wanted = BTreeSet::new();
    let mut of: HashMap<LookedFor, BTreeSet<PersonalId>> = HashMap::new();
    for (look, number) in numbered {
        if !wanted.insert((&look.agency_code, day(look.at), *number)) {
            continue;
        }
        for neighbour in near(number, rule.step)
            .into_iter()
            .filter(|it| it != number)
        {
            for subject_tag in tags(plain, &neighbour, day(look.at)) {
                let looked_for = LookedFor {
                    agency_code: look.agency_code.clone(),
                    client_id: None,
                    officer_tag: None,
                    subject_tag,
                    window: day(look.at),
                };
                of.entry(looked_for).or_default().insert(*number);
            }
        }
    }
    let (wanted, of): (Vec<LookedFor>, Vec<BTreeSet<PersonalId>>) = of.into_iter().unzip();
    let mut company = HashSet::new();
    for (place, ..) in step.looks(&wanted).await? {
        let (Some(it), Some(numbers)) = (wanted.get(place), of.get(place)) else {
            continue;
        };
        let with = |number: &PersonalId| (it.agency_code.clone(), it.window, *number);
        company.extend(numbers.iter().map(with));
    }
    Ok(company)
}

/// Which of these numbers one asked for.
async fn asked_for(
    step: &SignalStep,
    plain: &Plain,
    walker: &Walker,
    numbers: &BTreeSet<PersonalId>,
) -> Result<BTreeMap<PersonalId, (Looked, Option<String>)>, SignalError> {
    let (mut wanted, mut of) = (Vec::new(), Vec::new());
    for number in numbers {
        for subject_tag in tags(plain, number, walker.window) {
            wanted.push(LookedFor {
                agency_code: walker.agency_code.clone(),
                client_id: walker.client_id.clone(),
                officer_tag: walker.officer_tag,
                subject_tag,
                window: walker.window,
            });
            of.push(*number);
        }
    }
    let mut asked: BTreeMap<PersonalId, (Looked, Option<String>)> = BTreeMap::new();
    for (place, looked, client) in step.looks(&wanted).await? {
        let Some(number) = of.get(place) else {
            continue;
        };
        asked
            .entry(*number)
            .and_modify(|(all, _)| *all = together(*all, looked))
            .or_insert((looked, client));
    }
    Ok(asked)
}

/// The numbers at most so far away that have all else in common, itself included.
fn near(number: &PersonalId, reach: u32) -> Vec<PersonalId> {
    let running = number.running();
    (running.saturating_sub(reach)..=running + reach)
        .filter_map(|running| number.with_running(running))
        .collect()
}

/// The tags a number has on that day, one a pair of keys.
fn tags(plain: &Plain, number: &PersonalId, window: Window) -> Vec<Tag> {
    let of = month(window.since);
    let tags = plain.ring.subject_tags(Private::new(number.as_str()));
    tags.filter(|(month, _)| *month == of)
        .map(|(_, tag)| tag)
        .collect()
}

fn month(at: Timestamp) -> Month {
    Month::of(vietnam_day(at))
}

fn together(one: Looked, other: Looked) -> Looked {
    Looked {
        looks: one.looks + other.looks,
        first: one.first.min(other.first),
        last: one.last.max(other.last),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::audit::signals::ByActor;

    const RULE: Volume = Volume {
        factor: 4,
        days: 7,
        known_days: 3,
        least: ByActor {
            officer: 10,
            client: 100,
        },
    };

    #[test]
    fn the_usual_is_the_mean_of_the_hours_or_days_with_any_question() {
        let usual = Usual {
            looks: 30,
            hours: 10,
            days: 5,
        };
        assert_eq!(beyond(RULE, 10, true, usual), Some(12), "three an hour");
        assert_eq!(beyond(RULE, 10, false, usual), Some(24), "six a day");
        assert_eq!(
            beyond(RULE, 50, false, usual),
            Some(50),
            "never below the least"
        );
        let newcomer = Usual { days: 2, ..usual };
        assert_eq!(beyond(RULE, 10, true, newcomer), None);
    }

    #[test]
    fn the_days_before_end_with_the_day_before() {
        let hour = Window {
            since: "2026-11-25T20:00:00Z".parse().unwrap(),
            until: "2026-11-25T21:00:00Z".parse().unwrap(),
        };
        let days = before(hour, 7);
        assert_eq!(days.until.to_string(), "2026-11-25T17:00:00Z");
        assert_eq!(days.since.to_string(), "2026-11-18T17:00:00Z");
    }

    proptest! {
        #[test]
        fn what_is_near_has_all_else_in_common(common in 0_u32..1_000_000, running in 0_u32..1_000_000, reach in 1_u32..70) {
            let number = PersonalId::parse(&format!("{common:06}{running:06}")).unwrap();
            let near = near(&number, reach);
            prop_assert!(near.contains(&number));
            prop_assert!(near.len() as u32 <= 2 * reach + 1);
            for one in &near {
                prop_assert_eq!(&one.as_str()[..6], &number.as_str()[..6]);
                prop_assert!(one.running().abs_diff(running) <= reach);
            }
        }
    }
}
