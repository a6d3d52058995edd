//! One round: plan what is there, compute the tree from the plan, sign, remember, publish.
//!
//! The plan is committed first. Everything after it is a pure function of plan and entries, so
//! whoever repeats a round, after a kill or believing to hold a lease that another has, comes to the
//! same tiles, the same root and the same note.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::Date;

use super::SealMetrics;
use super::second_place::{Remembered, SecondPlace, new_id};
use crate::keys::NoteSigner;
use crate::store;
use crate::store::sealing::{DeclaredHole, Lease, LeaseError, Range, Standing, Unfinished};
use crate::tlog::{
    Checkpoint, Frontier, Hash, Note, TileId, VerifierKey, consistency_proof, root_from_tiles,
    tiles_for_consistency, tiles_for_root, verify_consistency,
};

/// Entries of one lane that are planned in one round at most.
const LANE_LIMIT: i64 = 65_536;
/// Entries of all lanes that are planned in one round at most.
const ROUND_LIMIT: i64 = 131_072;
/// Entries whose hashes are asked for at once.
const HASHES_LIMIT: u32 = 16_384;
/// Rows of the plan that are read at once.
const PLAN_ROWS: i64 = 1_024;

/// Why a round failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SealError {
    /// Another process seals now.
    #[error("another process seals")]
    Lost,
    /// The database.
    #[error("the transparency log's tables could not be used")]
    Store(#[from] store::Error),
    /// The second place.
    #[error("the second place could not be used")]
    SecondPlace(#[source] std::io::Error),
    /// The configured name is not the one the log began with.
    #[error("the log is called otherwise than `audit.log_origin` says")]
    Origin,
    /// Planned entries are not there.
    #[error("planned entries of lane {lane} are missing from {first_seq} on")]
    EntriesMissing {
        /// The lane.
        lane: i64,
        /// The first number of the range.
        first_seq: i64,
    },
    /// The tiles do not make the tree the plan says.
    #[error("the tiles of the tree are damaged")]
    Tiles,
    /// The second place is empty, though heads were signed.
    #[error(
        "the second place remembers nothing, though heads were signed: see `dancu audit adopt-second-place`"
    )]
    Forgotten,
    /// The second place remembers what this database cannot have led to.
    #[error(
        "the tree contradicts the head in the second place: a backup was restored, or the log was rewritten; see `dancu audit new-epoch`"
    )]
    Contradicted,
    /// The configured directory is not the one this log's heads are remembered in.
    #[error(
        "the second place is not the one this log is sealed with: `audit.second_place` names another directory, it is not mounted, or it was lost; see `dancu audit adopt-second-place`"
    )]
    OtherPlace,
    /// A later head was published than the second place remembers.
    #[error(
        "the second place is behind the newest published head: it was set back, or another one was in use; see `dancu audit adopt-second-place`"
    )]
    Behind,
    /// A note in the second place is none of ours.
    #[error("the head in the second place is not signed by this log's keys")]
    Foreign,
    /// A round did not come to its end.
    #[error("a round of sealing took too long: the database is slow, or does not answer")]
    TooLong,
}

impl SealError {
    /// Whether signing is refused until somebody decides, rather than tried again.
    pub(crate) const fn is_refusal(&self) -> bool {
        match self {
            Self::Origin
            | Self::Forgotten
            | Self::Contradicted
            | Self::OtherPlace
            | Self::Behind
            | Self::Foreign => true,
            Self::Lost
            | Self::Store(_)
            | Self::SecondPlace(_)
            | Self::EntriesMissing { .. }
            | Self::Tiles
            | Self::TooLong => false,
        }
    }
}

impl From<LeaseError> for SealError {
    fn from(error: LeaseError) -> Self {
        match error {
            LeaseError::Lost => Self::Lost,
            LeaseError::Store(error) => Self::Store(error),
        }
    }
}

/// What does not change from round to round.
#[derive(Debug)]
pub(crate) struct Bench {
    pub signer: NoteSigner,
    pub second_place: SecondPlace,
    /// The log's name without the epoch.
    pub name: String,
    pub metrics: SealMetrics,
}

