//! One row: is it a canonical entry, and do its columns repeat what it says?

use jiff::Timestamp;

use crate::domain::entry::{DecodeError, Decoded, Operation, VERSION};
use crate::store::verifying::StoredEntry;

/// What of an entry the rules of lanes and epochs are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Said {
    pub lane: u64,
    pub seq: u64,
    pub at: Timestamp,
    pub operation: Operation,
    pub predecessor: Option<u64>,
    pub acknowledged: Option<u64>,
    pub count: Option<u64>,
    pub digest: Option<[u8; 32]>,
    /// The digest of what is sealed beside it.
    pub attachment: Option<[u8; 32]>,
}

/// What came of reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Examined {
    /// An entry whose columns say the same.
    Good(Said),
    /// An entry, and the first column that says something else.
    Differs(Said, &'static str),
    /// Of a version of the encoding that this program does not know.
    Newer,
    /// No canonical entry.
    Malformed,
}

/// Reads a row of that lane.
pub(super) fn examine(row: &StoredEntry, lane: i64) -> Examined {
    let entry = match Decoded::from_canonical(row.entry()) {
        Ok(entry) => entry,
        Err(DecodeError::Version(version)) if version > u64::from(VERSION) => {
            return Examined::Newer;
        }
        Err(_) => return Examined::Malformed,
    };
    let said = Said {
        lane: entry.stamp.lane,
        seq: entry.stamp.seq,
        at: entry.stamp.at,
        operation: entry.operation,
        predecessor: entry.predecessor,
        acknowledged: entry.acknowledged,
        count: entry.count,
        digest: entry.digest,
        // The month is named for what is tagged or sealed: a file's digest, or an epoch's, has none.
        attachment: entry.digest.filter(|_| entry.protected.month.is_some()),
    };
    match differing(row, lane, &entry) {
        None => Examined::Good(said),
        Some(column) => Examined::Differs(said, column),
    }
}

fn differing(row: &StoredEntry, lane: i64, entry: &Decoded) -> Option<&'static str> {
    fn bytes(tag: &Option<[u8; 16]>) -> Option<&[u8]> {
        tag.as_ref().map(<[u8; 16]>::as_slice)
    }
    let stamp = &entry.stamp;
    let tags = &entry.protected;
    let same = [
        ("lane_id", lane.cast_unsigned() == stamp.lane),
        ("seq", row.seq().cast_unsigned() == stamp.seq),
        ("audit_id", row.audit_id() == *stamp.audit_id.as_uuid()),
        ("at", row.at() == stamp.at),
        (
            "agency_code",
            row.agency_code() == entry.agency_code.as_deref(),
        ),
        ("client_id", row.client_id() == entry.client_id.as_deref()),
        (
            "procedure_code",
            row.procedure_code() == entry.procedure_code.as_deref(),
        ),
        (
            "operation",
            row.operation() == Some(entry.operation.as_str()),
        ),
        ("decision", row.decision() == Some(entry.decision.as_str())),
        ("subject_tag", row.subject_tag() == bytes(&tags.subject_tag)),
        ("officer_tag", row.officer_tag() == bytes(&tags.officer_tag)),
        ("case_tag", row.case_tag() == bytes(&tags.case_tag)),
    ];
    same.iter()
        .find(|(_, same)| !same)
        .map(|(column, _)| *column)
}
