//! What is known of the log outside its database: the second place, witnesses, and the heads that new
//! epochs follow.

use jiff::Timestamp;

use super::report::{AcceptedLoss, Kind, Loss, Place, Report};
use super::tree::{Expected, Source};
use super::trust::{Distrust, Trust};
use crate::audit::Remembered;
use crate::store::sealing::Epoch;
use crate::tlog::{Checkpoint, empty_root};

/// A head that a witness kept, as a signed note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessNote {
    /// Where it is from, for the report.
    pub from: String,
    /// The note: signed by the log, cosigned by the witness.
    pub note: String,
}

/// The heads, epoch by epoch.
pub(super) struct Outside<'a> {
    epochs: &'a [Epoch],
    trust: &'a Trust,
    report: &'a mut Report,
    heads: Vec<Vec<Expected>>,
    /// When heads of so many leaves were there already.
    times: Vec<Vec<(u64, Timestamp)>>,
    /// The size of the head that the next epoch follows.
    followed: Vec<Option<u64>>,
    /// Whether the second place remembers anything.
    has_remembered: bool,
}

impl<'a> Outside<'a> {
    /// Begins with the heads that epochs follow.
    pub(super) fn new(epochs: &'a [Epoch], trust: &'a Trust, report: &'a mut Report) -> Self {
        let mut outside = Self {
            epochs,
            trust,
            report,
            heads: vec![Vec::new(); epochs.len()],
            times: vec![Vec::new(); epochs.len()],
            followed: vec![None; epochs.len()],
            has_remembered: false,
        };
        for (place, epoch) in epochs.iter().enumerate() {
            outside.follow(place, epoch);
        }
        outside
    }

    fn follow(&mut self, place: usize, epoch: &Epoch) {
        let mut wrong = |what: &str| {
            self.report
                .fault(Kind::EpochBinding, Place::leaf(epoch.epoch, 0), what);
        };
        if u32::try_from(place + 1) != Ok(epoch.epoch) {
            wrong("the epochs are not numbered from 1");
        }
        let (before, follows) = match (place.checked_sub(1), &epoch.follows) {
            (None, None) => return,
            (Some(before), Some(follows)) => (before, follows),
            (None, Some(_)) => return wrong("the first epoch follows none"),
            (Some(_), None) => return wrong("it does not say which head it follows"),
        };
        match self.trust.head(follows) {
            Ok((head, _)) if head.origin == self.epochs[before].origin => {
                self.followed[before] = Some(head.size);
                self.add(before, &head, Source::Follows);
            }
            Ok(_) => wrong("the head it follows is not of the epoch before"),
            Err(distrust) => wrong(distrust.text()),
        }
    }

    /// Adds what the second place remembers.
    pub(super) fn second_place(&mut self, remembered: &[Remembered]) {
        self.has_remembered = !remembered.is_empty();
        for note in remembered {
            self.report.checked.second_place += 1;
            let name = |part: Option<&std::ffi::OsStr>| {
                part.unwrap_or_default().to_string_lossy().into_owned()
            };
            let file = format!("{}/{}", note.epoch, name(note.file.file_name()));
            let mut wrong = |what: &str| {
                let place = Place {
                    epoch: Some(note.epoch),
                    ..Place::default()
                };
                self.report
                    .fault(Kind::SecondPlaceNote, place, format!("{file}: {what}"));
            };
            let head = match self.trust.head(&note.note) {
                Ok((head, _)) => head,
                Err(distrust) => {
                    wrong(distrust.text());
                    continue;
                }
            };
            let known = self.epochs.iter().position(|it| it.epoch == note.epoch);
            match known {
                Some(place) if self.epochs[place].origin == head.origin => {
                    self.times[place].extend(note.hour().map(|at| (head.size, at)));
                    self.add(place, &head, Source::SecondPlace(file));
                }
                Some(_) => wrong("its origin is not the epoch's"),
                None => {
                    let place = Place {
                        epoch: Some(note.epoch),
                        ..Place::default()
                    };
                    let detail = format!("{file}: the database has no such epoch");
                    self.report.fault(Kind::SecondPlaceAhead, place, detail);
                }
            }
        }
    }

