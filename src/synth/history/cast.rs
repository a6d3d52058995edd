//! Who asks: the systems of the demonstration's agencies, their officers, and what they ask for.

use std::collections::HashSet;

use super::super::{BLOCK, Population};
use super::Known;
use super::calendar::Hours;
use crate::domain::citizen::{Citizen, Person, StatusKind};
use crate::domain::fault::FromText;
use crate::domain::number::PersonalId;
use crate::domain::policy::OfficerId;

/// Birth years of officers.
const WORKING_AGE: std::ops::RangeInclusive<i16> = 1968..=2001;

/// How a system's officers are named.
#[derive(Clone, Copy, Debug)]
pub(super) enum Staff {
    /// It asks by itself, or for the person in front of it.
    Nobody,
    /// By their personal numbers, so many of them.
    Numbers(usize),
    /// By codes that begin like this, so many of them.
    Codes(&'static str, usize),
}

/// What keeps a system from asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Nothing.
    Good,
    /// It is suspended.
    Suspended,
    /// Its agency has agreed nothing yet.
    Unagreed,
}

/// One question of a visit.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    Verify,
    Lookup(&'static [&'static str]),
    Prefill,
}

/// What somebody comes for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Task {
    /// How often, among the system's.
    pub weight: u16,
    pub procedure: &'static str,
    pub steps: &'static [Step],
}

/// One client.
#[derive(Clone, Copy, Debug)]
pub(super) struct System {
    pub client: &'static str,
    pub agency: &'static str,
    /// What its cases begin with; none where it has no cases.
    pub cases: Option<&'static str>,
    pub staff: Staff,
    pub hours: Hours,
    /// Visits on a working day, and on another.
    pub visits: [u32; 2],
    pub standing: Standing,
    pub tasks: &'static [Task],
}

/// A nightly batch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Batch {
    pub client: &'static str,
    pub agency: &'static str,
    pub procedure: &'static str,
    /// Hour and minute.
    pub at: (i64, i64),
    /// People in it.
    pub people: u32,
    /// Whether it runs before days off, too.
    pub daily: bool,
}

const fn task(weight: u16, procedure: &'static str, steps: &'static [Step]) -> Task {
    Task {
        weight,
        procedure,
        steps,
    }
}

use Step::{Lookup, Prefill, Verify};

