//! Files of secret keys: read by whom they are for only, whole or absent, never half written.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::Error;
use crate::files;

/// The text of a key file of at most `limit` bytes.
pub(super) fn read(path: &Path, limit: u64) -> Result<Zeroizing<String>, Error> {
    files::read_secret(path, limit).map_err(|error| match error {
        files::Error::Missing(path) => Error::Missing(path),
        files::Error::Exposed(path) => Error::Exposed(path),
        files::Error::TooLong { path, .. } => Error::File {
            path,
            source: ErrorKind::FileTooLarge.into(),
        },
        files::Error::Unreadable { path, source } => Error::File { path, source },
    })
}

/// Makes a key file, and never replaces one that another process made.
pub(super) fn make(path: &Path, text: &str) -> std::io::Result<()> {
    let (temporary, directory) = write_beside(path, text)?;
    let linked = fs::hard_link(&temporary, path);
    fs::remove_file(&temporary)?;
    match linked {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        result => result?,
    }
    File::open(directory)?.sync_all()
}

/// Replaces a key file by another text.
pub(super) fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let (temporary, directory) = write_beside(path, text)?;
    fs::rename(&temporary, path)?;
    File::open(directory)?.sync_all()
}

/// Writes the text, flushed, to a file of its own in the same directory; returns both.
fn write_beside<'a>(path: &'a Path, text: &str) -> std::io::Result<(PathBuf, &'a Path)> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) | None => Path::new("."),
    };
    fs::create_dir_all(directory)?;
    let temporary = path.with_extension(format!("{}.new", std::process::id()));
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&temporary)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok((temporary, directory))
}
