//! What becomes of lines that are not taken: told with their reasons to whoever owns the file.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::PathBuf;

use serde::Serialize;
use serde::ser::{SerializeSeq, Serializer};

use crate::json::Fault;

/// A file only its owner reads: the lines in it are people's records.
const OWNER_ONLY: u32 = 0o600;

/// A line that was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// Its number, from 1; of a CSV record that of its first line.
    pub line: u64,
    /// Why; never with the values.
    pub reasons: Reasons,
    /// The line itself, which is the operator's own data; nothing where it was too long to read.
    pub text: Vec<u8>,
}

/// Why a line was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reasons {
    /// What is wrong with the citizen in it.
    Faults(Vec<Fault>),
    /// It holds no citizen at all: a code and a reason.
    Unreadable(&'static str, &'static str),
}

/// Takes what is rejected, before the part it belongs to is committed.
pub trait Rejects: Send {
    /// Keeps these; an error ends the import.
    fn take(&mut self, rejects: &[Reject]) -> io::Result<()>;
}

impl Rejects for Vec<Reject> {
    fn take(&mut self, rejects: &[Reject]) -> io::Result<()> {
        self.extend_from_slice(rejects);
        Ok(())
    }
}

/// A file of rejected lines, one JSON object a line: `{"line", "errors": [{"pointer", "code",
/// "reason"}], "text"}`. It is made with the first of them, and added to where it exists.
#[derive(Debug)]
pub struct RejectFile {
    path: PathBuf,
    file: Option<BufWriter<File>>,
}

impl RejectFile {
    /// A file of that path.
    pub fn new(path: PathBuf) -> Self {
        Self { path, file: None }
    }

    fn open(&self) -> io::Result<BufWriter<File>> {
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .mode(OWNER_ONLY)
            .open(&self.path)?;
        file.set_permissions(Permissions::from_mode(OWNER_ONLY))?;
        Ok(BufWriter::new(file))
    }
}

impl Rejects for RejectFile {
    fn take(&mut self, rejects: &[Reject]) -> io::Result<()> {
        let mut file = match self.file.take() {
            Some(file) => file,
            None => self.open()?,
        };
        for reject in rejects {
            let entry = Entry {
                line: reject.line,
                errors: &reject.reasons,
                text: String::from_utf8_lossy(&reject.text),
            };
            serde_json::to_writer(&mut file, &entry)?;
            file.write_all(b"\n")?;
        }
        file.flush()?;
        file.get_ref().sync_data()?;
        self.file = Some(file);
        Ok(())
    }
}

#[derive(Serialize)]
struct Entry<'a> {
    line: u64,
    errors: &'a Reasons,
    text: std::borrow::Cow<'a, str>,
}

#[derive(Serialize)]
struct Error<'a> {
    pointer: &'a str,
    code: &'static str,
    reason: &'static str,
}

impl Serialize for Reasons {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        match self {
            Self::Faults(faults) => {
                for fault in faults {
                    let pointer = fault.pointer.as_str();
                    let (code, reason) = (fault.code.as_str(), fault.reason);
                    list.serialize_element(&Error {
                        pointer,
                        code,
                        reason,
                    })?;
                }
            }
            Self::Unreadable(code, reason) => {
                list.serialize_element(&Error {
                    pointer: "",
                    code,
                    reason,
                })?;
            }
        }
        list.end()
    }
}
