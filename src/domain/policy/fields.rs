//! The two lists of fields in an agreement, and the leaves they grant.

use std::marker::PhantomData;

use serde::{Serialize, Serializer};

use crate::domain::fault::{FaultCode, Form, FromText, Reason};
use crate::domain::field::{self, Field, FieldGroup, FieldMask};

/// The fields an agreement lets be read.
pub type ReadFields = AgreedFields<Readable>;
/// The fields an agreement lets be claimed.
pub type ClaimFields = AgreedFields<Claimable>;

/// Names of sets and fields as an agreement lists them, and the leaves they grant.
///
/// `residence` and `card` are both a set and a field: bare they mean the set, as `field:residence`
/// and `field:card` the field.
#[derive(Clone, PartialEq, Eq)]
pub struct AgreedFields<U> {
    names: Vec<Box<str>>,
    mask: FieldMask,
    /// What the names are for: fixed by the type, so that the two lists cannot be mixed up.
    what: PhantomData<U>,
}

/// What a list of fields is for.
pub trait Purpose {
    /// The fields that can be listed; a set can be when it holds one of them.
    fn can_be_listed(field: Field) -> bool;
    /// Why another was not taken.
    const REASON: &'static str;
    /// A name of such a list, for the description of the API.
    const FORM: Form;
}

/// For lookups and prefill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Readable;

/// For claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claimable;

impl Purpose for Readable {
    const REASON: &'static str = "no such field or set";
    const FORM: Form = Form::vocabulary(listable::<Self>, "identity").named(
        "ReadableName",
        "A set of fields or a field that can be read. `residence` and `card` are both: bare they \
         mean the set, as `field:residence` and `field:card` the field.",
    );

    fn can_be_listed(_: Field) -> bool {
        true
    }
}

impl Purpose for Claimable {
    const REASON: &'static str = "no such field or set, or none that can be claimed";
    const FORM: Form = Form::vocabulary(listable::<Self>, "sex").named(
        "ClaimableName",
        "A set of fields or a field that can be claimed. A claim is covered by its first segment: \
         `permanent_residence.province_code` by `permanent_residence`, `age_at_least` by `age`, \
         `old_id_number` by `old_id_numbers`.",
    );

    /// The first segments of what verifications take, the triple itself included.
    fn can_be_listed(field: Field) -> bool {
        matches!(
            field,
            Field::PersonalId
                | Field::OldIdNumbers
                | Field::FullName
                | Field::BirthDate
                | Field::Sex
                | Field::Nationality
                | Field::MaritalStatus
                | Field::PermanentResidence
                | Field::TemporaryResidence
                | Field::CurrentResidence
                | Field::Father
                | Field::Mother
                | Field::Spouse
                | Field::HouseholdHead
                | Field::Age
        )
    }
}

/// Every name that a list for `U` takes: sets, then fields, bare and with their prefix.
fn listable<U: Purpose>() -> Vec<String> {
    let sets = FieldGroup::ALL.iter().map(|set| set.name().to_owned());
    let bare = Field::ALL.iter().map(|field| field.name().to_owned());
    let prefixed = Field::ALL
        .iter()
        .map(|field| format!("field:{}", field.name()));
    let mut names: Vec<String> = Vec::new();
    for name in sets.chain(bare).chain(prefixed) {
        if FieldName::<U>::from_text(&name).is_ok() && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

impl<U: Purpose> AgreedFields<U> {
    /// Most names in one list.
    pub const MAX: usize = 64;

    /// Adds a name.
    pub fn push(&mut self, name: &str) -> Result<(), Reason> {
        let mask = match name.strip_prefix("field:") {
            Some(name) => Field::by_name(name).map(Field::mask),
            None => field::granted(name),
        };
        let listable = |mask: &FieldMask| {
            mask.iter()
                .any(|leaf| U::can_be_listed(field::leaf_info(leaf).field))
        };
        let mask = mask
            .filter(listable)
            .ok_or(Reason::new(FaultCode::Enum, U::REASON))?;
        self.mask |= mask;
        self.names.push(name.into());
        Ok(())
    }

    /// The names, as written.
    pub fn names(&self) -> &[Box<str>] {
        &self.names
    }

    /// The leaves they grant.
    pub const fn mask(&self) -> &FieldMask {
        &self.mask
    }
}

impl ClaimFields {
    /// Whether a claim may be made whose path begins with that field.
    pub const fn allow(&self, field: Field) -> bool {
        self.mask.contains(field.first_leaf())
    }
}

impl<U> Default for AgreedFields<U> {
    fn default() -> Self {
        Self {
            names: Vec::new(),
            mask: FieldMask::EMPTY,
            what: PhantomData,
        }
    }
}

impl<U> FromIterator<FieldName<U>> for AgreedFields<U> {
    fn from_iter<I: IntoIterator<Item = FieldName<U>>>(names: I) -> Self {
        let mut list = Self::default();
        for name in names {
            list.mask |= name.mask;
            list.names.push(name.name);
        }
        list
    }
}

/// One name of such a list.
#[derive(Clone, Debug)]
pub struct FieldName<U> {
    name: Box<str>,
    mask: FieldMask,
    what: PhantomData<U>,
}

impl<U: Purpose> FromText for FieldName<U> {
    const FORM: Form = U::FORM;

    fn from_text(text: &str) -> Result<Self, Reason> {
        let mask = match text.strip_prefix("field:") {
            Some(name) => Field::by_name(name).map(Field::mask),
            None => field::granted(text),
        };
        mask.filter(|mask| {
            mask.iter()
                .any(|leaf| U::can_be_listed(field::leaf_info(leaf).field))
        })
        .map(|mask| Self {
            name: text.into(),
            mask,
            what: PhantomData,
        })
        .ok_or(Reason::new(FaultCode::Enum, U::REASON))
    }
}

impl<U> std::fmt::Debug for AgreedFields<U> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(&self.names).finish()
    }
}

impl<U> Serialize for AgreedFields<U> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.names.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list<U: Purpose>(names: &[&str]) -> AgreedFields<U> {
        names
            .iter()
            .map(|name| FieldName::from_text(name).unwrap())
            .collect()
    }

    #[test]
    fn a_bare_name_means_the_set_and_a_prefixed_one_the_field() {
        assert_eq!(
            *list::<Readable>(&["residence"]).mask(),
            FieldGroup::Residence.mask()
        );
        assert_eq!(
            *list::<Readable>(&["field:residence"]).mask(),
            Field::Residence.mask()
        );
    }

    #[test]
    fn only_what_can_be_claimed_is_listed_as_claimable() {
        let listed: ClaimFields = list(&[
            "sex",
            "permanent_residence",
            "identity",
            "family",
            "age",
            "derived",
        ]);
        assert!(listed.allow(Field::Father) && listed.allow(Field::Age));
        assert!(!listed.allow(Field::TemporaryResidence));
        for bad in [
            "email",
            "contact",
            "blood_type",
            "permanent_residence.province_code",
            "x",
        ] {
            let refused = FieldName::<Claimable>::from_text(bad)
                .map(|_| ())
                .unwrap_err();
            assert_eq!(refused.code, FaultCode::Enum);
        }
    }
}
