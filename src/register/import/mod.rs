//! Bringing whole files, or a generated population, into the register: in parts of one transaction
//! each, in bounded memory, and so that what was stopped goes on where it was.
//!
//! A thread reads and parses ahead while the database writes. Each part commits together with how far
//! the file is read, by the file's digest, so a file is never half a line ahead of its rows. Lines
//! that cannot be taken are handed to [`Rejects`] before their part commits: after a crash one may be
//! handed out again, never lost. Not here: terminals, paths, the audit entry of the whole.

mod rejects;
mod source;

use std::io::{self, Read, Seek, SeekFrom};
use std::ops::ControlFlow;

use aws_lc_rs::digest;
use tokio::sync::mpsc;

pub use rejects::{Reasons, Reject, RejectFile, Rejects};

use crate::domain::change::{Change, Upsert};
use crate::domain::citizen::Citizen;
use crate::domain::limits::Limits;
use crate::register::document::HeaderError;
use crate::store::citizens::{Announce, Part};
use crate::store::imports::{Digest, ImportState, Mark};
use crate::store::{self, Store};
use source::Chunk;

/// Lines of one transaction: long enough that its commit costs little, short enough that the
/// register's feed, which waits for it, is heard within the second.
pub const CHUNK_LINES: usize = 2_000;
/// Bytes of one transaction, where lines are long.
pub const CHUNK_BYTES: usize = 8 * 1024 * 1024;
/// The longest line (of a CSV file: record) that is read.
pub const MAX_LINE_BYTES: usize = 256 * 1024;
/// Parts that are read ahead.
const AHEAD: usize = 2;
/// How much of a file is digested at a time.
const BLOCK: usize = 256 * 1024;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a line.
    Ndjson,
    /// Comma-separated values under a row of dotted names.
    Csv,
}

/// How far an import is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of the file that are read and committed.
    pub bytes: u64,
    /// Bytes of the file.
    pub total_bytes: u64,
    /// What came of them.
    pub state: ImportState,
}

/// What an import did, over all its runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImportSummary {
    /// SHA-256 of the file.
    pub digest: Digest,
    /// Records that changed.
    pub applied: u64,
    /// Lines as old as the record or older.
    pub ignored: u64,
    /// Lines that were not taken.
    pub rejected: u64,
    /// The line an earlier run had come to; 0 for a new file.
    pub resumed_at: u64,
    /// An earlier run had come to the end, and this one changed nothing.
    pub was_finished: bool,
}

/// What a population that was loaded came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LoadSummary {
    /// Records that are new or changed.
    pub applied: u64,
    /// Records the register already held.
    pub ignored: u64,
}

