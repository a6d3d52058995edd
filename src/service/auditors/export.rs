//! All entries that match, as a stream: as NDJSON, or as CSV that is safe to open in a spreadsheet.

use std::io::Write as _;

use bytes::Bytes;
use futures_util::stream::{Stream, try_unfold};

use super::reading::Reading;
use super::{Auditors, Broken, EntryView, Filters, Order, Showing, visible_to};
use crate::audit::search::{Criteria, Walk};
use crate::auth::VerifiedToken;
use crate::domain::auditing::ExportFormat;
use crate::domain::entry::Operation;
use crate::domain::scope::OperationScope;
use crate::keys::KeyRing;
use crate::policy::Stale;
use crate::service::{Asking, Error};

/// Entries of one portion.
const PORTION: usize = 500;

/// The columns of an export as CSV, in the order of the members of [`EntryView`].
const COLUMNS: [&str; 25] = [
    "audit_id",
    "index",
    "at",
    "agency_code",
    "client_id",
    "token_id",
    "token_sub",
    "officer",
    "procedure_code",
    "case_id",
    "operation",
    "claims",
    "fields.asked",
    "fields.disclosed",
    "fields.withheld",
    "papers_replaced",
    "subject",
    "address",
    "decision",
    "reason",
    "name_match",
    "revision",
    "revealed",
    "purpose",
    "target",
];

/// An export that was recorded and may begin.
#[derive(Debug)]
pub struct Export {
    auditors: Auditors,
    walk: Walk,
    ring: Option<KeyRing>,
    format: ExportFormat,
    begun: bool,
    leave: Leave,
}

/// By what the export was allowed. It may go on for long, so it is looked at again and again.
#[derive(Debug)]
struct Leave {
    token: VerifiedToken,
    visible: Option<Vec<String>>,
    reveal: bool,
}

