//! The words in which auditors ask of the log: in which order, by what, in which form.

use super::citizen::words;
use super::fault::{FaultCode, Form, FromText, Reason};

words! {
    /// In which order entries come.
    Order:
    /// The last of the log first.
    Newest "newest",
    /// As they are in the log.
    Log "log",
}

words! {
    /// What numbers are told apart by.
    GroupBy:
    /// The agency that asked.
    Agency "agency",
    /// Its system.
    Client "client",
    /// The procedure.
    Procedure "procedure",
    /// The officer.
    Officer "officer",
    /// The day in Vietnam.
    Day "day",
    /// What was asked for.
    Operation "operation",
    /// How it ended.
    Decision "decision",
}

words! {
    /// How an export is written.
    ExportFormat:
    /// A JSON object a line.
    Ndjson "ndjson",
    /// RFC 4180 with a header line, every cell in quotes and none of them a formula.
    Csv "csv",
}
