//! TLS as callers, auditors' collectors and the database see it. Every certificate is made here.

mod callers;
mod database;
mod listeners;
mod postgres;
mod refused;
mod rotation;

use std::net::SocketAddr;

use reqwest::tls::{TlsInfo, Version};
use reqwest::{Certificate, Client, ClientBuilder, Identity, Response};

use crate::support::authority::{Authority, Issued};

/// What the service is called in these tests.
const NAME: &str = "dancu.example";

/// A caller who believes these authorities, and finds [`NAME`] there.
fn caller(address: SocketAddr, trusted: &[&Authority]) -> ClientBuilder {
    let trusted: Vec<Certificate> = trusted.iter().map(|it| it.trusted()).collect();
    Client::builder()
        .no_proxy()
        .https_only(true)
        .tls_info(true)
        .tls_certs_only(trusted)
        .resolve(NAME, address)
}

/// The same, speaking that version and no other.
fn speaking(address: SocketAddr, trusted: &Authority, version: Version) -> Client {
    caller(address, &[trusted])
        .tls_version_min(version)
        .tls_version_max(version)
        .build()
        .unwrap()
}

/// The certificate as a caller shows it.
fn identity(issued: &Issued) -> Identity {
    let pem = format!("{}{}", issued.key, issued.certificate);
    Identity::from_pem(pem.as_bytes()).unwrap()
}

async fn get(client: &Client, address: SocketAddr, path: &str) -> reqwest::Result<Response> {
    let url = format!("https://{NAME}:{}{path}", address.port());
    client.get(url).send().await
}

/// The certificate that was shown for an answer.
fn shown(answer: &Response) -> Vec<u8> {
    let info = answer.extensions().get::<TlsInfo>().unwrap();
    info.peer_certificate().unwrap().to_vec()
}

/// The value of a metric, by its whole name and labels.
fn value(metrics: &str, series: &str) -> Option<f64> {
    let line = metrics.lines().find_map(|line| line.strip_prefix(series))?;
    line.trim().parse().ok()
}

/// The series of a listener.
fn series(name: &str, listener: &str) -> String {
    format!("dancu_tls_{name}{{listener=\"{listener}\"}}")
}
