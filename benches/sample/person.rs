//! A person of the synthetic population with nothing unusual, as the register has them.

use dancu::domain::citizen::Citizen;
use dancu::domain::field::{FieldMask, path_mask};
use dancu::domain::record::Record;
use dancu::domain::reference::Reference;
use dancu::domain::revision::Meta;
use dancu::synth::{Case, Population};
use jiff::civil::Date;

/// The day on which is asked.
pub const TODAY: Date = Date::constant(2026, 11, 21);

/// Somebody, and the tables in which what they are said to be is found.
pub struct Person {
    /// As the register writes them.
    pub citizen: Citizen,
    reference: Reference,
}

impl Person {
    /// Always the same one.
    pub fn plain() -> Self {
        let population = Population::new(1, 10_000);
        let index = population.example(Case::Plain).expect("there is one");
        Self {
            citizen: population.citizen(index),
            reference: Reference::shipped(),
        }
    }

    /// As the cache holds them.
    pub fn record(&self) -> Record {
        Record::new(&self.citizen, &Meta::default(), &self.reference, TODAY)
    }
}

/// What a short lookup asks for.
pub fn three_fields() -> FieldMask {
    ["full_name", "sex", "permanent_residence.address_line"]
        .into_iter()
        .fold(FieldMask::EMPTY, |mask, path| {
            mask | path_mask(path).expect("it is a path")
        })
}
