//! Addresses: what was recorded, and what it is called today.
//!
//! The register keeps an address as it was recorded, in codes. [`Address::resolve`] adds the names of
//! that day and where the place is now. Parsing the JSON of an address is not here.
//!
//! # In which table a code is read
//!
//! Most commune codes of before July 2025 exist after it too, some for another territory. So:
//!
//! 1. A district code means before July 2025: there has been no district since.
//! 2. Else the recorded day decides, where all of it (a month, a year) lies on one side.
//! 3. If the code did not exist then, the day on which it did: a code has no other meaning, and
//!    systems went on sending old ones for months.
//! 4. With neither district nor day, and a code that exists on both sides: the province decides,
//!    where the commune was in it on one side only. Else it is read as today's, unless that could
//!    name the wrong place: a commune that was split is read as of before July 2025, which makes it
//!    ambiguous, with today's commune of the same code among the candidates.
//!
//! # What `current` says
//!
//! The most precise unit recorded is mapped, through every decision since: `mapped` where all of it
//! is in one unit of today, `ambiguous` where it was split (or the code stood for two communes),
//! `unmapped` where nothing says. A province alone is mapped as a province. A district alone has no
//! counterpart and is `unmapped`, except islands that were districts without communes. Where the
//! commune is unknown or unclear but its province is not, the province is still given. Where
//! commune and recorded province disagree, the commune is followed.

mod resolved;

use std::fmt;

use jiff::civil::Date;

use super::country::Country;
use super::date::PartialDate;
use super::reference::{
    CommuneCode, Conversion, DistrictCode, ProvinceCode, REFORM, Reference, Unit,
};

pub use resolved::{AsRecorded, Candidate, Current, LocationCodes, MappingStatus, Resolved};

/// An address as it was recorded.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Address {
    /// The country; Vietnam unless another is named.
    pub country: Country,
    /// The province.
    pub province_code: Option<ProvinceCode>,
    /// The district, which only addresses from before July 2025 have.
    pub district_code: Option<DistrictCode>,
    /// The commune.
    pub commune_code: Option<CommuneCode>,
    /// House, street, hamlet, as written.
    pub detail: Option<Box<str>>,
    /// When it was recorded.
    pub recorded_on: Option<PartialDate>,
}

impl Default for Address {
    /// An address in Vietnam of which nothing else is known.
    fn default() -> Self {
        Self {
            country: Country::VIETNAM,
            province_code: None,
            district_code: None,
            commune_code: None,
            detail: None,
            recorded_on: None,
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address(***)")
    }
}

impl Address {
    /// The address with the names of its day, and what it is on `today`.
    pub fn resolve<'a>(&'a self, reference: &'a Reference, today: Date) -> Resolved<'a> {
        let read_on = self.read_on(reference, today);
        Resolved {
            as_recorded: self.as_recorded(reference, read_on, today),
            current: self.current(reference, read_on, today),
        }
    }

    /// The day on which the codes are read.
    fn read_on(&self, reference: &Reference, today: Date) -> Date {
        let before = day_before_reform();
        let wanted = match self.side() {
            Some(Side::Before) => self
                .recorded_on
                .map_or(before, |on| on.earliest().min(before)),
            Some(Side::Since(day)) => day,
            None => return self.read_without_day(reference, today),
        };
        let history = self.history(reference);
        if history.is_empty() || held_on(history, wanted) {
            return wanted;
        }
        another_day(history, wanted)
    }

    /// On which side of the reform it was recorded, if the address says.
    fn side(&self) -> Option<Side> {
        if self.district_code.is_some() {
            return Some(Side::Before);
        }
        let on = self.recorded_on?;
        if on.latest() < REFORM {
            Some(Side::Before)
        } else {
            (on.earliest() >= REFORM).then(|| Side::Since(on.earliest()))
        }
    }

    fn read_without_day(&self, reference: &Reference, today: Date) -> Date {
        let before = day_before_reform();
        let history = self.history(reference);
        match (held_on(history, before), held_on(history, today)) {
            (true, true) => {}
            (true, false) => return before,
            (false, true) => return today,
            (false, false) if history.is_empty() => return today,
            (false, false) => return another_day(history, today),
        }
        let Some(commune) = self.commune_code else {
            return today;
        };
        let fits = |day| {
            let mut communes = reference.communes(commune, day);
            self.province_code.is_none() || communes.any(|unit| unit.province == self.province_code)
        };
        match (fits(before), fits(today)) {
            (true, false) => before,
            (false, true) => today,
            (true, true) | (false, false) => match reference.convert(commune, before, today) {
                Conversion::Certain(same) if same == commune => today,
                Conversion::Certain(_) | Conversion::Split(_) | Conversion::Unknown => before,
            },
        }
    }

