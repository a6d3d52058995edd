//! The words in which auditors ask of the log: in which order, by what, in which form; and those of
//! signals.

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

words! {
    /// What is noticed in the log.
    SignalKind:
    /// Many different people within an hour.
    DistinctPeople "distinct_people",
    /// Many questions that match nobody within an hour.
    NoMatchRatio "no_match_ratio",
    /// Personal numbers that follow each other.
    SequentialNumbers "sequential_numbers",
    /// One person, and many officers on a day.
    ManyOfficers "many_officers",
    /// Questions outside of working hours.
    OffHours "off_hours",
    /// An officer's question about themselves.
    SelfLookup "self_lookup",
    /// An officer's question about a relative.
    RelativesLookup "relatives_lookup",
    /// Far more questions than usual, in an hour or on a day.
    SuddenVolume "sudden_volume",
}

impl SignalKind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::DistinctPeople,
        Self::NoMatchRatio,
        Self::SequentialNumbers,
        Self::ManyOfficers,
        Self::OffHours,
        Self::SelfLookup,
        Self::RelativesLookup,
        Self::SuddenVolume,
    ];
}

words! {
    /// Whose behaviour a signal is.
    SignalActor:
    /// An officer of an agency.
    Officer "officer",
    /// A system of an agency.
    Client "client",
    /// All who asked about one person.
    Person "person",
}
