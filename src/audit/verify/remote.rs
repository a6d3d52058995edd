//! Verifying what a service shows under `/log` (C2SP tlog-tiles): the checkpoint, every tile, and
//! proofs of single entries. Nothing is believed but the keys; no entry but those asked for is seen.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::{StreamExt as _, future, stream};
use jiff::{Timestamp, ToSpan as _};
use reqwest::{Client, RequestBuilder, StatusCode};
use serde::Deserialize;

use super::outside::WitnessNote;
use super::report::{Kind, Place, Report};
use super::tree::{Expected, Source, Tree, tiles_of_block};
use super::trust::{Distrust, Trust};
use super::{Progress, VerifyError};
use crate::audit::Remembered;
use crate::clock::vietnam_day;
use crate::domain::entry::{AuditId, Decoded};
use crate::tlog::{
    Checkpoint, Hash, MAX_NOTE_LENGTH, Note, TILE_WIDTH, TileId, TilePath, Tiles,
    hashes_from_bytes, leaf_hash, verify_inclusion, width_in,
};

/// How often a head that is shown late is asked for again, and the pause before.
const BEHIND_ATTEMPTS: u32 = 12;
const BEHIND_PAUSE: Duration = Duration::from_millis(250);
/// Leaves whose tiles are fetched together.
const BLOCK: u64 = 8192;
/// Blocks that are under way at once.
const BLOCKS: usize = 4;
/// How long one answer may take.
const ANSWER_LIMIT: Duration = Duration::from_secs(30);
/// Bytes of a full tile.
const TILE_LIMIT: usize = TILE_WIDTH * 32;
/// Bytes of a proof, or of a page with one entry.
const DOCUMENT_LIMIT: usize = 1024 * 1024;

/// What a verification over HTTP goes by.
#[derive(Clone, Debug)]
pub struct Remote {
    /// Where the service is: `http://host:port`, without a path.
    pub url: String,
    /// Which epoch; the one that grows where this is not given.
    pub epoch: Option<u32>,
    /// Whose signatures count.
    pub trust: Trust,
    /// What the second place remembers; none where there is none to compare with.
    pub remembered: Option<Vec<Remembered>>,
    /// Heads that witnesses kept.
    pub witness_notes: Vec<WitnessNote>,
    /// The checkpoint an earlier run kept.
    pub since: Option<String>,
    /// An auditor's token, and the entries whose proofs are fetched with it.
    pub proofs: Option<(String, Vec<uuid::Uuid>)>,
    /// The time.
    pub now: Timestamp,
    /// How long an entry may stay unsealed.
    pub grace: Duration,
    /// Days that entries are kept at the least: only older ones may have been dropped.
    pub least_retention_days: u16,
}

impl Remote {
    /// Whether the second place remembers, or a proof leads to, a larger tree of the same log than that note
    /// shows.
    fn is_ahead_of(&self, note: &str, proven: &[Checkpoint]) -> bool {
        let head = |note: &str| {
            let note = Note::parse(note).ok()?;
            Checkpoint::parse(note.text()).ok()
        };
        let Some(shown) = head(note) else {
            return false;
        };
        let mut remembered = self
            .remembered
            .iter()
            .flatten()
            .filter_map(|it| head(&it.note));
        let is_larger = |head: &Checkpoint| head.origin == shown.origin && head.size > shown.size;
        remembered.any(|head| is_larger(&head)) || proven.iter().any(is_larger)
    }
}

/// Why something is not there.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// No answer.
    #[error("{0} could not be fetched")]
    Unreachable(String, #[source] reqwest::Error),
    /// Another answer.
    #[error("{0} was answered with {1}")]
    Refused(String, u16),
    /// An answer that is too long or no document of its kind.
    #[error("{0} was answered with something else")]
    Answer(String),
}

/// `GET /v1/audit/entries/{id}/proof`.
#[derive(Debug, Deserialize)]
struct Proof {
    audit_id: uuid::Uuid,
    entry: String,
    index: u64,
    inclusion_proof: Vec<String>,
    checkpoint: String,
}

