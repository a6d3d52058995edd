//! What a verification found: faults, each with the place it was found at, and what is worth knowing
//! without being one. No value of a column and nothing of an entry but its place is in it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use uuid::Uuid;

/// How many faults are listed one by one; all of them are counted.
const LISTED: usize = 100;

macro_rules! kinds {
    ($($(#[$doc:meta])+ $name:ident = $word:literal, $text:literal;)+) => {
        /// What is wrong. The word is stable; `docs/operations/verify.md` says what to do about each.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            $($(#[$doc])+ $name,)+
        }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// Its word.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)+
                }
            }

            /// In a few words.
            pub const fn text(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)+
                }
            }
        }
    };
}

kinds! {
    /// The plan's indexes have a gap.
    PlanGap = "plan_gap", "the plan skips leaves";
    /// Two rows of the plan name the same leaf.
    PlanOverlap = "plan_overlap", "two rows of the plan name the same leaf";
    /// A lane's ranges do not follow each other.
    PlanLane = "plan_lane", "the plan does not go on where it left the lane";
    /// The plan is not as long as the sealer says.
    PlanLength = "plan_length", "the plan is not as long as the sealer's row says";
    /// A planned entry, or one that must have been before another, is not there.
    EntryMissing = "entry_missing", "the entry is not there";
    /// Two rows have the same lane and number.
    EntryDuplicate = "entry_duplicate", "there are two entries of this number";
    /// The bytes are no canonical entry.
    EntryMalformed = "entry_malformed", "the bytes are no canonical entry";
    /// A plain column says something else than the canonical entry.
    ColumnDiffers = "column_differs", "a plain column differs from the canonical entry";
    /// The entry is not the one that was sealed: the signed head agrees with the tile.
    EntryAltered = "entry_altered", "the entry is not the one that was sealed";
    /// The entry and its tile differ, and no head says which of them was altered.
    LeafDiffers = "leaf_differs", "the entry and the tile differ";
    /// A tile is not what was signed.
    TileAltered = "tile_altered", "the tile is not what was signed";
    /// A tile is not there, or too narrow.
    TileMissing = "tile_missing", "the tile is not there, or too narrow";
    /// There are tiles the tree does not have.
    TileUnexpected = "tile_unexpected", "there are tiles the tree does not have";
    /// The root of a signed head is not that of the tree.
    CheckpointRoot = "checkpoint_root", "the checkpoint's root is not that of the tree";
    /// A signed head is not signed as it must be.
    CheckpointSignature = "checkpoint_signature", "the checkpoint is not signed by a known key";
    /// A signed head is malformed, of another origin, or differs from its row.
    CheckpointForm = "checkpoint_form", "the checkpoint is malformed, or differs from its row";
    /// A witness's cosignature does not hold.
    Cosignature = "cosignature", "a cosignature does not hold";
    /// The beginning of an epoch does not bind the head it follows.
    EpochBinding = "epoch_binding", "the epoch's beginning does not bind the head it follows";
    /// Entries lie in a lane that is not registered.
    LaneUnregistered = "lane_unregistered", "the lane is not registered";
    /// A lane's entry breaks the rules of lanes.
    LaneOrder = "lane_order", "the entry breaks the rules of its lane";
    /// The entry says to be older than leaves before it allow.
    BackDated = "back_dated", "the entry says to be older than what was sealed before it";
    /// Numbers are called lost that no entry of the log declares, or that are not missing.
    HoleDeclaration = "hole_declaration", "numbers are called lost that no entry declares, or that are not missing";
    /// What was acknowledged is not there.
    LaneAcknowledged = "lane_acknowledged", "entries that were acknowledged are not there";
    /// A lane ended without an end, and nobody reported it.
    MissingEnd = "missing_end", "the lane has no end";
    /// A row lies where its lane has none.
    Stray = "stray_entry", "the entry lies where its lane has none";
    /// An entry should have been planned long ago.
    Unsealed = "unsealed", "the entry should have been sealed long ago";
    /// A planned entry should have been signed long ago.
    Unsigned = "unsigned", "the entry is planned, and should have been signed long ago";
    /// A day's partition is gone before its time.
    PartitionMissing = "partition_missing", "the day's partition is gone before its time";
    /// The second place remembers a larger tree.
    SecondPlaceAhead = "second_place_ahead", "the second place remembers a larger tree: a backup was restored, or entries were removed";
    /// The second place remembers another tree.
    SecondPlaceContradicts = "second_place_contradicts", "the second place remembers another tree: the log was rewritten";
    /// A note in the second place is none of this log's.
    SecondPlaceNote = "second_place_note", "a note in the second place is none of this log's";
    /// The second place remembers nothing, though heads were shown.
    SecondPlaceEmpty = "second_place_empty", "the second place remembers nothing, though heads were signed";
    /// The second place is another than the log's.
    SecondPlaceOther = "second_place_other", "the second place is not the one this log is sealed with";
    /// Signed leaves were lost, which a new epoch declared and nobody accepted.
    DeclaredLoss = "declared_loss", "signed leaves were lost, as the next epoch declares";
    /// What is sealed beside an administrative change is not there.
    AttachmentMissing = "attachment_missing", "the state before and after the change is not there";
    /// What is sealed beside an administrative change is not what its entry says.
    AttachmentAltered = "attachment_altered", "the state before and after the change is not the one that was recorded";
    /// Something is sealed beside an entry that has nothing beside it.
    AttachmentStray = "attachment_stray", "there is a state before and after of no recorded change";
    /// A witness knows a larger tree.
    WitnessAhead = "witness_ahead", "a witness knows a larger tree: a backup was restored, or entries were removed";
    /// A witness knows another tree.
    WitnessContradicts = "witness_contradicts", "a witness knows another tree: the log was rewritten or forked";
    /// A witness's note is none of this log's, or not signed by the witness.
    WitnessNote = "witness_note", "the witness's note is none of this log's, or not signed as it must be";
    /// The tree is not the one kept from an earlier run, grown.
    KeptContradicts = "kept_contradicts", "the log is not the one of the kept checkpoint, grown";
    /// A proof does not hold.
    Proof = "proof", "a proof does not hold";
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

/// Where. What is not known, or does not apply, is absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epoch: Option<u32>,
    /// The leaf.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<u64>,
    /// The lane.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lane: Option<i64>,
    /// The number in the lane.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<i64>,
    /// The entry's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audit_id: Option<Uuid>,
    /// When it was recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}

impl Place {
    /// A leaf, or the tree of so many leaves by its last one.
    pub fn leaf(epoch: u32, index: u64) -> Self {
        Self {
            epoch: Some(epoch),
            index: Some(index),
            ..Self::default()
        }
    }

    /// A place in a lane.
    pub fn lane(lane: i64, seq: Option<i64>) -> Self {
        Self {
            lane: Some(lane),
            seq,
            ..Self::default()
        }
    }

    /// By epoch and leaf; what has no leaf comes last, by its lane.
    fn order(&self) -> (u32, u64, i64, i64) {
        (
            self.epoch.unwrap_or(u32::MAX),
            self.index.unwrap_or(u64::MAX),
            self.lane.unwrap_or(i64::MAX),
            self.seq.unwrap_or(i64::MAX),
        )
    }
}

/// A fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// What is wrong.
    pub kind: Kind,
    /// Where.
    #[serde(flatten)]
    pub place: Place,
    /// More about it: names and numbers, never a value.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

/// How much was checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// Trees.
    pub epochs: u64,
    /// Leaves of all trees.
    pub leaves: u64,
    /// Entries that were read and compared.
    pub entries: u64,
    /// Lanes.
    pub lanes: u64,
    /// Tiles that were compared.
    pub tiles: u64,
    /// Signed heads of the log itself.
    pub checkpoints: u64,
    /// Heads that the second place remembers.
    pub second_place: u64,
    /// Witnesses' cosignatures that were verified.
    pub cosignatures: u64,
    /// States before and after a change whose digest is the one in its entry.
    pub attachments: u64,
    /// Proofs of single entries.
    pub proofs: u64,
}

