//! The transparency log as a whole: its newest head, who signed it, how far sealing is, its epochs.

use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use jiff::Timestamp;

use super::format::{Moment, count, number, span};
use super::layout::{Layout, Part, shown};
use crate::domain::entry::Operation;
use crate::http::envelope::Envelope;
use crate::http::problem::{Language, Problem};
use crate::service::{HeadState, LogState, Searchable};
use crate::tlog::{Checkpoint, Note, VerifierKey};

/// From this many seconds on, sealing is said to be behind, and so is searching.
const BEHIND_S: f64 = 60.0;

/// Checkpoints that are shown.
const CHECKPOINTS: u32 = 20;

#[derive(Template)]
#[template(path = "console/log.html")]
struct LogPage {
    l: Layout,
    /// None before the first head.
    head: Option<HeadShown>,
    keys: Vec<String>,
    unsealed: bool,
    lag: String,
    is_behind: bool,
    /// Lanes that ended without a word; zero is good.
    silent_lanes: String,
    has_silent_lanes: bool,
    epochs: Vec<EpochShown>,
    checkpoints: Vec<CheckpointShown>,
    reach: Reach,
    now: Moment,
}

/// How far the log can be searched.
pub(super) struct Reach {
    /// Up to which place; none before the first entry.
    pub(super) complete_to: Option<String>,
    /// When the newest entry that can be found was recorded, and how long ago that is.
    pub(super) newest: Option<(Moment, String)>,
    /// Whether what was published cannot be found for longer than it should.
    pub(super) is_behind: bool,
    /// For how long.
    pub(super) behind: String,
}

/// A checkpoint that was published.
struct CheckpointShown {
    epoch: u32,
    size: String,
    made_at: Moment,
    /// Who cosigned it.
    witnesses: Vec<String>,
}

impl Reach {
    pub(super) fn of(searchable: &Searchable, now: Timestamp, language: Language) -> Self {
        let complete = searchable.complete_to_index;
        let newest = searchable.newest_at.map(|at| {
            let age = now.duration_since(at).as_secs_f64();
            (Moment::of(at, language), span(age, language))
        });
        Self {
            complete_to: complete.map(|index| number(index, language)),
            newest,
            is_behind: searchable.behind_seconds > BEHIND_S,
            behind: span(searchable.behind_seconds, language),
        }
    }
}

struct HeadShown {
    origin: String,
    size: String,
    root: String,
    made_at: Moment,
    age: String,
    signers: Vec<Signer>,
    is_cosigned: bool,
    note: String,
}

/// Who signed a head.
struct Signer {
    name: String,
    id: String,
    /// One of the log's own keys; a witness otherwise.
    is_own: bool,
    /// Whether the signature was checked here and holds.
    holds: bool,
    /// When a witness cosigned.
    at: Option<Moment>,
}

struct EpochShown {
    number: u32,
    origin: String,
    size: Option<String>,
    made_at: Option<Moment>,
    grows: bool,
}

/// Whether entries wait to be sealed for longer than they should.
pub fn is_behind(state: &LogState) -> bool {
    state.unsealed && state.behind_seconds > BEHIND_S
}

/// `GET /console/log`.
pub async fn page(
    request: HttpRequest,
    _: Payload,
    envelope: Envelope,
) -> Result<HttpResponse, Problem> {
    let call = super::open(request, envelope, Operation::ConsoleLog).await?;
    let app = &call.app;
    let state = app.transparency.state(&call.asking(), &app.log).await?;
    let l = Layout::inside(&call, Part::Log);
    let language = l.language;
    let newest = state.epochs.last().and_then(|epoch| epoch.head.as_ref());
    let keys = match newest {
        Some(_) => app.transparency.keys().await?,
        None => String::new(),
    };
    let own: Vec<VerifierKey> = keys.lines().filter_map(|key| key.parse().ok()).collect();
    let head = newest.and_then(|head| {
        let age = call.now().duration_since(head.made_at).as_secs_f64();
        head_shown(&head.note, head.made_at, age, &own, language)
    });
    let checkpoints = app.transparency.recent(CHECKPOINTS).await?;
    let checkpoints = checkpoints.iter().map(|(epoch, head)| CheckpointShown {
        epoch: *epoch,
        size: number(head.size, language),
        made_at: Moment::of(head.made_at, language),
        witnesses: witnesses(head),
    });
    let last = state.epochs.len();
    let epochs = state.epochs.iter().enumerate().map(|(at, epoch)| {
        let head = epoch.head.as_ref();
        EpochShown {
            number: epoch.epoch,
            origin: epoch.origin.clone(),
            size: head.map(|head| number(head.size, language)),
            made_at: head.map(|head| Moment::of(head.made_at, language)),
            grows: at + 1 == last,
        }
    });
    let page = LogPage {
        head,
        keys: keys.lines().map(str::to_owned).collect(),
        unsealed: state.unsealed,
        lag: span(state.behind_seconds, language),
        is_behind: is_behind(&state),
        silent_lanes: count(state.lanes_without_end, language),
        has_silent_lanes: state.lanes_without_end > 0,
        epochs: epochs.collect(),
        checkpoints: checkpoints.collect(),
        reach: Reach::of(&state.searchable, call.now(), language),
        now: Moment::of(call.now(), language),
        l,
    };
    Ok(shown(call.request(), &page))
}

fn head_shown(
    text: &str,
    made_at: Timestamp,
    age: f64,
    own: &[VerifierKey],
    language: Language,
) -> Option<HeadShown> {
    let note = Note::parse(text).ok()?;
    let head = Checkpoint::parse(note.text()).ok()?;
    let verified = note.verify(own).unwrap_or_default();
    let signers: Vec<Signer> = note
        .signatures()
        .iter()
        .map(|line| {
            let same = |key: &VerifierKey| key.name() == line.name && key.id() == line.id;
            let is_own = own.iter().any(same);
            Signer {
                name: line.name.clone(),
                id: format!("{:08x}", line.id),
                is_own,
                holds: verified.iter().any(|by| same(by.key)),
                at: cosigned_at(&line.bytes)
                    .filter(|_| !is_own)
                    .map(|at| Moment::of(at, language)),
            }
        })
        .collect();
    Some(HeadShown {
        origin: head.origin,
        size: number(head.size, language),
        root: head.root.to_string(),
        made_at: Moment::of(made_at, language),
        age: span(age, language),
        is_cosigned: signers.iter().any(|signer| !signer.is_own),
        signers,
        note: text.to_owned(),
    })
}

/// Who cosigned a head: whoever signed it under another name than the log's, which is its origin without
/// the epoch.
fn witnesses(head: &HeadState) -> Vec<String> {
    let Ok(note) = Note::parse(&head.note) else {
        return Vec::new();
    };
    let origin = Checkpoint::parse(note.text()).map_or(String::new(), |head| head.origin);
    let own = origin.rsplit_once('/').map_or("", |(name, _)| name);
    let names = note.signatures().iter().map(|line| line.name.clone());
    names.filter(|name| name != own).collect()
}

/// The time in front of a cosignature (C2SP tlog-cosignature).
fn cosigned_at(signature: &[u8]) -> Option<Timestamp> {
    let (seconds, rest) = signature.split_first_chunk::<8>()?;
    let seconds = i64::try_from(u64::from_be_bytes(*seconds)).ok()?;
    (rest.len() == 64).then(|| Timestamp::from_second(seconds).ok())?
}
