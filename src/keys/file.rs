//! Files of secret keys: read by their owner only, whole or absent, never half written.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::Error;

/// The text of a key file of at most `limit` bytes.
pub(super) fn read(path: &Path, limit: u64) -> Result<Zeroizing<String>, Error> {
    let failed = |source| Error::File {
        path: path.into(),
        source,
    };
    let file = match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(Error::Missing(path.into()));
        }
        result => result.map_err(failed)?,
    };
    if file.metadata().map_err(failed)?.mode() & 0o077 != 0 {
        return Err(Error::Exposed(path.into()));
    }
    let mut text = Zeroizing::new(String::new());
    file.take(limit).read_to_string(&mut text).map_err(failed)?;
    Ok(text)
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
