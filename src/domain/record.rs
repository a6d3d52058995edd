//! A citizen's record as it is cached: what claims are compared with, and the rendered fragments
//! from which any caller's view is cut. Pure; made from a [`Citizen`] once per load.
//!
//! **Architecture invariant:** a record is whole. What a caller may see is decided per request and
//! never kept, so no caller's view can leak into another's.

use std::sync::LazyLock;

use super::citizen::{Citizen, MaritalStatus, Status, StatusKind};
use super::country::Country;
use super::date::PartialDate;
use super::fault::FromText;
use super::field::{Field, FieldGroup, FieldMask, Leaf, fields_mask};
use super::name::Name;
use super::number::{PersonalId, Warning, Warnings};
use super::reference::Reference;
use super::revision::Meta;
use super::sex::Sex;
use jiff::civil::Date;

mod build;
mod fragments;
mod judge;
mod keys;
#[cfg(test)]
mod tests;

pub use fragments::{Fragments, View};
pub use judge::{Judgement, judge};

use fragments::Held;
use keys::Keys;

/// The whole record of one person, ready to be judged and cut.
///
/// Millions of them are kept: what nearly everybody lacks is a pointer to nothing, and everything of
/// variable length is in one run of bytes.
#[derive(Debug)]
pub struct Record {
    /// The number it is kept under.
    pub personal_id: PersonalId,
    /// The register's revision.
    pub revision: u64,
    /// Under address protection.
    pub protected: bool,
    kind: StatusKind,
    since: Option<PartialDate>,
    others: Option<Box<OtherNumbers>>,
    warnings: Warnings,
    /// What claims are compared with, beside what the run has.
    compared: Compared,
    /// Which residence `residence` and `address_line` are taken from.
    basis: Option<Field>,
    /// Which of [`SINGLE`] are under protection themselves, a bit each.
    hidden: u8,
    /// The leaves that hold a value on any day, with those that only some may see.
    held: FieldMask,
    /// The same without those, where that is less.
    held_by_all: Option<Box<FieldMask>>,
    /// Fragments, and behind them the keys.
    run: Run,
    keys_at: u32,
}

/// Numbers of the same person that replaced this one.
#[derive(Debug)]
struct OtherNumbers {
    /// The last of them.
    current: Option<PersonalId>,
    /// The next.
    superseded_by: Option<PersonalId>,
}

/// Bytes that say everything of a person.
struct Run(Box<[u8]>);

impl std::fmt::Debug for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Run({} bytes)", self.0.len())
    }
}

/// What claims are compared with, and is of one length.
struct Compared {
    birth_date: PartialDate,
    sex: Option<Sex>,
    nationality: Option<Country>,
    marital_status: Option<MaritalStatus>,
}

impl std::fmt::Debug for Compared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Compared(***)")
    }
}

/// The fields that are one person.
const SINGLE: [Field; 5] = [
    Field::Father,
    Field::Mother,
    Field::Spouse,
    Field::LegalRepresentative,
    Field::HouseholdHead,
];

/// What each set of them covers, by its bits.
static SINGLE_LEAVES: LazyLock<[FieldMask; 1 << SINGLE.len()]> = LazyLock::new(|| {
    std::array::from_fn(|bits| {
        let of = SINGLE.iter().enumerate();
        of.filter(|(at, _)| bits >> at & 1 == 1)
            .fold(FieldMask::EMPTY, |mask, (_, field)| mask | field.mask())
    })
});

/// What a protected person is answered without.
pub static PROTECTED_FIELDS: LazyLock<FieldMask> = LazyLock::new(|| {
    [
        FieldGroup::Residence,
        FieldGroup::Contact,
        FieldGroup::Household,
        FieldGroup::Birth,
    ]
    .iter()
    .fold(Field::Card.mask(), |mask, group| mask | group.mask())
});

static RESIDENCE_FIELDS: LazyLock<FieldMask> =
    LazyLock::new(|| fields_mask(&[Field::Residence, Field::AddressLine]));

/// What a record says of other people.
static OTHERS: LazyLock<FieldMask> =
    LazyLock::new(|| FieldGroup::Family.mask() | FieldGroup::Household.mask());

static DERIVED_AGE: LazyLock<FieldMask> =
    LazyLock::new(|| fields_mask(&[Field::Age, Field::IsAdult]));

/// Age of majority in years (Civil Code 2015 article 20).
const ADULT: i16 = 18;

/// Offset of `address_line` in an address.
const ADDRESS_LINE: u8 = 16;
/// Offset of `basis` in `residence`.
const BASIS: u8 = 17;

