//! Telling whether what was read now is what is in force, and whether a fault was told already.

use std::error::Error;

use aws_lc_rs::digest::{SHA256, digest};

/// What tells one content from another without keeping it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Of these parts, each by its own digest, so that nothing moves from one to the next unnoticed.
    pub fn of(parts: &[&[u8]]) -> Self {
        let each: Vec<u8> = parts
            .iter()
            .flat_map(|part| digest(&SHA256, part).as_ref().to_vec())
            .collect();
        let whole = digest(&SHA256, &each);
        Self(whole.as_ref().try_into().expect("SHA-256 has 32 bytes"))
    }
}

/// What became of the content that was looked at last.
#[derive(Debug)]
pub struct Watch {
    in_force: Digest,
    /// Seen once and not usable: somebody may be in the middle of writing it.
    doubtful: Option<Digest>,
    /// Told.
    refused: Option<Digest>,
}

impl Watch {
    /// Watches on from the content that is in force.
    pub fn new(in_force: Digest) -> Self {
        Self {
            in_force,
            doubtful: None,
            refused: None,
        }
    }

    /// Looks at what was read, which `take` puts in force if it is new and can be used.
    ///
    /// Tells what has to be told, and tells it once: that there is something new in force, or, of
    /// what is found as unusable as at the look before, why it is not. Files that belong together are
    /// written one after the other, so the first such look is no fault yet.
    pub fn look<C, E: Error>(
        &mut self,
        read: Result<(Digest, C), E>,
        take: impl FnOnce(C) -> Result<(), E>,
    ) -> Option<Result<(), E>> {
        let (digest, taken) = match read {
            Ok((digest, _)) if digest == self.in_force => {
                (self.doubtful, self.refused) = (None, None);
                return None;
            }
            Ok((digest, _)) if self.refused == Some(digest) => return None,
            Ok((digest, content)) => (digest, take(content)),
            Err(error) => (Digest::of(&[error.to_string().as_bytes()]), Err(error)),
        };
        match taken {
            Ok(()) => {
                *self = Self::new(digest);
                Some(Ok(()))
            }
            Err(_) if self.refused == Some(digest) => None,
            Err(error) if self.doubtful == Some(digest) => {
                self.refused = Some(digest);
                Some(Err(error))
            }
            Err(_) => {
                self.doubtful = Some(digest);
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, thiserror::Error)]
    #[error("{0}")]
    struct Fault(&'static str);

    fn look(watch: &mut Watch, text: &'static str) -> Option<Result<(), Fault>> {
        let read = match text {
            "missing" => Err(Fault("missing")),
            text => Ok((Digest::of(&[text.as_bytes()]), text)),
        };
        watch.look(read, |text| match text {
            "broken" | "worse" => Err(Fault(text)),
            _ => Ok(()),
        })
    }

    #[test]
    fn what_is_new_is_told_once() {
        let mut watch = Watch::new(Digest::of(&[b"old"]));
        assert_eq!(look(&mut watch, "old"), None);
        assert_eq!(look(&mut watch, "new"), Some(Ok(())));
        assert_eq!(look(&mut watch, "new"), None);
        assert_eq!(look(&mut watch, "old"), Some(Ok(())));
    }

    #[test]
    fn a_fault_is_told_when_it_stays_and_then_no_more() {
        let mut watch = Watch::new(Digest::of(&[b"old"]));
        for fault in ["broken", "missing"] {
            assert_eq!(look(&mut watch, fault), None);
            assert_eq!(look(&mut watch, fault), Some(Err(Fault(fault))));
            assert_eq!(look(&mut watch, fault), None);
        }
        assert_eq!(look(&mut watch, "worse"), None, "another one");
        assert_eq!(look(&mut watch, "old"), None, "as it was");
        assert_eq!(look(&mut watch, "broken"), None);
        assert_eq!(look(&mut watch, "broken"), Some(Err(Fault("broken"))));
        assert_eq!(look(&mut watch, "new"), Some(Ok(())));
    }

    #[test]
    fn parts_do_not_run_together() {
        assert_ne!(Digest::of(&[b"ab", b"c"]), Digest::of(&[b"a", b"bc"]));
        assert_ne!(Digest::of(&[b"ab"]), Digest::of(&[b"ab", b""]));
    }
}
