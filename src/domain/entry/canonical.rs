//! The canonical encoding: deterministic CBOR (RFC 8949 section 4.2.1), version 1.
//!
//! A map whose keys are the small integers of [`key`], ascending, absent where there is nothing to
//! say. The last four are the entry's place in the log, so that a worker encodes everything else
//! and the lane only appends. Adding or redefining a key makes a new version.

use std::net::IpAddr;

use jiff::Timestamp;
use minicbor::Encoder;
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
/// The largest map whose length fits its first byte.
const SHORT_MAP: u64 = 23;
const NEVER_FULL: &str = "a vector takes every byte";

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
    let mut out = Vec::with_capacity(512);
    out.push(0); // the map's head, when the pairs are counted
    let mut pairs = Pairs {
        to: Encoder::new(&mut out),
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
    head(&mut out, count);
    out
}

/// Appends the stamp to what [`encode`] made: now the bytes are the canonical entry.
pub fn stamp(body: &mut Vec<u8>, stamp: &Stamp) {
    body.reserve(STAMP_LENGTH);
    let mut pairs = Pairs {
        to: Encoder::new(body),
        count: 0,
    };
    let at = u64::try_from(stamp.at.as_millisecond()).expect("the log began after 1970");
    pairs.unsigned(key::LANE, Some(stamp.lane));
    pairs.unsigned(key::SEQ, Some(stamp.seq));
    pairs.unsigned(key::AT, Some(at));
    pairs.bytes(key::AUDIT_ID, Some(stamp.audit_id.as_uuid().as_bytes()));
}

/// Puts the map's head where its placeholder is.
fn head(out: &mut Vec<u8>, count: u64) {
    const MAP: u8 = 0xa0;
    const ONE_BYTE_FOLLOWS: u8 = 24;
    let count = u8::try_from(count).expect("there are fewer than 256 keys");
    if u64::from(count) <= SHORT_MAP {
        out[0] = MAP | count;
    } else {
        out[0] = count;
        out.insert(0, MAP | ONE_BYTE_FOLLOWS);
    }
}

/// Writes pairs and counts them; what is absent or empty is not written.
struct Pairs<'a> {
    to: Encoder<&'a mut Vec<u8>>,
    count: u64,
}

impl Pairs<'_> {
    fn key(&mut self, key: u8) {
        self.count += 1;
        self.to.u8(key).expect(NEVER_FULL);
    }

    fn unsigned(&mut self, key: u8, value: Option<u64>) {
        if let Some(value) = value {
            self.key(key);
            self.to.u64(value).expect(NEVER_FULL);
        }
    }

    fn bytes(&mut self, key: u8, value: Option<&(impl AsRef<[u8]> + ?Sized)>) {
        if let Some(value) = value {
            self.key(key);
            self.to.bytes(value.as_ref()).expect(NEVER_FULL);
        }
    }

    fn text(&mut self, key: u8, value: Option<&str>) {
        if let Some(value) = value {
            self.key(key);
            self.to.str(value).expect(NEVER_FULL);
        }
    }

    fn texts(&mut self, key: u8, values: &[&str]) {
        if !values.is_empty() {
            self.key(key);
            self.to.array(values.len() as u64).expect(NEVER_FULL);
            for value in values {
                self.to.str(value).expect(NEVER_FULL);
            }
        }
    }

    fn truth(&mut self, key: u8, value: bool) {
        if value {
            self.key(key);
            self.to.bool(true).expect(NEVER_FULL);
        }
    }
}
