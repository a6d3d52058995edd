//! What is done with what was read, in the order of the tree: hashes, columns, lanes, heads. No I/O,
//! so that it runs on a thread of its own while more is read.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use jiff::Timestamp;
use jiff::civil::Date;

use super::entry::{Examined, Said, examine};
use super::lanes::Lanes;
use super::report::{Kind, Place, Report};
use super::times::Times;
use super::tree::{Expected, Source, Tree};
use super::trust::{Distrust, Trust};
use crate::clock::vietnam_day;
use crate::domain::entry::Operation;
use crate::store::verifying::{SignedHead, StoredEntry};
use crate::tlog::{Hash, Tiles, leaf_hash};

/// SHA-256.
pub(super) type Digest = [u8; 32];

/// A leaf the plan names, and what was found where its entry should be.
#[derive(Debug)]
pub(super) struct Leaf {
    pub lane: i64,
    pub seq: i64,
    /// The day of the lane; none where the lane is not registered.
    pub day: Option<Date>,
    pub found: Found,
}

/// What was found.
#[derive(Debug)]
pub(super) enum Found {
    /// A row.
    Row(StoredEntry),
    /// Another row of a number that was there already: no leaf of its own.
    Again(StoredEntry),
    /// Nothing, for the day's partition was dropped when its retention was over, as the lane's row has it.
    Dropped,
    /// Nothing, for the day's partition is gone before its time, which is told once a day.
    Gone,
    /// Nothing.
    Missing,
    /// Nothing, for the plan names no entry.
    Unplanned,
}

/// A tree that begins.
#[derive(Debug)]
pub(super) struct Beginning {
    pub epoch: u32,
    pub origin: String,
    pub follows: Option<String>,
    /// Leaves of its newest signed head.
    pub signed: u64,
    /// When heads of so many leaves were there already, as is known outside the database.
    pub times: Vec<(u64, Timestamp)>,
}

/// What is handed to the checker, in order.
#[derive(Debug)]
pub(super) enum Work {
    Begin(Beginning),
    /// Tiles, signed heads, and heads from outside, for the next leaves.
    Expect(Tiles, Vec<SignedHead>, Vec<Expected>),
    Leaves(Vec<Leaf>),
    Fault(Kind, Place, String),
    End,
}

/// What has been found so far.
#[derive(Debug)]
pub(super) struct Checker {
    pub trust: Trust,
    pub lanes: Lanes,
    pub report: Report,
    /// What must be sealed beside entries, by lane and number, and where the entries are.
    pub attachments: BTreeMap<(i64, i64), (Digest, Place)>,
    /// What was recorded on this day or later cannot have been dropped.
    pub keeps_from: Date,
    times: Times,
    now: Timestamp,
    grace: Duration,
    current: Option<(Beginning, Tree)>,
}

impl Checker {
    pub(super) fn new(trust: Trust, now: Timestamp, grace: Duration) -> Self {
        Self {
            trust,
            lanes: Lanes::default(),
            report: Report::default(),
            attachments: BTreeMap::new(),
            keeps_from: Date::MIN,
            times: Times::new(now, grace),
            now,
            grace,
            current: None,
        }
    }

    /// Takes what is handed on, in order.
    pub(super) fn take(&mut self, work: Work) {
        match work {
            Work::Begin(mut beginning) => {
                self.times.begin(std::mem::take(&mut beginning.times));
                self.report.checked.epochs += 1;
                let tree = Tree::new(Some(beginning.epoch), beginning.signed);
                self.current = Some((beginning, tree));
            }
            Work::Expect(tiles, heads, outside) => self.expect(tiles, &heads, outside),
            Work::Leaves(leaves) => {
                if let Some((beginning, mut tree)) = self.current.take() {
                    for leaf in leaves {
                        self.leaf(&beginning, &mut tree, leaf);
                    }
                    self.current = Some((beginning, tree));
                }
            }
            Work::Fault(kind, place, detail) => self.report.fault(kind, place, detail),
            Work::End => {
                if let Some((_, tree)) = self.current.take() {
                    tree.finish(&mut self.report);
                }
            }
        }
    }

