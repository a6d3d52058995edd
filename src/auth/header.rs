//! The JOSE header of a token: which key and algorithm it claims, and all that makes it refused.

use serde_json::Value;

use super::error::Refusal;
use super::strict_json;
use crate::config::auth::Algorithm;

/// The longest key name looked up, in bytes.
pub(super) const MAX_KEY_NAME: usize = 256;

/// What a header claims. Nothing in it is believed before the signature was checked, and the keys
/// it may name or carry (`jku`, `x5u`, `jwk`, `x5c`) are not even read.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) algorithm: Algorithm,
    pub(super) key_name: String,
}

impl Header {
    /// Reads a decoded header.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Refusal> {
        let mut members =
            strict_json::object(bytes).map_err(|_| Refusal::invalid("header is no strict JSON"))?;
        // Extensions a reader must understand (`crit`), an unencoded payload (`b64`), compression
        // (`zip`) and encryption (`enc`) all change what the bytes mean; this reader speaks none of them.
        if ["crit", "b64", "zip", "enc"]
            .iter()
            .any(|name| members.contains_key(*name))
        {
            return Err(Refusal::invalid("header asks for an extension"));
        }
        if !matches!(members.get("typ"), Some(Value::String(typ)) if is_access_token(typ)) {
            return Err(Refusal::invalid("typ is not at+jwt"));
        }
        let algorithm = match members.get("alg") {
            Some(Value::String(name)) => Algorithm::from_name(name),
            _ => None,
        }
        .ok_or(Refusal::invalid("algorithm is never taken"))?;
        match members.remove("kid") {
            Some(Value::String(key_name)) if (1..=MAX_KEY_NAME).contains(&key_name.len()) => {
                Ok(Self {
                    algorithm,
                    key_name,
                })
            }
            _ => Err(Refusal::invalid("kid is absent or no name")),
        }
    }
}

/// RFC 9068 section 4: `at+jwt` or `application/at+jwt`; media types have no case.
fn is_access_token(typ: &str) -> bool {
    typ.eq_ignore_ascii_case("at+jwt") || typ.eq_ignore_ascii_case("application/at+jwt")
}
