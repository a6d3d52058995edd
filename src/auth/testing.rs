//! Keys and tokens for this room's tests, hostile ones included: parts are signed as they are given.

use std::sync::LazyLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
    KeyPair as _, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

/// When all tests take place.
pub(super) const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);
pub(super) const ISSUER: &str = "https://issuer.example";
pub(super) const AUDIENCE: &str = "https://dancu.example";

/// A key pair under a name.
pub(super) struct TestKey {
    pub(super) name: &'static str,
    pub(super) algorithm: Algorithm,
    private: Private,
    /// The public part, without `kid`.
    public: Value,
}

enum Private {
    Rsa(Box<RsaKeyPair>),
    Other(EncodingKey),
}

pub(super) static RSA: LazyLock<TestKey> = LazyLock::new(|| TestKey::rsa("rsa", KeySize::Rsa2048));
pub(super) static EC: LazyLock<TestKey> = LazyLock::new(|| TestKey::ec("ec"));
pub(super) static ED: LazyLock<TestKey> = LazyLock::new(|| TestKey::ed("ed"));
pub(super) static P384: LazyLock<TestKey> = LazyLock::new(|| TestKey::p384("p384"));

impl TestKey {
    pub(super) fn rsa(name: &'static str, size: KeySize) -> Self {
        let pair = RsaKeyPair::generate(size).unwrap();
        let public = pair.public_key();
        let public = json!({
            "kty": "RSA",
            "n": encode(public.modulus().big_endian_without_leading_zero()),
            "e": encode(public.exponent().big_endian_without_leading_zero()),
        });
        Self {
            name,
            algorithm: Algorithm::RS256,
            private: Private::Rsa(Box::new(pair)),
            public,
        }
    }

    pub(super) fn ec(name: &'static str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
        Self {
            name,
            algorithm: Algorithm::ES256,
            private: Private::Other(EncodingKey::from_ec_der(
                pair.to_pkcs8v1().unwrap().as_ref(),
            )),
            public: json!({"kty": "EC", "crv": "P-256", "x": encode(x), "y": encode(y)}),
        }
    }

    pub(super) fn p384(name: &'static str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).unwrap();
        let (x, y) = pair.public_key().as_ref()[1..].split_at(48);
        Self {
            name,
            algorithm: Algorithm::ES384,
            private: Private::Other(EncodingKey::from_ec_der(
                pair.to_pkcs8v1().unwrap().as_ref(),
            )),
            public: json!({"kty": "EC", "crv": "P-384", "x": encode(x), "y": encode(y)}),
        }
    }

    pub(super) fn ed(name: &'static str) -> Self {
        let pair = Ed25519KeyPair::generate().unwrap();
        Self {
            name,
            algorithm: Algorithm::EdDSA,
            private: Private::Other(EncodingKey::from_ed_der(
                pair.to_pkcs8v1().unwrap().as_ref(),
            )),
            public: json!({"kty": "OKP", "crv": "Ed25519", "x": encode(pair.public_key().as_ref())}),
        }
    }

    /// The public part as it stands in a key set.
    pub(super) fn jwk(&self) -> Value {
        self.jwk_with(json!({}))
    }

    /// The same with other members added, or taken away where null.
    pub(super) fn jwk_with(&self, change: Value) -> Value {
        let mut jwk = self.public.clone();
        jwk["kid"] = self.name.into();
        merge(&mut jwk, change);
        jwk
    }

    /// A good header for this key.
    pub(super) fn header(&self) -> Value {
        json!({"alg": format!("{:?}", self.algorithm), "typ": "at+jwt", "kid": self.name})
    }

    /// A token of exactly these parts, whatever they say, signed with this key and its own algorithm.
    pub(super) fn sign_raw(&self, header: &[u8], payload: &[u8]) -> String {
        self.sign_as(self.algorithm, header, payload)
    }

    /// The same with another algorithm the key can do.
    pub(super) fn sign_as(&self, algorithm: Algorithm, header: &[u8], payload: &[u8]) -> String {
        let message = format!("{}.{}", encode(header), encode(payload));
        let signature = match (&self.private, algorithm) {
            (Private::Rsa(pair), Algorithm::RS256) => rsa_sign(pair, &RSA_PKCS1_SHA256, &message),
            (Private::Rsa(pair), Algorithm::PS256) => rsa_sign(pair, &RSA_PSS_SHA256, &message),
            (Private::Rsa(_), other) => panic!("no {other:?} with RSA"),
            (Private::Other(key), algorithm) => {
                jsonwebtoken::crypto::sign(message.as_bytes(), key, algorithm).unwrap()
            }
        };
        format!("{message}.{signature}")
    }

    /// A token with a good header and these claims.
    pub(super) fn sign(&self, claims: &Value) -> String {
        self.sign_raw(
            self.header().to_string().as_bytes(),
            claims.to_string().as_bytes(),
        )
    }
}

fn rsa_sign(pair: &RsaKeyPair, padding: &'static dyn RsaEncoding, message: &str) -> String {
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(
        padding,
        &SystemRandom::new(),
        message.as_bytes(),
        &mut signature,
    )
    .unwrap();
    encode(signature)
}

/// Claims that are good at [`NOW`].
pub(super) fn claims() -> Value {
    let now = NOW.as_second();
    json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": "onestop-hcm", "client_id": "onestop-hcm",
        "jti": "0197-a", "iat": now, "exp": now + 600, "scope": "citizen:verify fields:identity",
        "officer_id": "079085001234",
    })
}

/// The same with members changed, or taken away where null.
pub(super) fn claims_with(change: Value) -> Value {
    let mut claims = claims();
    merge(&mut claims, change);
    claims
}

/// A key set of these entries.
pub(super) fn jwks(entries: &[Value]) -> String {
    json!({ "keys": entries }).to_string()
}

pub(super) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A directory of its own for one test, removed at its end.
pub(super) struct Scratch(pub(super) std::path::PathBuf);

impl Scratch {
    pub(super) fn new() -> Self {
        let mut unique = [0; 8];
        crate::clock::random(&mut unique);
        let path = std::env::temp_dir().join(format!("dancu-auth-{}", hex::encode(unique)));
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn merge(target: &mut Value, change: Value) {
    let (Value::Object(target), Value::Object(change)) = (target, change) else {
        panic!("both are objects");
    };
    for (name, value) in change {
        if value.is_null() {
            target.remove(&name);
        } else {
            target.insert(name, value);
        }
    }
}
