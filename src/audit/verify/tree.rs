//! One tree, computed again leaf by leaf, against the stored tiles and every head that is known.
//!
//! Where an entry and its tile differ, both trees are carried on until a signed head tells which of
//! them it was signed over; so one altered entry is one fault, and what follows it is still checked.

use std::collections::VecDeque;

use super::report::{Fault, Kind, Place, Report};
use crate::tlog::{Frontier, Hash, TILE_WIDTH, TileId, Tiles};

/// How many faults wait at most for a head that tells whose they are.
const UNDECIDED: usize = 100;

/// Who says that the tree of so many leaves has that root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// A row of `audit.checkpoint`, or the note in it.
    Checkpoint(&'static str),
    /// A file of the second place.
    SecondPlace(String),
    /// A witness.
    Witness(String),
    /// The epoch that follows.
    Follows,
    /// An earlier run.
    Kept,
    /// The proof of an entry.
    Proof,
}

/// A head the tree must have had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Expected {
    pub size: u64,
    pub root: Hash,
    pub source: Source,
    /// Whether it is signed by a known key, and so decides between an entry and its tile.
    pub signed: bool,
}

/// The stored tree, where it differs from the computed one.
#[derive(Debug)]
struct Fork {
    stored: Frontier,
    faults: Vec<Fault>,
    more: u64,
}

/// A tree, as far as it is computed.
#[derive(Debug)]
pub(super) struct Tree {
    /// None where it is not known: over HTTP.
    epoch: Option<u32>,
    /// None once a leaf is unknown, for then no root can be.
    frontier: Option<Frontier>,
    index: u64,
    /// Leaves of the newest signed head: so many the tiles have.
    signed: u64,
    fork: Option<Fork>,
    tiles: Tiles,
    heads: VecDeque<Expected>,
    /// Leaves of the largest head outside the database that agreed.
    agreed: u64,
    /// The tile that was last found to be missing.
    missing: Option<TileId>,
    /// Leaves of altered tiles, as far as they are kept: whatever lies above them differs, too.
    altered: Vec<u64>,
}

impl Tree {
    pub(super) fn new(epoch: Option<u32>, signed: u64) -> Self {
        Self {
            epoch,
            frontier: Some(Frontier::empty()),
            index: 0,
            signed,
            fork: None,
            tiles: Tiles::new(),
            heads: VecDeque::new(),
            agreed: 0,
            missing: None,
            altered: Vec::new(),
        }
    }

    /// The leaf that comes next.
    pub(super) fn next(&self) -> u64 {
        self.index
    }

    /// Whether a head covers the leaf that comes next.
    pub(super) fn is_signed(&self) -> bool {
        self.index < self.signed
    }

    /// The tiles and heads, in the order of their sizes, that the next leaves are held against.
    pub(super) fn expect(&mut self, tiles: Tiles, heads: Vec<Expected>) {
        self.tiles = tiles;
        self.heads.extend(heads);
    }

    /// Adds the next leaf: the hash of its entry, or none where there is no entry.
    pub(super) fn push(&mut self, computed: Option<Hash>, place: &Place, report: &mut Report) {
        let stored = self.stored_leaf(report);
        let differ =
            matches!((computed, stored), (Some(computed), Some(stored)) if computed != stored);
        if differ {
            self.differ(place, report);
        }
        self.index += 1;
        match (computed.or(stored), stored.or(computed)) {
            (Some(computed), Some(stored)) => self.grow(computed, stored, report),
            (None, _) | (_, None) => {
                if self.frontier.take().is_some() {
                    let detail =
                        "no tile has its hash either: no root can be computed from here on";
                    report.fault(Kind::TileMissing, *place, detail);
                }
            }
        }
        if self.index == self.signed {
            self.compare_edge(report);
        }
        self.meet_heads(report);
    }

    /// Ends the tree: faults that no head decided are told as they are.
    pub(super) fn finish(mut self, report: &mut Report) {
        self.decide(Kind::LeafDiffers, report);
    }

