//! What files a listener takes, and that the document says what the provider has.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use jiff::Timestamp;
use prometheus::Registry;
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use rustls::sign::CertifiedKey;

use super::pair::PairFiles;
use super::{Client, ClientFiles, Error, Listener, Metrics, PROVIDER, Verification};
use crate::clock::Clock;
use crate::config::TlsConfig;

/// A directory that is removed with the test.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("dancu-tls-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        path
    }

    fn config(&self) -> TlsConfig {
        TlsConfig {
            certificate_file: Some(self.0.join("certificate")),
            key_file: Some(self.0.join("key")),
            ..TlsConfig::default()
        }
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

fn certificate(key: &KeyPair, year: i32) -> String {
    let mut params = CertificateParams::new(vec!["dancu.example".into()]).unwrap();
    params.not_after = date_time_ymd(year, 1, 1);
    params.self_signed(key).unwrap().pem()
}

#[test]
fn keys_of_every_documented_kind_are_taken_and_the_chain_is_over_with_its_first() {
    let directory = Directory::new("kinds");
    for algorithm in [
        &rcgen::PKCS_ECDSA_P256_SHA256,
        &rcgen::PKCS_ECDSA_P384_SHA384,
        &rcgen::PKCS_ED25519,
    ] {
        let key = KeyPair::generate_for(algorithm).unwrap();
        let chain = certificate(&key, 2090) + &certificate(&KeyPair::generate().unwrap(), 2080);
        directory.write("certificate", &chain);
        directory.write("key", &key.serialize_pem());
        let files = PairFiles {
            certificate: directory.0.join("certificate"),
            key: directory.0.join("key"),
        };
        let (_, contents) = files.read().unwrap();
        let pair = files.pair(&contents).unwrap();
        assert_eq!(pair.expires_at, "2080-01-01T00:00:00Z".parse().unwrap());
        let CertifiedKey { cert, .. } = &*pair.certified;
        assert_eq!(cert.len(), 2);
        assert_eq!(format!("{pair:?}"), "Pair(until 2080-01-01T00:00:00Z)");
    }
}

#[test]
fn a_listener_without_files_speaks_plain_http_and_one_that_is_over_still_begins() {
    let directory = Directory::new("over");
    let metrics = Metrics::register(&Registry::new()).unwrap();
    let clock = Clock::frozen("2026-11-26T00:00:00Z".parse::<Timestamp>().unwrap());
    let open = |config: &TlsConfig| Listener::open("http", config, clock.clone(), &metrics);
    assert!(open(&TlsConfig::default()).unwrap().is_none());
    let key = KeyPair::generate().unwrap();
    directory.write("certificate", &certificate(&key, 2021));
    directory.write("key", &key.serialize_pem());
    let listener = open(&directory.config()).unwrap().unwrap();
    assert!(!format!("{listener:?}").contains(&hex::encode(key.serialize_der())[..40]));
    directory.write("callers", "nobody");
    let with_callers = TlsConfig {
        client_ca_file: Some(directory.0.join("callers")),
        ..directory.config()
    };
    assert!(matches!(open(&with_callers), Err(Error::NoCertificate(_))));
}

#[test]
fn whoever_finds_no_authority_believes_nobody() {
    let directory = Directory::new("nobody");
    let empty = directory.write("authorities", "");
    let refused = Client::open(ClientFiles {
        authorities: Some(&empty),
        pair: None,
    });
    assert!(matches!(refused, Err(Error::NoCertificate(_))));
    let client = Client::open(ClientFiles::default()).unwrap();
    client.prepare(None).unwrap();
    client.prepare(Some(Verification::None)).unwrap();
    // Nothing was prepared for this one: it is made all the same, and takes no certificate.
    drop(client.config(Some(Verification::Full)));
}

#[test]
fn the_document_names_what_the_provider_has() {
    let document = include_str!("../../docs/operations/tls.md");
    for suite in &PROVIDER.cipher_suites {
        let name = format!("{:?}", suite.suite());
        if suite.tls13().is_some() {
            assert!(document.contains(&format!("`{name}`")), "{name}");
        } else {
            let (exchange, cipher) = name.split_once("_WITH_").unwrap();
            assert!(
                ["TLS_ECDHE_ECDSA", "TLS_ECDHE_RSA"].contains(&exchange),
                "{name}"
            );
            let known = ["AES_256_GCM", "AES_128_GCM", "CHACHA20_POLY1305"];
            assert!(
                known.iter().any(|known| cipher.starts_with(known)),
                "{name}"
            );
        }
    }
    let groups: Vec<String> = PROVIDER
        .kx_groups
        .iter()
        .map(|group| format!("{:?}", group.name()))
        .collect();
    let said = document
        .lines()
        .find(|line| line.starts_with("| key exchange |"));
    let said = said
        .unwrap()
        .replace("P-256", "secp256r1")
        .replace("P-384", "secp384r1");
    assert_eq!(said, format!("| key exchange | {} |", groups.join(", ")));
}