    /// Every name of the most precise unit whose code can stand on both sides of the reform.
    fn history<'a>(&self, reference: &'a Reference) -> &'a [Unit] {
        match (self.commune_code, self.province_code) {
            (Some(commune), _) => reference.commune_history(commune),
            (None, Some(province)) => reference.province_history(province),
            (None, None) => &[],
        }
    }

    fn as_recorded<'a>(
        &'a self,
        reference: &'a Reference,
        read_on: Date,
        today: Date,
    ) -> AsRecorded<'a> {
        let here = self.country == Country::VIETNAM;
        let district = self.district_code.filter(|_| here);
        let commune = self.commune_code.filter(|_| here);
        let unit = commune.and_then(|code| reference.commune(code, read_on));
        // A province of today beside an old commune's code is named as today's.
        let province_on = match unit {
            Some(unit) if unit.province != self.province_code => today,
            Some(_) | None => read_on,
        };
        AsRecorded {
            country: self.country,
            province_code: self.province_code,
            province_name: self.province_code.filter(|_| here).and_then(|code| {
                province_name(reference, code, province_on)
                    .or_else(|| province_name(reference, code, read_on))
            }),
            district_code: self.district_code,
            district_name: district.and_then(|code| Some(&*reference.district(code)?.name)),
            commune_code: self.commune_code,
            commune_name: unit.map(|unit| &*unit.name),
            detail: self.detail.as_deref(),
            recorded_on: self.recorded_on,
        }
    }

    fn current<'a>(&self, reference: &'a Reference, read_on: Date, today: Date) -> Current<'a> {
        if self.country != Country::VIETNAM {
            return Current::UNMAPPED;
        }
        let conversion = match (self.commune_code, self.district_code) {
            (Some(commune), _) => reference.convert(commune, read_on, today),
            (None, Some(district)) => reference.convert_district(district, read_on, today),
            (None, None) => Conversion::Unknown,
        };
        match conversion {
            Conversion::Certain(code) => Current::mapped(reference, code, today),
            Conversion::Split(codes) => Current::ambiguous(reference, &codes, today),
            Conversion::Unknown => self.only_province(reference, read_on, today),
        }
    }

    /// No commune, or one nobody knows: the province may still be clear.
    fn only_province<'a>(
        &self,
        reference: &'a Reference,
        read_on: Date,
        today: Date,
    ) -> Current<'a> {
        let of_district = || reference.district(self.district_code?)?.province;
        let recorded = self.province_code.or_else(of_district);
        // A new province's code may stand beside an old district's or an unknown commune's.
        let province = recorded.and_then(|code| {
            reference
                .convert_province(code, read_on, today)
                .or_else(|| reference.convert_province(code, today, today))
        });
        let alone = self.commune_code.is_none() && self.district_code.is_none();
        Current {
            status: if alone && province.is_some() {
                MappingStatus::Mapped
            } else {
                MappingStatus::Unmapped
            },
            province_code: province,
            province_name: province.and_then(|code| province_name(reference, code, today)),
            ..Current::UNMAPPED
        }
    }
}

/// When an address was recorded, as far as it matters.
enum Side {
    Before,
    Since(Date),
}

fn day_before_reform() -> Date {
    REFORM.yesterday().expect("a day of 2025 has one before it")
}

fn held_on(history: &[Unit], day: Date) -> bool {
    history.iter().any(|unit| unit.valid.contains(day))
}

/// A day on which a code did stand for something: the next one after `wanted`, else its last.
fn another_day(history: &[Unit], wanted: Date) -> Date {
    let later = history.iter().find(|unit| wanted < unit.valid.from);
    let last = || {
        let until = history.iter().filter_map(|unit| unit.valid.until).max();
        until.and_then(|until| until.yesterday().ok())
    };
    later
        .map(|unit| unit.valid.from)
        .or_else(last)
        .unwrap_or(wanted)
}

/// A province's name on that day, where the code had one.
fn province_name(reference: &Reference, code: ProvinceCode, on: Date) -> Option<&str> {
    Some(&*reference.province(code, on)?.name)
}

#[cfg(test)]
mod tests;