/// A head as it was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Published {
    pub epoch: u32,
    pub size: u64,
    pub note: String,
}

/// A lease and the tree as its holder knows it.
pub(crate) struct Tree {
    lease: Lease,
    epoch: u32,
    origin: String,
    /// Which second place the log has.
    place: String,
    planned: u64,
    frontier: Frontier,
    /// The newest head that was signed and remembered.
    head: Option<Checkpoint>,
    /// Whether the newest head of the tree was shown, as far as we know.
    published: bool,
    /// Lanes that lost an entry, each with its number, as they were told about.
    holes: Vec<(i64, i64)>,
}

/// The origin of an epoch's checkpoints.
pub(crate) fn origin(name: &str, epoch: u32) -> String {
    format!("{name}/{epoch}")
}

impl Tree {
    /// Takes up the tree where whoever sealed before left it, if it agrees with the second place. With
    /// it comes its newest head, if that was published: whoever sealed before may not have come to
    /// offer it to witnesses.
    pub(crate) async fn take_up(
        lease: Lease,
        standing: Standing,
        bench: &Bench,
    ) -> Result<(Self, Option<Published>), SealError> {
        for key in bench.signer.verifiers() {
            lease.remember_key(&key.to_string()).await?;
        }
        lease.begin_first_epoch(&origin(&bench.name, 1)).await?;
        let epoch = standing.epoch;
        let origin = origin(&bench.name, epoch);
        let epochs = lease.epochs().await?;
        if !epochs
            .iter()
            .any(|it| it.epoch == epoch && it.origin == origin)
        {
            return Err(SealError::Origin);
        }
        let known = known_place(&lease, &bench.second_place).await?;
        let newest = lease.newest_head(epoch).await?;
        let remembered = newest_remembered(&bench.second_place).await?;
        let head = match remembered {
            // Killed before the very first head was remembered, it was shown to nobody either.
            None if !lease.was_published().await? => None,
            None => return Err(SealError::Forgotten),
            Some(remembered) => {
                let size = newest.as_ref().map_or(0, |head| head.size);
                let head = agree(&lease, epoch, &origin, size, &remembered, bench).await?;
                // What is published was remembered before.
                if head.size < lease.published_size(epoch).await? {
                    return Err(SealError::Behind);
                }
                Some(head)
            }
        };
        let place = match known {
            Some(id) => id,
            None => take_place(&lease, &bench.second_place).await?,
        };
        let published = newest.as_ref().is_none_or(|head| head.published);
        let size = newest.as_ref().map_or(0, |head| head.size);
        let frontier = restore(&lease, epoch, size).await?;
        if newest
            .as_ref()
            .is_some_and(|head| head.root != frontier.root())
        {
            return Err(SealError::Tiles);
        }
        let shown = newest.filter(|head| head.published);
        let shown = shown.map(|head| Published {
            epoch,
            size: head.size,
            note: head.note,
        });
        let tree = Self {
            lease,
            epoch,
            origin,
            place,
            planned: standing.planned,
            frontier,
            head,
            published,
            holes: Vec::new(),
        };
        Ok((tree, shown))
    }

    /// One round. True where there is more to do at once.
    pub(crate) async fn round(
        &mut self,
        bench: &Bench,
        now: Timestamp,
    ) -> Result<(Option<Published>, bool), SealError> {
        self.check_second_place(bench).await?;
        let mut grown = Grown::of(&self.frontier);
        // What whoever sealed before planned and did not come to.
        self.catch_up(&mut grown).await?;
        let (through, lanes) = self.lease.unfinished().await?;
        let declared = self.lease.declared_holes().await?;
        let Cut {
            ranges,
            hashes,
            more,
            holes,
            ended,
        } = self.cut(&lanes, &declared).await?;
        let whole = !more && holes.is_empty();
        self.tell(holes, bench);
        if !ranges.is_empty() {
            self.planned = self.lease.plan(self.epoch, self.planned, &ranges).await?;
            grown.push(hashes);
        }
        self.pass(&ended).await?;
        let published = self.sign(grown, bench, now).await?;
        let size = published.as_ref().map(|it| (it.epoch, it.size));
        self.lease.conclude(size, whole.then_some(through)).await?;
        self.published = true;
        Ok((published, more))
    }