/// Why an import ended early. What was committed before stays, and a new run goes on after it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read, or what is rejected cannot be written.
    #[error("the file cannot be read or its rejects not written")]
    File(#[from] io::Error),
    /// The first row of a CSV file.
    #[error("the first row does not name the columns")]
    Header(#[from] HeaderError),
    /// A CSV record without end: most often a quotation mark that is not closed.
    #[error("the record from line {line} is too long; is a quotation mark not closed?")]
    Unclosed {
        /// Where it begins, from 1.
        line: u64,
    },
    /// The database.
    #[error("the register cannot be written")]
    Store(#[from] store::Error),
    /// Another process imports the same file.
    #[error("another process is importing the same file")]
    Contended,
    /// The caller asked to stop.
    #[error("stopped; a new run goes on from line {line}")]
    Stopped {
        /// Lines read so far.
        line: u64,
    },
}

/// Imports a file, or what an earlier run left of it. `progress` is told of each committed part and
/// may end the run there.
pub async fn run<R: Read + Seek + Send + 'static>(
    store: &Store,
    file: R,
    format: Format,
    limits: Limits,
    rejects: &mut dyn Rejects,
    mut progress: impl FnMut(&Progress) -> ControlFlow<()>,
) -> Result<ImportSummary, Error> {
    let (file, digest, total_bytes) = on_a_thread(move || digest_of(file)).await?;
    let mut state = store.find_import(&digest).await?.unwrap_or_default();
    let resumed_at = state.line;
    if state.is_finished {
        return Ok(summary(digest, &state, resumed_at, true));
    }
    let is_first_load = store.register_is_empty().await?;
    let from = (state.byte_offset, state.line);
    let mut chunks = read_ahead(move |send| source::read(file, format, limits, from, send));
    while !state.is_finished {
        let Some(chunk) = chunks.recv().await else {
            // The reader always ends with a last chunk or an error, unless it panicked.
            return Err(io::Error::other("the reader of the file ended early").into());
        };
        state = write(store, chunk?, &digest, state, is_first_load, rejects).await?;
        let now = Progress {
            bytes: state.byte_offset,
            total_bytes,
            state,
        };
        if progress(&now).is_break() && !state.is_finished {
            return Err(Error::Stopped { line: state.line });
        }
    }
    Ok(summary(digest, &state, resumed_at, false))
}

/// Loads a population: each record its first revision. `progress` is told how many are committed.
pub async fn load(
    store: &Store,
    population: impl Iterator<Item = Citizen> + Send + 'static,
    mut progress: impl FnMut(u64),
) -> Result<LoadSummary, Error> {
    let is_first_load = store.register_is_empty().await?;
    let mut chunks = read_ahead(move |send| {
        let mut population = population.peekable();
        while population.peek().is_some() {
            let next = population.by_ref().take(CHUNK_LINES).map(Upsert::first);
            let changes: Vec<Change> = next.map(Box::new).map(Change::Upsert).collect();
            if send(changes).is_break() {
                return;
            }
        }
    });
    let mut state = ImportState::default();
    while let Some(changes) = chunks.recv().await {
        let announce = announce(is_first_load);
        let outcomes = store
            .apply_part(Part {
                changes: &changes,
                announce,
                mark: None,
            })
            .await?;
        state = state.with(&outcomes.unwrap_or_default());
        progress(state.applied + state.ignored);
    }
    Ok(LoadSummary {
        applied: state.applied,
        ignored: state.ignored,
    })
}

/// Writes one part and how far the file is read after it.
async fn write(
    store: &Store,
    chunk: Chunk,
    digest: &Digest,
    before: ImportState,
    is_first_load: bool,
    rejects: &mut dyn Rejects,
) -> Result<ImportState, Error> {
    let rejected = chunk.rejects.len() as u64;
    if rejected > 0 {
        rejects.take(&chunk.rejects)?;
    }
    let state = ImportState {
        byte_offset: chunk.byte_offset,
        line: chunk.line,
        rejected: before.rejected + rejected,
        is_finished: chunk.is_last,
        ..before
    };
    let mark = Mark {
        digest: *digest,
        begins_at: before.byte_offset,
        state,
    };
    let part = Part {
        changes: &chunk.changes,
        announce: announce(is_first_load),
        mark: Some(&mark),
    };
    let outcomes = store.apply_part(part).await?.ok_or(Error::Contended)?;
    Ok(state.with(&outcomes))
}

const fn announce(is_first_load: bool) -> Announce {
    if is_first_load {
        Announce::Everything
    } else {
        Announce::Each
    }
}

const fn summary(
    digest: Digest,
    state: &ImportState,
    resumed_at: u64,
    was_finished: bool,
) -> ImportSummary {
    ImportSummary {
        digest,
        applied: state.applied,
        ignored: state.ignored,
        rejected: state.rejected,
        resumed_at,
        was_finished,
    }
}

fn digest_of<R: Read + Seek>(mut file: R) -> io::Result<(R, Digest, u64)> {
    let mut context = digest::Context::new(&digest::SHA256);
    let mut block = vec![0; BLOCK];
    let mut length = 0;
    file.seek(SeekFrom::Start(0))?;
    loop {
        match file.read(&mut block) {
            Ok(0) => break,
            Ok(read) => {
                context.update(&block[..read]);
                length += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let digest = context
        .finish()
        .as_ref()
        .try_into()
        .expect("SHA-256 has 32 bytes");
    Ok((file, digest, length))
}

async fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(io::Error::other)?
}

/// Runs `work` on a thread of its own; it waits while enough is read ahead, and is told to stop when
/// nobody waits for it any more.
fn read_ahead<T: Send + 'static>(
    work: impl FnOnce(&mut dyn FnMut(T) -> ControlFlow<()>) + Send + 'static,
) -> mpsc::Receiver<T> {
    let (sender, receiver) = mpsc::channel(AHEAD);
    drop(tokio::task::spawn_blocking(move || {
        work(&mut |item| match sender.blocking_send(item) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        });
    }));
    receiver
}
