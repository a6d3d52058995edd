//! Names and public keys of those who sign notes (C2SP signed-note and tlog-cosignature), and what
//! their signatures must hold against. No secret keys.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest::{self, SHA256};
use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Bytes of an Ed25519 public key.
const KEY_LENGTH: usize = 32;

/// Bytes of an Ed25519 signature.
const SIGNATURE_LENGTH: usize = 64;

/// The name of a key: not empty, without Unicode spaces, `+` and control characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyName(String);

impl KeyName {
    /// `None` if it cannot be the name of a key.
    pub fn new(name: &str) -> Option<Self> {
        let fits = |c: char| !c.is_whitespace() && !c.is_control() && c != '+';
        (!name.is_empty() && name.chars().all(fits)).then(|| Self(name.to_owned()))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a key signs, and so what its signatures look like. The number is the format's type byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// Ed25519 over the note's text.
    Ed25519 = 1,
    /// A timestamped cosignature of a checkpoint: eight bytes of time, then Ed25519 over
    /// [`cosigned_message`].
    Cosignature = 4,
}

impl Algorithm {
    fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::Ed25519),
            4 => Some(Self::Cosignature),
            _ => None,
        }
    }
}

/// A public key that is known: `<name>+<id, 8 lowercase hex digits>+<base64(type || key)>`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct VerifierKey {
    name: KeyName,
    id: u32,
    algorithm: Algorithm,
    key: [u8; KEY_LENGTH],
}

/// Why a text is not a verifier key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It has not the three parts, or one of them is malformed.
    #[error("a verifier key has the form name+id+key")]
    Form,
    /// It is of an algorithm that is not used here.
    #[error("the verifier key is not of a supported algorithm")]
    Algorithm,
    /// The id is not that of the name and the key.
    #[error("the id of the verifier key is not that of its name and key")]
    Id,
}

impl VerifierKey {
    /// `None` if the name cannot be that of a key.
    pub fn new(name: &str, algorithm: Algorithm, key: [u8; KEY_LENGTH]) -> Option<Self> {
        let name = KeyName::new(name)?;
        let id = key_id(name.as_str(), algorithm, &key);
        Some(Self {
            name,
            id,
            algorithm,
            key,
        })
    }

    /// Whose key it is.
    pub fn name(&self) -> &str {
        self.name.as_str()
    }

    /// With the name, what a signature line names the key by.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// What it signs.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The Ed25519 public key (RFC 8032).
    pub fn key(&self) -> &[u8; KEY_LENGTH] {
        &self.key
    }

    /// What a signature of this key says about the text; `None` if it is not one.
    pub(super) fn check(&self, text: &str, signature: &[u8]) -> Option<Signed> {
        match self.algorithm {
            Algorithm::Ed25519 => self
                .verify_ed25519(text.as_bytes(), signature)
                .then_some(Signed { at: None }),
            Algorithm::Cosignature => {
                let (timestamp, signature) = signature.split_first_chunk()?;
                let timestamp = u64::from_be_bytes(*timestamp);
                if i64::try_from(timestamp).is_err() {
                    return None;
                }
                self.verify_ed25519(&cosigned_message(timestamp, text), signature)
                    .then_some(Signed {
                        at: Some(timestamp),
                    })
            }
        }
    }

    fn verify_ed25519(&self, message: &[u8], signature: &[u8]) -> bool {
        signature.len() == SIGNATURE_LENGTH
            && UnparsedPublicKey::new(&ED25519, &self.key)
                .verify(message, signature)
                .is_ok()
    }
}

/// That a signature holds, and the time it names, in seconds since 1970, if it names one.
pub(super) struct Signed {
    pub(super) at: Option<u64>,
}

impl FromStr for VerifierKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        // Base64 may have a `+` of its own.
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(KeyError::Form);
        };
        let hex = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
        if id.len() != 8 || !id.bytes().all(hex) {
            return Err(KeyError::Form);
        }
        let id = u32::from_str_radix(id, 16).map_err(|_| KeyError::Form)?;
        let key = STANDARD.decode(key).map_err(|_| KeyError::Form)?;
        let (algorithm, key) = key.split_first().ok_or(KeyError::Form)?;
        let algorithm = Algorithm::from_byte(*algorithm).ok_or(KeyError::Algorithm)?;
        let key = key.try_into().map_err(|_| KeyError::Form)?;
        let key = Self::new(name, algorithm, key).ok_or(KeyError::Form)?;
        if key.id == id {
            Ok(key)
        } else {
            Err(KeyError::Id)
        }
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut typed = vec![self.algorithm as u8];
        typed.extend_from_slice(&self.key);
        let key = STANDARD.encode(typed);
        write!(f, "{}+{:08x}+{key}", self.name, self.id)
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The id of a key: the first four bytes of SHA-256(name || 0x0A || type || key), big-endian.
pub fn key_id(name: &str, algorithm: Algorithm, key: &[u8; KEY_LENGTH]) -> u32 {
    let mut context = digest::Context::new(&SHA256);
    context.update(name.as_bytes());
    context.update(&[b'\n', algorithm as u8]);
    context.update(key);
    let digest = context.finish();
    let (id, _) = digest
        .as_ref()
        .split_first_chunk()
        .expect("a SHA-256 digest has 32 bytes");
    u32::from_be_bytes(*id)
}

/// What a cosigner signs: `cosignature/v1`, the time in seconds since 1970, the checkpoint's text.
pub fn cosigned_message(timestamp: u64, text: &str) -> Vec<u8> {
    format!("cosignature/v1\ntime {timestamp}\n{text}").into_bytes()
}
