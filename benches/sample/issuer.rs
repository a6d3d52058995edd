//! An issuer of tokens: who believes it, and how it signs.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dancu::auth::Verifier;
use dancu::config::auth::{Algorithm, AuthConfig, IssuerConfig, JwksSource};
use jiff::Timestamp;
use serde_json::{Value, json};

/// When tokens are made and looked at.
pub const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

/// Whoever believes the keys of that set.
pub fn verifier(set: &Value) -> Verifier {
    let file = std::env::temp_dir().join(format!("dancu-bench-{}.json", std::process::id()));
    std::fs::write(&file, set.to_string()).expect("there is room for a file");
    let config = AuthConfig {
        issuers: vec![IssuerConfig {
            issuer: "https://issuer.example".to_owned(),
            audience: "https://dancu.example".to_owned(),
            algorithms: vec![
                Algorithm::Es256,
                Algorithm::Ps256,
                Algorithm::Rs256,
                Algorithm::EdDsa,
            ],
            jwks: JwksSource::File(file.clone()),
        }],
        ..AuthConfig::default()
    };
    let loopback = "127.0.0.1:0".parse().expect("it is an address");
    let verifier = Verifier::new(&config, loopback).expect("it is a configuration");
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("the system has what a runtime needs")
        .block_on(verifier.load(NOW))
        .expect("the file holds keys");
    std::fs::remove_file(file).expect("it was just written");
    verifier
}

/// A key of the set, and a token signed with it: the same ones each time.
pub fn ed25519() -> (Value, String) {
    let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).expect("a seed has 32 bytes");
    let public = encode(pair.public_key().as_ref());
    let key = json!({"kty": "OKP", "crv": "Ed25519", "kid": "EdDSA", "x": public});
    let token = token("EdDSA", |message| pair.sign(message).as_ref().to_vec());
    (key, token)
}

/// A token that `sign` signs by that algorithm.
pub fn token(algorithm: &str, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let now = NOW.as_second();
    let header = json!({"alg": algorithm, "typ": "at+jwt", "kid": algorithm});
    let claims = json!({
        "iss": "https://issuer.example", "aud": "https://dancu.example", "sub": "onestop-hcm",
        "client_id": "onestop-hcm", "jti": "0199e3a2-7c1e-7a52-b1cf-4d2f0a0c9b11",
        "iat": now, "exp": now + 600, "officer_id": "079085001234",
        "scope": "citizen:verify citizen:lookup fields:identity fields:residence field:ethnicity",
    });
    let message = format!(
        "{}.{}",
        encode(header.to_string().as_bytes()),
        encode(claims.to_string().as_bytes())
    );
    let signature = encode(&sign(message.as_bytes()));
    format!("{message}.{signature}")
}

/// As tokens and key sets have their bytes.
pub fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
