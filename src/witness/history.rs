//! What a witness cosigned last, of every tree of one log.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};

use super::logs::Origin;
use crate::tlog::{Checkpoint, Note};

/// The newest cosigned checkpoint of a tree, with its signatures: those of the log's keys, then
/// ours.
#[derive(Clone, Debug)]
pub(super) struct Head {
    pub(super) note: Note,
    pub(super) checkpoint: Checkpoint,
}

/// The heads of one log.
#[derive(Debug, Default)]
pub(super) struct History(BTreeMap<Origin, Head>);

impl Head {
    /// `None` where the note could not be read again.
    pub(super) fn new(note: Note, checkpoint: Checkpoint) -> Option<Self> {
        Note::parse(&note.to_string()).ok()?;
        Some(Self { note, checkpoint })
    }

    pub(super) fn origin_hash(&self) -> String {
        origin_hash(&self.checkpoint.origin)
    }
}

impl History {
    pub(super) fn head(&self, origin: Origin) -> Option<&Head> {
        self.0.get(&origin)
    }

    /// The head of the newest tree.
    pub(super) fn newest(&self) -> Option<(Origin, &Head)> {
        self.0
            .last_key_value()
            .map(|(origin, head)| (*origin, head))
    }

    pub(super) fn put(&mut self, origin: Origin, head: Head) {
        self.0.insert(origin, head);
    }

    pub(super) fn checkpoints(&self) -> Vec<Checkpoint> {
        self.0
            .values()
            .map(|head| head.checkpoint.clone())
            .collect()
    }

    pub(super) fn note(&self, hash: &str) -> Option<String> {
        let mut heads = self.0.values();
        let head = heads.find(|head| head.origin_hash() == hash)?;
        Some(head.note.to_string())
    }
}

/// What an origin is called where a name has to be plain: its SHA-256 in lowercase hexadecimal.
pub(super) fn origin_hash(origin: &str) -> String {
    hex::encode(digest(&SHA256, origin.as_bytes()))
}