/// What is worth knowing and no fault.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Noted {
    /// Whether the keys were taken from the database, which proves nothing against whoever
    /// administers it.
    pub keys_from_database: bool,
    /// Whether there was a second place to compare with.
    pub second_place_compared: bool,
    /// Entries of a newer version of the encoding: their hashes were checked, nothing else.
    pub newer_entries: u64,
    /// Leaves whose entries were dropped when their retention was over.
    pub dropped_entries: u64,
    /// Entries that are not planned yet.
    pub unplanned_entries: u64,
    /// Planned entries that no signed head covers yet.
    pub unsigned_entries: u64,
    /// Lanes without an end that wrote not long ago.
    pub living_lanes: u64,
    /// Lanes without an end that another lane reported.
    pub abandoned_lanes: u64,
    /// Lanes that were opened for a day that was over: the history a demonstration makes up, or
    /// entries written into the past.
    pub past_lanes: u64,
    /// Lanes that were registered and never wrote.
    pub empty_lanes: u64,
    /// Cosignatures by witnesses whose keys were not given.
    pub unknown_cosignatures: u64,
    /// Heads of other epochs than the one that is shown, over HTTP: not compared.
    pub uncompared_heads: u64,
    /// Losses that were declared by beginning a new epoch. One that is not accepted is a fault, too.
    pub losses: Vec<Loss>,
    /// Numbers of lanes that were declared lost before they were sealed.
    pub holes: Vec<Hole>,
}

