//! Notes are believed only when a known key signed, and no known key's signature is wrong.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};

use super::super::{Algorithm, Note, NoteError, Signature, VerifierKey, cosigned_message};

pub(super) const SPECIFIED: &str =
    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const SPECIFIED_NOTE: &str = "This is an example message.\n\n\
    — example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

// Golden vectors, made with another implementation of Ed25519 (seeds 0x07… and 0x09…).
pub(super) const LOG: &str =
    "dancu.example/log/1+1cf78cfc+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs";
pub(super) const WITNESS: &str =
    "witness.example/w1+24b5d9fe+BP0XJDhaoMdbZPt4zWAvodmR/ev3axPFjtcC6sg16fYY";
const GOLDEN: &str = "dancu.example/log/1\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\
    — dancu.example/log/1 HPeM/I2DHh4v3L/Kco3YRPPlgjGmMdpPD44rEUe8edBs2as8ogZaXv0g0y8NPzaBVDPmkDndvP3t2gx7yalBeX2FWQs=\n\
    — witness.example/w1 JLXZ/gAAAABkGFDLD6cJwxmnoqPcq2/kZ7BMLtUs9zCoBQZUOcRIxQYG3TEdViIu17mV8DD63hDaJ33RWw6gyPZ1Hz11bAj9CqyUCA==\n";

const LOG_SEED: [u8; 32] = [7; 32];
const WITNESS_SEED: [u8; 32] = [9; 32];
pub(super) const AT: u64 = 1_679_315_147;

pub(super) fn public(seed: &[u8; 32]) -> [u8; 32] {
    let pair = Ed25519KeyPair::from_seed_unchecked(seed).unwrap();
    pair.public_key().as_ref().try_into().unwrap()
}

pub(super) fn sign(key: &VerifierKey, seed: &[u8; 32], text: &str) -> Signature {
    let pair = Ed25519KeyPair::from_seed_unchecked(seed).unwrap();
    let bytes = match key.algorithm() {
        Algorithm::Ed25519 => pair.sign(text.as_bytes()).as_ref().to_vec(),
        Algorithm::Cosignature => cosign(seed, AT, text),
    };
    Signature {
        name: key.name().to_owned(),
        id: key.id(),
        bytes,
    }
}

fn cosign(seed: &[u8; 32], at: u64, text: &str) -> Vec<u8> {
    let pair = Ed25519KeyPair::from_seed_unchecked(seed).unwrap();
    let signature = pair.sign(&cosigned_message(at, text));
    [&at.to_be_bytes(), signature.as_ref()].concat()
}

pub(super) fn log() -> VerifierKey {
    LOG.parse().unwrap()
}

fn witness() -> VerifierKey {
    WITNESS.parse().unwrap()
}

/// The golden note without its signatures.
pub(super) fn unsigned() -> Note {
    Note::new(Note::parse(GOLDEN).unwrap().text()).unwrap()
}

pub(super) fn line(name: &str) -> Signature {
    Signature {
        name: name.to_owned(),
        id: 1,
        bytes: vec![1; 64],
    }
}

#[test]
fn the_key_of_the_specification_verifies_its_note() {
    let known = [SPECIFIED.parse().unwrap()];
    let note = Note::parse(SPECIFIED_NOTE).unwrap();
    assert_eq!(note.to_string(), SPECIFIED_NOTE);
    let verified = note.verify(&known).unwrap();
    assert_eq!((verified.len(), verified[0].at), (1, None));
}

#[test]
fn the_golden_note_is_made_and_verified() {
    let (log, witness) = (log(), witness());
    assert_eq!(log.key(), &public(&LOG_SEED));
    assert_eq!(witness.key(), &public(&WITNESS_SEED));
    let mut note = unsigned();
    note.push(sign(&log, &LOG_SEED, note.text()));
    note.push(sign(&witness, &WITNESS_SEED, note.text()));
    assert_eq!(note.to_string(), GOLDEN);
    let known = [witness, log];
    let verified = Note::parse(GOLDEN).unwrap();
    let verified = verified.verify(&known).unwrap();
    let by: Vec<_> = verified.iter().map(|by| (by.key, by.at)).collect();
    assert_eq!(by, [(&known[0], Some(AT)), (&known[1], None)]);
}

