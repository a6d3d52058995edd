//! The directory under which everything of a run lies: one of its own, removed with it, or one that
//! is kept, so that its people need not be made again.

use std::fs;
use std::path::{Path, PathBuf};

use super::options::Options;
use super::{Failure, population, say, slow_disk};

/// The directory.
#[derive(Debug)]
pub struct Home {
    /// Where it is.
    pub dir: PathBuf,
    is_kept: bool,
}

impl Home {
    /// The one that was named, or another.
    pub fn open(options: &Options) -> Result<Self, Failure> {
        let home = match &options.data_dir {
            Some(dir) => Self {
                dir: std::path::absolute(dir)?,
                is_kept: true,
            },
            None => Self {
                dir: Path::new(env!("CARGO_TARGET_TMPDIR"))
                    .join(format!("load-{}", std::process::id())),
                is_kept: false,
            },
        };
        population::claim(&home.dir)?;
        slow_disk::remove(&home.dir)?;
        Ok(home)
    }

    fn remove(&self) -> Result<(), Failure> {
        slow_disk::remove(&self.dir)?;
        // Where the database's user cannot reach the directory, the cluster lies elsewhere.
        if let Ok(cluster) = self.dir.join("cluster").canonicalize() {
            fs::remove_dir_all(cluster)?;
        }
        Ok(fs::remove_dir_all(&self.dir)?)
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if self.is_kept {
            return;
        }
        if let Err(error) = self.remove() {
            say(&format!("load: {}: {error}", self.dir.display()));
        }
    }
}