    fn place(&self, index: u64) -> Place {
        Place {
            epoch: self.epoch,
            index: Some(index),
            ..Place::default()
        }
    }

    /// The hash of the next leaf, as the level-0 tile has it.
    fn stored_leaf(&mut self, report: &mut Report) -> Option<Hash> {
        if self.index >= self.signed {
            return None;
        }
        let width = TILE_WIDTH as u64;
        let tile = TileId {
            level: 0,
            index: self.index / width,
        };
        let place = usize::try_from(self.index % width).expect("it is below 256");
        let hash = self.tiles.get(tile).and_then(|hashes| hashes.get(place));
        if hash.is_none() && self.missing != Some(tile) {
            self.missing = Some(tile);
            report.fault(Kind::TileMissing, self.place(self.index), name(tile));
        }
        hash.copied()
    }

    fn differ(&mut self, place: &Place, report: &mut Report) {
        let fault = Fault {
            kind: Kind::LeafDiffers,
            place: *place,
            detail: String::new(),
        };
        let Some(frontier) = &self.frontier else {
            return report.count(&fault);
        };
        let fork = self.fork.get_or_insert_with(|| Fork {
            stored: frontier.clone(),
            faults: Vec::new(),
            more: 0,
        });
        if fork.faults.len() < UNDECIDED {
            fork.faults.push(fault);
        } else {
            fork.more += 1;
        }
    }

    fn grow(&mut self, computed: Hash, stored: Hash, report: &mut Report) {
        let Some(frontier) = &mut self.frontier else {
            return;
        };
        // Level 0 was compared leaf by leaf; above it, a tile is compared when it is full.
        let mut closed: Vec<(TileId, Vec<Hash>)> = Vec::new();
        let mut level_0 = 0;
        let mut full = |id: TileId, hashes: &[Hash]| {
            if id.level == 0 {
                level_0 += 1;
            } else {
                closed.push((id, hashes.to_vec()));
            }
        };
        match &mut self.fork {
            None => frontier.push(computed, &mut full),
            Some(fork) => {
                // The tiles above are those of the tiles below, so it is these that are compared.
                fork.stored.push(stored, &mut full);
                frontier.push(computed, &mut |_, _| {});
            }
        }
        report.checked.tiles += level_0;
        for (id, hashes) in closed {
            if self.index <= self.signed {
                self.compare(id, &hashes, report);
            }
        }
    }

    /// The open tiles of the signed tree's right edge are as wide as they must be, and the same.
    fn compare_edge(&mut self, report: &mut Report) {
        let fork = self.fork.as_ref().map(|fork| &fork.stored);
        let Some(frontier) = fork.or(self.frontier.as_ref()) else {
            return;
        };
        let open: Vec<(TileId, Vec<Hash>)> = frontier
            .open_tiles()
            .map(|(id, hashes)| (id, hashes.to_vec()))
            .collect();
        for (id, hashes) in open {
            self.compare(id, &hashes, report);
        }
    }

    fn compare(&mut self, id: TileId, hashes: &[Hash], report: &mut Report) {
        report.checked.tiles += 1;
        let stored = self.tiles.get(id).unwrap_or_default();
        if stored == hashes {
            return;
        }
        let same = stored
            .iter()
            .zip(hashes)
            .take_while(|(a, b)| a == b)
            .count();
        let kind = if same == stored.len() {
            Kind::TileMissing
        } else if same == hashes.len() {
            Kind::TileUnexpected
        } else {
            Kind::TileAltered
        };
        if kind == Kind::TileMissing && self.missing == Some(id) {
            return;
        }
        // The first leaf below the first hash that differs.
        let first = id.index.saturating_mul(TILE_WIDTH as u64) + same as u64;
        let below = 8 * u32::from(id.level);
        let leaves = first << below..(first + 1) << below;
        if kind == Kind::TileAltered {
            if self.altered.iter().any(|leaf| leaves.contains(leaf)) {
                return;
            }
            if self.altered.len() < UNDECIDED {
                self.altered.push(leaves.start);
            }
        }
        let leaf = leaves.start;
        report.fault(kind, self.place(leaf), name(id));
    }

