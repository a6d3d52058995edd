//! Any number of ids in ascending order, in memory that does not grow with them: what is too much
//! waits in a file that has no name.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::sync::Arc;

use uuid::Uuid;

use crate::clock::random;

/// Bytes of an id.
const ID: usize = 16;
/// Ids that are sorted in memory at a time: 16 MiB.
const RUN: usize = 1 << 20;
/// Ids of a run that are read at a time while runs are merged.
const READ_AHEAD: usize = 4096;

/// Takes ids in any order.
#[derive(Debug)]
pub struct Sorter {
    run: Vec<Uuid>,
    run_length: usize,
    /// Where each run that was put aside ends in the file, in ids.
    ends: Vec<u64>,
    aside: Option<File>,
}

/// Gives them in ascending order, equal ones one behind another.
#[derive(Debug)]
pub struct Sorted {
    next: BinaryHeap<Reverse<(Uuid, usize)>>,
    runs: Vec<Run>,
}

/// A run as it is read.
#[derive(Debug)]
struct Run {
    aside: Option<Arc<File>>,
    /// What of it is still in the file, in ids.
    from: u64,
    end: u64,
    /// What was read of it, the next one last.
    read: Vec<Uuid>,
}

impl Default for Sorter {
    fn default() -> Self {
        Self::in_runs_of(RUN)
    }
}

impl Sorter {
    fn in_runs_of(run_length: usize) -> Self {
        Self {
            run: Vec::new(),
            run_length,
            ends: Vec::new(),
            aside: None,
        }
    }

    /// Takes one.
    pub fn push(&mut self, id: Uuid) -> io::Result<()> {
        self.run.push(id);
        if self.run.len() < self.run_length {
            return Ok(());
        }
        let file = match self.aside.take() {
            Some(file) => file,
            None => nameless()?,
        };
        let file = self.aside.insert(file);
        self.run.sort_unstable();
        let bytes: Vec<u8> = self.run.iter().flat_map(|id| *id.as_bytes()).collect();
        file.write_all(&bytes)?;
        let begins = self.ends.last().copied().unwrap_or(0);
        self.ends.push(begins + self.run.len() as u64);
        self.run.clear();
        Ok(())
    }

    /// Gives what was taken.
    pub fn sorted(mut self) -> io::Result<Sorted> {
        self.run.sort_unstable_by(|one, other| other.cmp(one));
        let mut runs = vec![Run {
            aside: None,
            from: 0,
            end: 0,
            read: self.run,
        }];
        if let Some(file) = self.aside {
            let file = Arc::new(file);
            let mut from = 0;
            for end in self.ends {
                runs.push(Run {
                    aside: Some(Arc::clone(&file)),
                    from,
                    end,
                    read: Vec::new(),
                });
                from = end;
            }
        }
        let mut sorted = Sorted {
            next: BinaryHeap::with_capacity(runs.len()),
            runs,
        };
        for run in 0..sorted.runs.len() {
            sorted.refill(run)?;
        }
        Ok(sorted)
    }
}

impl Sorted {
    /// The next one; none behind the last.
    pub fn next(&mut self) -> io::Result<Option<Uuid>> {
        let Some(Reverse((id, run))) = self.next.pop() else {
            return Ok(None);
        };
        self.refill(run)?;
        Ok(Some(id))
    }

    fn refill(&mut self, number: usize) -> io::Result<()> {
        let run = &mut self.runs[number];
        if run.read.is_empty() {
            run.read_on()?;
        }
        if let Some(id) = run.read.pop() {
            self.next.push(Reverse((id, number)));
        }
        Ok(())
    }
}

impl Run {
    fn read_on(&mut self) -> io::Result<()> {
        let Some(file) = &self.aside else {
            return Ok(());
        };
        let count = (self.end - self.from).min(READ_AHEAD as u64);
        let mut bytes = vec![0; count as usize * ID];
        file.read_exact_at(&mut bytes, self.from * ID as u64)?;
        self.from += count;
        let ids = bytes.chunks_exact(ID).rev();
        self.read
            .extend(ids.map(|id| Uuid::from_slice(id).expect("it has sixteen bytes")));
        Ok(())
    }
}

/// A file among the temporary ones that nobody else can open, and that is gone with its last use.
fn nameless() -> io::Result<File> {
    let mut name = [0; 16];
    random(&mut name);
    let path = std::env::temp_dir().join(format!("dancu-{}", hex::encode(name)));
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)?;
    fs::remove_file(&path)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn ids_come_in_order_however_many_runs_there_are(
            ids in proptest::collection::vec(0_u128..50, 0..200), run in 1_usize..70,
        ) {
            let mut sorter = Sorter::in_runs_of(run);
            for id in &ids {
                sorter.push(Uuid::from_u128(*id)).unwrap();
            }
            let mut sorted = sorter.sorted().unwrap();
            let mut given = Vec::new();
            while let Some(id) = sorted.next().unwrap() {
                given.push(id.as_u128());
            }
            let mut expected = ids;
            expected.sort_unstable();
            prop_assert_eq!(given, expected);
        }
    }
}
