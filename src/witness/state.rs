//! The state directory: one witness's, and never half written.
//!
//! `<SHA-256 of the origin>/latest` is the newest cosigned note of a tree. It is written whole under
//! another name, flushed and renamed, and its directory flushed. What was written and not answered
//! is harmless: the log asks for the size and goes on from there.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use super::history::{Head, origin_hash};
use crate::tlog::{Checkpoint, MAX_NOTE_LENGTH, Note};

const LATEST: &str = "latest";
const LOCK: &str = "lock";

/// Why the state directory is not used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// Another process uses it.
    #[error("another witness uses {0}")]
    InUse(PathBuf),
    /// A file of it.
    #[error("{path} cannot be used")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file is no checkpoint of the origin it lies under.
    #[error("{0} is no checkpoint, or of another origin")]
    Garbled(PathBuf),
    /// A checkpoint was signed neither by this witness nor by the log.
    #[error("the last checkpoint of {0} is signed neither by this witness nor by the log")]
    Foreign(String),
}

/// The state directory, locked for as long as this lives.
#[derive(Debug)]
pub(super) struct Directory {
    path: PathBuf,
    _lock: File,
}

impl Directory {
    pub(super) fn open(path: &Path) -> Result<Self, StateError> {
        make_directory(path)?;
        let file = path.join(LOCK);
        let lock = File::create(&file).map_err(failed(&file))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StateError::InUse(path.into())),
            Err(TryLockError::Error(error)) => return Err(failed(&file)(error)),
        }
        // What a process that was killed had made is on disk before anything relies on it.
        sync(path).map_err(failed(path))?;
        if let Some(above) = path.parent().filter(|above| above.is_dir()) {
            sync(above).map_err(failed(above))?;
        }
        Ok(Self {
            path: path.into(),
            _lock: lock,
        })
    }

    /// The newest head of every tree. What is none is a failure: taken for absence, it would let
    /// any tree be cosigned as the first.
    pub(super) fn heads(&self) -> Result<Vec<Head>, StateError> {
        let mut heads = Vec::new();
        for entry in fs::read_dir(&self.path).map_err(failed(&self.path))? {
            let entry = entry.map_err(failed(&self.path))?;
            let file = entry.path().join(LATEST);
            let name = entry.file_name();
            let Some(hash) = name.to_str().filter(|name| is_hash(name)) else {
                continue;
            };
            if let Some(text) = read(&file).map_err(failed(&file))? {
                let head = parse(&text).filter(|head| head.origin_hash() == hash);
                heads.push(head.ok_or(StateError::Garbled(file))?);
            }
        }
        Ok(heads)
    }

    /// Keeps a head as the newest of its tree. When this returns, it is on disk.
    pub(super) fn keep(&self, head: &Head) -> io::Result<()> {
        let directory = self.of(&head.checkpoint.origin)?;
        write(&directory.join(LATEST), head.note.to_string().as_bytes())?;
        sync(&directory)
    }

    /// The directory of a tree, which is made where there is none.
    pub(super) fn of(&self, origin: &str) -> io::Result<PathBuf> {
        let directory = self.path.join(origin_hash(origin));
        if !directory.is_dir() {
            private().create(&directory)?;
            sync(&self.path)?;
        }
        Ok(directory)
    }
}

/// Makes the state directory where there is none.
pub(super) fn make_directory(path: &Path) -> Result<(), StateError> {
    private().recursive(true).create(path).map_err(failed(path))
}

/// Writes a file whole or not at all.
pub(super) fn write(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = file.with_added_extension("new");
    let mut unfinished = File::create(&temporary)?;
    unfinished.write_all(bytes)?;
    unfinished.sync_all()?;
    fs::rename(&temporary, file)
}

pub(super) fn sync(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

/// Directories for nobody but the witness.
pub(super) fn private() -> DirBuilder {
    let mut builder = DirBuilder::new();
    builder.mode(0o700);
    builder
}

fn is_hash(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

fn read(file: &Path) -> io::Result<Option<String>> {
    let file = match File::open(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    let mut text = String::new();
    // One byte more than a note has, so that what is too long does not look like a note.
    file.take(MAX_NOTE_LENGTH as u64 + 1)
        .read_to_string(&mut text)?;
    Ok(Some(text))
}

fn parse(text: &str) -> Option<Head> {
    let note = Note::parse(text).ok()?;
    let checkpoint = Checkpoint::parse(note.text()).ok()?;
    Some(Head { note, checkpoint })
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> StateError {
    let path = path.to_owned();
    move |source| StateError::File { path, source }
}
