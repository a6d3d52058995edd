//! An address read back: names as of its day, the units of today, and one printable line.

use jiff::civil::Date;
use smallvec::SmallVec;

use super::province_name;
use crate::domain::country::Country;
use crate::domain::date::PartialDate;
use crate::domain::reference::{CommuneCode, DistrictCode, ProvinceCode, Reference};

/// An address as callers read it. Names are borrowed from the reference tables.
#[derive(Clone, PartialEq, Eq)]
pub struct Resolved<'a> {
    /// What was recorded, with the names of that day.
    pub as_recorded: AsRecorded<'a>,
    /// What it is today.
    pub current: Current<'a>,
}

/// What was recorded. A name is absent where the code is in no table, or stood for two communes.
#[derive(Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the members of the contract, by its names")]
pub struct AsRecorded<'a> {
    pub country: Country,
    pub province_code: Option<ProvinceCode>,
    pub province_name: Option<&'a str>,
    pub district_code: Option<DistrictCode>,
    pub district_name: Option<&'a str>,
    pub commune_code: Option<CommuneCode>,
    pub commune_name: Option<&'a str>,
    pub detail: Option<&'a str>,
    pub recorded_on: Option<PartialDate>,
}

/// Whether the recorded unit is one unit of today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MappingStatus {
    /// It is.
    Mapped,
    /// It is in one of several.
    Ambiguous,
    /// Nothing says.
    Unmapped,
}

impl MappingStatus {
    /// The word of the contract.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mapped => "mapped",
            Self::Ambiguous => "ambiguous",
            Self::Unmapped => "unmapped",
        }
    }
}

/// The units of today.
#[derive(Clone, PartialEq, Eq)]
pub struct Current<'a> {
    /// Whether they are known.
    pub status: MappingStatus,
    /// The province, wherever it is clear: all candidates of a split commune may be in one.
    pub province_code: Option<ProvinceCode>,
    /// Its name today.
    pub province_name: Option<&'a str>,
    /// The commune, where there is exactly one.
    pub commune_code: Option<CommuneCode>,
    /// Its name today.
    pub commune_name: Option<&'a str>,
    /// The communes it may be in; empty unless ambiguous.
    pub candidates: Vec<Candidate<'a>>,
}

/// A commune of today that the address may be in.
#[derive(Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the members of the contract, by its names")]
pub struct Candidate<'a> {
    pub province_code: ProvinceCode,
    pub province_name: &'a str,
    pub commune_code: CommuneCode,
    pub commune_name: &'a str,
}

/// The codes that a claim about a location may name: the recorded unit, today's, every candidate.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct LocationCodes {
    /// The provinces, each once.
    pub provinces: SmallVec<[ProvinceCode; 2]>,
    /// The communes, each once.
    pub communes: SmallVec<[CommuneCode; 2]>,
}

impl<'a> Current<'a> {
    /// Nothing is known about today.
    pub(super) const UNMAPPED: Self = Self {
        status: MappingStatus::Unmapped,
        province_code: None,
        province_name: None,
        commune_code: None,
        commune_name: None,
        candidates: Vec::new(),
    };

    pub(super) fn mapped(reference: &'a Reference, code: CommuneCode, today: Date) -> Self {
        let Some(commune) = Candidate::find(reference, code, today) else {
            return Self::UNMAPPED;
        };
        Self {
            status: MappingStatus::Mapped,
            province_code: Some(commune.province_code),
            province_name: Some(commune.province_name),
            commune_code: Some(commune.commune_code),
            commune_name: Some(commune.commune_name),
            candidates: Vec::new(),
        }
    }

    pub(super) fn ambiguous(reference: &'a Reference, codes: &[CommuneCode], today: Date) -> Self {
        let candidates: Vec<_> = codes
            .iter()
            .filter_map(|code| Candidate::find(reference, *code, today))
            .collect();
        let mut provinces = candidates.iter().map(|candidate| candidate.province_code);
        let first = provinces.next();
        let province = first.filter(|first| provinces.all(|other| other == *first));
        Self {
            status: MappingStatus::Ambiguous,
            province_code: province,
            province_name: province.and_then(|code| province_name(reference, code, today)),
            candidates,
            ..Self::UNMAPPED
        }
    }
}

impl<'a> Candidate<'a> {
    fn find(reference: &'a Reference, code: CommuneCode, today: Date) -> Option<Self> {
        let commune = reference.commune(code, today)?;
        let province_code = commune.province?;
        Some(Self {
            province_code,
            province_name: province_name(reference, province_code, today)?,
            commune_code: code,
            commune_name: &commune.name,
        })
    }
}

impl Resolved<'_> {
    /// The address in one line, in the Vietnamese order: detail, commune, district, province.
    ///
    /// Today's names where the address is mapped, for that is what a form asks for today; the
    /// recorded ones otherwise, for a guess must not be printed. Abroad: detail and country code.
    pub fn address_line(&self) -> String {
        let recorded = &self.as_recorded;
        let parts = if recorded.country != Country::VIETNAM {
            [recorded.detail, Some(recorded.country.as_str()), None, None]
        } else if self.current.status == MappingStatus::Mapped {
            let now = &self.current;
            [recorded.detail, now.commune_name, None, now.province_name]
        } else {
            [
                recorded.detail,
                recorded.commune_name,
                recorded.district_name,
                recorded.province_name,
            ]
        };
        let mut line = String::with_capacity(96);
        for part in parts.into_iter().flatten().filter(|part| !part.is_empty()) {
            if !line.is_empty() {
                line.push_str(", ");
            }
            line.push_str(part);
        }
        line
    }

    /// What a claim about the province or commune may say to match; none abroad.
    pub fn location_codes(&self) -> LocationCodes {
        let mut codes = LocationCodes::default();
        let (recorded, current) = (&self.as_recorded, &self.current);
        if recorded.country != Country::VIETNAM {
            return codes;
        }
        let candidates = &current.candidates;
        let provinces = [recorded.province_code, current.province_code];
        for code in provinces
            .into_iter()
            .flatten()
            .chain(candidates.iter().map(|candidate| candidate.province_code))
        {
            if !codes.provinces.contains(&code) {
                codes.provinces.push(code);
            }
        }
        let communes = [recorded.commune_code, current.commune_code];
        for code in communes
            .into_iter()
            .flatten()
            .chain(candidates.iter().map(|candidate| candidate.commune_code))
        {
            if !codes.communes.contains(&code) {
                codes.communes.push(code);
            }
        }
        codes
    }
}
