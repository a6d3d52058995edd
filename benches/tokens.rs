//! What does it cost to know who is asking: the first time, by algorithm, and every time after?
#![expect(
    clippy::unwrap_used,
    reason = "a benchmark has no callers, and fails loudly"
)]

use std::hint::black_box;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256,
    RSA_PSS_SHA256, RsaEncoding, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use criterion::{Criterion, criterion_group, criterion_main};
use dancu::auth::{TokenDesk, Verifier};
use dancu::config::auth::{Algorithm, AuthConfig, IssuerConfig, JwksSource};
use futures_util::FutureExt as _;
use jiff::Timestamp;
use serde_json::{Value, json};

const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

fn verify(c: &mut Criterion) {
    let (set, tokens) = keys_and_tokens();
    let verifier = verifier(&set);
    let mut group = c.benchmark_group("verify");
    for (algorithm, token) in &tokens {
        group.bench_function(format!("cold/{algorithm}"), |b| {
            b.iter(|| {
                verifier
                    .verify(black_box(token), NOW)
                    .now_or_never()
                    .unwrap()
                    .unwrap()
            });
        });
    }
    let desk = TokenDesk::new(verifier.clone());
    let token = &tokens[0].1;
    group.bench_function("known", |b| {
        b.iter(|| {
            desk.verify(black_box(token), NOW)
                .now_or_never()
                .unwrap()
                .unwrap()
        });
    });
    let (start, _) = token.rsplit_once('.').unwrap();
    let forged = format!("{start}.{}", encode(&[7; 64]));
    group.bench_function("forged/ES256", |b| {
        b.iter(|| {
            verifier
                .verify(black_box(&forged), NOW)
                .now_or_never()
                .unwrap()
                .unwrap_err()
        });
    });
    group.finish();
}

fn verifier(set: &Value) -> Verifier {
    let file = std::env::temp_dir().join(format!("dancu-bench-{}.json", std::process::id()));
    std::fs::write(&file, set.to_string()).unwrap();
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
    let verifier = Verifier::new(&config, "127.0.0.1:0".parse().unwrap()).unwrap();
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(verifier.load(NOW))
        .unwrap();
    std::fs::remove_file(file).unwrap();
    verifier
}

fn keys_and_tokens() -> (Value, [(&'static str, String); 4]) {
    let random = SystemRandom::new();
    let ec = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let ed = Ed25519KeyPair::generate().unwrap();
    let rsa = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let (x, y) = ec.public_key().as_ref()[1..].split_at(32);
    let set = json!({"keys": [
        {"kty": "EC", "crv": "P-256", "kid": "ES256", "x": encode(x), "y": encode(y)},
        {"kty": "OKP", "crv": "Ed25519", "kid": "EdDSA", "x": encode(ed.public_key().as_ref())},
        rsa_jwk(&rsa, "RS256"),
        rsa_jwk(&rsa, "PS256"),
    ]});
    let rsa_sign = |padding: &'static dyn RsaEncoding, message: &[u8]| {
        let mut signature = vec![0; rsa.public_modulus_len()];
        rsa.sign(padding, &random, message, &mut signature).unwrap();
        signature
    };
    let tokens = [
        (
            "ES256",
            token("ES256", |m| ec.sign(&random, m).unwrap().as_ref().to_vec()),
        ),
        ("EdDSA", token("EdDSA", |m| ed.sign(m).as_ref().to_vec())),
        ("RS256", token("RS256", |m| rsa_sign(&RSA_PKCS1_SHA256, m))),
        ("PS256", token("PS256", |m| rsa_sign(&RSA_PSS_SHA256, m))),
    ];
    (set, tokens)
}

fn rsa_jwk(rsa: &RsaKeyPair, name: &str) -> Value {
    json!({
        "kty": "RSA", "kid": name, "alg": name,
        "n": encode(rsa.public_key().modulus().big_endian_without_leading_zero()),
        "e": encode(rsa.public_key().exponent().big_endian_without_leading_zero()),
    })
}

fn token(algorithm: &str, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
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

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

criterion_group!(benches, verify);
criterion_main!(benches);
