//! A new epoch: what is done when the tree can never grow again from what was signed.
//!
//! A restored backup has lost leaves that a signed head covers. To sign another tree under the same
//! name would be a forgery to every witness, so the log goes on under a new one, whose first leaf
//! holds the digest of the last head of the old. What was lost stays visible: the second place and
//! the witnesses have its size and root.

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest;

use super::LEASE_EXPIRY;
use super::round::{SealError, origin, take_place};
use super::second_place::{SecondPlace, new_id};
use crate::audit::{Config, Lanes, Metrics, OpenError, RecordError};
use crate::clock::Clock;
use crate::domain::entry::{Decision, Entry, Operation};
use crate::keys::{Keys, NoteSigner};
use crate::store::Database;
use crate::store::sealing::{Epoch, Lease, Range};
use crate::tlog::{Checkpoint, Note, VerifierKey, empty_root, root_from_tiles, tiles_for_root};

/// How often it is looked whether whoever sealed has ended.
const ATTEMPTS: u32 = 20;
/// Between two signs of life while something else is done: well within what a lease lives.
const SIGN_OF_LIFE: Duration = Duration::from_secs(1);
/// The pause between two looks.
const PAUSE: Duration = Duration::from_millis(100);

/// Why no epoch was begun.
#[derive(Debug, thiserror::Error)]
pub enum BeginError {
    /// Another process seals.
    #[error("another process seals the log: stop it first")]
    Held,
    /// Nothing was ever signed.
    #[error("nothing was signed yet, so there is nothing a new epoch could follow")]
    NothingSigned,
    /// The second place holds what is not ours.
    #[error("the head in the second place is not signed by this log's keys")]
    Foreign,
    /// The tree goes on from what was signed.
    #[error("the log agrees with what was signed: no new epoch is needed")]
    NotNeeded,
    /// The second place and the database speak of different epochs.
    #[error("the second place and the database are of different epochs")]
    Elsewhere,
    /// The second place is the log's, and remembers the newest head.
    #[error("the second place remembers the newest head already: it needs no adopting")]
    Remembered,
    /// The second place is not the one that remembers this log.
    #[error(
        "the second place is not the one this log is sealed with: `audit.second_place` names another directory, or it is not mounted"
    )]
    OtherPlace,
    /// The second place remembers what this tree cannot have led to.
    #[error(
        "the second place remembers another tree: adopting it would be a forgery; see `dancu audit new-epoch`"
    )]
    Contradicted,
    /// The log or its tables.
    #[error("the log could not be used")]
    Log(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<SealError> for BeginError {
    fn from(error: SealError) -> Self {
        Self::Log(Box::new(error))
    }
}

impl From<crate::store::Error> for BeginError {
    fn from(error: crate::store::Error) -> Self {
        Self::Log(Box::new(error))
    }
}

impl From<OpenError> for BeginError {
    fn from(error: OpenError) -> Self {
        Self::Log(Box::new(error))
    }
}

impl From<RecordError> for BeginError {
    fn from(error: RecordError) -> Self {
        Self::Log(Box::new(error))
    }
}

impl From<std::io::Error> for BeginError {
    fn from(error: std::io::Error) -> Self {
        Self::Log(Box::new(SealError::SecondPlace(error)))
    }
}

/// What was begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Began {
    /// The new epoch's number.
    pub epoch: u32,
    /// Its origin.
    pub origin: String,
    /// The origin and size of the last signed head of the old one.
    pub follows: (String, u64),
    /// How many leaves of it this database still has.
    pub kept: u64,
}

/// What beginning an epoch needs.
#[derive(Debug)]
pub struct Beginning<'a> {
    /// Where the log is.
    pub database: &'a Database,
    /// The months' keys, for the lane that writes the first leaf.
    pub keys: Arc<Keys>,
    /// How that lane is run.
    pub lanes: Config,
    /// The keys that signed the last head.
    pub signer: &'a NoteSigner,
    /// The time.
    pub clock: &'a Clock,
    /// The log's name without the epoch.
    pub name: &'a str,
    /// What remembers the last head.
    pub place: &'a SecondPlace,
    /// Who does it.
    pub system_user: &'a str,
}

