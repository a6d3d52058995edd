//! Provinces, communes and code lists by the day they hold on, and what became of them.
//!
//! [`Reference`] is immutable and answers from hash maps. It is built from [`Tables`]: the database's
//! when the service starts, the shipped ones in tests and for the synthetic population. What an
//! address makes of it is in [`address`](super::address).

mod code;
mod shipped;
mod tables;

use foldhash::{HashMap, HashMapExt as _};
use jiff::civil::Date;
use smallvec::SmallVec;

pub use code::{Code, CommuneCode, DistrictCode, ListCode, NumberPrefix, ProvinceCode};
pub use shipped::SOURCES;
pub use tables::{
    CommuneChange, EVER, EthnicGroup, EthnicScheme, Kind, Mode, PrefixProvince, ProvinceChange,
    REFORM, Span, Tables, Unit, Value, ValueList,
};

type Units<C> = HashMap<C, SmallVec<[Unit; 1]>>;

/// The reference tables in memory.
#[derive(Debug, Default)]
pub struct Reference {
    provinces: Units<ProvinceCode>,
    districts: Units<DistrictCode>,
    communes: Units<CommuneCode>,
    province_steps: HashMap<ProvinceCode, Vec<ProvinceChange>>,
    commune_steps: HashMap<CommuneCode, Vec<Step>>,
    district_steps: HashMap<DistrictCode, Vec<(Date, CommuneCode)>>,
    ethnic_groups: HashMap<(ListCode, EthnicScheme), Box<str>>,
    religions: HashMap<ListCode, Box<str>>,
    prefixes: HashMap<NumberPrefix, PrefixProvince>,
    values: Vec<Value>,
}

/// What one decision made of one commune code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The first day of the new state.
    pub effective_on: Date,
    /// Where it went, each commune once, in the table's order.
    pub targets: SmallVec<[(CommuneCode, Mode); 1]>,
}

impl Step {
    /// Whether all of it is known to be in one commune now.
    fn is_certain(&self) -> bool {
        matches!(self.targets.as_slice(), [(_, mode)] if *mode != Mode::Part)
    }
}

/// What a commune code of an earlier day is on a later one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conversion {
    /// All of it is in this commune.
    Certain(CommuneCode),
    /// It is in one of these, and the code alone cannot tell in which.
    Split(SmallVec<[CommuneCode; 4]>),
    /// No such commune on that day, or no line says what became of it.
    Unknown,
}

/// Tables that contradict themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.as_str())]
pub enum Inconsistent {
    /// A unit belongs to a province that is not listed on the unit's first day.
    UnknownProvince,
    /// A conversion leads into a unit that is not listed on its first day.
    UnknownTarget,
    /// A code has two names on one day, or a span ends before it begins.
    Spans,
}

impl Inconsistent {
    /// What is wrong, for operators.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnknownProvince => "a district or commune is in a province not listed that day",
            Self::UnknownTarget => "a conversion leads to a unit not listed that day",
            Self::Spans => "a code has two names on one day, or a span of days is empty",
        }
    }
}

impl Reference {
    /// The tables shipped with the program.
    pub fn shipped() -> Self {
        Self::new(Tables::shipped()).expect("the shipped tables are consistent, by a test")
    }

    /// Indexes the tables, or says why they cannot be right.
    pub fn new(tables: Tables) -> Result<Self, Inconsistent> {
        let mut commune_steps: HashMap<_, Vec<Step>> = HashMap::new();
        let mut district_steps: HashMap<_, Vec<_>> = HashMap::new();
        for change in &tables.commune_changes {
            if let Some(old) = change.old_code {
                add_target(commune_steps.entry(old).or_default(), change);
            } else if let (Some(district), "") = (change.old_district, &*change.old_name) {
                let step = (change.effective_on, change.new_code);
                district_steps.entry(district).or_default().push(step);
            }
        }
        let mut province_steps: HashMap<_, Vec<_>> = HashMap::new();
        for change in &tables.province_changes {
            let steps = province_steps.entry(change.old_code).or_default();
            steps.push(*change);
        }
        for steps in commune_steps.values_mut() {
            steps.sort_by_key(|step| step.effective_on);
        }
        for steps in province_steps.values_mut() {
            steps.sort_by_key(|step| step.effective_on);
        }
        let this = Self {
            provinces: units(tables.provinces),
            districts: units(tables.districts),
            communes: units(tables.communes),
            province_steps,
            commune_steps,
            district_steps,
            ethnic_groups: tables
                .ethnic_groups
                .into_iter()
                .map(|group| ((group.code, group.scheme), group.name))
                .collect(),
            religions: tables.religions.into_iter().collect(),
            prefixes: tables
                .prefixes
                .into_iter()
                .map(|prefix| (prefix.prefix, prefix))
                .collect(),
            values: tables.values,
        };
        this.check()?;
        Ok(this)
    }

