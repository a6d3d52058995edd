//! The fields of a citizen's record as callers name them: dotted paths, sets, and masks over the
//! leaves, with which a record is cut to what one caller may see.
//!
//! A *field* is a top-level member of the record, a *leaf* is a value at the end of a path. Every
//! permission, request and disclosure is a [`FieldMask`]; joining them is bit arithmetic.

use std::sync::LazyLock;

use foldhash::{HashMap, HashMapExt as _};

mod mask;
#[cfg(test)]
mod tests;

pub use mask::FieldMask;

/// The form of a field's value, which says what leaves are below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One text, word, number, truth value, or list of texts: the field is its own leaf.
    Plain,
    /// `{value, precision}`.
    Date,
    /// `{code, scheme, name}`.
    Coded,
    /// `{as_recorded, current, address_line}`.
    Address,
    /// An address with the `basis` it was taken from.
    Residence,
    /// `{number, kind, issued_on, issued_by, expires_on}`.
    Card,
    /// `{from, to}`.
    Period,
    /// `{kind, since}`.
    LifeEvent,
    /// `{full_name, personal_id, old_id_number, nationality}`.
    Person,
    /// A list of persons.
    People,
    /// A list of persons, each with its `relation` to the head.
    Members,
}

impl Shape {
    /// The leaves below a field of this shape, relative to it and in the order they are written.
    pub const fn leaves(self) -> &'static [&'static str] {
        match self {
            Self::Plain => &[""],
            Self::Date => &["value", "precision"],
            Self::Coded => &["code", "scheme", "name"],
            Self::Address => RESIDENCE_LEAVES.split_at(ADDRESS_LEAVES).0,
            Self::Residence => RESIDENCE_LEAVES,
            Self::Card => &[
                "number",
                "kind",
                "issued_on.value",
                "issued_on.precision",
                "issued_by",
                "expires_on.value",
                "expires_on.precision",
            ],
            Self::Period => &["from.value", "from.precision", "to.value", "to.precision"],
            Self::LifeEvent => &["kind", "since.value", "since.precision"],
            Self::Person | Self::People => MEMBER_LEAVES.split_at(4).0,
            Self::Members => MEMBER_LEAVES,
        }
    }

    /// Whether the value is a list of objects.
    pub const fn is_list(self) -> bool {
        matches!(self, Self::People | Self::Members)
    }
}

const MEMBER_LEAVES: &[&str] = &[
    "full_name",
    "personal_id",
    "old_id_number",
    "nationality",
    "relation",
];

const ADDRESS_LEAVES: usize = 17;
const RESIDENCE_LEAVES: &[&str] = &[
    "as_recorded.country",
    "as_recorded.province_code",
    "as_recorded.province_name",
    "as_recorded.district_code",
    "as_recorded.district_name",
    "as_recorded.commune_code",
    "as_recorded.commune_name",
    "as_recorded.detail",
    "as_recorded.recorded_on.value",
    "as_recorded.recorded_on.precision",
    "current.status",
    "current.province_code",
    "current.province_name",
    "current.commune_code",
    "current.commune_name",
    "current.candidates",
    "address_line",
    "basis",
];

macro_rules! fields {
    ($($variant:ident $name:literal $shape:ident,)*) => {
        /// A top-level field of the record, in the order of the answer.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Field {
            $(#[doc = concat!("`", $name, "`")] $variant,)*
        }

        impl Field {
            /// All fields, in order.
            pub const ALL: &'static [Field] = &[$(Field::$variant,)*];

            /// The field's name in requests, scopes, agreements and answers.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The form of its value.
            pub const fn shape(self) -> Shape {
                match self { $(Self::$variant => Shape::$shape,)* }
            }
        }
    };
}

fields! {
    PersonalId "personal_id" Plain,
    OldIdNumbers "old_id_numbers" Plain,
    FullName "full_name" Plain,
    FamilyName "family_name" Plain,
    MiddleName "middle_name" Plain,
    GivenName "given_name" Plain,
    OtherName "other_name" Plain,
    BirthDate "birth_date" Date,
    Sex "sex" Plain,
    Nationality "nationality" Plain,
    Ethnicity "ethnicity" Coded,
    Religion "religion" Coded,
    BloodType "blood_type" Plain,
    PlaceOfBirth "place_of_birth" Address,
    BirthRegistrationPlace "birth_registration_place" Address,
    PlaceOfOrigin "place_of_origin" Address,
    PermanentResidence "permanent_residence" Address,
    TemporaryResidence "temporary_residence" Address,
    CurrentResidence "current_residence" Address,
    AbsenceDeclaration "absence_declaration" Period,
    ResidenceFileNumber "residence_file_number" Plain,
    Card "card" Card,
    MaritalStatus "marital_status" Plain,
    DeathOrMissing "death_or_missing" LifeEvent,
    Father "father" Person,
    Mother "mother" Person,
    Spouse "spouse" Person,
    Children "children" People,
    LegalRepresentative "legal_representative" Person,
    RepresentedPersons "represented_persons" People,
    RelationToHead "relation_to_head" Plain,
    HouseholdHead "household_head" Person,
    HouseholdMembers "household_members" Members,
    MobileNumber "mobile_number" Plain,
    Email "email" Plain,
    Residence "residence" Residence,
    AddressLine "address_line" Plain,
    Age "age" Plain,
    IsAdult "is_adult" Plain,
}