/// Begins a new epoch after the head that the second place remembers. The log's lane for it begins
/// with the digest of that head's note.
pub async fn begin_epoch(beginning: Beginning<'_>) -> Result<Began, BeginError> {
    let Beginning {
        database,
        keys,
        lanes: settings,
        signer,
        clock,
        name,
        place,
        system_user,
    } = beginning;
    let (mut lease, standing) = acquire(database, &settings.process).await?;
    let remembered = place.newest()?.ok_or(BeginError::NothingSigned)?;
    let head = own(&remembered.note, signer)?;
    // A backup may be older than the place, but not of a log that has another.
    let known = lease.second_place().await?;
    let id = place.id()?;
    if known.is_some() && !takes_over(id.as_deref(), known.as_deref()) {
        return Err(BeginError::OtherPlace);
    }
    let kept = head_size(&lease, remembered.epoch).await?;
    let number = remembered.epoch + 1;
    let began = Began {
        epoch: number,
        origin: origin(name, number),
        follows: (head.origin.clone(), head.size),
        kept,
    };
    if standing.epoch == number {
        // Interrupted before the second place was told.
        let epochs = lease.epochs().await?;
        let begun = epochs.iter().find(|it| it.epoch == number);
        if begun.and_then(|it| it.follows.as_ref()) != Some(&remembered.note) {
            return Err(BeginError::Elsewhere);
        }
        take_place(&lease, place).await?;
        return declare(began, lease, signer, clock, place).await;
    }
    if standing.epoch != remembered.epoch {
        return Err(BeginError::Elsewhere);
    }
    if agrees(&lease, standing.epoch, kept, &head).await? {
        return Err(BeginError::NotNeeded);
    }
    let epoch = Epoch {
        epoch: number,
        origin: began.origin.clone(),
        follows: Some(remembered.note.clone()),
    };
    let digest = digest::digest(&digest::SHA256, remembered.note.as_bytes());
    let settings = Config {
        follows: digest.as_ref().try_into().ok(),
        ..settings
    };
    let entry = Entry {
        digest: digest.as_ref().try_into().ok(),
        count: Some(number.into()),
        system_user: Some(system_user),
        ..Entry::new(Operation::CliNewEpoch, Decision::Done)
    };
    let recording = async {
        let metrics = Metrics::default();
        let lanes = Lanes::open(database.clone(), keys, clock.clone(), settings, metrics).await?;
        let recorded = async { lanes.record(lanes.draft(&entry)?).await }.await;
        let lane = lanes.first_lane();
        lanes.close().await;
        recorded?;
        Ok::<_, BeginError>(lane)
    };
    let lane = holding(&lease, recording).await?;
    take_place(&lease, place).await?;
    let first = Range {
        lane,
        first_seq: 0,
        count: 1,
        finished: false,
    };
    let ended = (standing.epoch, kept, standing.planned);
    lease
        .begin_epoch(&epoch, first, ended)
        .await
        .map_err(SealError::from)?;
    declare(began, lease, signer, clock, place).await
}

/// Does what takes longer than a lease lives, with a sign of life now and then.
async fn holding<T>(
    lease: &Lease,
    work: impl Future<Output = Result<T, BeginError>>,
) -> Result<T, BeginError> {
    let mut work = std::pin::pin!(work);
    let mut signs = tokio::time::interval(SIGN_OF_LIFE);
    loop {
        tokio::select! {
            biased;
            done = &mut work => return done,
            _ = signs.tick() => lease.touch().await.map_err(SealError::from)?,
        }
    }
}

/// The checkpoint of a note that these keys signed.
fn own(note: &str, signer: &NoteSigner) -> Result<Checkpoint, BeginError> {
    let verifiers: Vec<VerifierKey> = signer.verifiers().cloned().collect();
    let note = Note::parse(note).map_err(|_| BeginError::Foreign)?;
    note.verify(&verifiers).map_err(|_| BeginError::Foreign)?;
    Checkpoint::parse(note.text()).map_err(|_| BeginError::Foreign)
}

