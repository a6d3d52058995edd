//! Whose signatures count, and what a signed head must look like.

use jiff::Timestamp;

use crate::tlog::{Checkpoint, Note, Signature, Verified, VerifierKey};

/// The keys a verifier believes. They come from elsewhere than the log.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// Keys that sign the log's checkpoints.
    pub log: Vec<VerifierKey>,
    /// Witnesses' keys.
    pub witnesses: Vec<VerifierKey>,
}

/// What is wrong with a head's note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Distrust {
    Signature(&'static str),
    Form(&'static str),
}

impl Distrust {
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Signature(text) | Self::Form(text) => text,
        }
    }
}

/// Cosignatures of a head, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cosigned {
    pub verified: u64,
    pub unknown: u64,
    pub wrong: bool,
    /// When the last of those that were verified was made.
    pub last: Option<Timestamp>,
}

impl Trust {
    /// The head of a note that the log signed.
    pub(super) fn head(&self, note: &str) -> Result<(Checkpoint, Note), Distrust> {
        let note = Note::parse(note).map_err(|_| Distrust::Form("it is no signed note"))?;
        let head = Checkpoint::parse_own(note.text());
        let head = head.map_err(|_| Distrust::Form("it is no checkpoint of ours"))?;
        match note.verify(&self.log) {
            // A key signs one log, and that log's epochs by its own name.
            Ok(by) if by.iter().any(|it| epoch_of(&head.origin, it.key).is_some()) => {
                Ok((head, note))
            }
            Ok(_) => Err(Distrust::Form(
                "its origin is not the key's name and an epoch",
            )),
            Err(crate::tlog::NoteError::Unknown) => {
                Err(Distrust::Signature("no known key signed it"))
            }
            Err(_) => Err(Distrust::Signature("the signature of a known key is wrong")),
        }
    }

    /// What witnesses say of a head, in the lines kept for it.
    pub(super) fn cosigned(&self, text: &str, lines: &str) -> Cosigned {
        let mut cosigned = Cosigned::default();
        for line in lines.lines() {
            let Ok(signature) = line.parse::<Signature>() else {
                cosigned.wrong = true;
                continue;
            };
            let named =
                |key: &&VerifierKey| key.name() == signature.name && key.id() == signature.id;
            let Some(key) = self.witnesses.iter().find(named) else {
                cosigned.unknown += 1;
                continue;
            };
            let Some(mut note) = Note::new(text) else {
                cosigned.wrong = true;
                continue;
            };
            note.push(signature);
            match note.verify(std::slice::from_ref(key)) {
                Ok(by) => {
                    cosigned.verified += 1;
                    cosigned.last = cosigned.last.max(newest(&by));
                }
                Err(_) => cosigned.wrong = true,
            }
        }
        cosigned
    }

    /// When the last of the witnesses signed a note they gave themselves.
    pub(super) fn last_cosigned(&self, note: &Note) -> Option<Timestamp> {
        newest(&note.verify(&self.witnesses).ok()?)
    }

    /// How many of the witnesses signed a note they gave themselves; none if one of them did wrongly.
    pub(super) fn witnessed(&self, note: &Note) -> Option<usize> {
        note.verify(&self.witnesses).ok().map(|by| by.len())
    }
}

/// The number of the epoch that an origin names, if that is one of the key's log.
fn epoch_of(origin: &str, key: &VerifierKey) -> Option<u32> {
    let (name, number) = origin.rsplit_once('/')?;
    let epoch = number.parse().ok().filter(|&epoch: &u32| epoch > 0)?;
    (name == key.name() && number == epoch.to_string()).then_some(epoch)
}

fn newest(verified: &[Verified<'_>]) -> Option<Timestamp> {
    let seconds = verified.iter().filter_map(|it| it.at).max()?;
    Timestamp::from_second(seconds.try_into().ok()?).ok()
}
