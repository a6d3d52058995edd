//! A JSON Web Key Set (RFC 7517, RFC 7518 section 6, RFC 8037) cut down to the keys that can check a signature here.
//!
//! Absent on purpose: certificates (`x5c`, `x5u`), which are not read, and private or symmetric keys.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::DecodingKey;
use serde_json::{Map, Value};

use super::header::MAX_KEY_NAME;
use super::strict_json;
use crate::config::auth::Algorithm;

/// The most keys an issuer may publish.
const MAX_KEYS: usize = 64;

/// RSA moduli taken, in bits: less is breakable, more is work that a caller can cause at will.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=4096;

/// The keys of one issuer at one time, found by name.
#[derive(Debug, Default, PartialEq)]
pub(super) struct KeySet(Vec<Arc<VerificationKey>>);

/// One public key, checked for size and shape.
pub(super) struct VerificationKey {
    name: String,
    kind: Kind,
    /// The only algorithm it may be used with, when the set says so.
    only: Option<Algorithm>,
    material: Vec<u8>,
    decoding: DecodingKey,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Rsa,
    P256,
    Ed25519,
}

/// Not a key set at all, as opposed to one with keys of no use here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAKeySet {
    /// No JSON object with unique member names.
    #[error("no JSON object with unique member names")]
    Json,
    /// The member `keys` is absent or no list.
    #[error("no list `keys`")]
    NoList,
    /// More keys than an issuer may publish.
    #[error("more than 64 keys")]
    TooMany,
}

impl KeySet {
    /// Reads a set, and says why entries of it were left out. A well-formed set without a usable key
    /// is a set: the issuer has withdrawn its keys.
    ///
    /// Keys that `before` holds too are the same objects in the new set, so that [`holds`](Self::holds) tells whether
    /// a key outlived a change.
    pub(super) fn parse(
        bytes: &[u8],
        before: &Self,
    ) -> Result<(Self, Vec<&'static str>), NotAKeySet> {
        let document = strict_json::object(bytes).map_err(|_| NotAKeySet::Json)?;
        let Some(Value::Array(entries)) = document.get("keys") else {
            return Err(NotAKeySet::NoList);
        };
        if entries.len() > MAX_KEYS {
            return Err(NotAKeySet::TooMany);
        }
        let mut left_out = Vec::new();
        let mut keys: Vec<VerificationKey> = Vec::new();
        for entry in entries {
            match VerificationKey::parse(entry) {
                Ok(key) if keys.contains(&key) => left_out.push("the same key again"),
                Ok(key) => keys.push(key),
                Err(reason) => left_out.push(reason),
            }
        }
        // Two keys that a token could mean alike: guessing would let either stand for the other.
        let ambiguous: Vec<bool> = keys
            .iter()
            .map(|key| keys.iter().filter(|other| key.rivals(other)).count() > 1)
            .collect();
        let keys = keys
            .into_iter()
            .zip(ambiguous)
            .filter_map(|(key, ambiguous)| {
                if ambiguous {
                    left_out.push("kid stands for two keys");
                    return None;
                }
                let known = before.0.iter().find(|known| ***known == key);
                Some(known.map_or_else(|| Arc::new(key), Arc::clone))
            })
            .collect();
        Ok((Self(keys), left_out))
    }

    /// The key of that name which fits the algorithm. At most one does.
    pub(super) fn find(&self, name: &str, algorithm: Algorithm) -> Option<&Arc<VerificationKey>> {
        self.0
            .iter()
            .find(|key| key.name == name && key.fits(algorithm))
    }

    /// Whether any key has that name.
    pub(super) fn knows(&self, name: &str) -> bool {
        self.0.iter().any(|key| key.name == name)
    }

    /// Whether this very key is still in the set.
    pub(super) fn holds(&self, key: &Arc<VerificationKey>) -> bool {
        self.0.iter().any(|held| Arc::ptr_eq(held, key))
    }

    /// How many keys there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

impl VerificationKey {
    /// Whether `signature` (base64url) over `message` was made with this key and algorithm.
    pub(super) fn verifies(&self, algorithm: Algorithm, message: &str, signature: &str) -> bool {
        let algorithm = match algorithm {
            Algorithm::Es256 => jsonwebtoken::Algorithm::ES256,
            Algorithm::Ps256 => jsonwebtoken::Algorithm::PS256,
            Algorithm::Rs256 => jsonwebtoken::Algorithm::RS256,
            Algorithm::EdDsa => jsonwebtoken::Algorithm::EdDSA,
        };
        jsonwebtoken::crypto::verify(signature, message.as_bytes(), &self.decoding, algorithm)
            .unwrap_or(false)
    }

    fn fits(&self, algorithm: Algorithm) -> bool {
        let kind = match algorithm {
            Algorithm::Es256 => Kind::P256,
            Algorithm::Ps256 | Algorithm::Rs256 => Kind::Rsa,
            Algorithm::EdDsa => Kind::Ed25519,
        };
        self.kind == kind && self.only.is_none_or(|only| only == algorithm)
    }