    /// Gives the lease back.
    pub(crate) async fn release(self) -> Result<(), SealError> {
        Ok(self.lease.release().await?)
    }

    /// Another process may have signed, or somebody may have put another note there.
    async fn check_second_place(&mut self, bench: &Bench) -> Result<(), SealError> {
        if id_of(&bench.second_place).await?.as_ref() != Some(&self.place) {
            return Err(SealError::OtherPlace);
        }
        let remembered = newest_remembered(&bench.second_place).await?;
        let Some(remembered) = remembered else {
            let nothing = self.head.is_none() && !self.lease.was_published().await?;
            return if nothing {
                Ok(())
            } else {
                Err(SealError::Forgotten)
            };
        };
        let known = self.head.as_ref().is_some_and(|head| {
            remembered.epoch == self.epoch && remembered.note.starts_with(&head.text())
        });
        if !known {
            let (lease, epoch) = (&self.lease, self.epoch);
            let size = self.frontier.size();
            let found = agree(lease, epoch, &self.origin, size, &remembered, bench).await?;
            let before = self.head.replace(found.clone());
            if before.is_some_and(|before| before.size > found.size) {
                // This round puts it right, for this process knows what it remembered.
                bench.metrics.second_place_failures.inc();
                tracing::error!("the second place was set back to an earlier head");
            }
        }
        Ok(())
    }

    /// Says how far lanes are of which nothing is planned: behind a declared hole, or at their end,
    /// so that they are not looked at any more.
    async fn pass(&mut self, ended: &[(i64, i64, bool)]) -> Result<(), SealError> {
        if ended.is_empty() {
            return Ok(());
        }
        let held = self.lease.begin().await?;
        held.put_lanes(ended).await?;
        Ok(held.commit().await?)
    }

    /// Tells of holes once, not in every round.
    fn tell(&mut self, holes: Vec<(i64, i64)>, bench: &Bench) {
        for (lane, first_seq) in holes.iter().filter(|hole| !self.holes.contains(hole)) {
            tracing::error!(
                lane,
                first_seq,
                "an audit lane has a hole: entries were lost or removed; see `dancu audit declare-hole`"
            );
        }
        let count = i64::try_from(holes.len()).unwrap_or(i64::MAX);
        bench.metrics.lanes_with_holes.set(count);
        self.holes = holes;
    }

    /// Computes what is planned and not yet in the tree.
    async fn catch_up(&self, grown: &mut Grown) -> Result<(), SealError> {
        while grown.frontier.size() < self.planned {
            let from = grown.frontier.size();
            let rows = self.lease.planned_from(self.epoch, from, PLAN_ROWS).await?;
            if rows.first().is_none_or(|row| row.first_index != from) {
                return Err(SealError::Tiles);
            }
            for row in &rows {
                let missing = || SealError::EntriesMissing {
                    lane: row.lane,
                    first_seq: row.first_seq,
                };
                let day = row.day.ok_or_else(missing)?;
                let hashes = self.hashes(row.lane, day, row.first_seq, row.count).await?;
                if hashes.len() != row.count as usize {
                    return Err(missing());
                }
                grown.push(hashes);
            }
        }
        Ok(())
    }

