//! The words an entry uses for what was done and how it ended. A word, once used, keeps its meaning.

use std::fmt;

use crate::domain::fault::{FaultCode, Form, FromText, Reason};

/// A kind of administered object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AdminKind {
    /// An agency.
    Agency,
    /// A client: one system of an agency.
    Client,
    /// A procedure.
    Procedure,
    /// An agreement between a client and a procedure.
    Agreement,
    /// An officer.
    Officer,
}

/// How an operation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Decision {
    /// The claims match.
    Match,
    /// They do not, or there is no such person.
    NoMatch,
    /// The caller may not.
    Refused,
    /// We could not.
    Failed,
    /// Something else than a question about a person was done.
    Done,
}

impl Decision {
    /// Every decision.
    pub const ALL: [Self; 5] = [
        Self::Match,
        Self::NoMatch,
        Self::Refused,
        Self::Failed,
        Self::Done,
    ];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Match => "match",
            Self::NoMatch => "no_match",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Done => "done",
        }
    }

    /// The decision of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == word)
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

macro_rules! operations {
    ($($(#[$doc:meta])+ $name:ident = $word:literal,)+) => {
        /// What was asked for, by its stable word. A batch's items use their single operation's.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Operation {
            $($(#[$doc])+ $name,)+
        }

        impl Operation {
            /// Every operation.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The word for it.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)+
                }
            }

            /// The operation of that word.
            pub fn parse(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$name),)+
                    _ => None,
                }
            }
        }
    };
}

operations! {
    /// Do these claims match?
    Verify = "verify",
    /// Which values has this person?
    Lookup = "lookup",
    /// Which values fill this procedure's form?
    Prefill = "prefill",
    /// Does the service answer? It asked itself about its synthetic citizen.
    Canary = "canary",
    /// What may I ask? (Recorded only where it is refused.)
    Me = "me",
    /// A call of the register's feed, refused before its items were read.
    RegisterChanges = "register.changes",
    /// The register replaced a record.
    RegisterUpsert = "register.upsert",
    /// The register changed a life status.
    RegisterStatus = "register.status",
    /// An administrator read one agency.
    AgencyGet = "admin.agency.get",
    /// An administrator listed agencies.
    AgencyList = "admin.agency.list",
    /// An administrator wrote an agency.
    AgencyPut = "admin.agency.put",
    /// An administrator deleted an agency.
    AgencyDelete = "admin.agency.delete",
    /// An administrator read one client.
    ClientGet = "admin.client.get",
    /// An administrator listed clients.
    ClientList = "admin.client.list",
    /// An administrator wrote a client.
    ClientPut = "admin.client.put",
    /// An administrator deleted a client.
    ClientDelete = "admin.client.delete",
    /// An administrator suspended a client.
    ClientSuspend = "admin.client.suspend",
    /// An administrator resumed a client.
    ClientResume = "admin.client.resume",
    /// An administrator read one procedure.
    ProcedureGet = "admin.procedure.get",
    /// An administrator listed procedures.
    ProcedureList = "admin.procedure.list",
    /// An administrator wrote a procedure.
    ProcedurePut = "admin.procedure.put",
    /// An administrator deleted a procedure.
    ProcedureDelete = "admin.procedure.delete",
    /// An administrator read one agreement.
    AgreementGet = "admin.agreement.get",
    /// An administrator listed agreements.
    AgreementList = "admin.agreement.list",
    /// An administrator wrote an agreement.
    AgreementPut = "admin.agreement.put",
    /// An administrator deleted an agreement.
    AgreementDelete = "admin.agreement.delete",
    /// An administrator read one officer.
    OfficerGet = "admin.officer.get",
    /// An administrator listed officers.
    OfficerList = "admin.officer.list",
    /// An administrator wrote an officer.
    OfficerPut = "admin.officer.put",
    /// An administrator deleted an officer.
    OfficerDelete = "admin.officer.delete",
    /// An auditor searched.
    AuditSearch = "audit.search",
    /// An auditor read one entry.
    AuditEntry = "audit.entry",
    /// An auditor fetched the proof of one entry.
    AuditProof = "audit.proof",
    /// An auditor asked who looked at a person.
    AuditSubjectReport = "audit.subject_report",
    /// An auditor asked for numbers.
    AuditStatistics = "audit.statistics",
    /// An auditor exported.
    AuditExport = "audit.export",
    /// An agency's journal was compared.
    AuditReconciliation = "audit.reconciliation",
    /// An auditor signed in to the console.
    ConsoleSignIn = "console.sign_in",
    /// An auditor looked, in the console, at how the transparency log does.
    ConsoleLog = "console.log",
    /// An auditor read signals.
    AuditSignals = "audit.signals",
    /// An auditor read the entries behind a signal.
    AuditSignalEntries = "audit.signal_entries",
    /// A command line imported records.
    CliImport = "cli.import",
    /// A command line wrote a synthetic population.
    CliGenerate = "cli.generate",
    /// A command line, or the first start, made the bootstrap client.
    CliBootstrap = "cli.bootstrap",
    /// A command line loaded reference data.
    CliReference = "cli.reference",
    /// A command line dropped expired partitions.
    CliMaintain = "cli.maintain",
    /// A command line loaded the demonstration's clients and agreements.
    CliDemo = "cli.demo",
    /// A command line made up the access history of a demonstration.
    CliHistory = "cli.history",
    /// A command line began a new epoch of the transparency log.
    CliNewEpoch = "cli.new_epoch",
    /// A command line gave an empty second place the newest head.
    CliAdoptSecondPlace = "cli.adopt_second_place",
    /// A command line declared numbers of a lane as lost.
    CliDeclareHole = "cli.declare_hole",
    /// A command line changed the keys that sign checkpoints.
    CliRotateNoteKey = "cli.rotate_note_key",
    /// A command line made a further generation of a month's keys.
    CliKeysRotateMonth = "cli.keys.rotate_month",
    /// A command line destroyed a month's keys.
    CliKeysDestroyMonths = "cli.keys.destroy_months",
    /// A command line wrapped all months' keys with another key-encryption key.
    CliKeysRewrap = "cli.keys.rewrap",
    /// A lane begins.
    LaneOpened = "lane.opened",
    /// A lane is alive, and this far.
    LaneHeartbeat = "lane.heartbeat",
    /// A lane ends with nothing unacknowledged.
    LaneClosed = "lane.closed",
    /// Another lane is given up; nothing more of it is promised than was acknowledged.
    LaneAbandoned = "lane.abandoned",
    /// Stands where an entry could not be recorded; its request was answered 503.
    LaneUnrecordable = "lane.unrecordable",
}

