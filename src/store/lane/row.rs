//! An entry as a row: its canonical bytes, and the columns that repeat what is searched by.

use jiff::Timestamp;

use crate::domain::entry::{AuditId, Decision, Operation, Tag};

/// What is searched by.
#[derive(Clone, Debug)]
pub(crate) struct Columns {
    pub agency_code: Option<Box<str>>,
    pub client_id: Option<Box<str>>,
    pub procedure_code: Option<Box<str>>,
    pub operation: Operation,
    pub decision: Decision,
    pub subject_tag: Option<Tag>,
    pub officer_tag: Option<Tag>,
    pub case_tag: Option<Tag>,
}

/// One row of `audit.entry`, and what is sealed beside it.
#[derive(Clone, Debug)]
pub(crate) struct EntryRow {
    pub audit_id: AuditId,
    pub at: Timestamp,
    pub seq: i64,
    pub columns: Columns,
    pub entry: Vec<u8>,
    pub attachment: Option<Vec<u8>>,
}
