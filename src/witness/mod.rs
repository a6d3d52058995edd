//! A witness: cosigns a log's checkpoints as long as each continues the last (C2SP tlog-witness,
//! tlog-cosignature), and keeps what would show that one does not.
//!
//! It stands on another machine than the log and knows nothing of it but its verifier keys. Not
//! here: HTTP, and the tree's arithmetic, which is [`tlog`](crate::tlog).
//!
//! Everything is decided and written under one lock a log, so that of two heads that both continue
//! the last one is cosigned. What is cosigned is on disk before its cosignature leaves. All of it
//! blocks, so callers use a thread that may wait.

mod evidence;
mod history;
mod judge;
mod logs;
mod metrics;
mod refusal;
mod state;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use jiff::Timestamp;

pub use evidence::Evidence;
pub use logs::{LogError, Logs};
pub use metrics::Metrics;
pub use refusal::Refusal;
pub use state::StateError;

use crate::keys::NoteSigner;
use crate::tlog::{Algorithm, Checkpoint, Note, Submission, VerifierKey};
use history::{Head, History};
use logs::Origin;
use state::Directory;

/// The file of the key in the state directory.
const KEY_FILE: &str = "key";

/// How a witness is set up.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The name of its key: a URL without a scheme, such as `witness.example/w1`.
    pub name: String,
    /// Where it keeps its key and what it cosigned. One witness a directory.
    pub directory: PathBuf,
    /// The logs it cosigns for.
    pub logs: Logs,
    /// Origins whose first checkpoint it may take though it knows another epoch of their log.
    pub accepted: BTreeSet<String>,
}