impl Operation {
    /// An administrator reads one object of that kind.
    pub const fn get(kind: AdminKind) -> Self {
        match kind {
            AdminKind::Agency => Self::AgencyGet,
            AdminKind::Client => Self::ClientGet,
            AdminKind::Procedure => Self::ProcedureGet,
            AdminKind::Agreement => Self::AgreementGet,
            AdminKind::Officer => Self::OfficerGet,
        }
    }

    /// An administrator lists the objects of that kind.
    pub const fn list(kind: AdminKind) -> Self {
        match kind {
            AdminKind::Agency => Self::AgencyList,
            AdminKind::Client => Self::ClientList,
            AdminKind::Procedure => Self::ProcedureList,
            AdminKind::Agreement => Self::AgreementList,
            AdminKind::Officer => Self::OfficerList,
        }
    }

    /// An administrator writes an object of that kind.
    pub const fn put(kind: AdminKind) -> Self {
        match kind {
            AdminKind::Agency => Self::AgencyPut,
            AdminKind::Client => Self::ClientPut,
            AdminKind::Procedure => Self::ProcedurePut,
            AdminKind::Agreement => Self::AgreementPut,
            AdminKind::Officer => Self::OfficerPut,
        }
    }

    /// An administrator deletes an object of that kind.
    pub const fn delete(kind: AdminKind) -> Self {
        match kind {
            AdminKind::Agency => Self::AgencyDelete,
            AdminKind::Client => Self::ClientDelete,
            AdminKind::Procedure => Self::ProcedureDelete,
            AdminKind::Agreement => Self::AgreementDelete,
            AdminKind::Officer => Self::OfficerDelete,
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromText for Operation {
    const FORM: Form = Form::vocabulary(
        || {
            Self::ALL
                .iter()
                .map(|one| one.as_str().to_owned())
                .collect()
        },
        "lookup",
    )
    .named(
        "AuditOperation",
        "What an entry of the log was recorded for.",
    );

    fn from_text(text: &str) -> Result<Self, Reason> {
        Self::parse(text).ok_or(Reason::new(FaultCode::Enum, "not an operation of the log"))
    }
}

impl FromText for Decision {
    const FORM: Form = Form::words(&["match", "no_match", "refused", "failed", "done"]);

    fn from_text(text: &str) -> Result<Self, Reason> {
        Self::parse(text).ok_or(Reason::new(
            FaultCode::Enum,
            "one of match no_match refused failed done",
        ))
    }
}
