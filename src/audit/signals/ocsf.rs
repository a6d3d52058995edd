//! Signals as OCSF events (Detection Finding), appended to a file a line each.
//!
//! Described field by field in `docs/operations/signals.md`. People and officers are pseudonyms, as
//! everywhere outside of a reveal.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

use serde_json::{Map, Value, json};

use super::{Actor, Signal};
use crate::audit::disk::Disk;
use crate::domain::auditing::SignalKind;

/// The version of the schema the events follow.
pub const SCHEMA_VERSION: &str = "1.9.0";

const CLASS: u32 = 2004;
const CREATE: u32 = 1;
const UPDATE: u32 = 2;

/// The file. Others wait while one writes, for each event is told by one process: so a disk that hangs must
/// not be waited for.
#[derive(Debug)]
pub(super) struct EventFile {
    path: PathBuf,
    disk: Disk,
}

impl EventFile {
    pub(super) fn new(path: PathBuf) -> Self {
        let disk = Disk::default();
        Self { path, disk }
    }

    /// Refuses while a write hangs.
    pub(super) fn check(&self) -> io::Result<()> {
        self.disk.check()
    }

    /// Appends these, and flushes them.
    pub(super) async fn append(&self, signals: &[Signal]) -> io::Result<()> {
        self.check()?;
        let mut lines = Vec::new();
        for signal in signals {
            serde_json::to_writer(&mut lines, &event(signal)).expect("an event serialises");
            lines.push(b'\n');
        }
        let path = self.path.clone();
        let write = move || {
            // Opened each time, so that whoever moves it away for keeping needs to tell nobody.
            let mut file = OpenOptions::new()
                .create(true)
                .append(true)
                .mode(0o600)
                .open(path)?;
            file.write_all(&lines)?;
            file.sync_all()
        };
        self.disk.run(write).await
    }
}

/// The event of a signal that was raised, or grew.
pub fn event(signal: &Signal) -> Value {
    let (key, measure) = (&signal.key, &signal.measure);
    let (activity, activity_name, at) = if signal.was_told {
        (UPDATE, "Update", signal.grown_at)
    } else {
        (CREATE, "Create", signal.raised_at)
    };
    let (severity_id, severity) = severity(key.kind);
    let title = title(key.kind);
    let (since, until) = (
        key.window.since.as_millisecond(),
        key.window.until.as_millisecond(),
    );
    let mut evidence = json!({
        "name": "entries",
        "data": {
            "actor": key.actor.kind().as_str(),
            "entries": measure.entries,
            "epoch": measure.first.epoch(),
            "first_index": measure.first.index(),
            "last_epoch": measure.last.epoch(),
            "last_index": measure.last.index(),
        },
    });
    if let Some(actor) = actor(signal) {
        evidence["actor"] = actor;
    }
    let mut event = json!({
        "activity_id": activity,
        "activity_name": activity_name,
        "category_uid": 2,
        "category_name": "Findings",
        "class_uid": CLASS,
        "class_name": "Detection Finding",
        "type_uid": CLASS * 100 + activity,
        "type_name": format!("Detection Finding: {activity_name}"),
        "time": at.as_millisecond(),
        "start_time": since,
        "end_time": until,
        "severity_id": severity_id,
        "severity": severity,
        "status_id": 1,
        "status": "New",
        "is_alert": activity == CREATE,
        "message": format!("{title}: {}, from {} on", measure.value, measure.threshold),
        "metadata": {
            "version": SCHEMA_VERSION,
            "uid": format!("signal-{}-{}", signal.id, measure.value),
            "event_code": key.kind.as_str(),
            "log_name": "signals",
            "product": {
                "name": "dancu",
                "vendor_name": "dancu",
                "version": env!("CARGO_PKG_VERSION"),
            },
        },
        "finding_info": {
            "uid": format!("signal-{}", signal.id),
            "title": title,
            "types": [key.kind.as_str()],
            "created_time": signal.raised_at.as_millisecond(),
            "modified_time": signal.grown_at.as_millisecond(),
            "first_seen_time": since,
            "last_seen_time": until,
            "related_events_count": measure.entries,
            "analytic": {
                "uid": key.kind.as_str(),
                "name": key.kind.as_str(),
                "type_id": 1,
                "type": "Rule",
            },
        },
        "evidences": [evidence],
        "unmapped": {
            "value": measure.value,
            "threshold": measure.threshold,
            "agency_code": key.agency_code,
            "client_id": measure.client_id,
        },
    });
    let person = match &key.actor {
        Actor::Person(tag) => Some(tag),
        Actor::Officer(_) | Actor::Client(_) => key.subject_tag.as_ref(),
    };
    if let Some(tag) = person {
        event["resources"] = json!([{"uid": hex::encode(tag), "type": "person"}]);
    }
    event
}

/// Who did it, in the words of the schema; nobody in particular where many did.
fn actor(signal: &Signal) -> Option<Value> {
    let mut actor = Map::new();
    match &signal.key.actor {
        Actor::Officer(tag) => {
            let mut user = json!({"uid": hex::encode(tag), "type_id": 1, "type": "User"});
            if let Some(agency) = &signal.key.agency_code {
                user["org"] = json!({"uid": agency});
            }
            actor.insert("user".into(), user);
        }
        Actor::Client(_) => {}
        Actor::Person(_) => return None,
    }
    let client = signal
        .key
        .actor
        .client()
        .or(signal.measure.client_id.as_deref());
    if let Some(client) = client {
        actor.insert("app_uid".into(), client.into());
    }
    Some(Value::Object(actor))
}

const fn severity(kind: SignalKind) -> (u32, &'static str) {
    match kind {
        SignalKind::SequentialNumbers => (4, "High"),
        SignalKind::DistinctPeople
        | SignalKind::NoMatchRatio
        | SignalKind::ManyOfficers
        | SignalKind::SelfLookup
        | SignalKind::RelativesLookup
        | SignalKind::SuddenVolume => (3, "Medium"),
        SignalKind::OffHours => (2, "Low"),
    }
}

const fn title(kind: SignalKind) -> &'static str {
    match kind {
        SignalKind::DistinctPeople => "Many different people within an hour",
        SignalKind::NoMatchRatio => "Many answers that matched nobody, in percent",
        SignalKind::SequentialNumbers => "Personal numbers that follow each other",
        SignalKind::ManyOfficers => "Many officers asked about one person",
        SignalKind::OffHours => "Questions outside of working hours",
        SignalKind::SelfLookup => "An officer asked about themselves",
        SignalKind::RelativesLookup => "An officer asked about a relative",
        SignalKind::SuddenVolume => "Far more questions than usual",
    }
}