/// Whether the place of that id is the known one, or took over from it.
fn takes_over(id: Option<&str>, known: Option<&str>) -> bool {
    id.is_some_and(|id| id.ends_with(known.unwrap_or_default()))
}

/// Whether the tree can go on from that head, so that there is nothing to begin anew.
async fn agrees(
    lease: &Lease,
    epoch: u32,
    size: u64,
    head: &Checkpoint,
) -> Result<bool, BeginError> {
    if head.size > size {
        return Ok(false);
    }
    let tiles = lease.tiles(epoch, &tiles_for_root(head.size)).await?;
    Ok(root_from_tiles(head.size, &tiles).is_ok_and(|root| root == head.root))
}

/// Signs the empty tree of the new epoch into the second place: without it no database can make
/// anybody seal another tree than the one that was signed.
async fn declare(
    began: Began,
    lease: Lease,
    signer: &NoteSigner,
    clock: &Clock,
    place: &SecondPlace,
) -> Result<Began, BeginError> {
    let empty = Checkpoint {
        origin: began.origin.clone(),
        size: 0,
        root: empty_root(),
    };
    let note = Note::new(empty.text()).ok_or(BeginError::Foreign)?;
    let note = signer.sign(note).to_string();
    place.remember(began.epoch, clock.now(), &note)?;
    lease.release().await?;
    Ok(began)
}

/// Makes this directory the log's second place and gives it the newest head of the database, signed
/// anew: for a new disk, when the old one is lost or was set back, or for new keys. Whoever does this
/// says that the database was not restored from a backup meanwhile. What the directory remembers
/// already must be of this tree.
pub async fn adopt_second_place(
    database: &Database,
    clock: &Clock,
    place: &SecondPlace,
    signer: &NoteSigner,
) -> Result<u64, BeginError> {
    let (lease, standing) = acquire(database, &Config::default().process).await?;
    let head = lease.newest_head(standing.epoch).await?;
    let head = head.ok_or(BeginError::NothingSigned)?;
    let (known, id) = (lease.second_place().await?, place.id()?);
    if let Some(remembered) = place.newest()? {
        let found = own(&remembered.note, signer)?;
        if remembered.epoch > standing.epoch
            || !agrees(
                &lease,
                remembered.epoch,
                head_size(&lease, remembered.epoch).await?,
                &found,
            )
            .await?
        {
            return Err(BeginError::Contradicted);
        }
        let newest = remembered.epoch == standing.epoch && found.size >= head.size;
        if newest && known.is_some() && known == id {
            return Err(BeginError::Remembered);
        }
    }
    // Begun once and not ended, it has its new id already.
    let id = match id.filter(|id| takes_over(Some(id), known.as_deref())) {
        Some(id) => id,
        None => {
            let id = new_id(known.as_deref());
            place.identify(&id)?;
            id
        }
    };
    let note = Note::parse(&head.note).ok();
    let note = note.and_then(|note| Note::new(note.text()));
    let note = signer.sign(note.ok_or(BeginError::NothingSigned)?);
    place.remember(standing.epoch, clock.now(), &note.to_string())?;
    lease
        .keep_second_place(&id)
        .await
        .map_err(SealError::from)?;
    lease.release().await?;
    Ok(head.size)
}

async fn head_size(lease: &Lease, epoch: u32) -> Result<u64, BeginError> {
    Ok(lease.newest_head(epoch).await?.map_or(0, |head| head.size))
}

async fn acquire(
    database: &Database,
    process: &str,
) -> Result<(Lease, crate::store::sealing::Standing), BeginError> {
    for _ in 0..ATTEMPTS {
        if let Some(held) = Lease::acquire(database, process, LEASE_EXPIRY).await? {
            return Ok(held);
        }
        #[expect(
            clippy::disallowed_methods,
            reason = "nothing announces that a lease is given back"
        )]
        tokio::time::sleep(PAUSE).await;
    }
    Err(BeginError::Held)
}