/// Verifies what the service shows. Returns the verified checkpoint too, to be kept for the next run:
/// none where anything is wrong.
///
/// # Errors
/// Only where the log cannot be fetched; what is wrong with it is in the report.
pub async fn verify_remote(
    remote: &Remote,
    mut tell: impl FnMut(Progress),
) -> Result<(Report, Option<String>), VerifyError> {
    let http = Client::builder().timeout(ANSWER_LIMIT).build();
    let http = http.map_err(|error| RemoteError::Unreachable(remote.url.clone(), error))?;
    let mut report = Report::default();
    let mut proven = Vec::new();
    // The proofs first, so that the tree fetched afterwards is at least as large as theirs.
    if let Some((token, ids)) = &remote.proofs {
        for &id in ids {
            proven.extend(prove(&http, remote, token, id, &mut report).await?);
        }
    }
    let note = checkpoint(&http, remote, &proven).await?;
    let Some(head) = remote.head(&note, &mut report) else {
        return Ok((report, None));
    };
    let others = remote.others(&head, &mut report);
    let proven = compare(
        &http,
        remote,
        &head,
        (others, proven),
        &mut report,
        &mut tell,
    )
    .await?;
    elsewhere(&http, remote, &head, proven, &mut report, &mut tell).await?;
    report.conclude();
    let kept = report.is_good().then_some(note);
    Ok((report, kept))
}

/// Compares the tree of a head with the heads that others know of it, and with those of them that proofs
/// lead to. Returns the proofs' heads of other trees.
async fn compare(
    http: &Client,
    remote: &Remote,
    head: &Checkpoint,
    (mut heads, proven): (Vec<Expected>, Vec<Checkpoint>),
    report: &mut Report,
    tell: &mut dyn FnMut(Progress),
) -> Result<Vec<Checkpoint>, VerifyError> {
    let (of_it, elsewhere): (Vec<_>, Vec<_>) = proven
        .into_iter()
        .partition(|of_proof| of_proof.origin == head.origin);
    heads.push(expected(head, Source::Checkpoint("the checkpoint")));
    for of_proof in of_it {
        if of_proof.size > head.size {
            let detail = format!("it leads to {} leaves of {}", of_proof.size, head.origin);
            report.fault(Kind::Proof, last(head), detail);
        } else {
            heads.push(expected(&of_proof, Source::Proof));
        }
    }
    heads.sort_by_key(|head| head.size);
    report.checked.epochs += 1;
    tree(http, remote, head, heads, report, tell).await?;
    Ok(elsewhere)
}

/// Compares the heads that proofs of other epochs lead to, each with the tree of its epoch: one that has
/// ended, for no service proves from an epoch that is yet to come.
async fn elsewhere(
    http: &Client,
    remote: &Remote,
    shown: &Checkpoint,
    mut proven: Vec<Checkpoint>,
    report: &mut Report,
    tell: &mut dyn FnMut(Progress),
) -> Result<(), VerifyError> {
    while let Some(of_proof) = proven.first() {
        let origin = of_proof.origin.clone();
        let epoch = epoch_of(&origin).filter(|&epoch| {
            remote.epoch.is_some() || epoch_of(&shown.origin).is_some_and(|newest| epoch < newest)
        });
        let of_epoch = Remote {
            epoch,
            ..remote.clone()
        };
        let head = match epoch {
            Some(_) => {
                let note = checkpoint(http, &of_epoch, &proven).await?;
                of_epoch.head(&note, report)
            }
            None => None,
        };
        match head.filter(|head| head.origin == origin) {
            Some(head) => {
                let known = (Vec::new(), proven);
                proven = compare(http, &of_epoch, &head, known, report, tell).await?;
            }
            None => {
                let detail = format!("it leads to {origin}, which the log does not show");
                report.fault(Kind::Proof, Place::default(), detail);
                proven.retain(|of_proof| of_proof.origin != origin);
            }
        }
    }
    Ok(())
}

/// The epoch that an origin names.
fn epoch_of(origin: &str) -> Option<u32> {
    origin.rsplit_once('/')?.1.parse().ok()
}

