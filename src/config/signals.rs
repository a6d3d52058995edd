//! `[signals]`: from what on behaviour in the log is a signal, each kind with a switch of its own.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// `[signals]`: what auditors are shown to look at. Nothing is blocked by it.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct SignalsConfig {
    /// A file to which signals are appended as OCSF events, a JSON object a line; none if absent.
    pub ocsf_file: Option<PathBuf>,
    /// `[signals.distinct_people]`
    pub distinct_people: DistinctPeople,
    /// `[signals.no_match_ratio]`
    pub no_match_ratio: NoMatchRatio,
    /// `[signals.sequential_numbers]`
    pub sequential_numbers: SequentialNumbers,
    /// `[signals.many_officers]`
    pub many_officers: ManyOfficers,
    /// `[signals.off_hours]`
    pub off_hours: OffHours,
    /// `[signals.self_lookup]`
    pub self_lookup: Lookup,
    /// `[signals.relatives_lookup]`
    pub relatives_lookup: Lookup,
    /// `[signals.sudden_volume]`
    pub sudden_volume: SuddenVolume,
}

/// `[signals.distinct_people]`: different people within an hour.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct DistinctPeople {
    /// Whether it is looked for.
    pub enabled: bool,
    /// From how many on, of an officer.
    pub officer: u32,
    /// From how many on, of a client.
    pub client: u32,
}

impl Default for DistinctPeople {
    fn default() -> Self {
        Self {
            enabled: true,
            officer: 60,
            client: 5000,
        }
    }
}

/// `[signals.no_match_ratio]`: the share of questions that match nobody, within an hour.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct NoMatchRatio {
    /// Whether it is looked for.
    pub enabled: bool,
    /// From what percentage on.
    pub percent: u32,
    /// From how many answers of an officer on.
    pub officer_least: u32,
    /// From how many answers to a client on.
    pub client_least: u32,
}

impl Default for NoMatchRatio {
    fn default() -> Self {
        Self {
            enabled: true,
            percent: 50,
            officer_least: 20,
            client_least: 100,
        }
    }
}

/// `[signals.sequential_numbers]`: personal numbers that follow each other, on a day.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct SequentialNumbers {
    /// Whether it is looked for.
    pub enabled: bool,
    /// From how many on.
    pub least: u32,
    /// How far the running digits of the next one may be.
    pub step: u32,
}

impl Default for SequentialNumbers {
    fn default() -> Self {
        Self {
            enabled: true,
            least: 6,
            step: 2,
        }
    }
}

/// `[signals.many_officers]`: officers who look at one person on a day.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct ManyOfficers {
    /// Whether it is looked for.
    pub enabled: bool,
    /// From how many on.
    pub least: u32,
}

impl Default for ManyOfficers {
    fn default() -> Self {
        Self {
            enabled: true,
            least: 5,
        }
    }
}

/// `[signals.off_hours]`: an officer's questions of a day outside of working hours.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct OffHours {
    /// Whether it is looked for.
    pub enabled: bool,
    /// From how many on.
    pub least: u32,
    /// The hour in Vietnam at which work begins.
    pub from_hour: u8,
    /// The hour at which it ends.
    pub to_hour: u8,
    /// Days of work.
    pub weekdays: Vec<Weekday>,
}

impl Default for OffHours {
    fn default() -> Self {
        Self {
            enabled: true,
            least: 5,
            from_hour: 6,
            to_hour: 20,
            weekdays: vec![
                Weekday::Mon,
                Weekday::Tue,
                Weekday::Wed,
                Weekday::Thu,
                Weekday::Fri,
                Weekday::Sat,
            ],
        }
    }
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Weekday {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

impl Weekday {
    /// Its number as of ISO 8601: Monday is 1.
    pub const fn number(self) -> i32 {
        self as i32 + 1
    }
}

/// `[signals.self_lookup]` and `[signals.relatives_lookup]`: an officer's questions about one such
/// person on a day.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Lookup {
    /// Whether it is looked for.
    pub enabled: bool,
    /// From how many on.
    pub least: u32,
}

impl Default for Lookup {
    fn default() -> Self {
        Self {
            enabled: true,
            least: 1,
        }
    }
}

/// `[signals.sudden_volume]`: an hour or a day far above the usual of the days before.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct SuddenVolume {
    /// Whether it is looked for.
    pub enabled: bool,
    /// How many times the usual it must be.
    pub factor: u32,
    /// How many days before are looked at.
    pub days: u32,
    /// On how many of them there must have been questions: before, nothing is usual.
    pub known_days: u32,
    /// From how many questions of an officer on.
    pub officer_least: u32,
    /// From how many questions of a client on.
    pub client_least: u32,
}

impl Default for SuddenVolume {
    fn default() -> Self {
        Self {
            enabled: true,
            factor: 5,
            days: 28,
            known_days: 5,
            officer_least: 50,
            client_least: 1000,
        }
    }
}

impl SignalsConfig {
    /// Whether every threshold can be met and none is met by everything.
    pub(super) fn check(&self) -> Result<(), &'static str> {
        let least = [
            self.distinct_people.officer,
            self.distinct_people.client,
            self.no_match_ratio.officer_least,
            self.no_match_ratio.client_least,
            self.many_officers.least,
            self.off_hours.least,
            self.self_lookup.least,
            self.relatives_lookup.least,
            self.sudden_volume.officer_least,
            self.sudden_volume.client_least,
            self.sudden_volume.known_days,
        ];
        if least.contains(&0) {
            return Err(
                "every `least`, `officer`, `client` and `known_days` of `[signals]` is at least 1",
            );
        }
        if !(1..=100).contains(&self.no_match_ratio.percent) {
            return Err("`signals.no_match_ratio.percent` is from 1 to 100");
        }
        let walk = &self.sequential_numbers;
        if !(3..=100).contains(&walk.least) || !(1..=10).contains(&walk.step) {
            return Err(
                "`signals.sequential_numbers.least` is from 3 to 100 and `step` from 1 to 10",
            );
        }
        if self.off_hours.from_hour > self.off_hours.to_hour || self.off_hours.to_hour > 24 {
            return Err(
                "`signals.off_hours.from_hour` is not after `to_hour`, which is at most 24",
            );
        }
        let volume = &self.sudden_volume;
        if volume.factor < 2 || !(1..=62).contains(&volume.days) || volume.known_days > volume.days
        {
            return Err(
                "`signals.sudden_volume.factor` is at least 2, `days` from 1 to 62, and `known_days` \
                 no more",
            );
        }
        Ok(())
    }
}
