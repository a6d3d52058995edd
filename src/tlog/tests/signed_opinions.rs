//! What `signed_note` thinks of our keys and notes, and we of theirs.

use proptest::prelude::*;
use signed_note::{Signer, StandardSigner, StandardVerifier, Verifier, VerifierList};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::super::{Algorithm, Checkpoint, Hash, Note, VerifierKey};
use super::notes::{public, sign};

/// A signer of theirs with that seed, and what we think its key is.
fn signer(name: &str, seed: &[u8; 32]) -> (StandardSigner, VerifierKey) {
    let key = VerifierKey::new(name, Algorithm::Ed25519, public(seed)).unwrap();
    let secret = STANDARD.encode([&[1], seed.as_slice()].concat());
    let text = format!("PRIVATE+KEY+{name}+{:08x}+{secret}", key.id());
    (StandardSigner::new(&text).unwrap(), key)
}

fn list(key: &VerifierKey) -> VerifierList {
    VerifierList::new(vec![Box::new(
        StandardVerifier::new(&key.to_string()).unwrap(),
    )])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn keys_and_notes_are_the_same_bytes(
        name in "[a-z./—ậ]{1,20}", seed: [u8; 32], size in 0_u64..1 << 60, root: [u8; 32],
    ) {
        let (signer, key) = signer(&name, &seed);
        let verifier = StandardVerifier::new(&key.to_string()).unwrap();
        prop_assert_eq!((verifier.name(), verifier.key_id()), (key.name(), key.id()));
        prop_assert_eq!(signer.key_id(), key.id());

        let text = Checkpoint { origin: name, size, root: Hash(root) }.text();
        let mut theirs = signed_note::Note::new(text.as_bytes(), &[]).unwrap();
        theirs.add_sigs(&[&signer]).unwrap();
        let theirs = theirs.to_bytes();

        let mut note = Note::new(text).unwrap();
        note.push(sign(&key, &seed, note.text()));
        prop_assert_eq!(note.to_string().into_bytes(), theirs.clone());
        let read = Note::parse(std::str::from_utf8(&theirs).unwrap()).unwrap();
        prop_assert_eq!(&read, &note);
        prop_assert!(read.verify(std::slice::from_ref(&key)).is_ok());
        let read = signed_note::Note::from_bytes(note.to_string().as_bytes()).unwrap();
        prop_assert!(read.verify(&list(&key)).is_ok());
    }

    /// We refuse more than they do (more than 64 signatures, control characters beyond ASCII), but
    /// take nothing that they refuse, and read it alike.
    #[test]
    fn what_we_read_they_read_alike(
        text in "([a —\n]{0,4}\n){0,3}", lines in "(— [a+ \u{85}]{1,3} [A-D]{4,12}={0,2}\n){0,3}", end in "\n?",
    ) {
        let text = format!("{text}\n{lines}{end}");
        if let Ok(note) = Note::parse(&text) {
            let theirs = signed_note::Note::from_bytes(text.as_bytes()).unwrap();
            prop_assert_eq!(theirs.text(), note.text().as_bytes());
            prop_assert_eq!(theirs.to_bytes(), text.as_bytes());
            prop_assert_eq!(note.to_string(), text);
        }
    }
}