impl Remote {
    /// Whether an entry of that id is so young that it need not be sealed yet.
    fn may_be_unsealed(&self, id: uuid::Uuid) -> bool {
        let waited = AuditId::from_uuid(id).map(|id| self.now.duration_since(id.at()));
        waited.is_some_and(|waited| waited.is_negative() || waited.unsigned_abs() <= self.grace)
    }

    /// Whether an entry of that id is so old that it may have been dropped.
    fn may_be_dropped(&self, id: uuid::Uuid) -> bool {
        let keeps_from =
            vietnam_day(self.now).saturating_sub(i64::from(self.least_retention_days).days());
        AuditId::from_uuid(id).is_some_and(|id| vietnam_day(id.at()) < keeps_from)
    }

    fn base(&self) -> &str {
        self.url.trim_end_matches('/')
    }

    /// Where the tree is shown.
    fn log(&self) -> String {
        match self.epoch {
            Some(epoch) => format!("{}/log/{epoch}", self.base()),
            None => format!("{}/log", self.base()),
        }
    }

    /// The head the service shows, if the log signed it.
    fn head(&self, note: &str, report: &mut Report) -> Option<Checkpoint> {
        let (head, note) = match self.trust.head(note) {
            Ok(head) => head,
            Err(distrust) => {
                let kind = match distrust {
                    Distrust::Signature(_) => Kind::CheckpointSignature,
                    Distrust::Form(_) => Kind::CheckpointForm,
                };
                report.fault(kind, Place::default(), distrust.text());
                return None;
            }
        };
        report.checked.checkpoints += 1;
        let lines: String = note.signatures().iter().map(ToString::to_string).collect();
        let cosigned = self.trust.cosigned(note.text(), &lines);
        report.checked.cosignatures += cosigned.verified;
        // The log's own lines are among those that no witness is known for.
        let own = self.trust.log.iter().filter(|key| {
            let named =
                |line: &&crate::tlog::Signature| line.name == key.name() && line.id == key.id();
            note.signatures().iter().any(|line| named(&line))
        });
        report.noted.unknown_cosignatures += cosigned.unknown.saturating_sub(own.count() as u64);
        if cosigned.wrong {
            report.fault(Kind::Cosignature, last(&head), "");
        }
        Some(head)
    }

    /// The heads that others remember of the same tree.
    fn others(&self, head: &Checkpoint, report: &mut Report) -> Vec<Expected> {
        let mut heads = Vec::new();
        if let Some(since) = &self.since {
            match self.trust.head(since) {
                Ok((old, _)) if old.origin != head.origin => report.fault(
                    Kind::KeptContradicts,
                    Place::default(),
                    "it is of another log, or of another epoch",
                ),
                Ok((old, _)) if old.size > head.size => {
                    let detail = format!("it had {} leaves, now there are {}", old.size, head.size);
                    report.fault(Kind::KeptContradicts, last(head), detail);
                }
                Ok((old, _)) => heads.push(expected(&old, Source::Kept)),
                Err(distrust) => {
                    report.fault(Kind::KeptContradicts, Place::default(), distrust.text());
                }
            }
        }
        report.noted.second_place_compared = self.remembered.is_some();
        if self.remembered.as_ref().is_some_and(Vec::is_empty) {
            report.fault(Kind::SecondPlaceEmpty, Place::default(), "");
        }
        for note in self.remembered.iter().flatten() {
            report.checked.second_place += 1;
            let file = format!("{}", note.file.display());
            match self.trust.head(&note.note) {
                Ok((old, _)) if old.origin != head.origin => report.noted.uncompared_heads += 1,
                Ok((old, _)) if old.size > head.size => {
                    let detail = format!("{file}: {} leaves", old.size);
                    report.fault(Kind::SecondPlaceAhead, last(head), detail);
                }
                Ok((old, _)) => heads.push(expected(&old, Source::SecondPlace(file))),
                Err(distrust) => {
                    let detail = format!("{file}: {}", distrust.text());
                    report.fault(Kind::SecondPlaceNote, Place::default(), detail);
                }
            }
        }
        for note in &self.witness_notes {
            let witnessed = self.trust.head(&note.note).ok().filter(|(_, signed)| {
                self.trust.witnesses.is_empty() || self.trust.witnessed(signed).is_some()
            });
            match witnessed {
                Some((old, _)) if old.origin != head.origin => report.noted.uncompared_heads += 1,
                Some((old, _)) if old.size > head.size => {
                    let detail = format!("{}: {} leaves", note.from, old.size);
                    report.fault(Kind::WitnessAhead, last(head), detail);
                }
                Some((old, _)) => heads.push(expected(&old, Source::Witness(note.from.clone()))),
                None => report.fault(Kind::WitnessNote, Place::default(), note.from.as_str()),
            }
        }
        heads.retain(|head| head.size > 0);
        heads
    }
}