    /// An entry that is not planned yet, in a lane of that day.
    pub(super) fn unplanned(&mut self, lane: i64, day: Date, row: &StoredEntry) {
        let mut place = Place::lane(lane, Some(row.seq));
        self.lanes.step(lane, row.seq, &place, &mut self.report);
        self.examine(&mut place, lane, Some(day), row);
        self.report.noted.unplanned_entries += 1;
        if self.is_overdue(row.at) {
            self.report.fault(Kind::Unsealed, place, "");
        }
    }

    /// Whether something of that time should have been sealed by now.
    pub(super) fn is_overdue(&self, at: Timestamp) -> bool {
        self.now.duration_since(at).unsigned_abs() > self.grace && at < self.now
    }

    fn expect(&mut self, tiles: Tiles, heads: &[SignedHead], outside: Vec<Expected>) {
        let Some((beginning, mut tree)) = self.current.take() else {
            return;
        };
        let mut expected = outside;
        for head in heads {
            expected.extend(self.head(&beginning, head));
        }
        expected.sort_by_key(|head| head.size);
        tree.expect(tiles, expected);
        self.current = Some((beginning, tree));
    }

    /// A row of `audit.checkpoint`: what its note says, and what its columns say where that differs.
    fn head(&mut self, beginning: &Beginning, row: &SignedHead) -> Vec<Expected> {
        self.report.checked.checkpoints += 1;
        let size = row.size.cast_unsigned();
        let place = Place::leaf(beginning.epoch, size.saturating_sub(1));
        let column = |root, signed| Expected {
            size,
            root,
            source: Source::Checkpoint("the row of the checkpoint"),
            signed,
        };
        let root = row.root.as_slice().try_into().map(Hash::from_bytes).ok();
        let (head, note) = match self.trust.head(&row.note) {
            Ok(head) => head,
            Err(distrust) => {
                let kind = match distrust {
                    Distrust::Signature(_) => Kind::CheckpointSignature,
                    Distrust::Form(_) => Kind::CheckpointForm,
                };
                let detail = format!("checkpoint of {size} leaves: {}", distrust.text());
                self.report.fault(kind, place, detail);
                return root.map(|root| column(root, false)).into_iter().collect();
            }
        };
        let mut form = |what: &str| {
            let detail = format!("checkpoint of {size} leaves: {what}");
            self.report.fault(Kind::CheckpointForm, place, detail);
        };
        if head.origin != beginning.origin {
            form("its origin is not the epoch's");
        }
        if head.size != size {
            form("its note is about another size");
        }
        if root.is_none() {
            form("its root is no hash");
        }
        let lines = row.cosignatures.as_deref().unwrap_or_default();
        if let Some(at) = self.cosigned(note.text(), lines, place) {
            self.times.know(head.size, at);
        }
        let mut expected = Vec::new();
        if let Some(root) = root.filter(|&root| root != head.root) {
            expected.push(column(root, false));
        }
        if head.size == size {
            expected.push(Expected {
                size,
                root: head.root,
                source: Source::Checkpoint("the note of the checkpoint"),
                signed: true,
            });
        }
        expected
    }

    /// When the last witness signed that, if one did.
    fn cosigned(&mut self, text: &str, lines: &str, place: Place) -> Option<Timestamp> {
        let cosigned = self.trust.cosigned(text, lines);
        self.report.checked.cosignatures += cosigned.verified;
        self.report.noted.unknown_cosignatures += cosigned.unknown;
        if cosigned.wrong {
            self.report.fault(Kind::Cosignature, place, "");
        }
        cosigned.last
    }