    /// The province of that code on that day.
    pub fn province(&self, code: ProvinceCode, on: Date) -> Option<&Unit> {
        only(&self.provinces, code, on)
    }

    /// The district of that code, the last there was: there are none since July 2025.
    pub fn district(&self, code: DistrictCode) -> Option<&Unit> {
        self.districts.get(&code).and_then(|units| units.last())
    }

    /// The commune of that code on that day; none where the code stood for two communes.
    pub fn commune(&self, code: CommuneCode, on: Date) -> Option<&Unit> {
        only(&self.communes, code, on)
    }

    /// The communes of that code on that day: two for the codes that stood for two.
    pub fn communes(&self, code: CommuneCode, on: Date) -> impl Iterator<Item = &Unit> {
        on_day(&self.communes, code, on)
    }

    /// Every name a commune code has had, the earliest first.
    pub(crate) fn commune_history(&self, code: CommuneCode) -> &[Unit] {
        self.communes.get(&code).map_or(&[], SmallVec::as_slice)
    }

    /// Every name a province code has had, the earliest first.
    pub(crate) fn province_history(&self, code: ProvinceCode) -> &[Unit] {
        self.provinces.get(&code).map_or(&[], SmallVec::as_slice)
    }

    /// Every commune listed on that day, in no order.
    pub fn communes_on(&self, on: Date) -> impl Iterator<Item = (CommuneCode, &Unit)> {
        self.communes
            .iter()
            .flat_map(|(code, units)| units.iter().map(|unit| (*code, unit)))
            .filter(move |(_, unit)| unit.valid.contains(on))
    }

    /// The first decision after that day that changed the commune.
    pub fn next_step(&self, code: CommuneCode, after: Date) -> Option<&Step> {
        let steps = self.commune_steps.get(&code)?;
        steps.iter().find(|step| step.effective_on > after)
    }

    /// What the commune code of day `from` is on day `to`, through every decision between them.
    pub fn convert(&self, code: CommuneCode, from: Date, to: Date) -> Conversion {
        let mut reached = SmallVec::new();
        let certain = self.follow(code, from, to, &mut reached);
        match reached.as_slice() {
            [] => Conversion::Unknown,
            [only] if certain => Conversion::Certain(*only),
            _ => Conversion::Split(reached),
        }
    }

    /// The commune a district without communes (an island) became, on day `to`.
    pub fn convert_district(&self, code: DistrictCode, from: Date, to: Date) -> Conversion {
        let steps = self.district_steps.get(&code);
        let step = steps.and_then(|steps| {
            steps
                .iter()
                .find(|(effective_on, _)| from < *effective_on && *effective_on <= to)
        });
        step.map_or(Conversion::Unknown, |(effective_on, new)| {
            self.convert(*new, *effective_on, to)
        })
    }

    /// The province that the province of day `from` is, or is in, on day `to`.
    pub fn convert_province(
        &self,
        code: ProvinceCode,
        from: Date,
        to: Date,
    ) -> Option<ProvinceCode> {
        let steps = self.province_steps.get(&code);
        let step = steps.and_then(|steps| {
            steps
                .iter()
                .find(|step| from < step.effective_on && step.effective_on <= to)
        });
        match step {
            Some(step) => self.convert_province(step.new_code, step.effective_on, to),
            None => self.province(code, to).map(|_| code),
        }
    }

    /// The name of an ethnic group: the code means nothing without its scheme.
    pub fn ethnic_group(&self, code: ListCode, scheme: EthnicScheme) -> Option<&str> {
        self.ethnic_groups.get(&(code, scheme)).map(AsRef::as_ref)
    }

    /// The name of a religion.
    pub fn religion(&self, code: ListCode) -> Option<&str> {
        self.religions.get(&code).map(AsRef::as_ref)
    }

