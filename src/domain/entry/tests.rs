//! The encoding is for good: golden vectors pin every byte of it, properties pin its reading.

use jiff::Timestamp;
use proptest::prelude::*;
use uuid::Uuid;

use super::{
    AuditId, Decision, DecodeError, Decoded, Entry, Month, Operation, Private, Protected, Stamp,
    encode, stamp,
};

const NONCE: [u8; 16] = *b"\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f";
const AT_MS: i64 = 1_795_230_764_123; // 2026-11-21T03:12:44.123Z

fn stamped(mut body: Vec<u8>, lane: u64, seq: u64, at_ms: i64, random: [u8; 10]) -> Vec<u8> {
    let at = Timestamp::from_millisecond(at_ms).unwrap();
    let audit_id = AuditId::new(at, &random);
    stamp(
        &mut body,
        &Stamp {
            lane,
            seq,
            at,
            audit_id,
        },
    );
    body
}

fn lookup() -> Vec<u8> {
    let entry = Entry {
        request_id: Some(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001)),
        batch: true,
        reason: None,
        agency_code: Some("H29"),
        client_id: Some("onestop-hcm"),
        token_id: Some("jti-1"),
        token_sub: Some("onestop-hcm"),
        procedure_code: Some("1.004194"),
        claims: &["full_name", "birth_date"],
        asked: &["full_name", "permanent_residence", "sex"],
        disclosed: &["full_name", "permanent_residence"],
        withheld: &["sex"],
        papers_replaced: &["cccd_copy"],
        address: Some("::ffff:192.0.2.7".parse().unwrap()),
        name_match: Some("canonical"),
        revision: Some(7),
        ..Entry::new(Operation::Lookup, Decision::Match)
    };
    let protected = Protected {
        month: Month::from_number(202_611),
        subject_tag: Some([0x11; 16]),
        officer_tag: Some([0x22; 16]),
        case_tag: Some([0x33; 16]),
        sealed: Some(vec![0x44; 80]),
    };
    let body = encode(&entry, &protected, &NONCE);
    stamped(body, 42, 1_000_000, AT_MS, [0x55; 10])
}

fn heartbeat() -> Vec<u8> {
    let entry = Entry {
        acknowledged: Some(23),
        ..Entry::new(Operation::LaneHeartbeat, Decision::Done)
    };
    let body = encode(&entry, &Protected::default(), &NONCE);
    stamped(body, 1, 24, AT_MS, [0xff; 10])
}

fn import() -> Vec<u8> {
    let entry = Entry {
        count: Some(499),
        skipped: Some(1),
        digest: Some([0xab; 32]),
        system_user: Some("dân cư"),
        revealed: true,
        process: Some("host/1/0.1.0"),
        predecessor: Some(256),
        acknowledged: Some(65_536),
        address: Some("2001:db8::1".parse().unwrap()),
        reason: Some("officer_mismatch"),
        ..Entry::new(Operation::CliImport, Decision::Refused)
    };
    let body = encode(&entry, &Protected::default(), &NONCE);
    stamped(body, 1, 0, AT_MS, [0; 10])
}

#[test]
fn the_golden_vectors_never_change() {
    assert_eq!(
        hex::encode(lookup()),
        "\
         b81c00010150000102030405060708090a0b0c0d0e0f021a00031773035011111111111111111111\
         11111111111104502222222222222222222222222222222205503333333333333333333333333333\
         33330658504444444444444444444444444444444444444444444444444444444444444444444444\
         44444444444444444444444444444444444444444444444444444444444444444444444444444444\
         444444444407500190000000007000800000000000000108666c6f6f6b757009f50a656d61746368\
         0c634832390d6b6f6e6573746f702d68636d0e656a74692d310f6b6f6e6573746f702d68636d1068\
         312e30303431393411826966756c6c5f6e616d656a62697274685f6461746512836966756c6c5f6e\
         616d65737065726d616e656e745f7265736964656e63656373657813826966756c6c5f6e616d6573\
         7065726d616e656e745f7265736964656e6365148163736578158169636363645f636f70791644c0\
         000207176963616e6f6e6963616c1818071821182a18221a000f424018231b000001a1fc178c5b18\
         245001a1fc178c5b75559555555555555555"
    );
    assert_eq!(
        hex::encode(heartbeat()),
        "\
         a900010150000102030405060708090a0b0c0d0e0f086e6c616e652e6865617274626561740a6464\
         6f6e651820171821011822181818231b000001a1fc178c5b18245001a1fc178c5b7fffbfffffffff\
         ffffff"
    );
    assert_eq!(
        hex::encode(import()),
        "\
         b200010150000102030405060708090a0b0c0d0e0f086a636c692e696d706f72740a677265667573\
         65640b706f6666696365725f6d69736d61746368165020010db80000000000000000000000011819\
         1901f3181a01181b5820abababababababababababababababababababababababababababababab\
         abab181c6864c3a26e2063c6b0181df5181e6c686f73742f312f302e312e30181f19010018201a00\
         01000018210118220018231b000001a1fc178c5b18245001a1fc178c5b70008000000000000000"
    );
}

