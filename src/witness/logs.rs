//! The logs a witness cosigns for, and which of them an origin belongs to.
//!
//! A log signs with keys of its own name and calls its checkpoints by that name, or by that name,
//! `/` and the number of an epoch. So a key is trusted for these origins and no other.

use crate::tlog::{Algorithm, VerifierKey};

/// How many verifier keys may be given in all.
const KEYS_LIMIT: usize = 256;

/// How many keys a log may have at a time: as many as sign one note, and some of the last change.
const LOG_KEYS_LIMIT: usize = 16;

/// Logs by their names.
#[derive(Clone, Debug)]
pub struct Logs(Vec<Log>);

/// A log: its name is that of each of its keys.
#[derive(Clone, Debug)]
struct Log {
    keys: Vec<VerifierKey>,
}

/// Which tree of a log: 0 for the origin that is the bare name, else the epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Origin(u32);

/// Why these are not logs to cosign for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    /// There is none.
    #[error("a witness needs the verifier key of at least one log")]
    None,
    /// There are too many.
    #[error("these are more verifier keys than a witness takes")]
    Many,
    /// A key signs cosignatures, so it is a witness's.
    #[error("the key named {0} is a witness's, not a log's")]
    Cosigner(String),
    /// A log is called as an epoch of another is.
    #[error("the log {0} is called as an epoch of another log is")]
    Overlap(String),
}

impl Logs {
    /// Logs from their keys; keys of the same name are one log's.
    pub fn new(keys: impl IntoIterator<Item = VerifierKey>) -> Result<Self, LogError> {
        let mut logs: Vec<Log> = Vec::new();
        for (number, key) in keys.into_iter().enumerate() {
            match key.algorithm() {
                Algorithm::Ed25519 => {}
                Algorithm::Cosignature => return Err(LogError::Cosigner(key.name().into())),
            }
            match logs.iter_mut().find(|log| log.name() == key.name()) {
                Some(log) if log.keys.contains(&key) => {}
                Some(log) if log.keys.len() == LOG_KEYS_LIMIT => return Err(LogError::Many),
                Some(log) => log.keys.push(key),
                None => logs.push(Log { keys: vec![key] }),
            }
            if number == KEYS_LIMIT {
                return Err(LogError::Many);
            }
        }
        if logs.is_empty() {
            return Err(LogError::None);
        }
        for log in &logs {
            let of = logs.iter().filter(|it| it.origin(log.name()).is_some());
            if of.count() > 1 {
                return Err(LogError::Overlap(log.name().into()));
            }
        }
        Ok(Self(logs))
    }

    /// The log's number and the tree that an origin names.
    pub(super) fn find(&self, origin: &str) -> Option<(usize, Origin)> {
        let mut logs = self.0.iter().enumerate();
        logs.find_map(|(number, log)| Some((number, log.origin(origin)?)))
    }

    /// The keys of the log with that number.
    pub(super) fn keys(&self, log: usize) -> &[VerifierKey] {
        &self.0[log].keys
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }
}

impl Log {
    fn name(&self) -> &str {
        self.keys.first().map_or("", VerifierKey::name)
    }

    fn origin(&self, origin: &str) -> Option<Origin> {
        let rest = origin.strip_prefix(self.name())?;
        if rest.is_empty() {
            return Some(Origin(0));
        }
        let epoch = rest.strip_prefix('/')?;
        let number: u32 = epoch.parse().ok()?;
        // The shortest form only, so that no two origins are one tree.
        (number > 0 && number.to_string() == epoch).then_some(Origin(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str, byte: u8) -> VerifierKey {
        VerifierKey::new(name, Algorithm::Ed25519, [byte; 32]).unwrap()
    }

    #[test]
    fn a_key_is_trusted_for_its_name_and_for_epochs_of_it() {
        let logs = Logs::new([key("log.example/a", 1), key("log.example/b", 2)]).unwrap();
        for (origin, found) in [
            ("log.example/a", Some((0, Origin(0)))),
            ("log.example/a/1", Some((0, Origin(1)))),
            ("log.example/b/4294967295", Some((1, Origin(u32::MAX)))),
        ] {
            assert_eq!(logs.find(origin), found, "{origin}");
        }
        for stranger in [
            "",
            "log.example",
            "log.example/",
            "log.example/a/",
            "log.example/a/0",
            "log.example/a/01",
            "log.example/a/+1",
            "log.example/a/-1",
            "log.example/a/1/1",
            "log.example/a/4294967296",
            "log.example/a1",
            "log.example/A/1",
            "log.example/a/1 ",
            "log.example/a/x",
        ] {
            assert_eq!(logs.find(stranger), None, "{stranger}");
        }
    }

    #[test]
    fn keys_of_one_name_are_one_logs() {
        let logs = Logs::new([key("a", 1), key("a", 2), key("a", 1)]).unwrap();
        assert_eq!(logs.count(), 1);
        assert_eq!(logs.keys(0).len(), 2);
    }

    #[test]
    fn names_that_could_be_mistaken_for_each_other_are_refused() {
        let overlap = Logs::new([key("a", 1), key("a/1", 2)]).unwrap_err();
        assert_eq!(overlap, LogError::Overlap("a/1".into()));
        assert_eq!(Logs::new([]).unwrap_err(), LogError::None);
        let witness = VerifierKey::new("w", Algorithm::Cosignature, [1; 32]).unwrap();
        assert_eq!(
            Logs::new([witness]).unwrap_err(),
            LogError::Cosigner("w".into())
        );
        let many = (0..=LOG_KEYS_LIMIT as u8).map(|byte| key("a", byte));
        assert_eq!(Logs::new(many).unwrap_err(), LogError::Many);
    }
}
