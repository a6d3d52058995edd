//! One entry: is it canonical, and does it lie where it says it does?

use jiff::Timestamp;

use crate::audit::MADE_UP;
use crate::domain::entry::{Decoded, Operation};
use crate::store::verifying::StoredEntry;

/// What of an entry the rules of lanes and epochs are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Said {
    pub lane: u64,
    pub seq: u64,
    pub at: Timestamp,
    pub operation: Operation,
    /// Somebody was answered, or refused: no command line, and no lane, speaks of itself.
    pub answers: bool,
    /// It opens a lane of a demonstration's history.
    pub made_up: bool,
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
    /// An entry that lies where it says.
    Good(Said),
    /// An entry, and the first column of its block that says something else.
    Differs(Said, &'static str),
    /// Of a version of the encoding, or with a word, that this program does not know.
    Newer,
    /// No canonical entry.
    Malformed,
}

/// Reads an entry of that lane.
pub(super) fn examine(row: &StoredEntry, lane: i64) -> Examined {
    let entry = match Decoded::from_canonical(&row.entry) {
        Ok(entry) => entry,
        Err(error) if error.is_newer() => return Examined::Newer,
        Err(_) => return Examined::Malformed,
    };
    let word = entry.operation.as_str();
    let process = entry.process.as_deref();
    let says_made_up = process.is_some_and(|process| process.ends_with(MADE_UP));
    let said = Said {
        lane: entry.stamp.lane,
        seq: entry.stamp.seq,
        at: entry.stamp.at,
        operation: entry.operation,
        answers: !["cli.", "lane."].iter().any(|it| word.starts_with(it)),
        made_up: entry.operation == Operation::LaneOpened && says_made_up,
        predecessor: entry.predecessor,
        acknowledged: entry.acknowledged,
        count: entry.count,
        digest: entry.digest,
        // The month is named for what is tagged or sealed: a file's digest, or an epoch's, has none. A
        // journal's has one, for whose it is is sealed in the entry.
        attachment: entry.digest.filter(|_| {
            entry.protected.month.is_some() && entry.operation != Operation::AuditReconciliation
        }),
    };
    match differing(row, lane, &entry) {
        None => Examined::Good(said),
        Some(column) => Examined::Differs(said, column),
    }
}

fn differing(row: &StoredEntry, lane: i64, entry: &Decoded) -> Option<&'static str> {
    let stamp = &entry.stamp;
    let same = [
        ("lane_id", lane.cast_unsigned() == stamp.lane),
        ("seq", row.seq.cast_unsigned() == stamp.seq),
        ("at", row.at == stamp.at),
    ];
    same.iter()
        .find(|(_, same)| !same)
        .map(|(column, _)| *column)
}
