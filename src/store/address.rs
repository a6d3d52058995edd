//! Addresses of databases: `postgres://` URLs as libpq has them, and what their `sslmode` asks for.
//!
//! tokio-postgres reads the URL; `sslmode` is read here, for it knows only three of the six and takes
//! plain text where nothing is said.

use std::net::IpAddr;
use std::str::FromStr;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

use crate::tls::Verification;

/// Why an address cannot be used. Nothing of it is repeated, for it may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Something else than a URL.
    #[error("it is no URL of the form postgres://user:password@host:port/name?parameter=value")]
    Scheme,
    /// A URL that cannot be read.
    #[error(
        "it cannot be read: parameters are those of libpq that the reference names, and in users and \
         passwords `@`, `:`, `/`, `?` and `%` are written as %40, %3A, %2F, %3F and %25"
    )]
    Malformed,
    /// A mode there is not.
    #[error("`sslmode` is one of disable, prefer, require, verify-ca and verify-full, given once")]
    Mode,
    /// Half of it cannot be encrypted.
    #[error(
        "TLS is asked for, which a socket of this machine does not have: give it an address of its own"
    )]
    Mixed,
    /// A certificate that names nobody.
    #[error("`hostaddr` alone has no name to verify: give `host` too")]
    Nameless,
}

/// Where a connection goes, as whom, and what protects it.
#[derive(Clone, Debug)]
pub(super) struct Address {
    pub config: Config,
    /// None where no TLS is spoken; a server that has none is put up with where `prefer` says so.
    pub verification: Option<Verification>,
}

impl Address {
    /// Reads a URL. `has_authorities` is whether a file of authorities is configured: then they are
    /// asked about every certificate, as libpq does with a root certificate.
    pub fn parse(url: &str, has_authorities: bool) -> Result<Self, AddressError> {
        let (rest, mode) = split(url)?;
        let mut config = Config::from_str(&rest).map_err(|_| AddressError::Malformed)?;
        let hosts = config.get_hosts();
        let sockets = hosts.iter().filter(|host| matches!(host, Host::Unix(_)));
        let has_sockets = sockets.count() > 0;
        let has_names = hosts.iter().any(|host| matches!(host, Host::Tcp(_)));
        let mode = mode.unwrap_or(if is_local(&config) {
            Mode::Disable
        } else {
            Mode::VerifyFull
        });
        // As libpq has it, sockets of this machine have no TLS, whatever is said.
        let has_tcp = has_names || !config.get_hostaddrs().is_empty();
        let mode = if has_tcp { mode } else { Mode::Disable };
        if mode != Mode::Disable && has_sockets {
            return Err(AddressError::Mixed);
        }
        if mode == Mode::VerifyFull && !has_names {
            return Err(AddressError::Nameless);
        }
        let unless_authorities = if has_authorities {
            Verification::Chain
        } else {
            Verification::None
        };
        let (ssl_mode, verification) = match mode {
            Mode::Disable => (SslMode::Disable, None),
            Mode::Prefer => (SslMode::Prefer, Some(unless_authorities)),
            Mode::Require => (SslMode::Require, Some(unless_authorities)),
            Mode::VerifyCa => (SslMode::Require, Some(Verification::Chain)),
            Mode::VerifyFull => (SslMode::Require, Some(Verification::Full)),
        };
        config.ssl_mode(ssl_mode);
        Ok(Self {
            config,
            verification,
        })
    }

    /// One without TLS.
    pub fn plain(mut config: Config) -> Self {
        config.ssl_mode(SslMode::Disable);
        Self {
            config,
            verification: None,
        }
    }
}

/// libpq's `sslmode`, but for `allow`: plain text that becomes TLS when it is refused protects nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Disable,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

/// The URL without `sslmode`, and that.
fn split(url: &str) -> Result<(String, Option<Mode>), AddressError> {
    let rest = url
        .strip_prefix("postgres://")
        .or_else(|| url.strip_prefix("postgresql://"))
        .ok_or(AddressError::Scheme)?;
    // A second one would be a part of the password or the host, depending on who reads it.
    if rest.matches('@').count() > 1 {
        return Err(AddressError::Malformed);
    }
    let start = rest.find('@').map_or(0, |at| at + 1);
    let Some(query) = rest[start..].find('?').map(|at| start + at) else {
        return Ok((url.to_owned(), None));
    };
    let (mut kept, mut mode) = (Vec::new(), None);
    for pair in rest[query + 1..].split('&') {
        let key = pair.split_once('=').map_or(pair, |(key, _)| key);
        // Names are plain words; one that is not could be another reader's `sslmode`.
        if key.contains('%') {
            return Err(AddressError::Malformed);
        }
        match pair.strip_prefix("sslmode=") {
            Some(value) if mode.is_none() => mode = Some(Mode::parse(value)?),
            Some(_) => return Err(AddressError::Mode),
            None => kept.push(pair),
        }
    }
    let kept = kept.join("&");
    let mark = if kept.is_empty() { "" } else { "?" };
    Ok((format!("postgres://{}{mark}{kept}", &rest[..query]), mode))
}

