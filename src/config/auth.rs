//! `[auth]`: whose tokens are believed. Plain data; nothing is fetched or opened here.

use std::fmt;
use std::path::PathBuf;

use reqwest::Url;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The `[auth]` section.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct AuthConfig {
    /// The client of the first issuer that is created once per database, with `admin`,
    /// `register:write` and `audit:read`.
    pub bootstrap_client: Option<String>,
    /// The issuers believed, each with keys, audience and algorithms of its own.
    pub issuers: Vec<IssuerConfig>,
    /// How often keys are fetched from a URL, and how soon after a failure at the latest.
    pub jwks_refresh_s: RefreshInterval,
    /// Bytes of a token.
    pub token_bytes: usize,
}

impl Default for AuthConfig {
    fn default() -> Self {
        Self {
            bootstrap_client: None,
            issuers: Vec::new(),
            jwks_refresh_s: RefreshInterval::default(),
            token_bytes: 8 * 1024,
        }
    }
}

/// One `[[auth.issuers]]`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct IssuerConfig {
    /// What its tokens say in `iss`, letter for letter.
    pub issuer: String,
    /// What its tokens must carry in `aud`: the name it knows this service by.
    pub audience: String,
    /// The algorithms it may sign with. An algorithm not listed is refused, whatever its keys could do.
    pub algorithms: Vec<Algorithm>,
    /// Where its public keys are.
    pub jwks: JwksSource,
}

/// A signature algorithm of RFC 7518 and RFC 8037. There is no symmetric one, and no `none`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256.
    #[serde(rename = "ES256")]
    Es256,
    /// RSASSA-PSS with SHA-256.
    #[serde(rename = "PS256")]
    Ps256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    #[serde(rename = "RS256")]
    Rs256,
    /// Ed25519.
    #[serde(rename = "EdDSA")]
    EdDsa,
}

impl Algorithm {
    /// The algorithm with this name, letter for letter; `None` for all that are not spoken here.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "ES256" => Some(Self::Es256),
            "PS256" => Some(Self::Ps256),
            "RS256" => Some(Self::Rs256),
            "EdDSA" => Some(Self::EdDsa),
            _ => None,
        }
    }
}

/// Where a JSON Web Key Set is: a file of this machine or an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JwksSource {
    /// `file:///…`: an absolute path, taken letter for letter (no percent encoding).
    File(PathBuf),
    /// `https://…`, or `http://…` on the loopback interface.
    Url(Url),
}

impl JwksSource {
    /// Parses what stands in the configuration, or says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if let Some(path) = text.strip_prefix("file://") {
            return if path.starts_with('/') {
                Ok(Self::File(PathBuf::from(path)))
            } else {
                Err("a file is named by an absolute path: file:///path/to/jwks.json")
            };
        }
        let url = Url::parse(text).map_err(|_| "neither file:///… nor https://…")?;
        if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
            return Err("an address of keys has neither user, password nor fragment");
        }
        match url.scheme() {
            "https" => Ok(Self::Url(url)),
            "http" if is_loopback(&url) => Ok(Self::Url(url)),
            "http" => Err("http:// is for the loopback interface only, use https://"),
            _ => Err("neither file:///… nor https://…"),
        }
    }
}

/// Whether it names this machine and no other.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host_str() {
        Some("localhost") => true,
        Some(host) => host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback()),
        None => false,
    }
}

impl fmt::Display for JwksSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "file://{}", path.display()),
            Self::Url(url) => write!(f, "{url}"),
        }
    }
}

impl<'de> Deserialize<'de> for JwksSource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}

impl Serialize for JwksSource {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Seconds between two fetches of keys: 30 to 3600, 300 unless told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct RefreshInterval(u64);

impl RefreshInterval {
    /// The interval as a duration.
    pub const fn duration(self) -> std::time::Duration {
        std::time::Duration::from_secs(self.0)
    }
}

impl Default for RefreshInterval {
    fn default() -> Self {
        Self(300)
    }
}

impl<'de> Deserialize<'de> for RefreshInterval {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = u64::deserialize(deserializer)?;
        if (30..=3600).contains(&seconds) {
            Ok(Self(seconds))
        } else {
            Err(de::Error::custom("jwks_refresh_s is from 30 to 3600"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(toml: &str) -> Result<AuthConfig, toml::de::Error> {
        toml::from_str(toml)
    }

    const EXAMPLE: &str = r#"
        bootstrap_client = "admin-cli"
        [[issuers]]
        issuer = "https://issuer.example"
        audience = "https://dancu.example"
        algorithms = ["ES256", "PS256", "RS256", "EdDSA"]
        jwks = "file:///etc/dancu/jwks.json"
    "#;

    #[test]
    fn the_section_of_the_contract_is_read_and_written_alike() {
        let read = parse(EXAMPLE).unwrap();

        assert_eq!(read.bootstrap_client.as_deref(), Some("admin-cli"));
        assert_eq!(read.issuers[0].algorithms.len(), 4);
        assert_eq!(
            read.issuers[0].jwks,
            JwksSource::File("/etc/dancu/jwks.json".into())
        );
        let written = toml::to_string(&read).unwrap();
        assert_eq!(toml::to_string(&parse(&written).unwrap()).unwrap(), written);
    }

    #[test]
    fn unknown_keys_and_symmetric_algorithms_are_refused() {
        assert!(parse("surprise = 1").is_err());
        assert!(parse(&EXAMPLE.replace("audience =", "audiense =")).is_err());
        assert!(parse(&EXAMPLE.replace("\"ES256\"", "\"HS256\"")).is_err());
        assert!(parse(&EXAMPLE.replace("\"ES256\"", "\"none\"")).is_err());
        assert!(parse("jwks_refresh_s = 29").is_err());
    }

    #[test]
    fn keys_come_from_an_absolute_path_or_over_tls_except_on_loopback() {
        for good in [
            "file:///etc/jwks.json",
            "https://issuer.example/jwks",
            "http://127.0.0.1:9/jwks",
            "http://127.8.0.1/",
            "http://localhost:80/k",
            "http://[::1]:8080/k",
        ] {
            assert!(JwksSource::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "jwks.json",
            "file://jwks.json",
            "http://issuer.example/jwks",
            "http://localhost.example/jwks",
            "http://127.0.0.1.example/jwks",
            "http://10.0.0.1/jwks",
            "https://user:secret@issuer.example/jwks",
            "https://issuer.example/jwks#a",
            "ftp://issuer.example/jwks",
        ] {
            assert!(JwksSource::parse(bad).is_err(), "{bad}");
        }
    }
}