/// Numbers of a lane that have no entry, as an entry declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Hole {
    /// The lane.
    pub lane: i64,
    /// The first number.
    pub first_seq: i64,
    /// The last one.
    pub last_seq: i64,
    /// The entry that declares it.
    pub declared_by: Place,
}

/// A loss that was declared: the epoch before had signed more than this database has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Loss {
    /// The epoch that was lost in part.
    pub epoch: u32,
    /// Leaves of the last head that was signed.
    pub signed: u64,
    /// Leaves that are still there.
    pub kept: u64,
    /// The epoch that follows.
    pub followed_by: u32,
}

impl Loss {
    /// How many leaves were lost.
    pub fn lost(&self) -> u64 {
        self.signed.saturating_sub(self.kept)
    }
}

/// A loss that whoever verifies knows of, and found to be in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AcceptedLoss {
    /// The epoch that was lost in part.
    pub epoch: u32,
    /// How many leaves it lost at the most.
    pub lost: u64,
}

impl std::str::FromStr for AcceptedLoss {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.split_once(':');
        let read = parts.and_then(|(epoch, lost)| {
            Some(Self {
                epoch: epoch.parse().ok()?,
                lost: lost.parse().ok()?,
            })
        });
        read.ok_or("a loss is given as EPOCH:LEAVES, as the report says it")
    }
}

/// What a verification found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The first fault, by epoch and leaf; faults without a leaf come last.
    pub first: Option<Fault>,
    /// How many faults of each kind there are.
    pub counts: BTreeMap<Kind, u64>,
    /// The faults, in order: at most a hundred.
    pub faults: Vec<Fault>,
    /// How much was checked.
    pub checked: Checked,
    /// What is no fault.
    pub noted: Noted,
}

impl Report {
    /// Whether nothing is wrong.
    pub fn is_good(&self) -> bool {
        self.counts.is_empty()
    }

    /// Adds a fault.
    pub(super) fn fault(&mut self, kind: Kind, place: Place, detail: impl Into<String>) {
        self.count(&Fault {
            kind,
            place,
            detail: detail.into(),
        });
    }

    /// Counts a fault and keeps it, if it is the first or there is room.
    pub(super) fn count(&mut self, fault: &Fault) {
        *self.counts.entry(fault.kind).or_default() += 1;
        let first = self.first.as_ref();
        if first.is_none_or(|first| fault.place.order() < first.place.order()) {
            self.first = Some(fault.clone());
        }
        if self.faults.len() < LISTED {
            self.faults.push(fault.clone());
        }
    }

    /// Puts the listed faults in order, when all is checked.
    pub(super) fn conclude(&mut self) {
        self.faults.sort_by_key(|fault| fault.place.order());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_fault_is_the_first_leaf_and_not_the_first_found() {
        let mut report = Report::default();
        report.fault(Kind::MissingEnd, Place::lane(1, Some(3)), "");
        report.fault(Kind::TileAltered, Place::leaf(1, 9), "");
        report.fault(Kind::ColumnDiffers, Place::leaf(1, 4), "agency_code");
        report.fault(Kind::EntryAltered, Place::leaf(1, 4), "");
        report.conclude();
        assert_eq!(report.first.as_ref().unwrap().kind, Kind::ColumnDiffers);
        assert_eq!(report.faults.last().unwrap().kind, Kind::MissingEnd);
        assert_eq!(report.counts.values().sum::<u64>(), 4);
    }

    #[test]
    fn the_list_is_bounded_and_the_count_is_not() {
        let mut report = Report::default();
        for index in (0..1_000).rev() {
            report.fault(Kind::EntryMissing, Place::leaf(1, index), "");
        }
        assert_eq!(report.faults.len(), LISTED);
        assert_eq!(report.counts[&Kind::EntryMissing], 1_000);
        assert_eq!(report.first.unwrap().place.index, Some(0));
    }
}
