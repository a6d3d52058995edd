//! `[http.tls]`, `[http.metrics_tls]`: what a listener shows, and what it asks of its callers.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Deserializer, Serialize};

/// The TLS of one listener. Without files it speaks plain HTTP.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct TlsConfig {
    /// Certificates in PEM form: the listener's own first, then those that lead to its authority.
    pub certificate_file: Option<PathBuf>,
    /// The private key of the first of them, in PEM form, mode 0600.
    pub key_file: Option<PathBuf>,
    /// Authorities in PEM form: callers must show a certificate that one of them signed.
    pub client_ca_file: Option<PathBuf>,
    /// The oldest version that is spoken.
    pub min_version: TlsVersion,
}

/// A version of TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub enum TlsVersion {
    /// RFC 5246.
    #[serde(rename = "1.2")]
    V1_2,
    /// RFC 8446.
    #[default]
    #[serde(rename = "1.3")]
    V1_3,
}

impl TlsConfig {
    /// Whether TLS is spoken.
    pub fn is_given(&self) -> bool {
        self.certificate_file.is_some()
    }

    /// The scheme of its addresses.
    pub fn scheme(&self) -> &'static str {
        if self.is_given() { "https" } else { "http" }
    }

    pub(super) fn check(&self) -> Result<(), &'static str> {
        if self.certificate_file.is_some() != self.key_file.is_some() {
            return Err(
                "of a listener's `certificate_file` and `key_file` both are given, or neither",
            );
        }
        if self.client_ca_file.is_some() && !self.is_given() {
            return Err("a listener's `client_ca_file` goes with a `certificate_file`");
        }
        Ok(())
    }
}

impl std::str::FromStr for TlsVersion {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "1.2" => Ok(Self::V1_2),
            "1.3" => Ok(Self::V1_3),
            _ => Err("a version of TLS is 1.2 or 1.3"),
        }
    }
}

impl<'de> Deserialize<'de> for TlsVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl serde::de::Visitor<'_> for Visitor {
            type Value = TlsVersion;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("\"1.2\" or \"1.3\"")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<TlsVersion, E> {
                text.parse().map_err(E::custom)
            }

            /// What the environment gives, where everything that looks like a number is one.
            fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<TlsVersion, E> {
                self.visit_str(&number.to_string())
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}