#[test]
fn unknown_keys_are_passed_over() {
    let mut note = Note::parse(GOLDEN).unwrap();
    note.push(line("stranger.example"));
    // The same name with another id, the same id with another name.
    note.push(line(log().name()));
    note.push(Signature {
        id: log().id(),
        ..line("stranger.example")
    });
    let note = Note::parse(&note.to_string()).unwrap();
    assert_eq!(note.verify(&[log()]).unwrap().len(), 1);
    let stranger = VerifierKey::new("other.example", Algorithm::Ed25519, [1; 32]).unwrap();
    assert_eq!(
        note.verify(std::slice::from_ref(&stranger)),
        Err(NoteError::Unknown)
    );
    assert_eq!(note.verify(&[]), Err(NoteError::Unknown));
    assert_eq!(unsigned().verify(&[log()]), Err(NoteError::Unknown));
}

#[test]
fn a_wrong_signature_of_a_known_key_refuses_the_note() {
    let known = [log(), witness()];
    for seed in [LOG_SEED, WITNESS_SEED] {
        let key = if seed == LOG_SEED { log() } else { witness() };
        let right = sign(&key, &seed, unsigned().text());
        for bit in 0..right.bytes.len() * 8 {
            let mut wrong = right.clone();
            wrong.bytes[bit / 8] ^= 1 << (bit % 8);
            let mut note = Note::parse(GOLDEN).unwrap();
            note.push(wrong);
            assert_eq!(note.verify(&known), Err(NoteError::Wrong), "bit {bit}");
        }
        for length in [0, 7, 8, 63, 65, 71, 73] {
            let mut bytes = right.bytes.clone();
            bytes.resize(length, 0);
            let mut note = unsigned();
            note.push(Signature {
                bytes,
                ..right.clone()
            });
            let expected = if length == right.bytes.len() {
                Ok(1)
            } else {
                Err(NoteError::Wrong)
            };
            assert_eq!(note.verify(&known).map(|by| by.len()), expected);
        }
    }
}

#[test]
fn a_changed_text_is_signed_by_nobody() {
    let changed = GOLDEN.replacen("20852163", "20852164", 1);
    let note = Note::parse(&changed).unwrap();
    assert_eq!(note.verify(&[log()]), Err(NoteError::Wrong));
    assert_eq!(note.verify(&[witness()]), Err(NoteError::Wrong));
}

#[test]
fn a_signature_of_one_kind_is_none_of_the_other() {
    let text = unsigned();
    let as_log = VerifierKey::new("n", Algorithm::Ed25519, public(&LOG_SEED)).unwrap();
    let as_witness = VerifierKey::new("n", Algorithm::Cosignature, public(&LOG_SEED)).unwrap();
    for (maker, named) in [(&as_log, &as_witness), (&as_witness, &as_log)] {
        let mut note = text.clone();
        note.push(Signature {
            id: named.id(),
            ..sign(maker, &LOG_SEED, text.text())
        });
        assert_eq!(
            note.verify(std::slice::from_ref(named)),
            Err(NoteError::Wrong)
        );
    }
}

#[test]
fn a_time_beyond_63_bits_is_no_cosignature() {
    let witness = witness();
    let largest = i64::MAX.cast_unsigned();
    for (at, expected) in [
        (0, Ok(0)),
        (largest, Ok(largest)),
        (largest + 1, Err(NoteError::Wrong)),
    ] {
        let mut note = unsigned();
        let bytes = cosign(&WITNESS_SEED, at, note.text());
        note.push(Signature {
            bytes,
            ..sign(&witness, &WITNESS_SEED, note.text())
        });
        let verified = note.verify(std::slice::from_ref(&witness));
        assert_eq!(verified.map(|by| by[0].at.unwrap()), expected);
    }
}

#[test]
fn a_key_counts_once_however_often_it_signs_or_is_known() {
    let mut note = Note::parse(GOLDEN).unwrap();
    for line in Note::parse(GOLDEN).unwrap().signatures() {
        note.push(line.clone());
    }
    // The newest stands in the middle.
    for at in [AT + 60, AT + 30] {
        let bytes = cosign(&WITNESS_SEED, at, note.text());
        note.push(Signature {
            bytes,
            ..sign(&witness(), &WITNESS_SEED, note.text())
        });
    }
    let note = Note::parse(&note.to_string()).unwrap();
    assert_eq!(note.signatures().len(), 6);
    let known = [log(), witness(), log(), witness()];
    let verified = note.verify(&known).unwrap();
    let times: Vec<_> = verified.iter().map(|by| by.at).collect();
    assert_eq!(times, [None, Some(AT + 60)]);
}
