//! Authorities whose signatures on certificates are believed, and the listener's judge of its
//! callers' certificates, whose authorities may be replaced while it judges.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, RootCertStore, SignatureScheme};

use super::pair::certificates;
use super::{CERTIFICATES_LIMIT, Error, PROVIDER};
use crate::files::{self, Digest};

/// The bytes of a bundle, and what tells them from others.
pub(super) fn read(path: &Path) -> Result<(Digest, Vec<u8>), Error> {
    let bytes = files::read(path, CERTIFICATES_LIMIT)?;
    Ok((Digest::of(&[&bytes]), bytes))
}

/// The authorities of a PEM bundle: every certificate in it must be able to be one.
pub(super) fn bundle(path: &Path, pem: &[u8]) -> Result<Arc<RootCertStore>, Error> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path, pem)? {
        let added = roots.add(certificate);
        added.map_err(|_| Error::Authority(path.into()))?;
    }
    Ok(Arc::new(roots))
}

/// The authorities the operating system trusts, or `SSL_CERT_FILE` and `SSL_CERT_DIR` name.
pub(super) fn of_the_system() -> Result<Arc<RootCertStore>, Error> {
    let mut roots = RootCertStore::empty();
    // Distributions ship certificates that webpki does not read; whoever needs one of them is told
    // by the connection that fails.
    let (added, _ignored) =
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if added == 0 {
        return Err(Error::NoSystemAuthorities);
    }
    Ok(Arc::new(roots))
}

/// Who judges callers' certificates: every caller must have one, of one of the authorities that are
/// in the file now.
#[derive(Debug)]
pub(super) struct CallersJudge {
    path: PathBuf,
    current: ArcSwap<Current>,
}

#[derive(Debug)]
struct Current(Arc<dyn ClientCertVerifier>);

impl CallersJudge {
    pub fn new(path: &Path, pem: &[u8]) -> Result<Self, Error> {
        Ok(Self {
            path: path.into(),
            current: ArcSwap::from_pointee(judge(path, pem)?),
        })
    }

    /// The file's content now.
    pub fn read(&self) -> Result<(Digest, Vec<u8>), Error> {
        read(&self.path)
    }

    /// Goes on with the authorities in there.
    pub fn replace(&self, pem: &[u8]) -> Result<(), Error> {
        self.current.store(Arc::new(judge(&self.path, pem)?));
        Ok(())
    }
}

fn judge(path: &Path, pem: &[u8]) -> Result<Current, Error> {
    let roots = bundle(path, pem)?;
    WebPkiClientVerifier::builder_with_provider(roots, Arc::clone(&PROVIDER))
        .build()
        .map(Current)
        .map_err(|_| Error::Authority(path.into()))
}

impl ClientCertVerifier for CallersJudge {
    /// None is named to callers: the list could not be replaced, and tells strangers whom we trust.
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        let current = self.current.load();
        current.0.verify_client_cert(end_entity, intermediates, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let current = self.current.load();
        current
            .0
            .verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let current = self.current.load();
        current
            .0
            .verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.current.load().0.supported_verify_schemes()
    }
}
