//! What comes with a record when it is read: which state of it this is, and whom it must not name.

use jiff::Timestamp;

use super::citizen::Person;
use super::number::{Number, PersonalId};

/// What is known of a record beside its values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meta {
    /// The register's number of this state.
    pub revision: u64,
    /// When it was applied here, by the database's clock.
    pub recorded_at: Timestamp,
    /// The numbers in the record that belong to people under address protection.
    pub protected_relatives: Box<[Number]>,
    /// The number that the person has now, where this one was cancelled for another: the end of the
    /// chain, however long it is.
    pub current_number: Option<PersonalId>,
}

impl Meta {
    /// Whether the person a record names is under address protection. One nine-digit number may
    /// have been several people's: if one of them is protected, so is whoever is named by it.
    pub fn protects(&self, person: &Person) -> bool {
        self.protected_relatives.iter().any(|number| match number {
            Number::Personal(number) => person.personal_id == Some(*number),
            Number::Old(number) => person.old_id_number == Some(*number),
        })
    }
}
