//! Keys of those who sign: read strictly, with ids that are theirs.

use proptest::prelude::*;

use super::super::{Algorithm, KeyError, KeyName, VerifierKey, key_id};
use super::notes::{LOG, SPECIFIED, WITNESS};

#[test]
fn the_key_of_the_specification_is_read_and_written() {
    let key: VerifierKey = SPECIFIED.parse().unwrap();
    assert_eq!((key.name(), key.id()), ("example.com/foo", 0x530d_903a));
    assert_eq!(key.algorithm(), Algorithm::Ed25519);
    assert_eq!(key.to_string(), SPECIFIED);
    assert_eq!(format!("{key:?}"), SPECIFIED);
    assert_eq!(
        key_id("example.com/foo", Algorithm::Ed25519, key.key()),
        key.id()
    );
}

#[test]
fn the_same_key_has_another_id_for_each_algorithm_and_name() {
    let id = |name, algorithm| key_id(name, algorithm, &[1; 32]);
    assert_ne!(id("a", Algorithm::Ed25519), id("a", Algorithm::Cosignature));
    assert_ne!(id("a", Algorithm::Ed25519), id("b", Algorithm::Ed25519));
    let witness: VerifierKey = WITNESS.parse().unwrap();
    assert_eq!(witness.algorithm(), Algorithm::Cosignature);
}

#[test]
fn what_is_not_a_key_is_refused() {
    let form = [
        "",
        "+",
        "++",
        "example.com/foo",
        "example.com/foo+530d903a",
        "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+30d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+0x0d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+",
        "example.com/foo+530d903a+AQ==",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2kAA==",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k\n",
        "example.com foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    ];
    for text in form {
        assert_eq!(text.parse::<VerifierKey>(), Err(KeyError::Form), "{text:?}");
    }
    let other_id = "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    assert_eq!(other_id.parse::<VerifierKey>(), Err(KeyError::Id));
    let other_name = "example.com/fou+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    assert_eq!(other_name.parse::<VerifierKey>(), Err(KeyError::Id));
    let ecdsa = "example.com/foo+530d903a+AukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    assert_eq!(ecdsa.parse::<VerifierKey>(), Err(KeyError::Algorithm));
}

#[test]
fn a_name_has_no_space_no_plus_and_no_control_character() {
    for name in ["a", "example.com/log/1", "Nhật ký", "—"] {
        let spaced = name.contains(' ');
        assert_eq!(KeyName::new(name).is_none(), spaced, "{name:?}");
    }
    for name in [
        "",
        " ",
        "a b",
        "a\u{a0}b",
        "a\u{2003}",
        "a+b",
        "a\n",
        "a\r",
        "a\0",
        "a\u{7f}",
        "a\u{85}",
    ] {
        assert_eq!(KeyName::new(name), None, "{name:?}");
        assert_eq!(VerifierKey::new(name, Algorithm::Ed25519, [1; 32]), None);
    }
    assert_eq!(KeyName::new("a").unwrap().to_string(), "a");
}

#[test]
fn one_bit_of_a_key_makes_it_another() {
    for (at, _) in LOG.char_indices() {
        let mut changed = LOG.as_bytes().to_vec();
        changed[at] ^= 1;
        let Ok(changed) = String::from_utf8(changed) else {
            continue;
        };
        assert!(changed.parse::<VerifierKey>().is_err(), "{changed}");
    }
}

proptest! {
    #[test]
    fn every_key_round_trips(name in "[^\\s+\\pC]{1,40}", key: [u8; 32], cosigns: bool) {
        let algorithm = if cosigns { Algorithm::Cosignature } else { Algorithm::Ed25519 };
        let key = VerifierKey::new(&name, algorithm, key).unwrap();
        prop_assert_eq!(key.to_string().parse(), Ok(key));
    }

    #[test]
    fn any_text_is_a_key_or_refused(text in any::<String>(), end in "[a-z]\\+[0-9a-f]{8}\\+[A-Za-z0-9+/]{43}=") {
        for text in [text, end] {
            if let Ok(key) = text.parse::<VerifierKey>() {
                prop_assert_eq!(key.to_string(), text);
            }
        }
    }
}
