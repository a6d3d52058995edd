//! Reading a key set from its file or address. Every read has a size and a time limit.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::{Client, Url, redirect};
use tokio::io::AsyncReadExt as _;

use super::key_set::NotAKeySet;
use crate::config::auth::JwksSource;

/// The largest key set read, in bytes.
const MAX_BYTES: usize = 256 * 1024;

/// Everything between asking an issuer and its last byte.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The most redirects followed, all of them on the issuer's own host.
const MAX_REDIRECTS: usize = 3;

/// Why there is no new key set. For operators only.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The file cannot be read.
    #[error("the file cannot be read")]
    File(#[source] io::Error),
    /// The issuer cannot be reached, or took too long.
    #[error("the issuer did not answer")]
    Request(#[source] reqwest::Error),
    /// The issuer answered something else than 200; a redirect to another host shows as 3xx.
    #[error("the issuer answered with status {0}")]
    Status(u16),
    /// Over 256 KiB.
    #[error("larger than any key set")]
    TooLarge,
    /// Read, but no key set.
    #[error("what was read is no key set")]
    NotAKeySet(#[source] NotAKeySet),
}

/// Where a key set is read from.
#[derive(Debug)]
pub(super) enum Source {
    File(PathBuf),
    Url { url: Url, client: Client },
}

impl Source {
    /// Nothing is read yet. Fails where a TLS client cannot be made, because the system has no
    /// certificates (`SSL_CERT_FILE` names others, a private authority's for instance).
    pub(super) fn open(config: &JwksSource) -> Result<Self, reqwest::Error> {
        match config {
            JwksSource::File(path) => Ok(Self::File(path.clone())),
            JwksSource::Url(url) => Ok(Self::Url {
                url: url.clone(),
                client: client(url)?,
            }),
        }
    }

    /// Whether this is a file of this machine.
    pub(super) const fn is_file(&self) -> bool {
        match self {
            Self::File(_) => true,
            Self::Url { .. } => false,
        }
    }

    /// The bytes as they are now.
    pub(super) async fn read(&self) -> Result<Vec<u8>, FetchError> {
        match self {
            Self::File(path) => {
                let file = tokio::fs::File::open(path)
                    .await
                    .map_err(FetchError::File)?;
                let mut bytes = Vec::new();
                file.take(MAX_BYTES as u64 + 1)
                    .read_to_end(&mut bytes)
                    .await
                    .map_err(FetchError::File)?;
                within_limit(bytes)
            }
            Self::Url { url, client } => {
                let mut answer = client
                    .get(url.clone())
                    .header("Accept", "application/jwk-set+json, application/json")
                    .send()
                    .await
                    .map_err(FetchError::Request)?;
                if answer.status() != reqwest::StatusCode::OK {
                    return Err(FetchError::Status(answer.status().as_u16()));
                }
                let mut bytes = Vec::new();
                while let Some(chunk) = answer.chunk().await.map_err(FetchError::Request)? {
                    bytes.extend_from_slice(&chunk);
                    if bytes.len() > MAX_BYTES {
                        return Err(FetchError::TooLarge);
                    }
                }
                Ok(bytes)
            }
        }
    }
}

fn within_limit(bytes: Vec<u8>) -> Result<Vec<u8>, FetchError> {
    if bytes.len() > MAX_BYTES {
        return Err(FetchError::TooLarge);
    }
    Ok(bytes)
}

fn client(url: &Url) -> Result<Client, reqwest::Error> {
    let own = url.origin();
    let builder = Client::builder()
        .timeout(TIMEOUT)
        .user_agent(concat!("dancu/", env!("CARGO_PKG_VERSION")))
        .no_proxy()
        // A connection belongs to the worker that opened it, and fetches are minutes apart.
        .pool_max_idle_per_host(0)
        .redirect(redirect::Policy::custom(move |attempt| {
            if attempt.url().origin() == own && attempt.previous().len() <= MAX_REDIRECTS {
                attempt.follow()
            } else {
                attempt.stop()
            }
        }));
    if url.scheme() == "https" {
        builder.https_only(true).build()
    } else {
        // Loopback without TLS needs no certificates, and must not fail for want of them.
        builder.tls_certs_only([]).build()
    }
}
