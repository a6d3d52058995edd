//! `http.public_url`: the address under which callers reach the service. Plain data; nothing is resolved
//! or asked here.

use std::fmt;

use reqwest::Url;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Scheme, host and, where it is not the usual one, port: `https://dancu.example`.
///
/// Nothing follows them, because the service's own addresses (`/docs`, `/problems/…`) begin at the root.
/// Kept letter for letter, in the one form that a URL of this kind has, for clients compare it so
/// (RFC 9728 section 3.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl(String);

impl PublicUrl {
    /// Parses what stands in the configuration, or says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let url = Url::parse(text).map_err(|_| "neither https://… nor http://… on loopback")?;
        match url.scheme() {
            "https" => {}
            "http" if super::auth::is_loopback(&url) => {}
            "http" => return Err("http:// is for the loopback interface only, use https://"),
            _ => return Err("neither https://… nor http://… on loopback"),
        }
        // The origin has neither user, path, query nor fragment, is in lower case, and leaves the
        // usual port out.
        if url.origin().ascii_serialization() != text {
            return Err(
                "a public address is scheme, host in lower case and, unless it is the usual one, \
                 port, without a slash at its end: https://dancu.example",
            );
        }
        Ok(Self(text.to_owned()))
    }

    /// The address, without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for PublicUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}

impl Serialize for PublicUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_in_one_form_only() {
        for good in [
            "https://dancu.example",
            "https://dancu.example:8443",
            "http://127.0.0.1:8080",
            "http://[::1]:8080",
        ] {
            assert_eq!(PublicUrl::parse(good).unwrap().as_str(), good);
        }
        for bad in [
            "",
            "dancu.example",
            "https://dancu.example/",
            "https://dancu.example/dancu",
            "https://dancu.example?x=1",
            "https://dancu.example#x",
            "https://dancu.example:443",
            "https://DANCU.example",
            "https://user@dancu.example",
            "http://dancu.example",
            "urn:dancu",
        ] {
            assert!(PublicUrl::parse(bad).is_err(), "{bad}");
        }
    }
}
