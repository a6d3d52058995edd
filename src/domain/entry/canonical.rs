//! The canonical encoding: deterministic CBOR (RFC 8949 section 4.2.1), version 1.
//!
//! A map whose keys are the small integers of [`key`], ascending, absent where there is nothing to
//! say. The last four are the entry's place in the log, so that a worker encodes everything else
//! and the lane only appends. Adding or redefining a key makes a new version.

use std::net::IpAddr;

use jiff::Timestamp;
use uuid::Uuid;

use super::{AuditId, Entry, Month};

/// The version of the encoding this program writes.
pub const VERSION: u8 = 1;
/// Bytes of randomness in every entry, without which its hash could be guessed at.
pub const NONCE_LENGTH: usize = 16;
/// Bytes of a tag: HMAC-SHA256 cut in half.
pub const TAG_LENGTH: usize = 16;

/// A keyed pseudonym: the same value has the same tag within a month, and no other.
pub type Tag = [u8; TAG_LENGTH];

/// The keys of the map. They are part of the format: none is ever renumbered.
pub(super) mod key {
    pub const VERSION: u8 = 0;
    pub const NONCE: u8 = 1;
    pub const MONTH: u8 = 2;
    pub const SUBJECT_TAG: u8 = 3;
    pub const OFFICER_TAG: u8 = 4;
    pub const CASE_TAG: u8 = 5;
    pub const SEALED: u8 = 6;
    pub const REQUEST_ID: u8 = 7;
    pub const OPERATION: u8 = 8;
    pub const BATCH: u8 = 9;
    pub const DECISION: u8 = 10;
    pub const REASON: u8 = 11;
    pub const AGENCY_CODE: u8 = 12;
    pub const CLIENT_ID: u8 = 13;
    pub const TOKEN_ID: u8 = 14;
    pub const TOKEN_SUB: u8 = 15;
    pub const PROCEDURE_CODE: u8 = 16;
    pub const CLAIMS: u8 = 17;
    pub const ASKED: u8 = 18;
    pub const DISCLOSED: u8 = 19;
    pub const WITHHELD: u8 = 20;
    pub const PAPERS_REPLACED: u8 = 21;
    pub const ADDRESS: u8 = 22;
    pub const NAME_MATCH: u8 = 23;
    pub const REVISION: u8 = 24;
    pub const COUNT: u8 = 25;
    pub const SKIPPED: u8 = 26;
    pub const DIGEST: u8 = 27;
    pub const SYSTEM_USER: u8 = 28;
    pub const REVEALED: u8 = 29;
    pub const PROCESS: u8 = 30;
    pub const PREDECESSOR: u8 = 31;
    pub const ACKNOWLEDGED: u8 = 32;
    pub const LANE: u8 = 33;
    pub const SEQ: u8 = 34;
    pub const AT: u8 = 35;
    pub const AUDIT_ID: u8 = 36;
}

/// How many pairs the lane appends.
const STAMP_PAIRS: u64 = 4;
/// Room the stamp takes at most.
const STAMP_LENGTH: usize = 48;

/// What stands in an entry for the values it may not hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Protected {
    /// Whose keys made what follows.
    pub month: Option<Month>,
    /// The subject's tag.
    pub subject_tag: Option<Tag>,
    /// The officer's tag.
    pub officer_tag: Option<Tag>,
    /// The case's tag.
    pub case_tag: Option<Tag>,
    /// The sealed part, its authentication tag included.
    pub sealed: Option<Vec<u8>>,
}

/// An entry's place in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The lane.
    pub lane: u64,
    /// The number within the lane, from 0, without holes.
    pub seq: u64,
    /// When it was recorded, to the millisecond; never decreases within a lane.
    pub at: Timestamp,
    /// The id, whose time is `at`.
    pub audit_id: AuditId,
}

/// Encodes all but the stamp, which [`stamp`] must append before the bytes are an entry.
pub fn encode(entry: &Entry<'_>, protected: &Protected, nonce: &[u8; NONCE_LENGTH]) -> Vec<u8> {
    let mut out = Vec::with_capacity(768);
    out.push(0); // the map's head, when the pairs are counted
    let mut pairs = Pairs {
        to: &mut out,
        count: STAMP_PAIRS,
    };
    pairs.unsigned(key::VERSION, Some(u64::from(VERSION)));
    pairs.bytes(key::NONCE, Some(nonce));
    let month = protected.month.map(|month| u64::from(month.number()));
    pairs.unsigned(key::MONTH, month);
    pairs.bytes(key::SUBJECT_TAG, protected.subject_tag.as_ref());
    pairs.bytes(key::OFFICER_TAG, protected.officer_tag.as_ref());
    pairs.bytes(key::CASE_TAG, protected.case_tag.as_ref());
    pairs.bytes(key::SEALED, protected.sealed.as_ref());
    let request_id = entry.request_id.as_ref().map(Uuid::as_bytes);
    pairs.bytes(key::REQUEST_ID, request_id);
    pairs.text(key::OPERATION, Some(entry.operation.as_str()));
    pairs.truth(key::BATCH, entry.batch);
    pairs.text(key::DECISION, Some(entry.decision.as_str()));
    pairs.text(key::REASON, entry.reason);
    pairs.text(key::AGENCY_CODE, entry.agency_code);
    pairs.text(key::CLIENT_ID, entry.client_id);
    pairs.text(key::TOKEN_ID, entry.token_id);
    pairs.text(key::TOKEN_SUB, entry.token_sub);
    pairs.text(key::PROCEDURE_CODE, entry.procedure_code);
    pairs.texts(key::CLAIMS, entry.claims);
    pairs.texts(key::ASKED, entry.asked);
    pairs.texts(key::DISCLOSED, entry.disclosed);
    pairs.texts(key::WITHHELD, entry.withheld);
    pairs.texts(key::PAPERS_REPLACED, entry.papers_replaced);
    match entry.address.map(|address| address.to_canonical()) {
        Some(IpAddr::V4(address)) => pairs.bytes(key::ADDRESS, Some(&address.octets())),
        Some(IpAddr::V6(address)) => pairs.bytes(key::ADDRESS, Some(&address.octets())),
        None => {}
    }
    pairs.text(key::NAME_MATCH, entry.name_match);
    pairs.unsigned(key::REVISION, entry.revision);
    pairs.unsigned(key::COUNT, entry.count);
    pairs.unsigned(key::SKIPPED, entry.skipped);
    pairs.bytes(key::DIGEST, entry.digest.as_ref());
    pairs.text(key::SYSTEM_USER, entry.system_user);
    pairs.truth(key::REVEALED, entry.revealed);
    pairs.text(key::PROCESS, entry.process);
    pairs.unsigned(key::PREDECESSOR, entry.predecessor);
    pairs.unsigned(key::ACKNOWLEDGED, entry.acknowledged);
    let count = pairs.count;
    close(&mut out, count);
    out
}