    /// The province a prefix of the personal number was given out in.
    pub fn prefix(&self, prefix: NumberPrefix) -> Option<&PrefixProvince> {
        self.prefixes.get(&prefix)
    }

    /// The value of a list that the contract calls by that word.
    pub fn value(&self, list: ValueList, word: &str) -> Option<&Value> {
        self.values
            .iter()
            .find(|value| value.list == list && &*value.word == word)
    }

    /// Collects where `code` leads, and says whether that is certain. Ends, for each step is later
    /// than the one before.
    fn follow(
        &self,
        code: CommuneCode,
        from: Date,
        to: Date,
        reached: &mut SmallVec<[CommuneCode; 4]>,
    ) -> bool {
        let step = self
            .next_step(code, from)
            .filter(|step| step.effective_on <= to);
        let Some(step) = step else {
            if self.communes(code, to).next().is_none() {
                return false;
            }
            if !reached.contains(&code) {
                reached.push(code);
            }
            return true;
        };
        let mut certain = step.is_certain();
        for (target, _) in &step.targets {
            certain &= self.follow(*target, step.effective_on, to, reached);
        }
        certain
    }

    fn check(&self) -> Result<(), Inconsistent> {
        let provinces = self.provinces.values();
        let communes = self.communes.values();
        let mut all = provinces.chain(self.districts.values()).chain(communes);
        if all.any(|units| overlaps(units)) {
            return Err(Inconsistent::Spans);
        }
        let districts = self.districts.values().flatten();
        for unit in districts.chain(self.communes.values().flatten()) {
            let province = unit
                .province
                .and_then(|code| self.province(code, unit.valid.from));
            if province.is_none() {
                return Err(Inconsistent::UnknownProvince);
            }
        }
        let of_communes = self.commune_steps.values().flatten();
        let into_communes = of_communes
            .flat_map(|step| {
                step.targets
                    .iter()
                    .map(|(new, _)| (step.effective_on, *new))
            })
            .chain(self.district_steps.values().flatten().copied());
        for (on, new) in into_communes {
            if self.commune(new, on).is_none() {
                return Err(Inconsistent::UnknownTarget);
            }
        }
        for step in self.province_steps.values().flatten() {
            if self.province(step.new_code, step.effective_on).is_none() {
                return Err(Inconsistent::UnknownTarget);
            }
        }
        Ok(())
    }
}

fn add_target(steps: &mut Vec<Step>, change: &CommuneChange) {
    let target = (change.new_code, change.mode);
    match steps
        .iter_mut()
        .find(|step| step.effective_on == change.effective_on)
    {
        Some(step) => {
            if !step.targets.iter().any(|(new, _)| *new == change.new_code) {
                step.targets.push(target);
            }
        }
        None => steps.push(Step {
            effective_on: change.effective_on,
            targets: SmallVec::from_buf([target]),
        }),
    }
}

fn units<C: std::hash::Hash + Eq>(rows: Vec<(C, Unit)>) -> Units<C> {
    let mut units = Units::with_capacity(rows.len());
    for (code, unit) in rows {
        units.entry(code).or_default().push(unit);
    }
    for of_code in units.values_mut() {
        of_code.sort_by_key(|unit| unit.valid.from);
    }
    units
}

fn on_day<C: std::hash::Hash + Eq>(
    units: &Units<C>,
    code: C,
    on: Date,
) -> impl Iterator<Item = &Unit> {
    let units = units.get(&code).map_or(&[][..], SmallVec::as_slice);
    units.iter().filter(move |unit| unit.valid.contains(on))
}

fn only<C: std::hash::Hash + Eq>(units: &Units<C>, code: C, on: Date) -> Option<&Unit> {
    let mut found = on_day(units, code, on);
    let first = found.next();
    first.filter(|_| found.next().is_none())
}

/// Whether a span is empty, or two hold on one day. Two communes of one code did before July 2025.
fn overlaps(units: &[Unit]) -> bool {
    let ends_by = |unit: &Unit, day| unit.valid.until.is_some_and(|until| until <= day);
    units.iter().any(|unit| ends_by(unit, unit.valid.from))
        || units.windows(2).any(|pair| {
            let next = &pair[1];
            let shared_code = next.district.is_some() && next.valid.from < REFORM;
            !shared_code && !ends_by(&pair[0], next.valid.from)
        })
}

#[cfg(test)]
mod tests;
