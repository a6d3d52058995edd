//! An entry as its request's worker leaves it: tagged, sealed and encoded, but without a place.

use aws_lc_rs::digest;
use jiff::Timestamp;

use crate::clock::random;
use crate::domain::entry::{Entry, NONCE_LENGTH, Protected, Stamp, encode, stamp};
use crate::keys::MonthKeys;
use crate::store::lane::EntryRow;

/// An entry that waits for its place in a lane.
#[derive(Clone)]
pub struct Draft {
    body: Vec<u8>,
    attachment: Option<Vec<u8>>,
    at: Option<Timestamp>,
}

impl std::fmt::Debug for Draft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Draft(***)")
    }
}

/// What an administrative change found and left, each a JSON document or absent. It is sealed
/// beside the entry as the CBOR array `[before, after]` of texts or nulls.
#[derive(Clone, Copy)]
pub struct State<'a> {
    /// Before the change; none where it made something.
    pub before: Option<&'a str>,
    /// After the change; none where it removed something.
    pub after: Option<&'a str>,
}

impl Draft {
    /// Tags, seals and encodes an entry under a month's keys. The nonce must be random and new.
    pub fn new(entry: &Entry<'_>, keys: &MonthKeys, nonce: &[u8; NONCE_LENGTH]) -> Self {
        Self::encoded(entry, &keys.protect(entry, nonce), nonce)
    }

    /// The same for an administrative change, whose before and after are sealed beside the entry
    /// and whose digest is put into it.
    pub fn with_state(
        entry: &Entry<'_>,
        state: State<'_>,
        keys: &MonthKeys,
        nonce: &[u8; NONCE_LENGTH],
    ) -> Self {
        let plain = minicbor::to_vec((state.before, state.after)).expect("texts always encode");
        let sealed = keys.seal_attachment(nonce, &plain);
        let digest = digest::digest(&digest::SHA256, &sealed);
        let entry = Entry {
            digest: digest.as_ref().try_into().ok(),
            ..entry.clone()
        };
        let mut protected = keys.protect(&entry, nonce);
        // Named even where the entry itself has nothing sealed: the attachment has.
        protected.month = Some(keys.month());
        let mut draft = Self::encoded(&entry, &protected, nonce);
        draft.attachment = Some(sealed);
        draft
    }

    /// A lane's own entry, which names nobody.
    pub(super) fn of_lane(entry: &Entry<'_>) -> Self {
        let mut nonce = [0; NONCE_LENGTH];
        random(&mut nonce);
        debug_assert!(entry.sensitive().is_none(), "a lane's entry names nobody");
        Self::encoded(entry, &Protected::default(), &nonce)
    }

    /// The same entry, of that time: not of the time at which a lane writes it.
    pub(super) fn of(mut self, at: Timestamp) -> Self {
        self.at = Some(at);
        self
    }

    /// The time it has of its own.
    pub(super) fn at(&self) -> Option<Timestamp> {
        self.at
    }

    /// Puts the draft in its place.
    pub(super) fn placed(mut self, place: &Stamp) -> EntryRow {
        stamp(&mut self.body, place);
        EntryRow {
            audit_id: place.audit_id,
            at: place.at,
            seq: place.seq.cast_signed(),
            entry: self.body,
            attachment: self.attachment,
        }
    }

    fn encoded(entry: &Entry<'_>, protected: &Protected, nonce: &[u8; NONCE_LENGTH]) -> Self {
        Self {
            body: encode(entry, protected, nonce),
            attachment: None,
            at: None,
        }
    }
}