/// Appends the stamp to what [`encode`] made: now the bytes are the canonical entry.
pub fn stamp(body: &mut Vec<u8>, stamp: &Stamp) {
    body.reserve(STAMP_LENGTH);
    let mut pairs = Pairs { to: body, count: 0 };
    let at = u64::try_from(stamp.at.as_millisecond()).expect("the log began after 1970");
    pairs.unsigned(key::LANE, Some(stamp.lane));
    pairs.unsigned(key::SEQ, Some(stamp.seq));
    pairs.unsigned(key::AT, Some(at));
    pairs.bytes(key::AUDIT_ID, Some(stamp.audit_id.as_uuid().as_bytes()));
}

/// Puts the map's head where its placeholder is.
fn close(out: &mut Vec<u8>, count: u64) {
    let mut map = [0; 9];
    let length = head(&mut map, MAP, count);
    out.splice(..1, map[..length].iter().copied());
}

/// A text in its canonical encoding.
pub(super) fn text_item(text: &str) -> Vec<u8> {
    let mut bytes = [0; 9];
    let length = head(&mut bytes, TEXT, text.len() as u64);
    [&bytes[..length], text.as_bytes()].concat()
}

/// Writes the shortest head of a data item (RFC 8949 section 3) and returns its length.
fn head(to: &mut [u8; 9], major: u8, value: u64) -> usize {
    let bytes = value.to_be_bytes();
    let (info, length) = match value {
        0..=23 => (bytes[7], 0),
        24..=0xff => (24, 1),
        0x100..=0xffff => (25, 2),
        0x1_0000..=0xffff_ffff => (26, 4),
        0x1_0000_0000.. => (27, 8),
    };
    to[0] = major << 5 | info;
    to[1..=length].copy_from_slice(&bytes[8 - length..]);
    length + 1
}

// Major types.
const UNSIGNED: u8 = 0;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
/// The simple value true.
const TRUE: u8 = 0xf5;

/// Writes pairs and counts them; what is absent or empty is not written. By hand, since this runs
/// for every answer: the reader is a library's, and each checks the other.
struct Pairs<'a> {
    to: &'a mut Vec<u8>,
    count: u64,
}

impl Pairs<'_> {
    fn head(&mut self, major: u8, value: u64) {
        if value <= 23 {
            self.to.push(major << 5 | value.to_be_bytes()[7]);
        } else {
            let mut bytes = [0; 9];
            let length = head(&mut bytes, major, value);
            self.to.extend_from_slice(&bytes[..length]);
        }
    }

    fn item(&mut self, major: u8, bytes: &[u8]) {
        self.head(major, bytes.len() as u64);
        self.to.extend_from_slice(bytes);
    }

    fn key(&mut self, key: u8) {
        self.count += 1;
        self.head(UNSIGNED, u64::from(key));
    }

    fn unsigned(&mut self, key: u8, value: Option<u64>) {
        if let Some(value) = value {
            self.key(key);
            self.head(UNSIGNED, value);
        }
    }

    fn bytes(&mut self, key: u8, value: Option<&(impl AsRef<[u8]> + ?Sized)>) {
        if let Some(value) = value {
            self.key(key);
            self.item(BYTES, value.as_ref());
        }
    }

    fn text(&mut self, key: u8, value: Option<&str>) {
        if let Some(value) = value {
            self.key(key);
            self.item(TEXT, value.as_bytes());
        }
    }

    fn texts(&mut self, key: u8, values: &[&str]) {
        if !values.is_empty() {
            self.key(key);
            self.head(ARRAY, values.len() as u64);
            for value in values {
                self.item(TEXT, value.as_bytes());
            }
        }
    }

    fn truth(&mut self, key: u8, value: bool) {
        if value {
            self.key(key);
            self.to.push(TRUE);
        }
    }
}