    /// Is it the place the log is sealed with, and not empty where it cannot be? `id` was read after
    /// `known`, so an adoption in between is seen as a place that takes over from the known one.
    pub(super) fn second_place_itself(
        &mut self,
        id: Option<&str>,
        known: Option<&str>,
        was_shown: bool,
    ) {
        let mut wrong = |kind| self.report.fault(kind, Place::default(), "");
        if was_shown && !self.has_remembered {
            wrong(Kind::SecondPlaceEmpty);
        }
        // A copy may lack the id; then its heads speak for it.
        if let (Some(id), Some(known)) = (id, known)
            && !id.ends_with(known)
        {
            wrong(Kind::SecondPlaceOther);
        }
    }

    /// Adds what witnesses kept.
    pub(super) fn witnesses(&mut self, notes: &[WitnessNote]) {
        for kept in notes {
            if let Err(what) = self.witness(kept) {
                let detail = format!("{}: {what}", kept.from);
                self.report
                    .fault(Kind::WitnessNote, Place::default(), detail);
            }
        }
    }

    fn witness(&mut self, kept: &WitnessNote) -> Result<(), &'static str> {
        let (head, note) = self.trust.head(&kept.note).map_err(Distrust::text)?;
        // Without any witness's key the log's signature has to do: whoever holds the note kept it.
        if !self.trust.witnesses.is_empty() {
            let by = self.trust.witnessed(&note);
            let by = by.ok_or("no known witness signed it, or one did wrongly")?;
            self.report.checked.cosignatures += by as u64;
        }
        let place = self.epochs.iter().position(|it| it.origin == head.origin);
        let place = place.ok_or("no epoch of this log has its origin")?;
        let cosigned = self.trust.last_cosigned(&note);
        self.times[place].extend(cosigned.map(|at| (head.size, at)));
        self.add(place, &head, Source::Witness(kept.from.clone()));
        Ok(())
    }

    fn add(&mut self, place: usize, head: &Checkpoint, source: Source) {
        self.heads[place].push(Expected {
            size: head.size,
            root: head.root,
            source,
            signed: true,
        });
    }

    /// Tells of heads that are larger than the trees, which are so many leaves planned and signed. A
    /// loss that was declared is a fault by itself, unless it is accepted.
    pub(super) fn hold_against(&mut self, sizes: &[(u64, u64)], accepted: &[AcceptedLoss]) {
        for (place, &(planned, signed)) in sizes.iter().enumerate() {
            let epoch = self.epochs[place].epoch;
            let declared = self.followed[place].filter(|&size| size > signed);
            if let (Some(lost), Some(next)) = (declared, self.epochs.get(place + 1)) {
                let loss = Loss {
                    epoch,
                    signed: lost,
                    kept: signed,
                    followed_by: next.epoch,
                };
                let is_accepted = |it: &AcceptedLoss| it.epoch == epoch && it.lost >= loss.lost();
                if !accepted.iter().any(is_accepted) {
                    let detail = format!("{} leaves", loss.lost());
                    let place = Place::leaf(epoch, signed);
                    self.report.fault(Kind::DeclaredLoss, place, detail);
                }
                self.report.noted.losses.push(loss);
            }
            let mut told = 0;
            self.heads[place].sort_by_key(|head| head.size);
            let (report, end) = (&mut self.report, Place::leaf(epoch, planned));
            self.heads[place].retain(|head| {
                if head.size == 0 {
                    return head.root != empty_root();
                }
                if head.size <= planned {
                    return true;
                }
                if declared.is_some_and(|lost| head.size <= lost) {
                    return false;
                }
                told += 1;
                let size = head.size;
                let detail =
                    |who: &str| format!("{who}: {size} leaves, where the plan has {planned}");
                match &head.source {
                    Source::SecondPlace(file) => {
                        report.fault(Kind::SecondPlaceAhead, end, detail(file));
                    }
                    Source::Witness(who) => report.fault(Kind::WitnessAhead, end, detail(who)),
                    Source::Follows | Source::Checkpoint(_) | Source::Kept | Source::Proof => {}
                }
                false
            });
        }
    }

    /// Times at which heads of so many leaves were there already, epoch by epoch.
    pub(super) fn times(&mut self) -> Vec<Vec<(u64, Timestamp)>> {
        std::mem::take(&mut self.times)
    }

    /// The heads that are left to compare, epoch by epoch, by their sizes.
    pub(super) fn heads(self) -> Vec<Vec<Expected>> {
        self.heads
    }
}