/// Why a witness does not start.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The key file.
    #[error("the witness's key cannot be used")]
    Key(#[from] crate::keys::Error),
    /// The key file is of another witness.
    #[error("the key in the state directory has another name than the witness")]
    Name,
    /// An origin to accept is of no log.
    #[error("an origin to accept is of none of the logs: it is a log's name, `/` and a number")]
    Accepted,
    /// The state directory.
    #[error("what the witness cosigned cannot be used")]
    State(#[from] StateError),
}

/// A witness.
#[derive(Debug)]
pub struct Witness {
    signer: NoteSigner,
    logs: Logs,
    accepted: BTreeSet<String>,
    directory: Directory,
    /// One for each of `logs`.
    histories: Vec<Mutex<History>>,
    metrics: Metrics,
}

/// A checkpoint that a key trusted for its origin signed.
struct Presented {
    submission: Submission,
    checkpoint: Checkpoint,
    /// The log's number.
    log: usize,
    origin: Origin,
    /// The checkpoint with the lines of trusted keys. Those of strangers would be kept and shown on
    /// their word alone.
    note: Note,
}

/// The key of the witness in that directory, made where there is none.
pub fn load_key(directory: &Path, name: &str) -> Result<NoteSigner, SetupError> {
    state::make_directory(directory)?;
    let file = directory.join(KEY_FILE);
    let signer = NoteSigner::load(&file, true, name, Algorithm::Cosignature)?;
    if signer.verifiers().any(|key| key.name() != name) {
        return Err(SetupError::Name);
    }
    Ok(signer)
}

impl Witness {
    /// Takes up the state directory, which no other process may use meanwhile.
    pub fn open(setup: Setup, metrics: Metrics) -> Result<Self, SetupError> {
        let signer = load_key(&setup.directory, &setup.name)?;
        let logs = setup.logs;
        if setup.accepted.iter().any(|it| logs.find(it).is_none()) {
            return Err(SetupError::Accepted);
        }
        let directory = Directory::open(&setup.directory)?;
        let mut histories: Vec<History> = (0..logs.count()).map(|_| History::default()).collect();
        let own: Vec<VerifierKey> = signer.verifiers().cloned().collect();
        for head in directory.heads()? {
            // A log that is not configured any more stays as it lies.
            let Some((log, origin)) = logs.find(&head.checkpoint.origin) else {
                continue;
            };
            let known: Vec<VerifierKey> = own.iter().chain(logs.keys(log)).cloned().collect();
            if head.note.verify(&known).is_err() {
                return Err(StateError::Foreign(head.checkpoint.origin).into());
            }
            metrics.saw(&head.checkpoint);
            histories[log].put(origin, head);
        }
        Ok(Self {
            signer,
            logs,
            accepted: setup.accepted,
            directory,
            histories: histories.into_iter().map(Mutex::new).collect(),
            metrics,
        })
    }

    /// Its verifier keys, the one that cosigns first.
    pub fn keys(&self) -> impl Iterator<Item = &VerifierKey> {
        self.signer.verifiers()
    }

    /// The newest checkpoint of every origin it cosigned for.
    pub fn heads(&self) -> Vec<Checkpoint> {
        let histories = self.histories.iter();
        histories
            .flat_map(|history| lock(history).checkpoints())
            .collect()
    }

    /// The newest note it cosigned for the origin with that SHA-256, in lowercase hexadecimal.
    pub fn latest(&self, origin_hash: &str) -> Option<String> {
        let mut histories = self.histories.iter();
        histories.find_map(|history| lock(history).note(origin_hash))
    }

    /// Cosigns a checkpoint that continues the last; the answer is a signature line.
    ///
    /// `body` is that of an `add-checkpoint` request; `now` is what the cosignature says.
    ///
    /// # Errors
    /// Every [`Refusal`]; whichever, nothing was cosigned.
    pub fn add_checkpoint(&self, body: &[u8], now: Timestamp) -> Result<String, Refusal> {
        let answer = self.cosign(body, now);
        let outcome = answer.as_ref().map_or_else(Refusal::code, |_| "cosigned");
        self.metrics.answered(outcome);
        answer
    }

    fn cosign(&self, body: &[u8], now: Timestamp) -> Result<String, Refusal> {
        let presented = self.present(body)?;
        let mut history = lock(&self.histories[presented.log]);
        self.judge(&history, &presented, now)?;
        let Presented {
            checkpoint,
            origin,
            mut note,
            ..
        } = presented;
        // Time before 1970 is a clock that was never set.
        let seconds = u64::try_from(now.as_second()).unwrap_or(0);
        let cosignature = self.signer.cosign(seconds, note.text());
        let line = cosignature.to_string();
        note.push(cosignature);
        let head = Head::new(note, checkpoint).ok_or(Refusal::Length)?;
        self.directory.keep(&head).map_err(Refusal::NotKept)?;
        if history.head(origin).is_none() {
            let (origin, size) = (&head.checkpoint.origin, head.checkpoint.size);
            tracing::warn!(origin, size, "cosigned a first checkpoint");
        }
        self.metrics.cosigned(&head.checkpoint, now);
        history.put(origin, head);
        Ok(line)
    }

    /// Reads a body, and proves that a key trusted for the origin signed it.
    fn present(&self, body: &[u8]) -> Result<Presented, Refusal> {
        let body = std::str::from_utf8(body).map_err(|_| Refusal::Text)?;
        let submission = Submission::parse(body)?;
        let checkpoint = Checkpoint::parse(submission.note.text())?;
        let found = self.logs.find(&checkpoint.origin);
        let (log, origin) = found.ok_or(Refusal::UnknownOrigin)?;
        let keys = self.logs.keys(log);
        let signed_by = submission.note.verify(keys).map_err(Refusal::Untrusted)?;
        let mut note = Note::new(submission.note.text()).ok_or(Refusal::Text)?;
        for by in signed_by {
            let mut lines = submission.note.signatures().iter();
            let line = lines.find(|it| it.name == by.key.name() && it.id == by.key.id());
            line.into_iter().for_each(|line| note.push(line.clone()));
        }
        if submission.old > checkpoint.size {
            return Err(Refusal::OldBeyondSize);
        }
        Ok(Presented {
            submission,
            checkpoint,
            log,
            origin,
            note,
        })
    }

    /// Whether the checkpoint is to be cosigned; keeps what shows that it contradicts the last.
    fn judge(
        &self,
        history: &History,
        presented: &Presented,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let (submission, checkpoint) = (&presented.submission, &presented.checkpoint);
        let last = history.head(presented.origin);
        let newest = history.newest();
        let admitted = judge::admits(
            newest.map(|(tree, _)| tree),
            last.is_some(),
            presented.origin,
            self.accepted.contains(&checkpoint.origin),
        );
        if let (Err(Refusal::NewEpoch), Some((_, newest))) = (&admitted, newest) {
            self.keep_evidence(Evidence::Epoch, newest, submission, now);
        }
        admitted?;
        let last_checkpoint = last.map(|head| &head.checkpoint);
        let judged = judge::continues(last_checkpoint, submission, checkpoint);
        if let Some(last) = last
            && let Some(kind) = judge::suspicion(&last.checkpoint, checkpoint, judged)
        {
            self.keep_evidence(kind, last, submission, now);
        }
        Ok(judged?)
    }

    /// Keeps both sides of a contradiction, and says so once for each checkpoint.
    fn keep_evidence(&self, kind: Evidence, last: &Head, submission: &Submission, now: Timestamp) {
        self.metrics.suspected(kind);
        let kept = match self.directory.keep_evidence(kind, last, submission, now) {
            Ok(kept) => kept,
            Err(error) => {
                let error: &dyn std::error::Error = &error;
                tracing::error!(error, "evidence could not be kept");
                true
            }
        };
        let (cosigned, refused) = (last.note.text(), submission.note.text());
        match (kind, kept) {
            (Evidence::Epoch, true) => tracing::error!(
                kind = kind.as_str(),
                ?cosigned,
                ?refused,
                "the log began another tree: accept its epoch, or ask why"
            ),
            (Evidence::Fork | Evidence::Unproven, true) => tracing::error!(
                kind = kind.as_str(),
                ?cosigned,
                ?refused,
                "a signed checkpoint does not continue the last"
            ),
            (Evidence::Behind, true) => tracing::warn!(
                kind = kind.as_str(),
                ?cosigned,
                ?refused,
                "a signed checkpoint is older than the last"
            ),
            // Anybody may repeat a checkpoint; the log of events shall not grow by that.
            (Evidence::Fork | Evidence::Unproven | Evidence::Behind | Evidence::Epoch, false) => {}
        }
    }
}

fn lock(history: &Mutex<History>) -> std::sync::MutexGuard<'_, History> {
    history.lock().expect("nothing panics while it is held")
}