fn expected(head: &Checkpoint, source: Source) -> Expected {
    Expected {
        size: head.size,
        root: head.root,
        source,
        signed: true,
    }
}

fn last(head: &Checkpoint) -> Place {
    Place {
        index: head.size.checked_sub(1),
        ..Place::default()
    }
}

/// Computes the tree again from its lowest tiles, and compares those above.
async fn tree(
    http: &Client,
    remote: &Remote,
    head: &Checkpoint,
    heads: Vec<Expected>,
    report: &mut Report,
    tell: &mut dyn FnMut(Progress),
) -> Result<(), VerifyError> {
    let mut tree = Tree::new(None, head.size);
    let mut heads = Some(heads);
    let blocks = (0..head.size).step_by(BLOCK as usize);
    let fetched = blocks.map(|from| async move {
        let to = (from + BLOCK).min(head.size);
        let wanted = tiles_of_block(from, to, head.size);
        let tiles = wanted
            .into_iter()
            .map(|id| tile(http, remote, id, head.size));
        (from, to, future::try_join_all(tiles).await)
    });
    let mut fetched = Box::pin(stream::iter(fetched).buffered(BLOCKS));
    while let Some((from, to, tiles)) = fetched.next().await {
        let tiles: Tiles = tiles?.into_iter().flatten().collect();
        tree.expect(tiles, heads.take().unwrap_or_default());
        for index in from..to {
            let place = Place {
                index: Some(index),
                ..Place::default()
            };
            tree.push(None, &place, report);
            report.checked.leaves += 1;
        }
        tell(Progress {
            done: to,
            total: head.size,
        });
    }
    tree.finish(report);
    Ok(())
}

async fn tile(
    http: &Client,
    remote: &Remote,
    tile: TileId,
    size: u64,
) -> Result<Option<(TileId, Vec<Hash>)>, RemoteError> {
    let width = width_in(tile, size);
    let path = TilePath { tile, width };
    let url = format!("{}/tile/{path}", remote.log());
    let Some(bytes) = get(http.get(&url), &url, TILE_LIMIT).await? else {
        return Ok(None);
    };
    let hashes = hashes_from_bytes(&bytes);
    let hashes = hashes.filter(|hashes| hashes.len() == usize::from(width));
    Ok(Some((tile, hashes.ok_or(RemoteError::Answer(url))?)))
}

/// The head that is shown. A head is remembered a moment before it is, and what is shown may come from a
/// cache: it is asked for again while a larger one is known.
async fn checkpoint(
    http: &Client,
    remote: &Remote,
    proven: &[Checkpoint],
) -> Result<String, RemoteError> {
    let mut note = shown(http, remote).await?;
    for _ in 0..BEHIND_ATTEMPTS {
        if !remote.is_ahead_of(&note, proven) {
            break;
        }
        #[expect(
            clippy::disallowed_methods,
            reason = "nothing announces that a head is shown"
        )]
        tokio::time::sleep(BEHIND_PAUSE).await;
        note = shown(http, remote).await?;
    }
    Ok(note)
}

async fn shown(http: &Client, remote: &Remote) -> Result<String, RemoteError> {
    let url = format!("{}/checkpoint", remote.log());
    match get(http.get(&url), &url, MAX_NOTE_LENGTH).await? {
        Some(note) => String::from_utf8(note).map_err(|_| RemoteError::Answer(url)),
        None => Err(RemoteError::Refused(url, 404)),
    }
}

