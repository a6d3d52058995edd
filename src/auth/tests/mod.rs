//! The room as a whole: whom it lets in, whom it does not, and what it does when keys change.

mod accepted;
mod desk;
mod development;
mod hostile;
mod key_set;
mod rotation;

use std::net::SocketAddr;
use std::path::Path;

use serde_json::Value;

use super::Verifier;
use super::testing::{AUDIENCE, ISSUER, NOW, Scratch, jwks};
use crate::config::auth::{Algorithm, AuthConfig, IssuerConfig, JwksSource};

const LOOPBACK: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8080);

const ALL: [Algorithm; 4] = [
    Algorithm::Es256,
    Algorithm::Ps256,
    Algorithm::Rs256,
    Algorithm::EdDsa,
];

fn issuer(name: &str, algorithms: &[Algorithm], source: &str) -> IssuerConfig {
    IssuerConfig {
        issuer: name.to_owned(),
        audience: AUDIENCE.to_owned(),
        algorithms: algorithms.to_vec(),
        jwks: JwksSource::parse(source).unwrap(),
    }
}

fn config(issuers: Vec<IssuerConfig>) -> AuthConfig {
    AuthConfig {
        issuers,
        ..AuthConfig::default()
    }
}

fn file_source(path: &Path) -> String {
    format!("file://{}", path.display())
}

/// A verifier of one issuer with all algorithms and these keys in a file, at [`NOW`].
async fn verifier(keys: &[Value]) -> (Scratch, Verifier) {
    let scratch = Scratch::new();
    let file = scratch.0.join("jwks.json");
    std::fs::write(&file, jwks(keys)).unwrap();
    let config = config(vec![issuer(ISSUER, &ALL, &file_source(&file))]);
    let verifier = Verifier::new(&config, LOOPBACK).unwrap();
    verifier.load(NOW).await.unwrap();
    (scratch, verifier)
}
