//! A file that hangs whoever opens it, as each does on a mount whose server is gone.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FileType, Mode, mknodat};

/// A pipe, whose other end nobody opens until it is let go.
pub struct Pipe(PathBuf);

impl Pipe {
    pub fn new() -> Self {
        let path = super::scratch("pipe");
        mknodat(CWD, &path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Lets go on whoever hangs.
    pub fn let_go(&self) {
        // Both ends at once wait for nobody.
        let _both = OpenOptions::new().read(true).write(true).open(&self.0);
    }
}

impl Drop for Pipe {
    /// A test does not end while a thread hangs.
    fn drop(&mut self) {
        self.let_go();
    }
}
