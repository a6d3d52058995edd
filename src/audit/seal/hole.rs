//! Declaring a hole: what lets sealing go on behind entries that were lost before they were sealed.
//!
//! What is declared stays visible for ever: the declaring entry is a leaf, and the lane's leaves
//! have a hole where it says. Not here: excusing what was sealed, which nothing does.

use uuid::Uuid;

use crate::domain::entry::{Decision, Entry, Operation};
use crate::store::Database;
use crate::store::sealing::{DeclaredHole, Declaring, Lost};

/// Numbers of a lane, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hole {
    /// The lane.
    pub lane: i64,
    /// The first number.
    pub first_seq: i64,
    /// The last one.
    pub last_seq: i64,
}

/// Why numbers are no hole that can be declared.
#[derive(Debug, thiserror::Error)]
pub enum HoleError {
    /// There is no such lane.
    #[error("there is no lane of this number")]
    UnknownLane,
    /// The lane may still be written.
    #[error(
        "the lane is still written: end or restart its process first; a lane that fell silent is given up after a minute by any other"
    )]
    Open,
    /// It was declared before.
    #[error("numbers {0} to {1} of this lane are declared already")]
    Declared(i64, i64),
    /// What is missing of these was sealed.
    #[error(
        "the lane is sealed up to number {0}: what is missing of that was removed from a sealed log, which no declaration excuses; see `dancu audit verify`"
    )]
    Sealed(i64),
    /// Entries are there.
    #[error("there is an entry of number {0}: a hole has none")]
    Present(i64),
    /// More is missing before.
    #[error("entries before number {0} are missing, too: declare the first hole first, and whole")]
    Before(i64),
    /// More is missing behind.
    #[error("the hole goes on up to number {0}: declare all of it")]
    Short(i64),
    /// Nothing is known to have been there.
    #[error(
        "nothing beyond number {0} is known to have been durable in this lane: nothing is lost there"
    )]
    Beyond(i64),
    /// The log or its tables.
    #[error("the log could not be used")]
    Store(#[from] crate::store::Error),
}

/// A hole that can be declared: it was looked for in the database, and is there.
#[derive(Debug)]
pub struct Declarable {
    hole: Hole,
    declaring: Declaring,
}

impl Declarable {
    /// Looks whether these numbers are a hole: the first one of an ended lane, all of it, and nothing
    /// that was planned.
    pub async fn find(database: &Database, hole: Hole) -> Result<Self, HoleError> {
        let declaring = Declaring::open(database).await?;
        let declared = declaring.declared_holes().await?;
        let same = declared.iter().find(|it| {
            it.lane == hole.lane && it.first_seq <= hole.last_seq && hole.first_seq <= it.last_seq
        });
        if let Some(same) = same {
            return Err(HoleError::Declared(same.first_seq, same.last_seq));
        }
        let lost = declaring.lost(hole.lane, hole.first_seq, hole.last_seq);
        check(hole, &lost.await?.ok_or(HoleError::UnknownLane)?)?;
        Ok(Self { hole, declaring })
    }

    /// How many entries are lost.
    pub fn count(&self) -> u64 {
        self.hole.last_seq.abs_diff(self.hole.first_seq) + 1
    }

    /// The entry that declares it, to be recorded first.
    pub fn entry<'a>(&self, system_user: &'a str) -> Entry<'a> {
        Entry {
            predecessor: Some(self.hole.lane.cast_unsigned()),
            acknowledged: (self.hole.first_seq - 1).try_into().ok(),
            count: Some(self.count()),
            system_user: Some(system_user),
            ..Entry::new(Operation::CliDeclareHole, Decision::Done)
        }
    }

    /// Declares it: whoever seals goes on behind it. `audit_id` is the entry that says so.
    pub async fn declare(self, audit_id: Uuid) -> Result<(), HoleError> {
        let Hole {
            lane,
            first_seq,
            last_seq,
        } = self.hole;
        let row = DeclaredHole {
            lane,
            first_seq,
            last_seq,
            audit_id,
        };
        if self.declaring.declare(&row).await? {
            Ok(())
        } else {
            Err(HoleError::Declared(first_seq, last_seq))
        }
    }
}

fn check(hole: Hole, lost: &Lost) -> Result<(), HoleError> {
    if !lost.ended {
        return Err(HoleError::Open);
    }
    if hole.first_seq < lost.next_seq {
        return Err(HoleError::Sealed(lost.next_seq - 1));
    }
    if let Some(there) = lost.inside {
        return Err(HoleError::Present(there));
    }
    let end = lost.acknowledged + i64::from(lost.closed);
    let end = lost.behind.map_or(end, |behind| behind - 1);
    if hole.first_seq > end || hole.last_seq > end {
        return Err(HoleError::Beyond(end));
    }
    if lost.before != hole.first_seq - lost.next_seq {
        return Err(HoleError::Before(hole.first_seq));
    }
    if hole.last_seq < end {
        return Err(HoleError::Short(end));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers 0 to 4 are sealed, 5 and 6 are there, 7 to 9 lost; the lane was closed by number 20.
    const LOST: Lost = Lost {
        acknowledged: 19,
        closed: true,
        ended: true,
        next_seq: 5,
        before: 2,
        inside: None,
        behind: Some(10),
    };

    fn of(first_seq: i64, last_seq: i64, lost: &Lost) -> Result<(), HoleError> {
        let lane = 3;
        let hole = Hole {
            lane,
            first_seq,
            last_seq,
        };
        check(hole, lost)
    }

    #[test]
    fn a_hole_is_declared_whole_and_nothing_but_a_hole_is() {
        assert!(of(7, 9, &LOST).is_ok());
        assert!(matches!(of(7, 8, &LOST), Err(HoleError::Short(9))));
        let inside = Lost {
            inside: Some(10),
            behind: Some(11),
            ..LOST
        };
        assert!(matches!(of(7, 10, &inside), Err(HoleError::Present(10))));
        let late = Lost { before: 2, ..LOST };
        assert!(matches!(of(8, 9, &late), Err(HoleError::Before(8))));
    }

    #[test]
    fn what_was_sealed_or_may_still_be_written_is_never_declared() {
        assert!(matches!(of(3, 9, &LOST), Err(HoleError::Sealed(4))));
        let open = Lost {
            ended: false,
            ..LOST
        };
        assert!(matches!(of(7, 9, &open), Err(HoleError::Open)));
    }

    #[test]
    fn a_lost_end_is_declared_up_to_what_was_durable() {
        let tail = Lost {
            behind: None,
            ..LOST
        };
        assert!(of(7, 20, &tail).is_ok(), "with the entry that closes it");
        assert!(matches!(of(7, 21, &tail), Err(HoleError::Beyond(20))));
        assert!(matches!(of(7, 19, &tail), Err(HoleError::Short(20))));
        let abandoned = Lost {
            closed: false,
            acknowledged: 6,
            ..tail
        };
        assert!(matches!(of(7, 7, &abandoned), Err(HoleError::Beyond(6))));
    }
}