    fn meet_heads(&mut self, report: &mut Report) {
        while self
            .heads
            .front()
            .is_some_and(|head| head.size <= self.index)
        {
            let Some(head) = self.heads.pop_front() else {
                return;
            };
            let Some(frontier) = &self.frontier else {
                continue;
            };
            let mut root = frontier.root();
            if head.signed
                && let Some(fork) = &self.fork
            {
                if root == head.root {
                    self.decide(Kind::TileAltered, report);
                } else if fork.stored.root() == head.root {
                    root = head.root;
                    self.frontier = Some(fork.stored.clone());
                    self.decide(Kind::EntryAltered, report);
                }
            }
            self.meet(&head, root, report);
        }
    }

    fn meet(&mut self, head: &Expected, root: Hash, report: &mut Report) {
        let outside = matches!(head.source, Source::SecondPlace(_) | Source::Witness(_));
        let same = head.size == self.index && head.root == root;
        if same {
            if outside {
                self.agreed = self.agreed.max(head.size);
            }
            return;
        }
        let size = head.size;
        let last = self.place(size.saturating_sub(1));
        let from = self.place(self.agreed);
        let among = |who: &str| {
            let agreed = self.agreed;
            format!(
                "{who}, {size} leaves: what was rewritten lies among leaves {agreed} to {}",
                size - 1
            )
        };
        match &head.source {
            Source::Checkpoint(what) => {
                report.fault(
                    Kind::CheckpointRoot,
                    last,
                    format!("{what} of {size} leaves"),
                );
            }
            Source::SecondPlace(file) => {
                report.fault(Kind::SecondPlaceContradicts, from, among(file));
            }
            Source::Witness(who) => report.fault(Kind::WitnessContradicts, from, among(who)),
            Source::Kept => report.fault(Kind::KeptContradicts, last, format!("{size} leaves")),
            Source::Proof => {
                let detail = format!("the checkpoint of {size} leaves that a proof leads to");
                report.fault(Kind::Proof, last, detail);
            }
            Source::Follows => {
                let detail = format!("the head of {size} leaves that the next epoch follows");
                report.fault(Kind::EpochBinding, last, detail);
            }
        }
    }

    /// Tells the faults that waited, as what they are now known to be.
    fn decide(&mut self, kind: Kind, report: &mut Report) {
        let Some(fork) = self.fork.take() else {
            return;
        };
        for fault in fork.faults {
            report.count(&Fault { kind, ..fault });
        }
        *report.counts.entry(kind).or_default() += fork.more;
    }
}

/// A tile by its level and index.
fn name(tile: TileId) -> String {
    format!("tile of level {}, index {}", tile.level, tile.index)
}

