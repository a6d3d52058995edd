//! Addresses: on real commune codes of before and after July 2025, with houses that do not exist.

use std::collections::HashMap;

use jiff::civil::Date;

use super::dice::Dice;
use super::provinces::PROVINCES;
use crate::domain::address::Address;
use crate::domain::country::Country;
use crate::domain::date::PartialDate;
use crate::domain::reference::{CommuneCode, DistrictCode, Kind, ProvinceCode, REFORM, Tables};

/// An old commune and what it is in today.
#[derive(Debug)]
struct Commune {
    code: CommuneCode,
    district: DistrictCode,
    is_urban: bool,
    /// Where it, or a part of it, went in July 2025; more than one where it was split.
    targets: Vec<CommuneCode>,
}

/// The communes of the 63 provinces.
#[derive(Debug)]
pub(super) struct Places {
    /// By index into [`PROVINCES`].
    communes: Vec<Vec<Commune>>,
    /// The province of today, by index into [`PROVINCES`].
    today: Vec<ProvinceCode>,
}

/// A place in a province, by index into its communes, and the part of it that somebody lives in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    province: usize,
    commune: usize,
    target: usize,
}

/// How much of an address a register holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// All of it.
    Full,
    /// Down to the commune.
    NoDetail,
    /// The province alone.
    ProvinceOnly,
    /// Old codes, and nothing that says when they were written down.
    Undated,
}

impl Extent {
    /// One by share: see the table in [`synth`](super).
    pub(super) fn draw(dice: &mut Dice) -> Self {
        match dice.weighted(&[90, 4, 3, 3]) {
            0 => Self::Full,
            1 => Self::NoDetail,
            2 => Self::ProvinceOnly,
            _ => Self::Undated,
        }
    }
}

/// Provinces people move to for work, and how many of them go there: the two largest cities,
/// Bình Dương, Đồng Nai, Đà Nẵng, Bắc Ninh.
const DESTINATIONS: [(u64, u16); 6] = [(79, 44), (1, 26), (74, 14), (75, 8), (48, 4), (27, 4)];

const STREETS: [&str; 20] = [
    "Hoa Sữa",
    "Bình Minh",
    "Thống Nhất",
    "Hòa Bình",
    "Sông Xanh",
    "Cây Đa",
    "Hoa Phượng",
    "Đoàn Kết",
    "Vườn Dâu",
    "Bờ Hồ",
    "Cầu Mới",
    "Giếng Ngọc",
    "Đồng Lúa",
    "Tre Xanh",
    "Hoa Ban",
    "Bạch Đàn",
    "Chợ Cũ",
    "Đình Làng",
    "Rừng Thông",
    "Cánh Diều",
];
const HAMLETS: [&str; 5] = ["Thôn", "Xóm", "Ấp", "Tổ", "Khu"];

impl Places {
    pub(super) fn new(tables: &Tables) -> Self {
        let mut targets: HashMap<CommuneCode, Vec<CommuneCode>> = HashMap::new();
        for change in &tables.commune_changes {
            if let Some(old) = change.old_code {
                let of_old = targets.entry(old).or_default();
                if !of_old.contains(&change.new_code) {
                    of_old.push(change.new_code);
                }
            }
        }
        let mut communes: Vec<Vec<Commune>> = PROVINCES.iter().map(|_| Vec::new()).collect();
        for (code, unit) in &tables.communes {
            let (Some(district), Some(province)) = (unit.district, unit.province) else {
                continue;
            };
            let of_province = PROVINCES
                .iter()
                .position(|known| ProvinceCode::of(known.code) == province)
                .expect("the table of provinces is complete, by a test");
            communes[of_province].push(Commune {
                code: *code,
                district,
                is_urban: matches!(unit.kind(), Kind::Phuong | Kind::ThiTran),
                targets: targets.get(code).cloned().unwrap_or_default(),
            });
        }
        let today = PROVINCES
            .iter()
            .map(|province| {
                let prefix = tables
                    .prefixes
                    .iter()
                    .find(|known| known.prefix.as_str().as_bytes()[1..] == *province.code);
                prefix
                    .expect("every province has a number prefix")
                    .current_province
            })
            .collect();
        Self { communes, today }
    }