/// A leaf's number: its place among all leaves in the order of the answer.
pub type Leaf = u8;

impl Field {
    /// The number of the field's first leaf.
    pub const fn first_leaf(self) -> Leaf {
        FIRST_LEAVES[self as usize]
    }

    /// The number of the leaf that stands `offset` places below the field.
    pub const fn leaf(self, offset: u8) -> Leaf {
        self.first_leaf() + offset
    }

    /// Every leaf of the field.
    pub fn mask(self) -> FieldMask {
        TREE.fields[self as usize]
    }

    /// The field of that name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|field| field.name() == name)
    }
}

/// The first leaf of each field, counted once: a record in making asks for it with every leaf.
const FIRST_LEAVES: [Leaf; Field::ALL.len()] = {
    let mut first = [0; Field::ALL.len()];
    let mut at = 1;
    while at < first.len() {
        first[at] = first[at - 1] + Field::ALL[at - 1].shape().leaves().len() as Leaf;
        at += 1;
    }
    first
};

/// A named set of fields, as scopes (`fields:<set>`) and agreements grant them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FieldGroup {
    /// Numbers, names, birth date, sex, nationality.
    Identity,
    /// Places of birth, of its registration, and of origin.
    Birth,
    /// The three residences and what derives from them.
    Residence,
    /// The identity card.
    Card,
    /// Marriage, death, missing.
    CivilStatus,
    /// Parents, spouse, children, representation.
    Family,
    /// Head and members of the household.
    Household,
    /// Telephone and e-mail.
    Contact,
    /// Age and majority, without the birth date.
    Derived,
}

impl FieldGroup {
    /// All sets.
    pub const ALL: [Self; 9] = [
        Self::Identity,
        Self::Birth,
        Self::Residence,
        Self::Card,
        Self::CivilStatus,
        Self::Family,
        Self::Household,
        Self::Contact,
        Self::Derived,
    ];

    /// The set's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Birth => "birth",
            Self::Residence => "residence",
            Self::Card => "card",
            Self::CivilStatus => "civil_status",
            Self::Family => "family",
            Self::Household => "household",
            Self::Contact => "contact",
            Self::Derived => "derived",
        }
    }

    /// Its fields. `ethnicity`, `religion` and `blood_type` are sensitive and in no set.
    pub const fn fields(self) -> &'static [Field] {
        match self {
            Self::Identity => &[
                Field::PersonalId,
                Field::OldIdNumbers,
                Field::FullName,
                Field::FamilyName,
                Field::MiddleName,
                Field::GivenName,
                Field::OtherName,
                Field::BirthDate,
                Field::Sex,
                Field::Nationality,
            ],
            Self::Birth => &[
                Field::PlaceOfBirth,
                Field::BirthRegistrationPlace,
                Field::PlaceOfOrigin,
            ],
            Self::Residence => &[
                Field::PermanentResidence,
                Field::TemporaryResidence,
                Field::CurrentResidence,
                Field::Residence,
                Field::AddressLine,
                Field::AbsenceDeclaration,
                Field::ResidenceFileNumber,
            ],
            Self::Card => &[Field::Card],
            Self::CivilStatus => &[Field::MaritalStatus, Field::DeathOrMissing],
            Self::Family => &[
                Field::Father,
                Field::Mother,
                Field::Spouse,
                Field::Children,
                Field::LegalRepresentative,
                Field::RepresentedPersons,
            ],
            Self::Household => &[
                Field::RelationToHead,
                Field::HouseholdHead,
                Field::HouseholdMembers,
            ],
            Self::Contact => &[Field::MobileNumber, Field::Email],
            Self::Derived => &[Field::Age, Field::IsAdult],
        }
    }

    /// The set of that name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|set| set.name() == name)
    }

    /// Every leaf of its fields.
    pub fn mask(self) -> FieldMask {
        fields_mask(self.fields())
    }
}

/// Every leaf of those fields.
pub fn fields_mask(fields: &[Field]) -> FieldMask {
    fields
        .iter()
        .fold(FieldMask::EMPTY, |mask, field| mask | field.mask())
}

