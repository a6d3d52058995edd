//! A certificate with what leads from it to its authority, and its private key, from two PEM files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use x509_cert::Certificate;
use x509_cert::der::Decode as _;
use zeroize::Zeroizing;

use super::{CERTIFICATES_LIMIT, Error, KEY_LIMIT, PROVIDER};
use crate::files::{self, Digest};

/// Where a pair lies.
#[derive(Clone, Debug)]
pub(super) struct PairFiles {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// What both files hold.
pub(super) struct Contents {
    certificate: Vec<u8>,
    key: Zeroizing<String>,
}

/// A pair that fits.
pub(super) struct Pair {
    pub certified: Arc<CertifiedKey>,
    /// When the first of its certificates is over.
    pub expires_at: Timestamp,
}

impl std::fmt::Debug for Pair {
    /// Nothing of a private key, whatever other crates' `Debug` tells.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pair(until {})", self.expires_at)
    }
}

impl PairFiles {
    /// What the files hold now, and what tells it from what they held before.
    pub fn read(&self) -> Result<(Digest, Contents), Error> {
        let certificate = files::read(&self.certificate, CERTIFICATES_LIMIT)?;
        let key = files::read_secret(&self.key, KEY_LIMIT)?;
        let digest = Digest::of(&[&certificate, key.as_bytes()]);
        Ok((digest, Contents { certificate, key }))
    }

    /// The pair, if the key fits the certificate. Whether its time has come or passed is not asked.
    pub fn pair(&self, contents: &Contents) -> Result<Pair, Error> {
        let chain = certificates(&self.certificate, &contents.certificate)?;
        let mut expires_at = Timestamp::MAX;
        for certificate in &chain {
            let expires = expiry(certificate);
            let expires = expires.ok_or_else(|| Error::Certificate(self.certificate.clone()))?;
            expires_at = expires_at.min(expires);
        }
        let key = PrivateKeyDer::from_pem_slice(contents.key.as_bytes())
            .map_err(|_| Error::NoKey(self.key.clone()))?;
        let key = PROVIDER.key_provider.load_private_key(key);
        let key = key.map_err(|_| Error::Key(self.key.clone()))?;
        let certified = CertifiedKey::new(chain, key);
        certified.keys_match().map_err(|_| Error::Mismatch {
            key: self.key.clone(),
            certificate: self.certificate.clone(),
        })?;
        Ok(Pair {
            certified: Arc::new(certified),
            expires_at,
        })
    }
}

/// All certificates of a PEM file, of which there is at least one.
pub(super) fn certificates(path: &Path, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Error> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let certificates = certificates.map_err(|_| Error::Certificate(path.into()))?;
    if certificates.is_empty() {
        return Err(Error::NoCertificate(path.into()));
    }
    Ok(certificates)
}

/// When a certificate is over; nothing where it is none.
fn expiry(certificate: &CertificateDer<'_>) -> Option<Timestamp> {
    let certificate = Certificate::from_der(certificate).ok()?;
    let validity = certificate.tbs_certificate.validity;
    let seconds = validity.not_after.to_unix_duration().as_secs();
    // RFC 5280 section 4.1.2.5: 99991231235959Z stands for "never", and is the last time there is.
    let seconds = i64::try_from(seconds).ok()?;
    Some(Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX))
}
