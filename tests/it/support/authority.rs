//! An authority of the test's own, the certificates it signs, and files of them.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use dancu::config::TlsConfig;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};

use super::scratch;

/// Who signs.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate and its key, in PEM form.
#[derive(Clone, Debug)]
pub struct Issued {
    pub certificate: String,
    pub key: String,
}

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let name = format!("authority {:?}", std::time::Instant::now());
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        Self(CertifiedIssuer::self_signed(params, key).unwrap())
    }

    /// Its own certificate.
    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// Its own certificate, as a client of ours takes it.
    pub fn trusted(&self) -> reqwest::Certificate {
        reqwest::Certificate::from_pem(self.pem().as_bytes()).unwrap()
    }

    /// A certificate for these names, of which the first is whom it is about.
    pub fn issue(&self, names: &[&str]) -> Issued {
        self.issue_until(names, 2100)
    }

    /// The same until the beginning of that year.
    pub fn issue_until(&self, names: &[&str], year: i32) -> Issued {
        let names: Vec<String> = names.iter().map(|&name| name.into()).collect();
        let mut params = CertificateParams::new(names.clone()).unwrap();
        params
            .distinguished_name
            .push(DnType::CommonName, &*names[0]);
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(year, 1, 1);
        let key = KeyPair::generate().unwrap();
        Issued {
            certificate: params.signed_by(&key, &self.0).unwrap().pem(),
            key: key.serialize_pem(),
        }
    }
}

/// A directory with a listener's files.
pub struct Files {
    directory: PathBuf,
}

impl Files {
    pub fn new() -> Self {
        let directory = scratch("tls");
        fs::create_dir_all(&directory).unwrap();
        Self { directory }
    }

    /// The files of a listener with that certificate.
    pub fn of(issued: &Issued) -> Self {
        let files = Self::new();
        files.put(issued);
        files
    }

    /// Puts a certificate and its key in place of what is there.
    pub fn put(&self, issued: &Issued) {
        self.write("certificate.pem", &issued.certificate, 0o644);
        self.write("key.pem", &issued.key, 0o600);
    }

    /// Puts a file in place, whole at once.
    pub fn write(&self, name: &str, text: &str, mode: u32) -> PathBuf {
        let (path, new) = (self.directory.join(name), self.directory.join("new"));
        fs::write(&new, text).unwrap();
        fs::set_permissions(&new, Permissions::from_mode(mode)).unwrap();
        fs::rename(&new, &path).unwrap();
        path
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// A listener's section with them.
    pub fn config(&self) -> TlsConfig {
        TlsConfig {
            certificate_file: Some(self.path("certificate.pem")),
            key_file: Some(self.path("key.pem")),
            ..TlsConfig::default()
        }
    }
}