/// What the names in an agreement's `read_fields` or `claim_fields` grant: a set's name means the
/// set, also where a field has the same name (`residence`, `card`).
pub fn granted(name: &str) -> Option<FieldMask> {
    FieldGroup::by_name(name)
        .map(FieldGroup::mask)
        .or_else(|| Field::by_name(name).map(Field::mask))
}

/// The leaves below a dotted path; a parent selects its whole object. `None`: no such path.
pub fn path_mask(path: &str) -> Option<FieldMask> {
    TREE.paths.get(path).copied()
}

/// That path in the vocabulary itself, and the leaves below it. `None`: no such path.
pub fn known_path(path: &str) -> Option<(&'static str, FieldMask)> {
    TREE.paths
        .get_key_value(path)
        .map(|(path, mask)| (*path, *mask))
}

/// All paths there are, parents included, in the order of the answer.
pub fn paths() -> impl Iterator<Item = &'static str> {
    TREE.in_order.iter().copied()
}

/// One leaf of the tree: its field and its path's segments.
#[derive(Debug)]
pub struct LeafInfo {
    /// The field it belongs to.
    pub field: Field,
    /// The whole dotted path.
    pub path: &'static str,
    /// The path's segments, the field's name first.
    pub segments: Vec<&'static str>,
    /// The same as they stand in JSON, quoted and with a colon.
    pub keys: Vec<&'static str>,
    /// Whether it is in each item of a list.
    pub in_list: bool,
    /// How many of its parents are those of the leaf before it.
    pub shared: usize,
}

/// What is known of a leaf.
pub fn leaf_info(leaf: Leaf) -> &'static LeafInfo {
    &TREE.leaves[usize::from(leaf)]
}

/// What is known of all leaves, by their numbers.
pub fn leaves() -> &'static [LeafInfo] {
    &TREE.leaves
}

/// How many leaves there are.
pub fn leaf_count() -> usize {
    TREE.leaves.len()
}

/// The shortest list of paths that selects exactly `mask`, in order: a whole object by its own
/// path, else by its parts.
pub fn describe(mask: &FieldMask) -> Vec<&'static str> {
    let mut rest = *mask;
    let mut out = Vec::new();
    if rest.is_empty() {
        return out;
    }
    for path in &TREE.in_order {
        let below = TREE.paths[path];
        if rest.contains_all(&below) {
            out.push(*path);
            rest = rest.without(&below);
            if rest.is_empty() {
                break;
            }
        }
    }
    out
}

struct Tree {
    leaves: Vec<LeafInfo>,
    fields: Vec<FieldMask>,
    paths: HashMap<&'static str, FieldMask>,
    /// Parents before their children, in the order of the answer.
    in_order: Vec<&'static str>,
}

static TREE: LazyLock<Tree> = LazyLock::new(|| {
    let mut tree = Tree {
        leaves: Vec::new(),
        fields: Vec::new(),
        paths: HashMap::new(),
        in_order: Vec::new(),
    };
    for &field in Field::ALL {
        let mut whole = FieldMask::EMPTY;
        for below in field.shape().leaves() {
            let path: &'static str = if below.is_empty() {
                field.name()
            } else {
                // Leaked once: the vocabulary lives as long as the process.
                Box::leak(format!("{}.{below}", field.name()).into_boxed_str())
            };
            let leaf = Leaf::try_from(tree.leaves.len()).expect("fewer than 256 leaves");
            let one = FieldMask::of(leaf);
            whole |= one;
            let ends = path
                .match_indices('.')
                .map(|(at, _)| at)
                .chain([path.len()]);
            for end in ends {
                let parent = &path[..end];
                if !tree.paths.contains_key(parent) {
                    tree.in_order.push(parent);
                }
                *tree.paths.entry(parent).or_insert(FieldMask::EMPTY) |= one;
            }
            let segments: Vec<&str> = path.split('.').collect();
            let keys = segments.iter().map(|segment| -> &'static str {
                Box::leak(format!("\"{segment}\":").into_boxed_str())
            });
            let parents = |segments: &[&'static str]| segments.len().saturating_sub(1);
            let shared = tree.leaves.last().map_or(0, |before: &LeafInfo| {
                let both = parents(&before.segments).min(parents(&segments));
                let pairs = before.segments.iter().zip(&segments).take(both);
                pairs.take_while(|(one, other)| one == other).count()
            });
            tree.leaves.push(LeafInfo {
                field,
                path,
                keys: keys.collect(),
                in_list: field.shape().is_list(),
                shared,
                segments,
            });
        }
        tree.fields.push(whole);
    }
    tree
});
