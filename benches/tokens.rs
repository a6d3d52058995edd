//! What does it cost to know who is asking: the first time, by algorithm, and every time after?
#![expect(
    clippy::unwrap_used,
    reason = "a benchmark has no callers, and fails loudly"
)]

#[path = "sample/issuer.rs"]
mod issuer;

use std::hint::black_box;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PSS_SHA256,
    RsaEncoding, RsaKeyPair,
};
use criterion::{Criterion, criterion_group, criterion_main};
use dancu::auth::TokenDesk;
use futures_util::FutureExt as _;
use issuer::{NOW, ed25519, encode, token, verifier};
use serde_json::{Value, json};

/// As in the product.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

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

fn keys_and_tokens() -> (Value, [(&'static str, String); 4]) {
    let random = SystemRandom::new();
    let ec = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let (ed_key, ed_token) = ed25519();
    let rsa = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let (x, y) = ec.public_key().as_ref()[1..].split_at(32);
    let set = json!({"keys": [
        {"kty": "EC", "crv": "P-256", "kid": "ES256", "x": encode(x), "y": encode(y)},
        ed_key,
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
        ("EdDSA", ed_token),
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

criterion_group!(benches, verify);
criterion_main!(benches);
