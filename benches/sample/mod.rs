//! The entry that is measured.

use dancu::domain::entry::{Decision, Entry, Operation, Private};

/// An answered lookup with everything an agency's entry has.
pub fn lookup() -> Entry<'static> {
    Entry {
        request_id: Some(uuid::Uuid::from_u128(
            0x0190_0000_0000_7000_8000_0000_0000_0001,
        )),
        agency_code: Some("H29"),
        client_id: Some("onestop-hcm"),
        token_id: Some("4f2c9b0e-6f4d-4a2e-9d55-0b8f6f1f6a3c"),
        token_sub: Some("onestop-hcm"),
        procedure_code: Some("1.004194"),
        claims: &["full_name", "birth_date"],
        asked: &["full_name", "birth_date", "sex", "permanent_residence"],
        disclosed: &["full_name", "birth_date", "sex", "permanent_residence"],
        papers_replaced: &["cccd_copy"],
        address: Some([10, 1, 2, 3].into()),
        name_match: Some("canonical"),
        revision: Some(7),
        subject: Some(Private::new("001095000001")),
        officer: Some(Private::new("079085001234")),
        case: Some(Private::new("H29.12-261121-0007")),
        ..Entry::new(Operation::Lookup, Decision::Match)
    }
}
