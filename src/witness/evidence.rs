//! What would show that a log misbehaved, kept as it came.
//!
//! `<SHA-256 of the origin>/evidence/<time>-<kind>-<digest>.request` is the refused request, byte for
//! byte in its canonical form; the `.cosigned` beside it is the checkpoint it does not follow. A
//! checkpoint is kept once for each kind (of an epoch that was not accepted, its first), and of each
//! kind a hundred: strangers can repeat what a log signed with a proof that is wrong, and must not
//! fill the disk, nor the place of a fork.

use std::fs;
use std::io;

use aws_lc_rs::digest::{SHA256, digest};
use jiff::Timestamp;

use super::history::Head;
use super::state::{Directory, private, sync, write};
use crate::tlog::Submission;

/// Requests that are kept of each kind and tree.
const LIMIT: usize = 100;

/// Bytes of the digest in a file's name.
const DIGEST_LENGTH: usize = 8;

/// What a signed checkpoint shows beside the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// The log signed two roots for one size. This proves misbehaviour by itself.
    Fork,
    /// It is newer than the last and came with a proof that does not hold. The proof is not signed,
    /// so it proves nothing until the log's tiles are asked for a right one.
    Unproven,
    /// It is older than the last: an old head that somebody repeats, or a log that was set back.
    Behind,
    /// It is of an epoch that nobody accepted. It lies with the newest epoch that is known.
    Epoch,
}

impl Evidence {
    /// All there are.
    pub const ALL: [Self; 4] = [Self::Fork, Self::Unproven, Self::Behind, Self::Epoch];

    /// One word, for file names, metrics and logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fork => "fork",
            Self::Unproven => "unproven",
            Self::Behind => "behind",
            Self::Epoch => "epoch",
        }
    }
}

impl Directory {
    /// Keeps a request and the head it does not follow. False where it is kept already, or as many
    /// are as may be.
    pub(super) fn keep_evidence(
        &self,
        kind: Evidence,
        last: &Head,
        submission: &Submission,
        now: Timestamp,
    ) -> io::Result<bool> {
        let directory = self.of(&last.checkpoint.origin)?.join("evidence");
        if !directory.is_dir() {
            private().create(&directory)?;
        }
        let text = submission.note.text();
        let once = match kind {
            Evidence::Fork | Evidence::Unproven | Evidence::Behind => text,
            Evidence::Epoch => text.lines().next().unwrap_or_default(),
        };
        let once = digest(&SHA256, once.as_bytes());
        let once = hex::encode(&once.as_ref()[..DIGEST_LENGTH]);
        let end = format!("-{}-{once}.request", kind.as_str());
        let of_kind = format!("-{}-", kind.as_str());
        let mut kept = 0;
        for entry in fs::read_dir(&directory)? {
            let name = entry?.file_name();
            let name = name.to_string_lossy();
            if name.ends_with(&end) {
                return Ok(false);
            }
            if name.ends_with(".request") && name.contains(&of_kind) {
                kept += 1;
            }
        }
        if kept >= LIMIT {
            return Ok(false);
        }
        let time = now.strftime("%Y%m%dT%H%M%SZ");
        let file = directory.join(format!("{time}{end}"));
        let beside = file.with_extension("cosigned");
        write(&beside, last.note.to_string().as_bytes())?;
        write(&file, submission.to_string().as_bytes())?;
        sync(&directory)?;
        Ok(true)
    }
}
