//! Files of secret keys: read by whom they are for only, whole or absent, never half written.

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
    let metadata = file.metadata().map_err(failed)?;
    let process = rustix::process::geteuid().as_raw();
    if is_exposed(metadata.mode(), metadata.uid(), process) {
        return Err(Error::Exposed(path.into()));
    }
    let mut text = Zeroizing::new(String::new());
    file.take(limit).read_to_string(&mut text).map_err(failed)?;
    Ok(text)
}

/// Whether a file of that mode and owner may be read by more than it should be.
///
/// What the process owns is for nobody else. What another owns the process can read as one of the group
/// only, as Kubernetes mounts secrets for whoever is not root: the owner root, mode 0440.
fn is_exposed(mode: u32, owner: u32, process: u32) -> bool {
    let refused = if owner == process { 0o077 } else { 0o037 };
    mode & refused != 0
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

#[cfg(test)]
mod tests {
    use super::is_exposed;

    #[test]
    fn a_key_is_its_owners_alone_or_readable_by_the_group_of_a_process_that_does_not_own_it() {
        for (mode, owner, is) in [
            (0o100_600, 65532, false),
            (0o100_400, 65532, false),
            (0o100_440, 65532, true),
            (0o100_640, 65532, true),
            (0o100_440, 0, false),
            (0o100_640, 0, false),
            (0o100_660, 0, true),
            (0o100_444, 0, true),
            (0o100_604, 0, true),
        ] {
            assert_eq!(is_exposed(mode, owner, 65532), is, "{mode:o} of {owner}");
        }
    }
}