#[test]
fn the_golden_vectors_read_back() {
    let read = Decoded::from_canonical(&lookup()).unwrap();
    assert_eq!(read.operation, Operation::Lookup);
    assert_eq!(read.decision, Decision::Match);
    assert!(read.batch);
    assert_eq!(read.agency_code.as_deref(), Some("H29"));
    assert_eq!(read.withheld, ["sex"]);
    assert_eq!(read.address, Some("192.0.2.7".parse().unwrap()));
    assert_eq!(read.revision, Some(7));
    assert_eq!(read.protected.month.unwrap().number(), 202_611);
    assert_eq!(
        read.protected.sealed.as_deref(),
        Some([0x44; 80].as_slice())
    );
    assert_eq!((read.stamp.lane, read.stamp.seq), (42, 1_000_000));
    assert_eq!(read.stamp.at.as_millisecond(), AT_MS);
    let read = Decoded::from_canonical(&import()).unwrap();
    assert_eq!(read.system_user.as_deref(), Some("dân cư"));
    assert_eq!(read.digest, Some([0xab; 32]));
    assert_eq!((read.count, read.skipped), (Some(499), Some(1)));
    assert!(read.revealed);
}

/// The golden heartbeat with bytes at `at` replaced.
fn broken(at: usize, remove: usize, insert: &[u8]) -> Result<Decoded, DecodeError> {
    let mut bytes = heartbeat();
    bytes.splice(at..at + remove, insert.iter().copied());
    Decoded::from_canonical(&bytes)
}

#[test]
fn another_version_is_reported_as_such() {
    assert!(matches!(broken(2, 1, &[2]), Err(DecodeError::Version(2))));
}

#[test]
fn another_encoding_of_the_same_content_is_refused() {
    // The map's length in two bytes where one is enough.
    let long_head = broken(0, 1, &[0xb8, heartbeat()[0] & 0x1f]);
    assert!(matches!(long_head, Err(DecodeError::NotCanonical)));
    // The nonce's key in two bytes.
    let long_key = broken(3, 1, &[0x18, 1]);
    assert!(matches!(long_key, Err(DecodeError::NotCanonical)));
    // An indefinite map.
    assert!(matches!(
        broken(0, 1, &[0xbf]),
        Err(DecodeError::NotCanonical)
    ));
    // A member twice: once more the version and the nonce's key out of order.
    let mut trailing = heartbeat();
    trailing.push(0);
    let trailing = Decoded::from_canonical(&trailing);
    assert!(matches!(trailing, Err(DecodeError::NotCanonical)));
}

#[test]
fn an_unknown_key_is_refused_and_an_unknown_word_is_a_later_programs() {
    assert!(matches!(
        broken(3, 1, &[0x18, 99]),
        Err(DecodeError::Key(99))
    ));
    let bytes = heartbeat();
    let word = bytes.windows(4).position(|w| w == b"lane").unwrap();
    let newer = broken(word, 4, b"line").unwrap_err();
    assert!(matches!(newer, DecodeError::Word(8)) && newer.is_newer());
    // All else of it must be as in any entry, and the word be one.
    assert!(matches!(
        broken(word, 4, b"LANE"),
        Err(DecodeError::Value(8))
    ));
    let mut trailing = bytes;
    trailing.splice(word..word + 4, *b"line");
    trailing.push(0);
    let trailing = Decoded::from_canonical(&trailing);
    assert!(matches!(trailing, Err(DecodeError::NotCanonical)));
    let length = broken(word - 1, 1, &[0x78, 14]);
    assert!(length.is_err_and(|error| !error.is_newer()));
}

