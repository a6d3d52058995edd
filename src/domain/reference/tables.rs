//! The reference tables as rows: what the database holds and the shipped files contain.

use jiff::civil::{Date, date};

use super::code::{CommuneCode, DistrictCode, ListCode, NumberPrefix, ProvinceCode};

/// The first day of the provinces and communes of today and the first without districts
/// (Resolution 202/2025/QH15).
pub const REFORM: Date = date(2025, 7, 1);

/// The first day of whatever is older than the lists say.
pub const EVER: Date = date(1, 1, 1);

/// What kind of unit a name begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A province.
    Tinh,
    /// A centrally-run city (province level) or a city of a province (district level).
    ThanhPho,
    /// An urban district.
    Quan,
    /// A rural district.
    Huyen,
    /// A town, of district level.
    ThiXa,
    /// A ward.
    Phuong,
    /// A rural commune.
    Xa,
    /// A township.
    ThiTran,
    /// A special zone (islands), since 2025.
    DacKhu,
    /// An area that is no unit of any kind, such as mud flats run by a district.
    Area,
}

impl Kind {
    const ALL: [Self; 9] = [
        Self::Tinh,
        Self::ThanhPho,
        Self::Quan,
        Self::Huyen,
        Self::ThiXa,
        Self::Phuong,
        Self::Xa,
        Self::ThiTran,
        Self::DacKhu,
    ];

    /// The word the name of such a unit begins with; empty for [`Kind::Area`].
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tinh => "Tỉnh",
            Self::ThanhPho => "Thành phố",
            Self::Quan => "Quận",
            Self::Huyen => "Huyện",
            Self::ThiXa => "Thị xã",
            Self::Phuong => "Phường",
            Self::Xa => "Xã",
            Self::ThiTran => "Thị trấn",
            Self::DacKhu => "Đặc khu",
            Self::Area => "",
        }
    }

    /// The kind a name begins with.
    pub fn of(name: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|kind| {
                name.strip_prefix(kind.as_str())
                    .is_some_and(|rest| rest.starts_with(' '))
            })
            .unwrap_or(Self::Area)
    }
}

/// The days on which a row holds: from the first (inclusive) until the last (exclusive).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first day.
    pub from: Date,
    /// The first day on which it no longer holds; none while it does.
    pub until: Option<Date>,
}

impl Span {
    /// Whether that day is one of them.
    pub fn contains(&self, day: Date) -> bool {
        self.from <= day && self.until.is_none_or(|until| day < until)
    }
}

/// A province, district or commune by one name in one span of days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// The name as printed, kind included: `Phường Ba Đình`.
    pub name: Box<str>,
    /// The province it belongs to; none for a province.
    pub province: Option<ProvinceCode>,
    /// The district it belonged to; only communes before July 2025 have one.
    pub district: Option<DistrictCode>,
    /// When that was so.
    pub valid: Span,
}

impl Unit {
    /// The kind its name begins with.
    pub fn kind(&self) -> Kind {
        Kind::of(&self.name)
    }
}

/// How much of an old commune went to the new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// All of it, with others.
    Whole,
    /// A part of it.
    Part,
    /// All of it, alone, under another name.
    Renamed,
    /// Nothing changed but what is above it.
    Unchanged,
}

impl Mode {
    /// The word in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Part => "part",
            Self::Renamed => "renamed",
            Self::Unchanged => "unchanged",
        }
    }

    /// The mode of that word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Whole, Self::Part, Self::Renamed, Self::Unchanged]
            .into_iter()
            .find(|mode| mode.as_str() == word)
    }
}

/// One line of a decision that changed communes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommuneChange {
    /// The first day of the new state.
    pub effective_on: Date,
    /// The old commune; none where a district had no communes, or the area had no code.
    pub old_code: Option<CommuneCode>,
    /// Its name, for two codes stand for two communes each; empty where there was none.
    pub old_name: Box<str>,
    /// The old district, where there was one.
    pub old_district: Option<DistrictCode>,
    /// The new commune.
    pub new_code: CommuneCode,
    /// How much of the old one went there.
    pub mode: Mode,
}

/// Where a province went, whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProvinceChange {
    /// The first day of the new state.
    pub effective_on: Date,
    /// The old province.
    pub old_code: ProvinceCode,
    /// The province it is, or is in, since then.
    pub new_code: ProvinceCode,
}

/// Which list a code of an ethnic group is taken from: 37 of 54 differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EthnicScheme {
    /// Decision 121-TCTK/PPCĐ of 1979.
    List1979,
    /// Decision 1019/QĐ-TCTK of 2008.
    List2008,
}

impl EthnicScheme {
    /// The scheme as the contract writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::List1979 => "1979",
            Self::List2008 => "2008",
        }
    }

    /// The scheme of that word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::List1979, Self::List2008]
            .into_iter()
            .find(|scheme| scheme.as_str() == word)
    }
}

/// An ethnic group by its code in one scheme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EthnicGroup {
    /// The code.
    pub code: ListCode,
    /// The list it is from.
    pub scheme: EthnicScheme,
    /// The group's name.
    pub name: Box<str>,
}

/// The province a prefix of the personal number was given out in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrefixProvince {
    /// The first three digits of the number.
    pub prefix: NumberPrefix,
    /// The name at issue, without its kind: frozen, whatever the province is called today.
    pub name_at_issue: Box<str>,
    /// The province that place is in today.
    pub current_province: ProvinceCode,
}

/// A value list of QCVN 109:2017/BTTTT.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ValueList {
    /// Giới tính.
    Gender,
    /// Tình trạng hôn nhân.
    Marital,
    /// Nhóm máu.
    Blood,
}

impl ValueList {
    /// The list's name in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gender => "gender",
            Self::Marital => "marital",
            Self::Blood => "blood",
        }
    }

    /// The list of that name.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Gender, Self::Marital, Self::Blood]
            .into_iter()
            .find(|list| list.as_str() == word)
    }
}

/// One value of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// The list.
    pub list: ValueList,
    /// The standard's code.
    pub code: Box<str>,
    /// What a form prints.
    pub name: Box<str>,
    /// The word of the contract.
    pub word: Box<str>,
}

/// All tables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tables {
    /// Provinces, of every time.
    pub provinces: Vec<(ProvinceCode, Unit)>,
    /// Districts, which ended in July 2025.
    pub districts: Vec<(DistrictCode, Unit)>,
    /// Communes, of every time.
    pub communes: Vec<(CommuneCode, Unit)>,
    /// What became of provinces.
    pub province_changes: Vec<ProvinceChange>,
    /// What became of communes.
    pub commune_changes: Vec<CommuneChange>,
    /// Ethnic groups in both schemes.
    pub ethnic_groups: Vec<EthnicGroup>,
    /// Religions.
    pub religions: Vec<(ListCode, Box<str>)>,
    /// Prefixes of the personal number.
    pub prefixes: Vec<PrefixProvince>,
    /// Gender, marital status, blood type.
    pub values: Vec<Value>,
}
