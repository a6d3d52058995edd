//! The data directory: who holds it, and where its cluster really lies.
//!
//! Usually the cluster is `data_dir/cluster`. When root runs the server under another user and a
//! parent of the data directory is closed to that user (a project below `/root`), the cluster lies
//! in `/var/lib/dancu/<digest of the data directory>/` and `data_dir/cluster` is a link to it: no
//! parent's mode is ever changed, and nothing that cleans temporary directories gets at it. Who
//! deletes such a data directory leaves that cluster behind; the next one made for the same path
//! takes its place.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, symlink};
use std::path::{Path, PathBuf};

use aws_lc_rs::digest;

use super::Error;
use super::account::{Account, open_passage};
use super::cluster::PidFile;
use crate::clock;

/// Where clusters lie whose data directory the server's user cannot reach.
const ELSEWHERE: &str = "/var/lib/dancu";

/// What the names of clusters begin with that are being made.
const SITE: &str = "cluster.new-";

/// A data directory that exists, by its canonical path.
#[derive(Clone, Debug)]
pub(super) struct Place {
    data_dir: PathBuf,
}

/// A data directory that this process owns until this is dropped, even by `kill -9`.
#[derive(Debug)]
pub(super) struct Held {
    place: Place,
    _lock: File,
}

impl Place {
    /// Makes the directory if it is missing, readable by its owner alone.
    pub fn open(data_dir: &Path) -> Result<Self, Error> {
        if let Some(parent) = data_dir.parent() {
            fs::create_dir_all(parent).map_err(Error::file("make", parent))?;
        }
        make_private(data_dir, true)?;
        let data_dir = data_dir
            .canonicalize()
            .map_err(Error::file("find", data_dir))?;
        Ok(Self { data_dir })
    }

    /// Takes the directory for this process, or says who has it.
    pub fn hold(&self) -> Result<Held, Error> {
        let path = self.data_dir.join("lock");
        let mut lock = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(Error::file("open", &path))?;
        match lock.try_lock() {
            Ok(()) => {
                write_owner(&mut lock).map_err(Error::file("write", &path))?;
                Ok(Held {
                    place: self.clone(),
                    _lock: lock,
                })
            }
            Err(TryLockError::WouldBlock) => {
                let mut owner = String::new();
                lock.read_to_string(&mut owner)
                    .map_err(Error::file("read", &path))?;
                Err(Error::InUse {
                    data_dir: self.data_dir.clone(),
                    owner: owner.trim().to_owned(),
                })
            }
            Err(TryLockError::Error(source)) => Err(Error::file("lock", &path)(source)),
        }
    }

    /// The directory of the socket of a server that said it is ready, and may be gone by now.
    pub fn announced_socket(&self) -> Option<PathBuf> {
        let found = PidFile::read(&self.entrance())?;
        found.ready.then_some(found.socket)
    }

    /// The cluster as seen from here: a directory or a link to one.
    fn entrance(&self) -> PathBuf {
        cluster(&self.data_dir)
    }
}

/// Where the cluster is, below a data directory.
pub(super) fn cluster(data_dir: &Path) -> PathBuf {
    data_dir.join("cluster")
}

impl Held {
    /// See [`Place::announced_socket`].
    pub fn announced_socket(&self) -> Option<PathBuf> {
        self.place.announced_socket()
    }

    /// The cluster as seen from the data directory, which may not exist yet.
    pub fn entrance(&self) -> PathBuf {
        self.place.entrance()
    }

    /// The real path of the cluster, if there is one.
    pub fn cluster(&self) -> Result<Option<PathBuf>, Error> {
        let entrance = self.entrance();
        match entrance.canonicalize() {
            Ok(cluster) => Ok(Some(cluster)),
            Err(missing) if missing.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(Error::file("enter", &entrance)(source)),
        }
    }

    /// An empty directory to make the cluster in, given to the user that will run it.
    ///
    /// What earlier attempts left half made is discarded. Each has a name of its own, for the
    /// `initdb` of a killed process may still be writing.
    pub fn site(&self, account: Option<Account>) -> Result<PathBuf, Error> {
        let home = self.home(account)?;
        for entry in fs::read_dir(&home).map_err(Error::file("read", &home))? {
            let entry = entry.map_err(Error::file("read", &home))?;
            if entry
                .file_name()
                .as_encoded_bytes()
                .starts_with(SITE.as_bytes())
            {
                remove(&entry.path())?;
            }
        }
        let mut name = [0; 8];
        clock::random(&mut name);
        let site = home.join(format!("{SITE}{}", hex::encode(name)));
        make_private(&site, false)?;
        if let Some(account) = account {
            account.own(&site)?;
        }
        Ok(site)
    }

    /// Puts a cluster that was made at `site` in place, in one step; returns its real path.
    pub fn settle(&self, site: &Path) -> Result<PathBuf, Error> {
        let cluster = site.with_file_name("cluster");
        remove(&cluster)?;
        let entrance = self.entrance();
        if cluster != entrance {
            remove(&entrance)?;
        }
        fs::rename(site, &cluster).map_err(Error::file("put in place", &cluster))?;
        if cluster != entrance {
            symlink(&cluster, &entrance).map_err(Error::file("link", &entrance))?;
        }
        Ok(cluster)
    }

    /// The directory of the server's log.
    pub fn log(&self) -> Result<PathBuf, Error> {
        let log = self.place.data_dir.join("log");
        make_private(&log, true)?;
        Ok(log)
    }

    /// Where the server's user can reach a cluster: here, or in [`ELSEWHERE`].
    fn home(&self, account: Option<Account>) -> Result<PathBuf, Error> {
        let data_dir = &self.place.data_dir;
        let Some(account) = account else {
            return Ok(data_dir.clone());
        };
        if !account.can_enter(data_dir)
            && data_dir
                .parent()
                .is_some_and(|parent| account.can_enter(parent))
        {
            open_passage(data_dir)?;
        }
        if account.can_enter(data_dir) {
            return Ok(data_dir.clone());
        }
        let name = digest::digest(&digest::SHA256, data_dir.as_os_str().as_encoded_bytes());
        let home = Path::new(ELSEWHERE).join(hex::encode(&name.as_ref()[..8]));
        fs::create_dir_all(&home).map_err(Error::file("make", &home))?;
        open_passage(Path::new(ELSEWHERE))?;
        open_passage(&home)?;
        Ok(home)
    }
}

/// Makes a directory only its owner can enter; `keep` leaves one that exists as it is.
pub(super) fn make_private(directory: &Path, keep: bool) -> Result<(), Error> {
    match DirBuilder::new().mode(0o700).create(directory) {
        Err(found) if keep && found.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made.map_err(Error::file("make", directory)),
    }
}

/// Removes a directory with all that is in it, or a link; nothing there is as good.
pub(super) fn remove(path: &Path) -> Result<(), Error> {
    let removed = match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(missing) => Err(missing),
    };
    match removed {
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed.map_err(Error::file("remove", path)),
    }
}

fn write_owner(lock: &mut File) -> io::Result<()> {
    lock.set_len(0)?;
    lock.rewind()?;
    writeln!(lock, "process {}", std::process::id())
}