#[test]
fn a_word_of_a_later_program_is_no_excuse_for_another_encoding() {
    let bytes = heartbeat();
    let word = bytes.windows(4).position(|w| w == b"lane").unwrap();
    let text = [&[0x78, 14][..], b"line.heartbeat"].concat();
    assert!(matches!(
        broken(word - 1, 15, &text),
        Err(DecodeError::NotCanonical)
    ));
}

#[test]
fn an_audit_id_of_another_time_than_the_entry_is_refused() {
    let id = heartbeat().len() - 16;
    assert!(matches!(
        broken(id, 1, &[0x77]),
        Err(DecodeError::Value(36))
    ));
}

#[test]
fn debug_shows_no_person() {
    let entry = Entry {
        subject: Some(Private::new("001095000001")),
        ..Entry::new(Operation::Verify, Decision::NoMatch)
    };
    assert!(!format!("{entry:?} {:?}", entry.sensitive()).contains("001095"));
}

#[test]
fn every_word_reads_back_as_its_operation() {
    for &operation in Operation::ALL {
        assert_eq!(Operation::parse(operation.as_str()), Some(operation));
    }
}

prop_compose! {
    fn texts()(texts in prop::collection::vec("[a-zà-ỹ_.]{0,40}", 0..30)) -> Vec<String> { texts }
}

prop_compose! {
    fn entries()(
        operation in prop::sample::select(Operation::ALL),
        decision in prop::sample::select(vec![Decision::Match, Decision::NoMatch, Decision::Done]),
        flags in any::<(bool, bool)>(),
        words in prop::array::uniform9(prop::option::of("[ -~à-ỹ]{0,70}")),
        lists in prop::array::uniform5(texts()),
        address in any::<Option<std::net::IpAddr>>(),
        numbers in any::<[Option<u64>; 5]>(),
        digest in any::<Option<[u8; 32]>>(),
        request_id in any::<Option<u128>>(),
        tags in any::<[Option<[u8; 16]>; 3]>(),
        sealed in any::<Option<Vec<u8>>>(),
        month in prop::option::of(200_001_u32..200_012),
        nonce in any::<[u8; 16]>(),
        place in (any::<u64>(), any::<u64>(), 0..(1_i64 << 46), any::<[u8; 10]>()),
    ) -> Decoded {
        let [reason, agency_code, client_id, token_id, token_sub, procedure_code, name_match,
            system_user, process] = words;
        let [claims, asked, disclosed, withheld, papers_replaced] = lists;
        let [revision, count, skipped, predecessor, acknowledged] = numbers;
        let [subject_tag, officer_tag, case_tag] = tags;
        let (lane, seq, at, random) = place;
        Decoded {
            nonce,
            protected: Protected {
                month: month.and_then(Month::from_number), subject_tag, officer_tag, case_tag, sealed,
            },
            stamp: Stamp {
                lane, seq, at: Timestamp::from_millisecond(at).unwrap(),
                audit_id: AuditId::new(Timestamp::from_millisecond(at).unwrap(), &random),
            },
            request_id: request_id.map(Uuid::from_u128),
            operation, batch: flags.0, decision, reason, agency_code, client_id, token_id,
            token_sub, procedure_code, claims, asked, disclosed, withheld, papers_replaced,
            address: address.map(|it| it.to_canonical()), name_match, revision, count, skipped,
            digest, system_user, revealed: flags.1, process, predecessor, acknowledged,
        }
    }
}

proptest! {
    #[test]
    fn what_was_encoded_is_what_is_read(entry in entries()) {
        let bytes = entry.to_canonical();
        prop_assert_eq!(Decoded::from_canonical(&bytes).unwrap(), entry);
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Decoded::from_canonical(&bytes);
    }

    #[test]
    fn what_reads_has_one_encoding(entry in entries(), at in any::<prop::sample::Index>(), to in any::<u8>()) {
        let mut bytes = entry.to_canonical();
        let at = at.index(bytes.len());
        bytes[at] = to;
        if let Ok(read) = Decoded::from_canonical(&bytes) {
            prop_assert_eq!(read.to_canonical(), bytes);
        }
    }
}