    /// A place in that province.
    pub(super) fn draw(&self, province: usize, dice: &mut Dice) -> Place {
        let commune = dice.index(self.communes[province].len());
        let targets = self.communes[province][commune].targets.len();
        Place {
            province,
            commune,
            target: dice.index(targets.max(1)),
        }
    }

    /// A place where people move to for work.
    pub(super) fn draw_destination(&self, dice: &mut Dice) -> Place {
        let weights = DESTINATIONS.map(|(_, weight)| weight);
        let (prefix, _) = DESTINATIONS[dice.weighted(&weights)];
        let province = PROVINCES
            .iter()
            .position(|known| known.prefix() == prefix)
            .expect("destinations are provinces");
        self.draw(province, dice)
    }

    /// The old province code of a place; residence files begin with it.
    pub(super) fn old_codes(&self, place: Place) -> (&'static str, DistrictCode) {
        let code = std::str::from_utf8(PROVINCES[place.province].code).expect("digits");
        (code, self.communes[place.province][place.commune].district)
    }

    /// Whether that commune code of before July 2025 became several.
    pub(super) fn was_split(&self, code: CommuneCode) -> bool {
        self.communes
            .iter()
            .flatten()
            .any(|commune| commune.code == code && commune.targets.len() > 1)
    }

    /// The address of that place as somebody wrote it down on that day.
    pub(super) fn address(
        &self,
        place: Place,
        on: Date,
        extent: Extent,
        detail: Option<&str>,
    ) -> Address {
        let commune = &self.communes[place.province][place.commune];
        let old_province = ProvinceCode::of(PROVINCES[place.province].code);
        let mut address = Address {
            recorded_on: Some(PartialDate::from(on)),
            ..Address::default()
        };
        let target = commune.targets.get(place.target).copied();
        match target.filter(|_| on >= REFORM && extent != Extent::Undated) {
            Some(new) => {
                address.province_code = Some(self.today[place.province]);
                address.commune_code = Some(new);
            }
            None => {
                // Where nothing says what became of the commune, offices went on with its old code.
                address.province_code = Some(old_province);
                address.district_code = Some(commune.district);
                address.commune_code = Some(commune.code);
                let last = REFORM.yesterday().expect("no day is before all others");
                address.recorded_on = Some(PartialDate::from(on.min(last)));
            }
        }
        match extent {
            Extent::Full => address.detail = detail.map(Into::into),
            Extent::NoDetail => {}
            Extent::ProvinceOnly => {
                address.district_code = None;
                address.commune_code = None;
            }
            Extent::Undated => {
                address.detail = detail.map(Into::into);
                address.recorded_on = None;
            }
        }
        address
    }

    /// A house, street or hamlet that fits the place.
    pub(super) fn detail(&self, place: Place, dice: &mut Dice) -> Box<str> {
        let number = 1 + dice.below(280);
        let lane = 1 + dice.below(120);
        if self.communes[place.province][place.commune].is_urban {
            let street = dice.pick(&STREETS);
            match dice.below(5) {
                0 | 1 => format!("Số {number} Đường {street}"),
                2 => format!("{number} Ngõ {lane}, Phố {street}"),
                3 => format!(
                    "{number}/{lane} Đường {street}, Tổ dân phố {}",
                    1 + lane % 30
                ),
                _ => format!("Căn hộ {number}, Chung cư {street}"),
            }
        } else {
            let hamlet = dice.pick(&HAMLETS);
            match dice.below(3) {
                0 => format!("{hamlet} {}", 1 + lane % 18),
                1 => format!("{hamlet} {}", dice.pick(&STREETS)),
                _ => format!("Số {number}, {hamlet} {}", 1 + lane % 18),
            }
        }
        .into()
    }
}

/// An address of which only the country is known.
pub(super) fn abroad(country: Country) -> Address {
    Address {
        country,
        ..Address::default()
    }
}