impl Mode {
    fn parse(text: &str) -> Result<Self, AddressError> {
        match text {
            "disable" => Ok(Self::Disable),
            "prefer" => Ok(Self::Prefer),
            "require" => Ok(Self::Require),
            "verify-ca" => Ok(Self::VerifyCa),
            "verify-full" => Ok(Self::VerifyFull),
            _ => Err(AddressError::Mode),
        }
    }
}

/// Whether nothing of the connection goes over a network: to sockets and to this machine only.
fn is_local(config: &Config) -> bool {
    let addresses = config.get_hostaddrs();
    if !addresses.is_empty() {
        // The names are only for certificates then.
        return addresses.iter().all(IpAddr::is_loopback);
    }
    config.get_hosts().iter().all(|host| match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            name.eq_ignore_ascii_case("localhost")
                || name
                    .parse::<IpAddr>()
                    .is_ok_and(|address| address.to_canonical().is_loopback())
        }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn judged(url: &str) -> Result<(SslMode, Option<Verification>), AddressError> {
        let address = Address::parse(url, false)?;
        Ok((address.config.get_ssl_mode(), address.verification))
    }

    #[test]
    fn beyond_this_machine_the_server_is_verified_unless_something_else_is_said() {
        let full = Ok((SslMode::Require, Some(Verification::Full)));
        for url in [
            "postgres://dancu@db.example/dancu",
            "postgresql://dancu:p%40ss@10.0.0.7:5433/dancu",
            "postgres://dancu@localhost.example/dancu",
            "postgres://dancu@localhost,db.example/dancu",
            "postgres://dancu@localhost/dancu?hostaddr=10.0.0.7",
            "postgres://[2001:db8::1]/dancu?connect_timeout=2",
            "postgres://db/dancu?sslmode=verify-full&user=a",
            "postgres://localhost/dancu?sslmode=verify-full",
        ] {
            assert_eq!(judged(url), full, "{url}");
        }
    }

    #[test]
    fn on_this_machine_nothing_is_encrypted_unless_it_is_asked_for() {
        let plain = Ok((SslMode::Disable, None));
        for url in [
            "postgres://dancu@localhost/dancu",
            "postgres://dancu@127.0.0.1:5433/dancu",
            "postgres://dancu@[::1]/dancu",
            "postgres://dancu@%2Frun%2Fpostgresql/dancu",
            "postgres:///dancu?host=/run/postgresql&user=a",
            "postgres://dancu@db.example/dancu?hostaddr=127.0.0.1",
            "postgres://dancu@%2Frun%2Fpostgresql/dancu?sslmode=verify-full",
            "postgres://db/dancu?sslmode=disable",
        ] {
            assert_eq!(judged(url), plain, "{url}");
        }
    }

    #[test]
    fn every_mode_asks_for_what_libpq_asks() {
        let address = |mode: &str, has_authorities| {
            let url = format!("postgres://u:p@127.0.0.1/d?application_name=x&sslmode={mode}");
            let address = Address::parse(&url, has_authorities).unwrap();
            assert_eq!(address.config.get_application_name(), Some("x"));
            (address.config.get_ssl_mode(), address.verification)
        };
        let (none, chain) = (Some(Verification::None), Some(Verification::Chain));
        assert_eq!(address("prefer", false), (SslMode::Prefer, none));
        assert_eq!(address("require", false), (SslMode::Require, none));
        assert_eq!(address("require", true), (SslMode::Require, chain));
        assert_eq!(address("verify-ca", false), (SslMode::Require, chain));
    }

    #[test]
    fn what_cannot_be_understood_is_refused_and_not_repeated() {
        for (url, refused) in [
            ("host=db password=s3cret", AddressError::Scheme),
            ("s3cret", AddressError::Scheme),
            ("postgres://a:s3cret@x@db/dancu", AddressError::Malformed),
            ("postgres://db/d?s3cret=1", AddressError::Malformed),
            ("postgres://db/d?ssl%6dode=disable", AddressError::Malformed),
            ("postgres://db/d?sslmode=allow", AddressError::Mode),
            ("postgres://db/d?sslmode=", AddressError::Mode),
            ("postgres://db/d?sslmode=s3cret", AddressError::Mode),
            (
                "postgres://db/d?sslmode=require&sslmode=disable",
                AddressError::Mode,
            ),
            ("postgres://%2Frun,db/d", AddressError::Mixed),
            ("postgres:///d?hostaddr=10.0.0.7", AddressError::Nameless),
        ] {
            let error = Address::parse(url, false).unwrap_err();
            assert_eq!(error, refused, "{url}");
            assert!(!error.to_string().contains("s3cret"), "{url}");
        }
        let shown = Address::parse("postgres://u:s3cret@db/d", false).unwrap();
        assert!(!format!("{shown:?}").contains("s3cret"));
    }

    proptest! {
        /// Whatever stands there, what leaves this machine without a word about TLS is verified.
        #[test]
        fn no_text_turns_verification_off_but_sslmode(text in "[a-z0-9@:/?&=%.,\\[\\]-]{0,40}") {
            prop_assume!(!text.contains("sslmode"));
            if let Ok(address) = Address::parse(&format!("postgres://{text}"), false) {
                let local = is_local(&address.config);
                prop_assert_eq!(address.verification.is_none(), local);
                if !local {
                    prop_assert_eq!(address.verification, Some(Verification::Full));
                }
            }
        }
    }
}
