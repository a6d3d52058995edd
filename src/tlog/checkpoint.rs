//! A checkpoint (C2SP tlog-checkpoint): the text of the note by which a log commits to a tree.

use super::MAX_SIZE;
use super::hash::Hash;

/// The head of a tree: which log, how many leaves, and their root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log: one line, not empty.
    pub origin: String,
    /// Leaves of the tree.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
}

/// Why a text is not a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// It has not three lines, or an empty one, or does not end with a newline.
    #[error("the checkpoint has not the form of origin, size and root")]
    Form,
    /// The size is no decimal number in its shortest form, or beyond [`MAX_SIZE`].
    #[error("the size of the checkpoint is not a tree size")]
    Size,
    /// The root is not 32 bytes of base64.
    #[error("the root of the checkpoint is not a hash")]
    Root,
    /// It has extension lines, which our logs do not write.
    #[error("the checkpoint has extension lines")]
    Extension,
}

impl Checkpoint {
    /// The note's text: origin, size and root, a line each.
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, self.root)
    }

    /// Reads a note's text. Extension lines are allowed; they stay in the note.
    ///
    /// # Errors
    /// Every [`CheckpointError`] but [`CheckpointError::Extension`].
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        Self::read(text).map(|(checkpoint, _)| checkpoint)
    }

    /// Reads a text that one of our logs wrote: exactly what [`text`](Self::text) gives.
    ///
    /// # Errors
    /// Every [`CheckpointError`].
    pub fn parse_own(text: &str) -> Result<Self, CheckpointError> {
        match Self::read(text)? {
            (checkpoint, Extensions::None) => Ok(checkpoint),
            (_, Extensions::Some) => Err(CheckpointError::Extension),
        }
    }

    fn read(text: &str) -> Result<(Self, Extensions), CheckpointError> {
        let lines: Vec<&str> = text
            .strip_suffix('\n')
            .ok_or(CheckpointError::Form)?
            .split('\n')
            .collect();
        let [origin, size, root, extensions @ ..] = lines.as_slice() else {
            return Err(CheckpointError::Form);
        };
        if lines.iter().any(|line| line.is_empty()) {
            return Err(CheckpointError::Form);
        }
        let checkpoint = Self {
            origin: (*origin).to_owned(),
            size: read_size(size).ok_or(CheckpointError::Size)?,
            root: Hash::from_base64(root).ok_or(CheckpointError::Root)?,
        };
        let extensions = if extensions.is_empty() {
            Extensions::None
        } else {
            Extensions::Some
        };
        Ok((checkpoint, extensions))
    }
}

/// Whether lines follow the root.
enum Extensions {
    None,
    Some,
}

/// A tree size as decimal digits in their shortest form.
pub(super) fn read_size(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let canonical = digits && (text == "0" || !text.starts_with('0'));
    let size = canonical.then(|| text.parse().ok()).flatten()?;
    (size <= MAX_SIZE).then_some(size)
}
