//! Answers about somebody, as the use cases make them.

use dancu::domain::field::FieldMask;
use dancu::domain::number::Warnings;
use dancu::domain::record::Record;
use dancu::service::answer::{AsOf, LookupAnswer, LookupRest, ResultWord, VerifyAnswer};
use jiff::Timestamp;
use uuid::Uuid;

use super::person::TODAY;

const AUDIT_ID: Uuid = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0002);

/// That everything claimed holds.
pub fn verified() -> VerifyAnswer {
    VerifyAnswer {
        result: ResultWord::Match,
        name_match: Some("canonical"),
        birth_date_match: Some("full"),
        claims: None,
        status: None,
        data_as_of: Some(as_of()),
        audit_id: AUDIT_ID,
    }
}

/// The fields of `mask`.
pub fn looked_up(record: &Record, mask: &FieldMask) -> LookupAnswer {
    let mut citizen = Vec::new();
    record.cut(mask, false, TODAY, &mut citizen);
    LookupAnswer {
        result: ResultWord::Match,
        citizen: Some(citizen),
        rest: LookupRest {
            unchanged: false,
            name_match: Some("canonical"),
            birth_date_match: Some("full"),
            status: None,
            withheld: Vec::new(),
            warnings: Warnings::NONE,
            version: Some("Zm9yIHRoZSBiZW5jaCAwMQ".to_owned()),
            data_as_of: Some(as_of()),
            audit_id: AUDIT_ID,
        },
    }
}

fn as_of() -> AsOf {
    AsOf(Timestamp::constant(1_795_230_764, 123_000_000))
}