    /// What of the lanes is planned in this round. Its hashes come with it, for only what is there
    /// without a hole can be planned.
    async fn cut(&self, lanes: &[Unfinished], declared: &[DeclaredHole]) -> Result<Cut, SealError> {
        let mut cut = Cut::default();
        let mut left = ROUND_LIMIT;
        // A day that is cut off comes before those behind it, also where nothing was sealed for days: what
        // is much older than leaves before it is taken to be back-dated.
        let mut until = Date::MAX;
        for lane in lanes {
            if lane.day > until {
                continue;
            }
            let from = behind_declared(declared, lane.lane, lane.next_seq);
            let there = lane.last_seq.map_or(0, |last| {
                let behind = last.saturating_sub(from).saturating_add(1);
                behind.max(0)
            });
            let count = there.min(LANE_LIMIT).min(left);
            // A lane that stands before a hole costs no more than to see that.
            let stands = lane.first_seq.is_some_and(|first| first > from);
            let asked = if stands { 0 } else { count };
            let asked = u32::try_from(asked).expect("it is bounded by a lane's limit");
            let hashes = self.hashes(lane.lane, lane.day, from, asked).await?;
            let found = u32::try_from(hashes.len()).expect("no more than was asked for");
            let end = from + i64::from(found);
            left -= i64::from(found);
            let cut_off = !stands && found == asked && count < there;
            let next = behind_declared(declared, lane.lane, end);
            // What lies behind a lane's `closed` entry is none of the lane's.
            let known = lane.last_seq.unwrap_or(-1).max(lane.acknowledged);
            let lost = !cut_off && next <= lane.closing_seq.unwrap_or(known);
            if cut_off || (next > end && lane.last_seq.is_some_and(|last| last >= next)) {
                cut.more = true;
                until = until.min(lane.day);
            } else if lost {
                cut.holes.push((lane.lane, next));
            }
            let over = !cut_off && !lost;
            let finished = over && lane.closing_seq.is_some_and(|closing| closing < next);
            if found == 0 {
                let finished = finished || (over && lane.given_up && there == 0);
                if over && (finished || next != lane.next_seq) {
                    cut.ended.push((lane.lane, next, finished));
                }
                continue;
            }
            cut.hashes.extend(hashes);
            cut.ranges.push(Range {
                lane: lane.lane,
                first_seq: from,
                count: found,
                finished: finished && next == end,
            });
        }
        Ok(cut)
    }

    /// The leaf hashes of entries of a lane, up to the first that is not there.
    async fn hashes(
        &self,
        lane: i64,
        day: Date,
        first_seq: i64,
        count: u32,
    ) -> Result<Vec<Hash>, SealError> {
        let count_in_all = count as usize;
        let mut all = Vec::with_capacity(count_in_all);
        while all.len() < count_in_all {
            let done = u32::try_from(all.len()).expect("it is less than the count");
            let (first, count) = (
                first_seq + i64::from(done),
                (count - done).min(HASHES_LIMIT),
            );
            let hashes = self.lease.leaf_hashes(lane, day, first, count).await?;
            let whole = hashes.len() == count as usize;
            all.extend(hashes);
            if !whole {
                break;
            }
            if all.len() < count_in_all {
                self.lease.touch().await?;
            }
        }
        Ok(all)
    }

    /// Signs the grown tree, writes and remembers it.
    async fn sign(
        &mut self,
        grown: Grown,
        bench: &Bench,
        now: Timestamp,
    ) -> Result<Option<Published>, SealError> {
        if grown.frontier.size() == self.frontier.size() {
            // What was signed before the process was killed may not have been remembered.
            return self.publish_again(bench, now).await;
        }
        let Grown {
            frontier,
            full: mut changed,
        } = grown;
        for (id, hashes) in frontier.open_tiles() {
            changed.insert(id, hashes.to_vec());
        }
        let (size, root) = (frontier.size(), frontier.root());
        self.prove(size, &root, &changed).await?;
        let checkpoint = Checkpoint {
            origin: self.origin.clone(),
            size,
            root,
        };
        let note = Note::new(checkpoint.text()).ok_or(SealError::Tiles)?;
        let note = bench.signer.sign(note).to_string();
        let tiles: Vec<_> = changed.into_iter().collect();
        let held = self.lease.begin().await?;
        held.put_tiles(self.epoch, &tiles).await?;
        held.put_head(self.epoch, size, &root, &note).await?;
        held.commit().await?;
        let added = size - self.frontier.size();
        self.frontier = frontier;
        // What was signed first for this size stays what is shown, also after a change of keys.
        let head = self.lease.head(self.epoch, size).await?;
        let head = head
            .filter(|head| head.root == root)
            .ok_or(SealError::Tiles)?;
        let note = own_note(bench, &checkpoint, &head.note)?;
        self.published = false;
        remember(&bench.second_place, self.epoch, now, &note).await?;
        self.head = Some(checkpoint);
        bench.metrics.sealed.inc_by(added);
        bench
            .metrics
            .size
            .set(i64::try_from(size).unwrap_or(i64::MAX));
        Ok(Some(Published {
            epoch: self.epoch,
            size,
            note,
        }))
    }