/// Fetches the proof of an entry and checks it; the head it leads to, if it holds.
async fn prove(
    http: &Client,
    remote: &Remote,
    token: &str,
    id: uuid::Uuid,
    report: &mut Report,
) -> Result<Option<Checkpoint>, RemoteError> {
    let url = format!("{}/v1/audit/entries/{id}/proof", remote.base());
    let request = http.get(&url).bearer_auth(token);
    let proof = match get(request, &url, DOCUMENT_LIMIT).await {
        Ok(proof) => proof.ok_or_else(|| RemoteError::Refused(url.clone(), 404))?,
        Err(RemoteError::Refused(_, status)) if status == StatusCode::CONFLICT.as_u16() => {
            match remote.may_be_unsealed(id) {
                true => report.noted.unplanned_entries += 1,
                false => refused("it should have been sealed long ago", id, report),
            }
            return Ok(None);
        }
        Err(RemoteError::Refused(_, status)) if status == StatusCode::GONE.as_u16() => {
            match remote.may_be_dropped(id) {
                true => report.noted.dropped_entries += 1,
                false => refused("it is gone before its time", id, report),
            }
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    let proof: Proof = parse(&url, &proof)?;
    report.checked.proofs += 1;
    match check(&proof, id, &remote.trust) {
        Ok(head) => Ok(Some(head)),
        Err(what) => {
            let place = Place {
                index: Some(proof.index),
                audit_id: Some(id),
                ..Place::default()
            };
            report.fault(Kind::Proof, place, what);
            Ok(None)
        }
    }
}

/// The service has no proof of an entry that must have one.
fn refused(why: &str, id: uuid::Uuid, report: &mut Report) {
    let place = Place {
        audit_id: Some(id),
        ..Place::default()
    };
    report.fault(Kind::Proof, place, format!("there is none: {why}"));
}

fn check(proof: &Proof, id: uuid::Uuid, trust: &Trust) -> Result<Checkpoint, &'static str> {
    let (head, _) = trust.head(&proof.checkpoint).map_err(Distrust::text)?;
    let entry = STANDARD
        .decode(&proof.entry)
        .map_err(|_| "the entry is no base64")?;
    match Decoded::from_canonical(&entry) {
        Ok(entry) if *entry.stamp.audit_id.as_uuid() == id => {}
        // An entry of any version ends with its id.
        Err(error) if error.is_newer() && entry.ends_with(id.as_bytes()) => {}
        Ok(_) | Err(_) => return Err("the entry is another, or none"),
    }
    if proof.audit_id != id {
        return Err("the proof is of another entry");
    }
    let hashes: Option<Vec<Hash>> = proof
        .inclusion_proof
        .iter()
        .map(|hash| Hash::from_base64(hash))
        .collect();
    let hashes = hashes.ok_or("the proof is not made of hashes")?;
    verify_inclusion(
        &leaf_hash(&entry),
        proof.index,
        head.size,
        &hashes,
        &head.root,
    )
    .map_err(|_| "the proof does not lead to the checkpoint")?;
    Ok(head)
}

/// The body of an answer, read up to a limit; none where there is nothing.
async fn get(
    request: RequestBuilder,
    url: &str,
    limit: usize,
) -> Result<Option<Vec<u8>>, RemoteError> {
    let failed =
        |error: reqwest::Error| RemoteError::Unreachable(url.to_owned(), error.without_url());
    let mut answer = request.send().await.map_err(failed)?;
    match answer.status() {
        StatusCode::OK => {}
        StatusCode::NOT_FOUND => return Ok(None),
        status => return Err(RemoteError::Refused(url.to_owned(), status.as_u16())),
    }
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(failed)? {
        body.extend_from_slice(&chunk);
        if body.len() > limit {
            return Err(RemoteError::Answer(url.to_owned()));
        }
    }
    Ok(Some(body))
}

fn parse<'a, T: Deserialize<'a>>(url: &str, document: &'a [u8]) -> Result<T, RemoteError> {
    serde_json::from_slice(document).map_err(|_| RemoteError::Answer(url.to_owned()))
}
