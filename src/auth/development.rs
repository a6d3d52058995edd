//! The development issuer: a key of our own and the tokens of `dancu token` and `dancu demo`.
//!
//! Whoever reads its key file can be anybody, so it is believed only while the service listens on
//! loopback: [`Verifier::new`](super::Verifier::new) refuses it elsewhere. That says nothing about who forwards to loopback:
//! a reverse proxy in front of a development service opens it to the network.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::EncodingKey;
use serde::Serialize;

use super::MAX_LIFETIME;
use super::claims::Claims;
use crate::clock;
use crate::config::auth::{Algorithm, IssuerConfig, JwksSource};

/// `iss` of its tokens. No issuer in the world can own a name under `.invalid` (RFC 2606).
pub const ISSUER: &str = "https://development.dancu.invalid";

/// `aud` of its tokens.
pub const AUDIENCE: &str = "https://dancu.invalid";

const KEY_FILE: &str = "development-issuer.p8";
const JWKS_FILE: &str = "development-issuer.jwks.json";

/// Whether the development issuer may be believed by a service that listens there.
pub fn permitted(listen: SocketAddr) -> bool {
    listen.ip().to_canonical().is_loopback()
}

/// Whether this is the development issuer, under whatever keys.
pub fn is_issuer(config: &IssuerConfig) -> bool {
    config.issuer == ISSUER
}

/// The development issuer of one data directory.
pub struct DevelopmentIssuer {
    key: EncodingKey,
    key_name: String,
    jwks_file: PathBuf,
}

/// What a development token shall say. No `Debug`: the officer's number is a citizen's.
#[derive(Clone, Copy)]
pub struct TokenRequest<'a> {
    /// `client_id`, and `sub` too.
    pub client_id: &'a str,
    /// `scope`: names between spaces, possibly none.
    pub scopes: &'a str,
    /// `officer_id`, if the token shall speak for an officer.
    pub officer_id: Option<&'a str>,
    /// From now to `exp`: more than nothing, at most 24 hours.
    pub lifetime: SignedDuration,
}

/// Why there is no development issuer, or no token.
#[derive(Debug, thiserror::Error)]
pub enum DevelopmentError {
    /// A file or directory under `data_dir` cannot be used.
    #[error("cannot use {}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The key file can be read or written by others than its owner.
    #[error("{} must be its owner's alone: chmod 600", path.display())]
    Exposed {
        /// The key file.
        path: PathBuf,
    },
    /// The key file holds no P-256 key in PKCS #8.
    #[error("{} holds no usable key: remove it, and a new one is made", path.display())]
    Key {
        /// The key file.
        path: PathBuf,
    },
    /// The service itself would refuse such a token.
    #[error("such a token would be refused: {0}")]
    Request(&'static str),
    /// The signature failed.
    #[error("the token cannot be signed")]
    Sign(#[source] jsonwebtoken::errors::Error),
}

impl DevelopmentIssuer {
    /// Opens the issuer of a data directory; the first time, makes its key and key set under
    /// `keys/`, readable by their owner alone. Two processes that start at once agree on one key.
    pub fn open(data_dir: &Path) -> Result<Self, DevelopmentError> {
        let directory = data_dir.join("keys");
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&directory)
            .map_err(at(&directory))?;
        let key_file = directory.join(KEY_FILE);
        if !key_file.exists() {
            make_key(&key_file)?;
        }
        let der = read_key(&key_file)?;
        let unusable = || DevelopmentError::Key {
            path: key_file.clone(),
        };
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der)
            .map_err(|_| unusable())?;
        let jwk = Jwk::of(pair.public_key().as_ref()).ok_or_else(unusable)?;
        let jwks_file = directory.join(JWKS_FILE);
        let set = serde_json::json!({ "keys": [jwk] }).to_string();
        if fs::read(&jwks_file).ok().as_deref() != Some(set.as_bytes()) {
            let draft = write_draft(&jwks_file, set.as_bytes())?;
            fs::rename(&draft, &jwks_file).map_err(at(&jwks_file))?;
        }
        Ok(Self {
            key: EncodingKey::from_ec_der(&der),
            key_name: jwk.kid,
            jwks_file,
        })
    }

