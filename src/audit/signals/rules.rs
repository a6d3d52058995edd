//! From what on behaviour is a signal. A rule that is none is switched off.

/// A threshold of an officer and one of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByActor {
    /// Of an officer.
    pub officer: u64,
    /// Of a client.
    pub client: u64,
}

/// Answers that matched nobody, within an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoMatch {
    /// From what percentage on.
    pub percent: u64,
    /// From how many answers on.
    pub least: ByActor,
}

/// Personal numbers that follow each other, on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sequence {
    /// From how many on.
    pub least: u32,
    /// How far the next one may be.
    pub step: u32,
}

/// Questions outside of working hours, on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OffHours {
    /// From how many on.
    pub least: u64,
    /// The hour in Vietnam at which work begins.
    pub from_hour: i32,
    /// The hour at which it ends.
    pub to_hour: i32,
    /// Days of work; Monday is 1.
    pub weekdays: Vec<i32>,
}

/// An hour or a day far above the usual.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Volume {
    /// How many times the usual.
    pub factor: u64,
    /// Days before that are looked at.
    pub days: u32,
    /// On how many of them there must have been questions.
    pub known_days: u64,
    /// From how many questions on.
    pub least: ByActor,
}

/// Every rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// Different people within an hour.
    pub distinct_people: Option<ByActor>,
    /// Answers that matched nobody.
    pub no_match_ratio: Option<NoMatch>,
    /// Personal numbers that follow each other.
    pub sequential_numbers: Option<Sequence>,
    /// Officers who asked about one person on a day, from so many on.
    pub many_officers: Option<u64>,
    /// Questions outside of working hours.
    pub off_hours: Option<OffHours>,
    /// An officer's questions of a day about themselves, from so many on.
    pub self_lookup: Option<u64>,
    /// The same about a relative.
    pub relatives_lookup: Option<u64>,
    /// An hour or a day far above the usual.
    pub sudden_volume: Option<Volume>,
}

impl Rules {
    /// Whether any rule is on.
    pub fn is_any(&self) -> bool {
        *self != Self::default()
    }

    /// Whether a rule needs to know which person or officer an entry is about.
    pub(super) const fn need_plain(&self) -> bool {
        self.sequential_numbers.is_some()
            || self.self_lookup.is_some()
            || self.relatives_lookup.is_some()
    }
}