impl Record {
    /// The record of `citizen`, with places as they are `today`.
    pub fn new(citizen: &Citizen, meta: &Meta, reference: &Reference, today: Date) -> Self {
        build::build(citizen, meta, reference, today)
    }

    /// A record that stands in where the register has none, so that an unknown number costs the
    /// same work as a wrong claim. It never answers: whoever judges it says `no_match`.
    pub fn stand_in() -> &'static Self {
        static STAND_IN: LazyLock<Record> = LazyLock::new(|| {
            let number = PersonalId::from_text("000000000000").expect("twelve digits");
            let name = Name::from_text("Nguyễn Thị Không Có").expect("a plain name");
            let born = PartialDate::from_text("1900-01-01").expect("a plain date");
            let citizen = Citizen::new(number, name, born);
            let today = Date::constant(2026, 1, 1);
            // It has no address and no code, so nothing is looked up.
            build::build(&citizen, &Meta::default(), &Reference::default(), today)
        });
        &STAND_IN
    }

    /// The sizes of what it takes on the heap beside itself.
    pub fn allocations(&self) -> impl Iterator<Item = usize> {
        let others = self.others.as_deref().map(size_of_val);
        let held_by_all = self.held_by_all.as_deref().map(size_of_val);
        std::iter::once(self.run.0.len())
            .chain(others)
            .chain(held_by_all)
    }

    /// The bytes of all its texts, each as often as it is in an answer.
    #[cfg(test)]
    pub(crate) fn text_bytes(&self) -> usize {
        self.fragments().text_bytes()
    }

    /// Life status.
    pub fn status(&self) -> Status {
        Status {
            kind: self.kind,
            since: self.since,
            superseded_by: self.others.as_ref().and_then(|others| others.superseded_by),
        }
    }

    /// Whether other people's protection shows in this record.
    pub fn names_others(&self) -> bool {
        self.held.intersects(&OTHERS)
    }

    /// The number the person has now: the last of those that replaced this one, if any did.
    pub fn current_number(&self) -> PersonalId {
        let current = self.others.as_ref().and_then(|others| others.current);
        current.unwrap_or(self.personal_id)
    }

    /// Where number and record disagree, as far as the caller may read the fields concerned.
    pub fn warnings(&self, readable: &FieldMask) -> Warnings {
        let fields = |warning| match warning {
            Warning::NumberBirthYearDiffers => Field::PersonalId.mask() | Field::BirthDate.mask(),
            Warning::NumberSexDiffers => Field::PersonalId.mask() | Field::Sex.mask(),
            Warning::NumberPrefixUnassigned | Warning::BirthYearInFuture => {
                Field::PersonalId.mask()
            }
        };
        self.warnings
            .iter()
            .filter(|warning| readable.contains_all(&fields(*warning)))
            .collect()
    }

    /// Writes the leaves of `mask` as one JSON object to `out`; says which of them it holds.
    ///
    /// `see_hidden` shows relatives who are under protection.
    pub fn cut(
        &self,
        mask: &FieldMask,
        see_hidden: bool,
        today: Date,
        out: &mut Vec<u8>,
    ) -> FieldMask {
        let mask = if see_hidden {
            *mask
        } else {
            mask.without(self.hidden_leaves())
        };
        let mut view = View::open(out);
        self.fragments().cut(&mask, see_hidden, &mut view);
        if let Some(basis) = self.basis
            && mask.intersects(&RESIDENCE_FIELDS)
        {
            self.cut_residence(basis, &mask, &mut view);
        }
        if mask.intersects(&DERIVED_AGE) {
            let (age, is_adult) = self.age(today);
            if let Some(age) = age.filter(|_| mask.intersects(&Field::Age.mask())) {
                view.leaf(Field::Age.first_leaf(), age.to_string().as_bytes());
            }
            if let Some(adult) = is_adult.filter(|_| mask.intersects(&Field::IsAdult.mask())) {
                view.leaf(
                    Field::IsAdult.first_leaf(),
                    if adult { b"true" } else { b"false" },
                );
            }
        }
        view.close()
    }

    fn cut_residence(&self, basis: Field, mask: &FieldMask, view: &mut View<'_>) {
        self.fragments().cut_as(basis, Field::Residence, mask, view);
        let basis_leaf = Field::Residence.leaf(BASIS);
        if mask.contains(basis_leaf) {
            view.leaf(basis_leaf, basis_word(basis));
        }
        let line = Field::AddressLine.first_leaf();
        if mask.contains(line)
            && let Some(json) = self.fragments().get(basis.leaf(ADDRESS_LINE))
        {
            view.leaf(line, json);
        }
    }

    /// The JSON text of one leaf outside lists, derived ones included.
    pub fn leaf(&self, leaf: Leaf, see_hidden: bool, today: Date) -> Option<Vec<u8>> {
        if !see_hidden && self.hidden_leaves().contains(leaf) {
            return None;
        }
        let of = |field: Field| field.mask().contains(leaf);
        if of(Field::Age) {
            return self.age(today).0.map(|age| age.to_string().into_bytes());
        }
        if of(Field::IsAdult) {
            return self
                .age(today)
                .1
                .map(|adult| adult.to_string().into_bytes());
        }
        if of(Field::AddressLine) {
            return self
                .fragments()
                .get(self.basis?.leaf(ADDRESS_LINE))
                .map(<[u8]>::to_vec);
        }
        if of(Field::Residence) {
            let offset = leaf - Field::Residence.first_leaf();
            return if offset == BASIS {
                Some(basis_word(self.basis?).to_vec())
            } else {
                self.fragments()
                    .get(self.basis?.leaf(offset))
                    .map(<[u8]>::to_vec)
            };
        }
        self.fragments().get(leaf).map(<[u8]>::to_vec)
    }

    /// The JSON texts of one leaf of a list, an item each.
    pub fn list_leaf(&self, leaf: Leaf, see_hidden: bool) -> Vec<&[u8]> {
        self.fragments().get_all(leaf, see_hidden)
    }

    /// The leaves that hold a value, derived ones included.
    pub fn present(&self, see_hidden: bool, today: Date) -> FieldMask {
        let (age, is_adult) = self.age(today);
        let mut present = match &self.held_by_all {
            Some(held) if !see_hidden => **held,
            Some(_) | None => self.held,
        };
        if age.is_some() {
            present |= Field::Age.mask();
        }
        if is_adult.is_some() {
            present |= Field::IsAdult.mask();
        }
        present
    }

    /// The leaves in which the register says that it does not know, or nothing.
    pub fn unknown(&self) -> FieldMask {
        let blood = self.fragments().get(Field::BloodType.first_leaf());
        [
            (Field::Sex, self.compared.sex.is_none()),
            (Field::BloodType, blood == Some(b"\"unknown\"")),
            (Field::MaritalStatus, self.compared.marital_status.is_none()),
        ]
        .into_iter()
        .filter(|(_, is_unknown)| *is_unknown)
        .fold(FieldMask::EMPTY, |mask, (field, _)| mask | field.mask())
    }

    fn fragments(&self) -> Fragments<'_> {
        Fragments::of(&self.run.0[..self.keys_at as usize])
    }

    fn keys(&self) -> Keys<'_> {
        Keys::of(&self.run.0, self.keys_at)
    }

    /// Single relatives who are under protection themselves.
    fn hidden_leaves(&self) -> &'static FieldMask {
        &SINGLE_LEAVES[usize::from(self.hidden)]
    }

    /// Notes which leaves hold a value, for that is asked with every answer.
    fn with_held(mut self, held: Held) -> Self {
        let derived = |mut held: FieldMask| {
            if let Some(basis) = self.basis {
                let offsets = Field::Residence.leaf(0)..Field::Residence.leaf(BASIS);
                for (offset, leaf) in (0..).zip(offsets) {
                    if held.contains(basis.leaf(offset)) {
                        held |= FieldMask::of(leaf);
                    }
                }
                held |= FieldMask::of(Field::Residence.leaf(BASIS));
                if held.contains(basis.leaf(ADDRESS_LINE)) {
                    held |= Field::AddressLine.mask();
                }
            }
            held
        };
        let by_all = derived(held.by_all.without(self.hidden_leaves()));
        let held = derived(held.by_any);
        self.held = held;
        self.held_by_all = (by_all != held).then(|| Box::new(by_all));
        self
    }

    /// Neither dead nor a cancelled number: ages count.
    const fn lives(&self) -> bool {
        match self.kind {
            StatusKind::Active | StatusKind::Missing => true,
            StatusKind::Deceased | StatusKind::NumberCancelled | StatusKind::Erroneous => false,
        }
    }

    /// Age in whole years and majority on that day, as far as the birth date decides them and the
    /// person lives.
    fn age(&self, today: Date) -> (Option<i16>, Option<bool>) {
        if !self.lives() {
            return (None, None);
        }
        let (youngest, oldest) = self.compared.birth_date.age_bounds(today);
        let age = (youngest == oldest && youngest >= 0).then_some(youngest);
        let adult = (youngest >= ADULT)
            .then_some(true)
            .or((oldest < ADULT).then_some(false));
        (age, adult)
    }
}

const fn basis_word(basis: Field) -> &'static [u8] {
    match basis {
        Field::PermanentResidence => b"\"permanent\"",
        Field::TemporaryResidence => b"\"temporary\"",
        _ => b"\"current\"",
    }
}