/// Why no more of an export leaves.
#[derive(Debug, thiserror::Error)]
enum Ended {
    /// The token.
    #[error("the token has expired")]
    Expired,
    /// The client, or its scopes or agencies.
    #[error("the client may not read this any more")]
    Forbidden,
    /// The policy.
    #[error("whether the client still may read this is not certain")]
    Policy(#[from] Stale),
    /// What stood in the way of the rest.
    #[error("the rest could not be read")]
    Broken(#[from] Broken),
}

/// Why an export ended before its end: whoever reads it must see that it did.
#[derive(Debug, thiserror::Error)]
#[error("the export could not be read to its end")]
pub struct ExportBroken(#[source] Box<dyn std::error::Error + Send + Sync>);

impl Auditors {
    /// All entries that meet the conditions, in the order of the log and as far as it can be searched
    /// now.
    pub async fn export(
        &self,
        asking: &Asking<'_>,
        filters: &Filters,
        format: ExportFormat,
        showing: &Showing,
    ) -> Result<Export, Error> {
        let reading = Reading::of(filters);
        let own = reading.entry(asking, Operation::AuditExport, showing);
        self.may_show(asking, &own, showing).await?;
        let begun = async {
            let visible = self.visible(asking)?;
            let is_apart = self.is_apart(asking, filters, visible.as_deref())?;
            let (criteria, ring) = self.criteria(filters, visible.clone(), showing).await?;
            let walk = self.walk(criteria.client_apart(is_apart)).await?;
            Ok((walk, ring, visible))
        };
        let (walk, ring, visible) = match begun.await {
            Ok(begun) => begun,
            Err(error) => return Err(self.broken(&own, &error).await),
        };
        self.log.record(&own).await?;
        Ok(Export {
            auditors: self.clone(),
            walk,
            ring: ring.filter(|_| showing.reveal),
            format,
            begun: false,
            leave: Leave {
                token: asking.token.clone(),
                visible,
                reveal: showing.reveal,
            },
        })
    }

    async fn walk(&self, criteria: Criteria) -> Result<Walk, Broken> {
        Ok(self.entries.walk(criteria, Order::Log).await?)
    }
}

impl Export {
    /// The bytes, a portion at a time; memory does not grow with their number. It is broken off before
    /// the next portion once the token is over, or the client may not read all of it any more.
    pub fn stream(self) -> impl Stream<Item = Result<Bytes, ExportBroken>> {
        try_unfold(Some(self), async |export| {
            let Some(mut export) = export else {
                return Ok(None);
            };
            let (bytes, ended) = export.portion().await.map_err(|error| {
                let told: &dyn std::error::Error = &error;
                tracing::error!(error = told, "an export was broken off");
                ExportBroken(Box::new(error))
            })?;
            Ok(Some((bytes, (!ended).then_some(export))))
        })
    }

    async fn portion(&mut self) -> Result<(Bytes, bool), Ended> {
        self.leave.check(&self.auditors)?;
        let mut out = Vec::new();
        if !self.begun && self.format == ExportFormat::Csv {
            line(&mut out, COLUMNS.iter().map(|name| (*name).to_owned()));
        }
        self.begun = true;
        let (found, ended) = self
            .auditors
            .entries
            .walk_on(&mut self.walk, PORTION)
            .await
            .map_err(Broken::from)?;
        for (position, recorded) in found {
            let view = super::search::view(position, recorded, self.ring.as_ref())?;
            match self.format {
                ExportFormat::Ndjson => {
                    serde_json::to_writer(&mut out, &view).expect("an entry serialises");
                    out.push(b'\n');
                }
                ExportFormat::Csv => line(&mut out, cells(&view).into_iter()),
            }
        }
        Ok((out.into(), ended))
    }
}

impl Leave {
    /// Whether all of it is still allowed, by the policy and the time of now.
    fn check(&self, auditors: &Auditors) -> Result<(), Ended> {
        let now = auditors.clock.now();
        if self.token.has_expired(now) {
            return Err(Ended::Expired);
        }
        let snapshot = auditors.policy.load(now)?;
        let caller = snapshot
            .caller(
                &self.token.issuer,
                &self.token.client_id,
                &self.token.scopes,
                self.token.officer_id.as_deref(),
            )
            .map_err(|_| Ended::Forbidden)?;
        let allows = |scope| caller.scopes.allows(scope);
        let may_read = allows(OperationScope::AuditRead) || allows(OperationScope::AuditReadAgency);
        let may_show = !self.reveal || allows(OperationScope::AuditReveal);
        let sees_all = match (&self.visible, visible_to(&snapshot, &caller)) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(before), Some(now)) => before.iter().all(|code| now.contains(code)),
        };
        if may_read && may_show && sees_all {
            Ok(())
        } else {
            Err(Ended::Forbidden)
        }
    }
}

fn cells(view: &EntryView) -> [String; 25] {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let number = |number: Option<u64>| number.map(|it| it.to_string()).unwrap_or_default();
    let list = |texts: &[String]| texts.join(" ");
    [
        view.audit_id.to_string(),
        number(view.index),
        view.at.to_string(),
        text(&view.agency_code),
        text(&view.client_id),
        text(&view.token_id),
        text(&view.token_sub),
        text(&view.officer),
        text(&view.procedure_code),
        text(&view.case_id),
        view.operation.to_owned(),
        list(&view.claims),
        list(&view.fields.asked),
        list(&view.fields.disclosed),
        list(&view.fields.withheld),
        list(&view.papers_replaced),
        text(&view.subject),
        view.address.map(|it| it.to_string()).unwrap_or_default(),
        view.decision.to_owned(),
        text(&view.reason),
        text(&view.name_match),
        number(view.revision),
        view.revealed.to_string(),
        text(&view.purpose),
        text(&view.target),
    ]
}

/// Writes one line. A cell that a spreadsheet would take for a formula is put behind an apostrophe
/// (OWASP, CSV injection); each is in quotes, so that no separator of any locale splits it. What is not
/// seen, or turns the direction of what is, stands as its escape (`\\u{202e}`).
fn line(out: &mut Vec<u8>, cells: impl Iterator<Item = String>) {
    for (at, cell) in cells.enumerate() {
        if at > 0 {
            out.push(b',');
        }
        let is_formula =
            cell.trim_start().starts_with(FORMULAS) || cell.starts_with(['\t', '\r', '\n']);
        let guard = if is_formula { "'" } else { "" };
        write!(out, "\"{guard}").expect("memory takes all");
        for c in cell.chars() {
            match c {
                '"' => out.extend_from_slice(b"\"\""),
                _ if is_unseen(c) => {
                    write!(out, "{}", c.escape_unicode()).expect("memory takes all");
                }
                _ => write!(out, "{c}").expect("memory takes all"),
            }
        }
        out.push(b'"');
    }
    out.extend_from_slice(b"\r\n");
}

/// What a formula begins with, also in the width of East Asian letters.
const FORMULAS: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// Controls, and what sets or turns the direction of text.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn what_a_spreadsheet_would_compute_is_a_text() {
        let cells = [
            "=1+1",
            "+84",
            "-1",
            "@SUM(A1)",
            "\tx",
            "a\"b",
            "a,b",
            "plain",
            " =1",
            "＝1",
            "a\u{202e}b\r\n",
        ];
        let mut out = Vec::new();
        line(&mut out, cells.iter().map(|cell| (*cell).to_owned()));
        let expected = "\"'=1+1\",\"'+84\",\"'-1\",\"'@SUM(A1)\",\"'\\u{9}x\",\"a\"\"b\",\"a,b\",\"plain\",\
            \"' =1\",\"'＝1\",\"a\\u{202e}b\\u{d}\\u{a}\"\r\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