pub(super) const SYSTEMS: [System; 13] = [
    System {
        client: "onestop-hcm",
        agency: "H29.Q1",
        cases: Some("H29.Q1"),
        staff: Staff::Numbers(14),
        hours: Hours::Office,
        visits: [125, 6],
        standing: Standing::Good,
        tasks: &[
            task(40, "1.004194", &[Verify, Prefill]),
            task(
                15,
                "1.004194",
                &[Lookup(&[
                    "full_name",
                    "birth_date",
                    "sex",
                    "permanent_residence.current",
                ])],
            ),
            task(
                15,
                "1.001193",
                &[
                    Verify,
                    Lookup(&[
                        "full_name",
                        "marital_status",
                        "spouse.full_name",
                        "residence.address_line",
                    ]),
                ],
            ),
            task(10, "1.001193", &[Prefill]),
            task(10, "dancu.doi-giay-phep-lai-xe", &[Verify]),
            task(
                10,
                "2.000635",
                &[
                    Verify,
                    Lookup(&["full_name", "birth_date", "place_of_birth"]),
                ],
            ),
        ],
    },
    System {
        client: "onestop-hn",
        agency: "H26.BD",
        cases: Some("H26.BD"),
        staff: Staff::Numbers(12),
        hours: Hours::Office,
        visits: [105, 4],
        standing: Standing::Good,
        tasks: &[
            task(30, "1.004194", &[Verify, Prefill]),
            task(
                25,
                "1.004222",
                &[
                    Verify,
                    Lookup(&["household_head", "relation_to_head", "permanent_residence"]),
                ],
            ),
            task(
                15,
                "1.000894",
                &[Verify, Lookup(&["full_name", "marital_status"])],
            ),
            task(15, "1.004873", &[Prefill]),
            task(
                15,
                "dancu.xac-nhan-cu-tru",
                &[Lookup(&["full_name", "residence"])],
            ),
        ],
    },
    System {
        client: "onestop-dn",
        agency: "H17.HC",
        cases: Some("H17.HC"),
        staff: Staff::Numbers(10),
        hours: Hours::Office,
        visits: [80, 3],
        standing: Standing::Good,
        tasks: &[
            task(40, "1.004194", &[Verify, Prefill]),
            task(25, "1.001776", &[Verify, Prefill]),
            task(15, "dancu.mai-tang-phi", &[Verify]),
            task(
                20,
                "dancu.xac-nhan-cu-tru",
                &[Lookup(&["full_name", "residence"])],
            ),
        ],
    },
    System {
        client: "justice",
        agency: "H26.STP",
        cases: Some("STP"),
        staff: Staff::Numbers(6),
        hours: Hours::Office,
        visits: [42, 0],
        standing: Standing::Good,
        tasks: &[
            task(60, "dancu.phieu-ly-lich-tu-phap", &[Verify, Prefill]),
            task(
                40,
                "dancu.phieu-ly-lich-tu-phap",
                &[Lookup(&[
                    "full_name",
                    "other_name",
                    "father.full_name",
                    "mother.full_name",
                ])],
            ),
        ],
    },
    System {
        client: "land",
        agency: "H40.DD",
        cases: Some("H40.DD"),
        staff: Staff::Numbers(8),
        hours: Hours::Office,
        visits: [48, 0],
        standing: Standing::Good,
        tasks: &[
            task(
                60,
                "dancu.bien-dong-dat-dai",
                &[
                    Verify,
                    Lookup(&[
                        "full_name",
                        "marital_status",
                        "permanent_residence.address_line",
                    ]),
                ],
            ),
            task(40, "dancu.cap-giay-chung-nhan-dat", &[Prefill]),
        ],
    },
    System {
        client: "hospital",
        agency: "BENHVIEN",
        cases: None,
        staff: Staff::Codes("BV", 30),
        hours: Hours::Ward,
        visits: [90, 24],
        standing: Standing::Good,
        tasks: &[
            task(80, "dancu.bhyt-ho-gia-dinh", &[Verify]),
            task(
                20,
                "dancu.bhyt-ho-gia-dinh",
                &[Lookup(&["full_name", "birth_date", "sex"])],
            ),
        ],
    },
    System {
        client: "insurance",
        agency: "BHXH",
        cases: Some("BHXH"),
        staff: Staff::Codes("BHXH", 9),
        hours: Hours::Office,
        visits: [50, 0],
        standing: Standing::Good,
        tasks: &[
            task(50, "dancu.bhyt-ho-gia-dinh", &[Verify, Prefill]),
            task(
                50,
                "dancu.bhyt-ho-gia-dinh",
                &[Lookup(&["full_name", "household_members"])],
            ),
        ],
    },
    System {
        client: "bank",
        agency: "NGANHANG",
        cases: None,
        staff: Staff::Nobody,
        hours: Hours::Shop,
        visits: [42, 26],
        standing: Standing::Good,
        tasks: &[task(1, "dancu.mo-tai-khoan-thanh-toan", &[Verify])],
    },
    System {
        client: "telecom",
        agency: "VIENTHONG",
        cases: None,
        staff: Staff::Nobody,
        hours: Hours::Shop,
        visits: [118, 85],
        standing: Standing::Good,
        tasks: &[task(1, "dancu.dang-ky-thue-bao-di-dong", &[Verify])],
    },
    System {
        client: "portal",
        agency: "DVCQG",
        cases: Some("DVCQG"),
        staff: Staff::Nobody,
        hours: Hours::Home,
        visits: [70, 40],
        standing: Standing::Good,
        tasks: &[
            task(70, "1.004222", &[Prefill]),
            task(
                15,
                "1.004222",
                &[Lookup(&[
                    "household_head",
                    "household_members",
                    "mobile_number",
                ])],
            ),
            task(15, "1.001776", &[Verify, Prefill]),
        ],
    },
    System {
        client: "police",
        agency: "CONGAN",
        cases: None,
        staff: Staff::Codes("CA", 4),
        hours: Hours::Office,
        visits: [6, 0],
        standing: Standing::Good,
        tasks: &[task(
            1,
            "dancu.xac-minh-hinh-su",
            &[Lookup(&["full_name", "residence", "household_members"])],
        )],
    },
    System {
        client: "school",
        agency: "H29.GD",
        cases: None,
        staff: Staff::Nobody,
        hours: Hours::Office,
        visits: [4, 0],
        standing: Standing::Suspended,
        tasks: &[task(1, "dancu.tuyen-sinh-dau-cap", &[Verify])],
    },
    System {
        client: "notary",
        agency: "CONGCHUNG",
        cases: None,
        staff: Staff::Nobody,
        hours: Hours::Office,
        visits: [3, 0],
        standing: Standing::Unagreed,
        tasks: &[task(1, "dancu.bien-dong-dat-dai", &[Verify])],
    },
];

