//! Files that operators change while we run: read whole and of a bounded length, secrets from files
//! that nobody else may read, and noticed when their content is another. Not here: what they hold, and
//! how keys of our own are made.
//!
//! All of it blocks for as long as a small file takes.

mod watch;

use std::fs::File;
use std::io::{self, ErrorKind, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

pub use watch::{Digest, Watch};

/// Why a file was not read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is none.
    #[error("there is no file `{}`", .0.display())]
    Missing(PathBuf),
    /// A secret that others may read too.
    #[error("`{}` holds a secret and may be read by others: its mode must be 0600 or less, or 0440 where another user owns it", .0.display())]
    Exposed(PathBuf),
    /// Not a small file.
    #[error("`{}` is longer than {limit} bytes", path.display())]
    TooLong {
        /// Which.
        path: PathBuf,
        /// The bytes there may be.
        limit: u64,
    },
    /// Anything else.
    #[error("`{}` cannot be read", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// The bytes of a file, of which there are at most `limit`.
pub fn read(path: &Path, limit: u64) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let file = open(path)?;
    let read = file.take(limit + 1).read_to_end(&mut bytes);
    checked(path, limit, read)?;
    Ok(bytes)
}

/// The text of a file that is this process's alone to read ([`is_exposed`]).
pub fn read_secret(path: &Path, limit: u64) -> Result<Zeroizing<String>, Error> {
    let file = open(path)?;
    let metadata = file.metadata().map_err(|source| unreadable(path, source))?;
    let process = rustix::process::geteuid().as_raw();
    if is_exposed(metadata.mode(), metadata.uid(), process) {
        return Err(Error::Exposed(path.into()));
    }
    // Of its final size at once: a text that grows leaves copies behind.
    let capacity = usize::try_from(limit + 2).unwrap_or_default();
    let mut text = Zeroizing::new(String::with_capacity(capacity));
    let read = file.take(limit + 1).read_to_string(&mut text);
    checked(path, limit, read)?;
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

fn open(path: &Path) -> Result<File, Error> {
    File::open(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => Error::Missing(path.into()),
        _ => unreadable(path, error),
    })
}

fn checked(path: &Path, limit: u64, read: io::Result<usize>) -> Result<(), Error> {
    let count = read.map_err(|source| unreadable(path, source))?;
    if count as u64 > limit {
        let path = path.into();
        return Err(Error::TooLong { path, limit });
    }
    Ok(())
}

fn unreadable(path: &Path, source: io::Error) -> Error {
    let path = path.into();
    Error::Unreadable { path, source }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn file(name: &str, text: &str, mode: u32) -> PathBuf {
        let path = std::env::temp_dir().join(format!("dancu-files-{name}-{}", std::process::id()));
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        path
    }

    #[test]
    fn a_secret_that_others_may_read_is_refused_unread() {
        for mode in [0o640, 0o604, 0o660, 0o777, 0o610] {
            let path = file("exposed", "secret", mode);
            assert!(
                matches!(read_secret(&path, 100), Err(Error::Exposed(_))),
                "{mode:o}"
            );
            fs::remove_file(&path).unwrap();
        }
        for mode in [0o600, 0o400] {
            let path = file("own", "secret", mode);
            assert_eq!(
                read_secret(&path, 100).unwrap().as_str(),
                "secret",
                "{mode:o}"
            );
            fs::remove_file(&path).unwrap();
        }
    }

    #[test]
    fn a_file_that_is_too_long_is_refused_and_one_at_the_limit_is_not() {
        let path = file("long", "123456", 0o600);
        assert!(matches!(
            read(&path, 5),
            Err(Error::TooLong { limit: 5, .. })
        ));
        assert!(matches!(read_secret(&path, 5), Err(Error::TooLong { .. })));
        assert_eq!(read(&path, 6).unwrap(), b"123456");
        assert_eq!(read_secret(&path, 6).unwrap().as_str(), "123456");
        fs::remove_file(&path).unwrap();
        assert!(matches!(read(&path, 6), Err(Error::Missing(_))));
    }

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