    async fn publish_again(
        &mut self,
        bench: &Bench,
        now: Timestamp,
    ) -> Result<Option<Published>, SealError> {
        let size = self.frontier.size();
        let remembered = self.head.as_ref().is_some_and(|head| head.size == size);
        if size == 0 || (remembered && self.published) {
            return Ok(None);
        }
        let head = self
            .lease
            .head(self.epoch, size)
            .await?
            .ok_or(SealError::Tiles)?;
        self.prove(size, &head.root, &HashMap::new()).await?;
        let checkpoint = Checkpoint {
            origin: self.origin.clone(),
            size,
            root: head.root,
        };
        let note = own_note(bench, &checkpoint, &head.note)?;
        remember(&bench.second_place, self.epoch, now, &note).await?;
        self.head = Some(checkpoint);
        Ok(Some(Published {
            epoch: self.epoch,
            size,
            note,
        }))
    }

    /// Proves that the tree to be signed is the one signed last, grown.
    async fn prove(
        &self,
        size: u64,
        root: &Hash,
        changed: &HashMap<TileId, Vec<Hash>>,
    ) -> Result<(), SealError> {
        let Some(head) = &self.head else {
            return Ok(());
        };
        let wanted = tiles_for_consistency(head.size, size);
        let kept: Vec<TileId> = wanted
            .into_iter()
            .filter(|id| !changed.contains_key(id))
            .collect();
        let mut tiles = self.lease.tiles(self.epoch, &kept).await?;
        for (id, hashes) in changed {
            tiles.insert(*id, hashes.clone());
        }
        let proof = consistency_proof(head.size, size, &tiles).map_err(|_| SealError::Tiles)?;
        verify_consistency(head.size, &head.root, size, root, &proof)
            .map_err(|_| SealError::Contradicted)
    }
}

/// A tree while it grows: its right edge, and the tiles that were filled.
struct Grown {
    frontier: Frontier,
    full: HashMap<TileId, Vec<Hash>>,
}

impl Grown {
    fn of(frontier: &Frontier) -> Self {
        Self {
            frontier: frontier.clone(),
            full: HashMap::new(),
        }
    }

    fn push(&mut self, leaves: Vec<Hash>) {
        let full = &mut self.full;
        for leaf in leaves {
            self.frontier.push(leaf, &mut |id, hashes| {
                full.insert(id, hashes.to_vec());
            });
        }
    }
}

/// What of the lanes is planned in one round.
#[derive(Debug, Default)]
struct Cut {
    /// Lane by lane.
    ranges: Vec<Range>,
    /// Their leaves.
    hashes: Vec<Hash>,
    /// Whether more could be planned at once.
    more: bool,
    /// Lanes that lost an entry, each with its number: nothing behind it is planned, or the log would
    /// simply go on.
    holes: Vec<(i64, i64)>,
    /// Lanes of which nothing is planned, the number that is next, and whether they have ended.
    ended: Vec<(i64, i64, bool)>,
}

/// The number behind the holes that were declared of a lane from that number on.
fn behind_declared(declared: &[DeclaredHole], lane: i64, seq: i64) -> i64 {
    // They are in the order of their numbers.
    let of_lane = declared.iter().filter(|hole| hole.lane == lane);
    of_lane.fold(seq, |seq, hole| {
        if hole.first_seq == seq {
            hole.last_seq.saturating_add(1)
        } else {
            seq
        }
    })
}

