//! What a connection to the database checks of the server, and shows of itself.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_cert_signed_by_trust_anchor};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::sign::SingleCertAndKey;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

use super::authorities::{self, bundle, of_the_system};
use super::pair::{Pair, PairFiles};
use super::{Error, PROVIDER};
use crate::files::Watch;

/// What of the server's certificate is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verification {
    /// Nothing: whoever stands in between can read and change everything.
    None,
    /// That an authority signed it, for whatever name.
    Chain,
    /// That an authority signed it for the name that was asked for.
    Full,
}

/// The files a connection rests on.
#[derive(Clone, Copy, Debug, Default)]
pub struct ClientFiles<'a> {
    /// Authorities in PEM form; the system's where this is absent.
    pub authorities: Option<&'a Path>,
    /// A certificate to show, and its key.
    pub pair: Option<(&'a Path, &'a Path)>,
}

/// The TLS of connections to one server.
#[derive(Debug)]
pub struct Client {
    authorities: Option<PathBuf>,
    pair: Option<PairFiles>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Of a file, or of the system once they were needed.
    roots: Option<Arc<RootCertStore>>,
    roots_watch: Option<Watch>,
    pair: Option<Pair>,
    pair_watch: Option<Watch>,
}

impl Client {
    /// Reads the files, all of which must be usable.
    pub fn open(files: ClientFiles<'_>) -> Result<Self, Error> {
        let mut state = State {
            roots: None,
            roots_watch: None,
            pair: None,
            pair_watch: None,
        };
        if let Some(path) = files.authorities {
            let (digest, pem) = authorities::read(path)?;
            state.roots = Some(bundle(path, &pem)?);
            state.roots_watch = Some(Watch::new(digest));
        }
        let pair = files.pair.map(|(certificate, key)| PairFiles {
            certificate: certificate.into(),
            key: key.into(),
        });
        if let Some(files) = &pair {
            let (digest, contents) = files.read()?;
            state.pair = Some(files.pair(&contents)?);
            state.pair_watch = Some(Watch::new(digest));
        }
        Ok(Self {
            authorities: files.authorities.map(Into::into),
            pair,
            state: Mutex::new(state),
        })
    }

    /// Whether the authorities are those of a file.
    pub fn has_authorities(&self) -> bool {
        self.authorities.is_some()
    }

    /// Sees to it that connections with this verification find whom to believe.
    pub fn prepare(&self, verification: Option<Verification>) -> Result<(), Error> {
        match verification {
            None | Some(Verification::None) => Ok(()),
            Some(Verification::Chain | Verification::Full) => {
                let mut state = self.lock();
                if state.roots.is_none() {
                    state.roots = Some(of_the_system()?);
                }
                Ok(())
            }
        }
    }

    /// How the next connection is made, with what the files hold now, or without TLS. Where they
    /// hold nothing that can be used, what they held before goes on. Blocks for as long as they take
    /// to be read.
    pub fn config(&self, verification: Option<Verification>) -> ClientConfig {
        let builder = ClientConfig::builder_with_provider(Arc::clone(&PROVIDER))
            .with_protocol_versions(&[&TLS13, &TLS12])
            .expect("aws-lc-rs has suites for both versions")
            .dangerous();
        let Some(verification) = verification else {
            let none = Arc::new(AnyName::new(Some(nobody())));
            return builder
                .with_custom_certificate_verifier(none)
                .with_no_client_auth();
        };
        let mut state = self.lock();
        self.refresh(&mut state);
        let builder = builder.with_custom_certificate_verifier(verifier(verification, &state));
        match &state.pair {
            None => builder.with_no_client_auth(),
            Some(pair) => {
                let shown = SingleCertAndKey::from(Arc::clone(&pair.certified));
                builder.with_client_cert_resolver(Arc::new(shown))
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn refresh(&self, state: &mut State) {
        let State {
            roots,
            roots_watch,
            pair,
            pair_watch,
        } = state;
        if let (Some(path), Some(watch)) = (&self.authorities, roots_watch) {
            let looked = watch.look(authorities::read(path), |pem| {
                *roots = Some(bundle(path, &pem)?);
                Ok(())
            });
            tell("authorities", looked);
        }
        if let (Some(files), Some(watch)) = (&self.pair, pair_watch) {
            let looked = watch.look(files.read(), |contents| {
                *pair = Some(files.pair(&contents)?);
                Ok(())
            });
            tell("certificate", looked);
        }
    }
}

/// No authority at all.
fn nobody() -> Arc<RootCertStore> {
    Arc::new(RootCertStore::empty())
}

/// Who judges the server's certificate. Without any authority, none is good enough.
fn verifier(verification: Verification, state: &State) -> Arc<dyn ServerCertVerifier> {
    let roots = || state.roots.clone().unwrap_or_else(nobody);
    match verification {
        Verification::None => Arc::new(AnyName::new(None)),
        Verification::Chain => Arc::new(AnyName::new(Some(roots()))),
        Verification::Full => {
            let full = WebPkiServerVerifier::builder_with_provider(roots(), Arc::clone(&PROVIDER));
            match full.build() {
                Ok(full) => full,
                Err(_) => Arc::new(AnyName::new(Some(nobody()))),
            }
        }
    }
}

fn tell(what: &'static str, outcome: Option<Result<(), Error>>) {
    match outcome {
        None => {}
        Some(Ok(())) => tracing::info!(what, "connections to the database go on with new files"),
        Some(Err(error)) => {
            let error: &dyn std::error::Error = &error;
            tracing::error!(
                what,
                error,
                "changed files cannot be used for connections to the database: what was in force before goes on"
            );
        }
    }
}

/// Takes a certificate for any name: signed by one of the authorities, or, without any, by anybody.
/// That the server has the certificate's key is checked all the same.
#[derive(Debug)]
struct AnyName {
    roots: Option<Arc<RootCertStore>>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl AnyName {
    fn new(roots: Option<Arc<RootCertStore>>) -> Self {
        Self {
            roots,
            algorithms: PROVIDER.signature_verification_algorithms,
        }
    }
}

impl ServerCertVerifier for AnyName {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if let Some(roots) = &self.roots {
            let certificate = ParsedCertificate::try_from(end_entity)?;
            let all = self.algorithms.all;
            verify_server_cert_signed_by_trust_anchor(
                &certificate,
                roots,
                intermediates,
                now,
                all,
            )?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