    fn leaf(&mut self, beginning: &Beginning, tree: &mut Tree, leaf: Leaf) {
        let mut place = Place {
            lane: Some(leaf.lane),
            seq: Some(leaf.seq),
            ..Place::leaf(beginning.epoch, tree.next())
        };
        if let Found::Again(row) = &leaf.found {
            // It follows the row that is the leaf.
            place.index = tree.next().checked_sub(1);
            place.audit_id = row.audit_id();
            place.at = Some(row.at);
            self.report.fault(Kind::EntryDuplicate, place, "");
            return;
        }
        self.report.checked.leaves += 1;
        if !matches!(leaf.found, Found::Unplanned) {
            self.lanes
                .step(leaf.lane, leaf.seq, &place, &mut self.report);
        }
        let oldest = self.times.oldest(tree.next());
        let hash = match leaf.found {
            Found::Row(row) => {
                let said = self.examine(&mut place, leaf.lane, leaf.day, &row);
                let made_up = self.lanes.by.get(&leaf.lane).is_some_and(|it| it.made_up);
                // The id of an entry that is of a newer version tells its time all the same.
                let at = said.map(|said| said.at).or_else(|| row.recorded_at());
                if at.zip(oldest).is_some_and(|(at, oldest)| at < oldest) && !made_up {
                    self.lanes.late(Kind::BackDated, &place, &mut self.report);
                }
                if let Some(said) = &said {
                    let follows = beginning.follows.is_some();
                    self.times.read(tree.next(), follows, said.at);
                }
                if tree.next() == 0 {
                    self.binding(beginning, said.as_ref(), &place);
                }
                if !tree.is_signed() {
                    self.report.noted.unsigned_entries += 1;
                    if self.is_overdue(row.at) {
                        self.report.fault(Kind::Unsigned, place, "");
                    }
                }
                Some(leaf_hash(&row.entry))
            }
            Found::Dropped => {
                // A lane's row says its day, and whoever removes entries can alter it.
                if oldest.is_some_and(|at| vietnam_day(at) >= self.keeps_from) {
                    self.lanes
                        .late(Kind::EntryMissing, &place, &mut self.report);
                } else {
                    self.report.noted.dropped_entries += 1;
                }
                self.lanes.miss(leaf.lane);
                None
            }
            Found::Gone => {
                self.lanes.miss(leaf.lane);
                None
            }
            Found::Missing => {
                self.lanes.miss(leaf.lane);
                self.report.fault(Kind::EntryMissing, place, "");
                None
            }
            Found::Unplanned | Found::Again(_) => None,
        };
        tree.push(hash, &place, &mut self.report);
    }

    /// Reads a row where it belongs; what it says, if it is an entry this program knows.
    fn examine(
        &mut self,
        place: &mut Place,
        lane: i64,
        day: Option<Date>,
        row: &StoredEntry,
    ) -> Option<Said> {
        self.report.checked.entries += 1;
        self.lanes.count(lane);
        let examined = examine(row, lane);
        let said = match examined {
            Examined::Good(said) => Some(said),
            Examined::Differs(said, _) => Some(said),
            Examined::Newer | Examined::Malformed => None,
        };
        // From here on every fault names it.
        place.audit_id = row.audit_id();
        place.at = Some(row.at);
        if let Some(digest) = said.and_then(|said| said.attachment) {
            self.attachments.insert((lane, row.seq), (digest, *place));
        }
        match examined {
            Examined::Good(_) => {}
            Examined::Differs(_, column) => {
                self.report.fault(Kind::ColumnDiffers, *place, column);
            }
            Examined::Newer => {
                self.report.noted.newer_entries += 1;
                self.lanes.miss(lane);
            }
            Examined::Malformed => {
                self.report.fault(Kind::EntryMalformed, *place, "");
                self.lanes.miss(lane);
            }
        }
        // An entry that says to be another's is not heard: its own lane's rules are not about it.
        if let Some(said) = &said
            && said.lane == lane.cast_unsigned()
            && said.seq == row.seq.cast_unsigned()
        {
            self.lanes.hear(lane, day, said, place, &mut self.report);
        }
        said
    }

    /// The first leaf of an epoch holds the digest of the head it follows.
    fn binding(&mut self, beginning: &Beginning, said: Option<&Said>, place: &Place) {
        let (Some(follows), Some(said)) = (&beginning.follows, said) else {
            return;
        };
        let digest = digest(&SHA256, follows.as_bytes());
        let bound = said.operation == Operation::LaneOpened
            && said.digest.as_ref().is_some_and(|it| it == digest.as_ref());
        if !bound {
            let detail = "its first entry does not hold the digest of the head before";
            self.report.fault(Kind::EpochBinding, *place, detail);
        }
    }
}