    /// Whether a token could mean this key and the other alike. Every key rivals itself.
    fn rivals(&self, other: &Self) -> bool {
        self.name == other.name
            && self.kind == other.kind
            && (self.only == other.only || self.only.is_none() || other.only.is_none())
    }

    fn parse(entry: &Value) -> Result<Self, &'static str> {
        let Value::Object(members) = entry else {
            return Err("no object");
        };
        if !is_for_signatures(members) {
            return Err("not for checking signatures");
        }
        if members.contains_key("d") || members.contains_key("k") {
            return Err("carries a secret: withdraw that key");
        }
        let name = match members.get("kid") {
            Some(Value::String(name)) if (1..=MAX_KEY_NAME).contains(&name.len()) => name.clone(),
            _ => return Err("kid is absent or no name"),
        };
        let (kind, material, decoding) = match (text(members, "kty"), text(members, "crv")) {
            (Some("RSA"), _) => rsa(members)?,
            (Some("EC"), Some("P-256")) => p256(members)?,
            (Some("OKP"), Some("Ed25519")) => ed25519(members)?,
            _ => return Err("a type of key that is not spoken here"),
        };
        let only = match members.get("alg") {
            None => None,
            Some(Value::String(name)) => {
                Some(Algorithm::from_name(name).ok_or("an algorithm that is not spoken here")?)
            }
            Some(_) => return Err("alg is no string"),
        };
        let key = Self {
            name,
            kind,
            only,
            material,
            decoding,
        };
        match only {
            Some(algorithm) if !key.fits(algorithm) => Err("alg does not fit the type of key"),
            _ => Ok(key),
        }
    }
}

impl PartialEq for VerificationKey {
    fn eq(&self, other: &Self) -> bool {
        (&self.name, self.kind, self.only, &self.material)
            == (&other.name, other.kind, other.only, &other.material)
    }
}

impl fmt::Debug for VerificationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerificationKey")
            .field("name", &self.name)
            .field("kind", &self.kind)
            .field("only", &self.only)
            .finish_non_exhaustive()
    }
}

/// `use` and `key_ops` (RFC 7517 sections 4.2 and 4.3), either of which may be absent.
fn is_for_signatures(members: &Map<String, Value>) -> bool {
    let used = match members.get("use") {
        None => true,
        Some(value) => value == "sig",
    };
    let operations = match members.get("key_ops") {
        None => true,
        Some(Value::Array(operations)) => operations.iter().any(|one| one == "verify"),
        Some(_) => false,
    };
    used && operations
}

fn text<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    members.get(name).and_then(Value::as_str)
}

fn number(members: &Map<String, Value>, name: &str) -> Result<Vec<u8>, &'static str> {
    text(members, name)
        .and_then(|encoded| URL_SAFE_NO_PAD.decode(encoded).ok())
        .ok_or("a number of the key is absent or no base64url")
}

type Parts = (Kind, Vec<u8>, DecodingKey);

fn rsa(members: &Map<String, Value>) -> Result<Parts, &'static str> {
    let modulus = without_leading_zeros(number(members, "n")?);
    let exponent = without_leading_zeros(number(members, "e")?);
    let bits = modulus.first().map_or(0, |first| {
        modulus.len() * 8 - first.leading_zeros() as usize
    });
    if !RSA_BITS.contains(&bits) {
        return Err("an RSA modulus has 2048 to 4096 bits");
    }
    // An exponent of one would make every signature its own message.
    if exponent.len() > 4 || exponent.last().is_none_or(|last| last % 2 == 0) || exponent == [1] {
        return Err("an RSA exponent is odd, over 1 and of at most 32 bits");
    }
    let decoding = DecodingKey::from_rsa_raw_components(&modulus, &exponent);
    // The exponent takes four bytes at most, so its length keeps the two apart.
    let length = u8::try_from(exponent.len()).expect("an exponent has at most four bytes");
    let material = [&[length], &exponent[..], &modulus[..]].concat();
    Ok((Kind::Rsa, material, decoding))
}

fn p256(members: &Map<String, Value>) -> Result<Parts, &'static str> {
    let (x, y) = (number(members, "x")?, number(members, "y")?);
    if (x.len(), y.len()) != (32, 32) {
        return Err("a coordinate on P-256 has 32 bytes");
    }
    let point = [&[4], &x[..], &y[..]].concat();
    ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &point)
        .map_err(|_| "the point is not on the curve")?;
    let decoding = DecodingKey::from_ec_der(&point);
    Ok((Kind::P256, point, decoding))
}

fn ed25519(members: &Map<String, Value>) -> Result<Parts, &'static str> {
    let x = number(members, "x")?;
    if x.len() != 32 {
        return Err("an Ed25519 key has 32 bytes");
    }
    let decoding = DecodingKey::from_ed_der(&x);
    Ok((Kind::Ed25519, x, decoding))
}

fn without_leading_zeros(mut number: Vec<u8>) -> Vec<u8> {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.drain(..zeros);
    number
}
