//! The keys that sign the log's checkpoints (C2SP signed-note, Ed25519), from one file.
//!
//! The file holds a key a line, the newest first, and every one of them signs: a verifier that knows
//! any of them is content, so keys are changed by an overlap.

use std::path::Path;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::Error;
use crate::clock::random;
use crate::tlog::{Algorithm, Note, Signature, VerifierKey, cosigned_message};

/// Bytes of an Ed25519 seed (RFC 8032).
const SEED: usize = 32;
/// A key file is no longer than this; more is not read.
const FILE_LIMIT: u64 = 16 * 1024;
/// How many keys may sign at a time.
const KEYS_LIMIT: usize = 8;

/// A key that signs notes.
struct NoteKey {
    verifier: VerifierKey,
    pair: Ed25519KeyPair,
}

impl NoteKey {
    fn signature(&self, bytes: Vec<u8>) -> Signature {
        Signature {
            name: self.verifier.name().to_owned(),
            id: self.verifier.id(),
            bytes,
        }
    }
}

/// The keys that sign, newest first; at least one.
pub struct NoteSigner {
    keys: Vec<NoteKey>,
}

impl std::fmt::Debug for NoteSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.keys.iter().map(|key| key.verifier.to_string()))
            .finish()
    }
}

impl NoteSigner {
    /// Reads the key file; where there is none and `create` allows it, makes one with a new key of
    /// that name and algorithm.
    pub fn load(
        path: &Path,
        create: bool,
        name: &str,
        algorithm: Algorithm,
    ) -> Result<Self, Error> {
        match Self::read(path, algorithm) {
            Err(Error::MissingNote(_)) if create => {
                let key = new_key(path, name, algorithm)?;
                super::file::make(path, &key).map_err(|source| Error::File {
                    path: path.into(),
                    source,
                })?;
                Self::read(path, algorithm)
            }
            result => result,
        }
    }

    /// Puts a new key before the newest of those in the file, which goes on signing beside it. Whoever
    /// signs reads the file again at the next start.
    pub fn rotate(path: &Path, name: &str) -> Result<Self, Error> {
        let old = read_lines(path)?;
        let key = new_key(path, name, Algorithm::Ed25519)?;
        let lines = std::iter::once(key.trim_end()).chain(old.lines().take(1));
        Self::replace(path, lines)
    }

    /// Leaves the newest key only.
    pub fn retire(path: &Path) -> Result<Self, Error> {
        let keys = read_lines(path)?;
        Self::replace(path, keys.lines().take(1))
    }

    fn replace<'a>(path: &Path, lines: impl Iterator<Item = &'a str>) -> Result<Self, Error> {
        let mut text = Zeroizing::new(String::with_capacity(FILE_LIMIT as usize));
        for line in lines {
            text.push_str(line);
            text.push('\n');
        }
        super::file::replace(path, &text).map_err(|source| Error::File {
            path: path.into(),
            source,
        })?;
        Self::read(path, Algorithm::Ed25519)
    }

    /// The public halves, newest first.
    pub fn verifiers(&self) -> impl Iterator<Item = &VerifierKey> {
        self.keys.iter().map(|key| &key.verifier)
    }

    /// The text signed by every key.
    pub fn sign(&self, mut note: Note) -> Note {
        for key in &self.keys {
            let signature = key.pair.sign(note.text().as_bytes());
            note.push(key.signature(signature.as_ref().to_vec()));
        }
        note
    }

    /// The newest key's cosignature of a checkpoint's text at a time in seconds since 1970 (C2SP
    /// tlog-cosignature).
    pub fn cosign(&self, timestamp: u64, text: &str) -> Signature {
        let key = self.keys.first().expect("a file without a key is refused");
        let signature = key.pair.sign(&cosigned_message(timestamp, text));
        let bytes = [&timestamp.to_be_bytes(), signature.as_ref()].concat();
        key.signature(bytes)
    }

    fn read(path: &Path, algorithm: Algorithm) -> Result<Self, Error> {
        let text = read_lines(path)?;
        let keys: Option<Vec<NoteKey>> = text.lines().map(|line| parse(line, algorithm)).collect();
        match keys {
            Some(keys) if (1..=KEYS_LIMIT).contains(&keys.len()) => Ok(Self { keys }),
            _ => Err(Error::NoteFormat(path.into())),
        }
    }
}

fn read_lines(path: &Path) -> Result<Zeroizing<String>, Error> {
    super::file::read(path, FILE_LIMIT).map_err(|error| match error {
        Error::Missing(path) => Error::MissingNote(path),
        error => error,
    })
}

/// One line: `PRIVATE+KEY+name+id+base64(algorithm || seed)`.
fn parse(line: &str, algorithm: Algorithm) -> Option<NoteKey> {
    let rest = line.strip_prefix("PRIVATE+KEY+")?;
    let (name, rest) = rest.split_once('+')?;
    let (id, key) = rest.split_once('+')?;
    let bytes = Zeroizing::new(STANDARD.decode(key).ok()?);
    let (&kind, seed) = bytes.split_first()?;
    if kind != algorithm as u8 {
        return None;
    }
    let key = of_seed(name, seed.try_into().ok()?, algorithm)?;
    (format!("{:08x}", key.verifier.id()) == id).then_some(key)
}

fn of_seed(name: &str, seed: &[u8; SEED], algorithm: Algorithm) -> Option<NoteKey> {
    let pair = Ed25519KeyPair::from_seed_unchecked(seed).ok()?;
    let public = pair.public_key().as_ref().try_into().ok()?;
    let verifier = VerifierKey::new(name, algorithm, public)?;
    Some(NoteKey { verifier, pair })
}

/// A new key as a line of the file.
fn new_key(path: &Path, name: &str, algorithm: Algorithm) -> Result<Zeroizing<String>, Error> {
    let mut seed = Zeroizing::new([0; SEED]);
    random(seed.as_mut());
    let key = of_seed(name, &seed, algorithm).ok_or_else(|| Error::NoteFormat(path.into()))?;
    let id = key.verifier.id();
    let bytes = Zeroizing::new([&[algorithm as u8], seed.as_slice()].concat());
    let encoded = Zeroizing::new(STANDARD.encode(&*bytes));
    Ok(Zeroizing::new(format!(
        "PRIVATE+KEY+{name}+{id:08x}+{}\n",
        &*encoded
    )))
}