/// The frontier of a tree of that size, from its right edge.
async fn restore(lease: &Lease, epoch: u32, size: u64) -> Result<Frontier, SealError> {
    let wanted = tiles_for_root(size);
    let tiles = lease.tiles(epoch, &wanted).await?;
    Frontier::from_edge(size, |id| {
        let width = usize::from(crate::tlog::width_in(id, size));
        tiles
            .get(id)
            .and_then(|hashes| hashes.get(..width))
            .map(<[Hash]>::to_vec)
    })
    .ok_or(SealError::Tiles)
}

/// The remembered head, if the tree of `size` leaves goes on from it.
async fn agree(
    lease: &Lease,
    epoch: u32,
    origin: &str,
    size: u64,
    remembered: &Remembered,
    bench: &Bench,
) -> Result<Checkpoint, SealError> {
    let keys: Vec<VerifierKey> = bench.signer.verifiers().cloned().collect();
    let note = Note::parse(&remembered.note).map_err(|_| SealError::Foreign)?;
    note.verify(&keys).map_err(|_| SealError::Foreign)?;
    let head = Checkpoint::parse(note.text()).map_err(|_| SealError::Foreign)?;
    if remembered.epoch != epoch || head.origin != origin || head.size > size {
        return Err(SealError::Contradicted);
    }
    let tiles = lease.tiles(epoch, &tiles_for_root(head.size)).await?;
    match root_from_tiles(head.size, &tiles) {
        Ok(root) if root == head.root => Ok(head),
        Ok(_) | Err(_) => Err(SealError::Contradicted),
    }
}

/// The note kept for a head, if it is ours and says just that; otherwise it is signed anew, for the
/// second place remembers nothing that was not checked.
fn own_note(bench: &Bench, head: &Checkpoint, kept: &str) -> Result<String, SealError> {
    let keys: Vec<VerifierKey> = bench.signer.verifiers().cloned().collect();
    let is_own = Note::parse(kept)
        .is_ok_and(|note| note.text() == head.text() && note.verify(&keys).is_ok());
    if is_own {
        return Ok(kept.to_owned());
    }
    let note = Note::new(head.text()).ok_or(SealError::Tiles)?;
    Ok(bench.signer.sign(note).to_string())
}

/// The id of the second place the log has, if it has one; it is this very place then.
async fn known_place(lease: &Lease, place: &SecondPlace) -> Result<Option<String>, SealError> {
    let Some(known) = lease.second_place().await? else {
        return Ok(None);
    };
    if id_of(place).await?.as_ref() == Some(&known) {
        Ok(Some(known))
    } else {
        Err(SealError::OtherPlace)
    }
}

/// Makes this the second place of a log that had none, under the id it has already where whoever did
/// so before did not come to keep it.
pub(super) async fn take_place(lease: &Lease, place: &SecondPlace) -> Result<String, SealError> {
    let id = match id_of(place).await? {
        Some(id) => id,
        None => {
            let id = new_id(None);
            asked(place, move |place| place.identify(&id).map(|()| id)).await?
        }
    };
    lease.keep_second_place(&id).await?;
    Ok(id)
}

async fn id_of(place: &SecondPlace) -> Result<Option<String>, SealError> {
    asked(place, SecondPlace::id).await
}

async fn newest_remembered(place: &SecondPlace) -> Result<Option<Remembered>, SealError> {
    asked(place, SecondPlace::newest).await
}

async fn remember(
    place: &SecondPlace,
    epoch: u32,
    at: Timestamp,
    note: &str,
) -> Result<(), SealError> {
    let note = note.to_owned();
    asked(place, move |place| place.remember(epoch, at, &note)).await
}

/// Reads or writes the second place, on a thread that may wait for a disk.
async fn asked<T: Send + 'static>(
    place: &SecondPlace,
    work: impl FnOnce(&SecondPlace) -> std::io::Result<T> + Send + 'static,
) -> Result<T, SealError> {
    place.ask(work).await.map_err(SealError::SecondPlace)
}