pub(super) const BATCHES: [Batch; 4] = [
    batch(
        "insurance",
        "BHXH",
        "dancu.bhyt-ho-gia-dinh",
        (1, 10),
        42,
        true,
    ),
    batch(
        "insurance",
        "BHXH",
        "dancu.bhyt-ho-gia-dinh",
        (3, 40),
        38,
        true,
    ),
    batch("tax", "THUE", "1.001612", (2, 25), 35, false),
    batch("tax", "THUE", "1.001612", (4, 30), 30, false),
];

const fn batch(
    client: &'static str,
    agency: &'static str,
    procedure: &'static str,
    at: (i64, i64),
    people: u32,
    daily: bool,
) -> Batch {
    Batch {
        client,
        agency,
        procedure,
        at,
        people,
        daily,
    }
}

/// An officer.
#[derive(Clone, Debug)]
pub(super) struct Officer {
    pub id: OfficerId,
    /// The person they are, where their identifier is a personal number.
    pub person: Option<Known>,
    /// Spouse, parents and children, as far as the register has them alive.
    pub kin: Vec<Known>,
}

/// The officers of every system, in the order of [`SYSTEMS`].
#[derive(Clone, Debug)]
pub(super) struct Cast {
    pub officers: Vec<Vec<Officer>>,
    /// The numbers of those who are people of the population.
    pub numbers: HashSet<PersonalId>,
}

impl Cast {
    /// The officers of these first [`SYSTEMS`]. Each is of another family: whoever has most kin there.
    pub(super) fn of(population: &Population, systems: &[System]) -> Self {
        let mut blocks = 0..population.size() / BLOCK as u64;
        let mut next = || {
            let block = blocks.find_map(|block| officer_of(population, block));
            block.expect("the smallest population has more families than there are officers")
        };
        let officers: Vec<Vec<Officer>> = systems
            .iter()
            .map(|system| match system.staff {
                Staff::Nobody => Vec::new(),
                Staff::Numbers(count) => (0..count).map(|_| next()).collect(),
                Staff::Codes(prefix, count) => {
                    (1..=count).map(|code| coded(prefix, code)).collect()
                }
            })
            .collect();
        let people = officers
            .iter()
            .flatten()
            .filter_map(|it| it.person.as_ref());
        let numbers = people.map(|person| person.number).collect();
        Self { officers, numbers }
    }
}

/// Where a client stands in [`SYSTEMS`].
pub(super) fn place(client: &str) -> usize {
    let found = SYSTEMS.iter().position(|system| system.client == client);
    found.expect("the client is one of the systems")
}

fn coded(prefix: &str, code: usize) -> Officer {
    let id = format!("{prefix}-{code:03}");
    Officer {
        id: OfficerId::from_text(&id).expect("letters, a hyphen and digits"),
        person: None,
        kin: Vec::new(),
    }
}

fn officer_of(population: &Population, block: u64) -> Option<Officer> {
    let first = block * BLOCK as u64;
    let people: Vec<Citizen> = population.range(first..first + BLOCK as u64).collect();
    let alive = |citizen: &&Citizen| citizen.status.kind == StatusKind::Active;
    let kin = |citizen: &Citizen| -> Vec<&Citizen> {
        let close = [&citizen.spouse, &citizen.father, &citizen.mother];
        let numbers: Vec<PersonalId> = close
            .into_iter()
            .flatten()
            .chain(&citizen.children)
            .filter_map(|person: &Person| person.personal_id)
            .collect();
        let of_kin = people.iter().filter(alive);
        of_kin
            .filter(|other| numbers.contains(&other.personal_id))
            .collect()
    };
    let fit = people
        .iter()
        .filter(alive)
        .filter(|citizen| WORKING_AGE.contains(&citizen.birth_date.year()) && !citizen.protected);
    let officer = fit.max_by_key(|citizen| (kin(citizen).len(), citizen.personal_id))?;
    Some(Officer {
        id: OfficerId::from_text(officer.personal_id.as_str()).expect("digits are an identifier"),
        person: Some(Known::of(officer, block)),
        kin: kin(officer)
            .into_iter()
            .map(|other| Known::of(other, block))
            .collect(),
    })
}