    /// How a service believes this issuer: to be added to the configured ones where [`permitted`].
    pub fn config(&self) -> io::Result<IssuerConfig> {
        Ok(IssuerConfig {
            issuer: ISSUER.to_owned(),
            audience: AUDIENCE.to_owned(),
            algorithms: vec![Algorithm::Es256],
            jwks: JwksSource::File(fs::canonicalize(&self.jwks_file)?),
        })
    }

    /// Signs a token. What the service would refuse is not signed.
    pub fn sign(
        &self,
        request: &TokenRequest<'_>,
        now: Timestamp,
    ) -> Result<String, DevelopmentError> {
        if !request.lifetime.is_positive() || request.lifetime > MAX_LIFETIME {
            return Err(DevelopmentError::Request("lifetime is over a day, or none"));
        }
        let mut unique = [0; 16];
        clock::random(&mut unique);
        let claims = DevelopmentClaims {
            iss: ISSUER,
            aud: AUDIENCE,
            sub: request.client_id,
            client_id: request.client_id,
            jti: uuid::Builder::from_random_bytes(unique)
                .into_uuid()
                .to_string(),
            iat: now.as_second(),
            exp: now.as_second() + request.lifetime.as_secs().max(1),
            scope: request.scopes,
            officer_id: request.officer_id,
        };
        let payload = serde_json::to_vec(&claims).expect("claims are strings and numbers");
        Claims::parse(&payload)
            .and_then(|read| read.judge(&ISSUER.into(), AUDIENCE, now))
            .map_err(|refusal| DevelopmentError::Request(refusal.reason))?;
        let mut header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::ES256);
        header.typ = Some("at+jwt".to_owned());
        header.kid = Some(self.key_name.clone());
        jsonwebtoken::encode(&header, &claims, &self.key).map_err(DevelopmentError::Sign)
    }
}

#[derive(Serialize)]
struct DevelopmentClaims<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: &'a str,
    client_id: &'a str,
    jti: String,
    iat: i64,
    exp: i64,
    scope: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    officer_id: Option<&'a str>,
}

#[derive(Serialize)]
struct Jwk {
    kty: &'static str,
    crv: &'static str,
    r#use: &'static str,
    alg: &'static str,
    kid: String,
    x: String,
    y: String,
}

impl Jwk {
    /// The public part of an uncompressed point, named by its thumbprint (RFC 7638).
    fn of(point: &[u8]) -> Option<Self> {
        let [4, coordinates @ ..] = point else {
            return None;
        };
        let (x, y) = coordinates.split_at_checked(32)?;
        let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
        let canonical = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        Some(Self {
            kty: "EC",
            crv: "P-256",
            r#use: "sig",
            alg: "ES256",
            kid: URL_SAFE_NO_PAD.encode(digest(&SHA256, canonical.as_bytes())),
            x,
            y,
        })
    }
}

/// Makes a key beside its place and links it in, which fails where another process was faster.
fn make_key(key_file: &Path) -> Result<(), DevelopmentError> {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
        .expect("the operating system's randomness does not fail");
    let der = pair.to_pkcs8v1().expect("a fresh key can be written down");
    let draft = write_draft(key_file, der.as_ref())?;
    let linked = fs::hard_link(&draft, key_file);
    fs::remove_file(&draft).map_err(at(&draft))?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(at(key_file)(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Writes bytes beside `place` under a name nobody else uses, for their owner alone, down to the disk.
fn write_draft(place: &Path, bytes: &[u8]) -> Result<PathBuf, DevelopmentError> {
    let mut unique = [0; 8];
    clock::random(&mut unique);
    let draft = place.with_extension(format!("{}.draft", hex::encode(unique)));
    let write = || {
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&draft)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(at(&draft))?;
    Ok(draft)
}

fn read_key(path: &Path) -> Result<zeroize::Zeroizing<Vec<u8>>, DevelopmentError> {
    let mut file = File::open(path).map_err(at(path))?;
    if file.metadata().map_err(at(path))?.mode() & 0o077 != 0 {
        return Err(DevelopmentError::Exposed {
            path: path.to_owned(),
        });
    }
    let mut der = zeroize::Zeroizing::new(Vec::new());
    file.read_to_end(&mut der).map_err(at(path))?;
    Ok(der)
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> DevelopmentError {
    let path = path.to_owned();
    |source| DevelopmentError::File { path, source }
}
