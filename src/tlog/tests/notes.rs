//! Notes are read strictly, and believed only when a known key signed.

use super::super::{Algorithm, Note, VerifierKey};

const KEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const SIGNED: &str = "This is an example message.\n\n\u{2014} example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

#[test]
fn the_key_of_the_specification_verifies_its_note() {
    let key: VerifierKey = KEY.parse().unwrap();
    assert_eq!(
        (key.name(), key.algorithm()),
        ("example.com/foo", Algorithm::Ed25519)
    );
    assert_eq!(key.to_string(), KEY);
    let note = Note::parse(SIGNED).unwrap();
    assert_eq!(note.to_string(), SIGNED);
    let known = [key];
    let verified = note.verify(&known).unwrap();
    assert_eq!((verified.len(), verified[0].at), (1, None));
}