/// The tiles that are compared while leaves `from..to` of a tree with `signed` signed leaves are
/// added.
pub(super) fn tiles_of_block(from: u64, to: u64, signed: u64) -> Vec<TileId> {
    let width = TILE_WIDTH as u64;
    let end = to.min(signed);
    let mut wanted: Vec<TileId> = Vec::new();
    if from >= end {
        return wanted;
    }
    for level in 0..8_u8 {
        // Of the levels above, those tiles that become full, or are the edge's, among these leaves.
        let (first, last) = (
            from >> (8 * u32::from(level)),
            end >> (8 * u32::from(level)),
        );
        let last = if level == 0 {
            (end - 1) / width
        } else {
            last.saturating_sub(1) / width
        };
        if level > 0 && end >> (8 * u32::from(level)) == 0 {
            break;
        }
        wanted.extend((first / width..=last).map(|index| TileId { level, index }));
    }
    wanted
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tlog::leaf_hash;

    /// A tree of that many leaves, and all its tiles.
    fn tree(size: u64) -> (Frontier, Tiles, Vec<Frontier>) {
        let mut frontier = Frontier::empty();
        let mut tiles = Tiles::new();
        let mut before = vec![frontier.clone()];
        for index in 0..size {
            frontier.push(leaf(index), &mut |id, hashes| {
                tiles.insert(id, hashes.to_vec())
            });
            before.push(frontier.clone());
        }
        for (id, hashes) in frontier.open_tiles() {
            tiles.insert(id, hashes.to_vec());
        }
        (frontier, tiles, before)
    }

    fn leaf(index: u64) -> Hash {
        leaf_hash(&index.to_be_bytes())
    }

    fn head(frontier: &Frontier) -> Expected {
        Expected {
            size: frontier.size(),
            root: frontier.root(),
            source: Source::Checkpoint("note"),
            signed: true,
        }
    }

    fn run(
        size: u64,
        tiles: &Tiles,
        heads: Vec<Expected>,
        leaves: impl Fn(u64) -> Option<Hash>,
    ) -> Report {
        let mut report = Report::default();
        let mut tree = Tree::new(Some(1), size);
        tree.expect(tiles.clone(), heads);
        for index in 0..size {
            tree.push(leaves(index), &Place::leaf(1, index), &mut report);
        }
        tree.finish(&mut report);
        report
    }

    #[test]
    fn an_altered_entry_and_an_altered_tile_are_told_apart_by_the_signed_head() {
        let (_, tiles, before) = tree(700);
        let heads = || vec![head(&before[300]), head(&before[600]), head(&before[700])];
        let other = |index| {
            Some(if index == 400 {
                leaf(9_999)
            } else {
                leaf(index)
            })
        };
        let report = run(700, &tiles, heads(), other);
        let first = report.first.unwrap();
        assert_eq!(
            (first.kind, first.place.index),
            (Kind::EntryAltered, Some(400))
        );
        assert_eq!(report.counts.values().sum::<u64>(), 1);
        let mut altered = tiles.clone();
        let id = TileId { level: 0, index: 1 };
        let mut hashes = tiles.get(id).unwrap().to_vec();
        hashes[144] = leaf(9_999);
        altered.insert(id, hashes);
        let report = run(700, &altered, heads(), |index| Some(leaf(index)));
        let first = report.first.unwrap();
        assert_eq!(
            (first.kind, first.place.index),
            (Kind::TileAltered, Some(400))
        );
    }

    #[test]
    fn a_dropped_entry_lives_on_in_its_tile() {
        let (last, tiles, before) = tree(600);
        let heads = vec![head(&before[300]), head(&last)];
        let report = run(600, &tiles, heads, |index| {
            (index >= 256).then(|| leaf(index))
        });
        assert!(report.is_good(), "{report:?}");
    }

    #[test]
    fn a_tile_above_that_is_altered_is_named_by_its_first_leaf() {
        let (last, mut tiles, _) = tree(70_000);
        let id = TileId { level: 1, index: 0 };
        let mut hashes = tiles.get(id).unwrap().to_vec();
        hashes[3] = leaf(1);
        tiles.insert(id, hashes);
        let report = run(70_000, &tiles, vec![head(&last)], |index| Some(leaf(index)));
        let first = report.first.unwrap();
        assert_eq!(
            (first.kind, first.place.index),
            (Kind::TileAltered, Some(768))
        );
    }

    proptest! {
        #[test]
        fn every_tile_of_a_tree_is_wanted_in_some_block(size in 1_u64..200_000, block in 1_u64..40) {
            let block = block * 256;
            let mut wanted = std::collections::BTreeSet::new();
            let mut from = 0;
            while from < size {
                wanted.extend(tiles_of_block(from, (from + block).min(size), size));
                from += block;
            }
            for level in 0..8_u8 {
                let hashes = size >> (8 * u32::from(level));
                for index in 0..hashes.div_ceil(256) {
                    prop_assert!(wanted.contains(&TileId { level, index }), "{level} {index}");
                }
            }
        }
    }
}
