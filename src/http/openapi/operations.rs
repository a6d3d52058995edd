//! What each operation is, in words, and what of it the routes cannot say.

use super::answers;
use super::parameters::COMMON;
use crate::config::HttpLimits;
use crate::domain::policy::Kind;
use crate::domain::scope::OperationScope;
use crate::http::problem::Code;
use crate::http::routes::Route;
use crate::http::v1::auditors::{
    ExportRequest, ReconciliationRequest, SearchRequest, StatisticsRequest, SubjectReportRequest,
};
use crate::http::v1::lookup::{LookupBatchRequest, LookupRequest};
use crate::http::v1::prefill::PrefillRequest;
use crate::http::v1::signals::{SignalEntriesRequest, SignalsRequest};
use crate::http::v1::verify::{VerifyBatchRequest, VerifyRequest};
use crate::json::Read;
use crate::json::schema::{Book, SchemaRef};
use crate::policy::documents;
use crate::register::document::RegisterChanges;

type Schema = fn(&mut Book) -> SchemaRef;

const CITIZENS: &str = "Citizens";
const CLIENT: &str = "Client";
const AUDIT: &str = "Audit";
const REGISTER: &str = "Register";
const ADMINISTRATION: &str = "Administration";
const LOG: &str = "Transparency log";
const SERVICE: &str = "Service";

/// The groups of operations, in their order.
pub(super) const TAGS: [(&str, &str); 7] = [
    (
        CITIZENS,
        "Questions about a person, under a procedure. \"No such citizen\" and \"does not match\" \
         are one answer, `no_match`, with status 200; \"not permitted\" is a 403 that is the same \
         whatever the register holds; \"the register cannot be reached\" is a 503. None can be \
         mistaken for another, and no question about a person is ever answered 404.",
    ),
    (CLIENT, "What the calling system may ask."),
    (
        AUDIT,
        "The log of every access, for auditors. Reading it is recorded too.",
    ),
    (
        REGISTER,
        "The register's own feed: how records come in and change.",
    ),
    (
        ADMINISTRATION,
        "Agencies, their systems (clients), procedures, agreements and officers. A change is in \
         force in every replica within a second, and recorded with the object before and after. \
         No client may change itself or its own agreements.",
    ),
    (
        LOG,
        "Every entry of the log is a leaf of a Merkle tree whose heads are signed (C2SP tlog-tiles, \
         tlog-checkpoint, signed-note). Whoever keeps heads and keys from elsewhere can prove with \
         these that no entry was changed, removed or put in later. There are hashes only, so no \
         token is needed; entries themselves (entry bundles) are not here.",
    ),
    (
        SERVICE,
        "The service itself: its health and its documentation. No token is needed.",
    ),
];

/// What is said of one operation.
pub(super) struct Description {
    /// Its name.
    pub operation: &'static str,
    /// Its group.
    pub tag: &'static str,
    /// What it does, in a few words.
    pub summary: String,
    about: String,
    /// The scopes of which one is needed.
    pub scopes: &'static [OperationScope],
    parameters: &'static [&'static str],
    /// What it takes.
    pub request: Option<Schema>,
    /// What it answers, but for problems.
    pub answers: Vec<Answer>,
    problems: Vec<Code>,
}

/// One success.
pub(super) struct Answer {
    /// Its status.
    pub status: u16,
    /// When it is given.
    pub description: &'static str,
    /// What it carries.
    pub body: Body,
    /// Whether it has an entity tag.
    pub tagged: bool,
}

/// What an answer carries.
#[derive(Clone, Copy)]
pub(super) enum Body {
    /// Nothing.
    None,
    /// JSON.
    Json(Schema),
    /// Something else, of that media type.
    Text(&'static str),
}

impl Description {
    fn new(operation: &'static str, tag: &'static str, summary: &str) -> Self {
        Self {
            operation,
            tag,
            summary: summary.to_owned(),
            about: String::new(),
            scopes: &[],
            parameters: &[],
            request: None,
            answers: Vec::new(),
            problems: Vec::new(),
        }
    }

    fn about(self, about: &str) -> Self {
        Self {
            about: about.to_owned(),
            ..self
        }
    }

    fn scopes(self, scopes: &'static [OperationScope]) -> Self {
        Self { scopes, ..self }
    }

    fn parameters(self, parameters: &'static [&'static str]) -> Self {
        Self { parameters, ..self }
    }

    fn takes(self, schema: Schema) -> Self {
        Self {
            request: Some(schema),
            ..self
        }
    }

    fn answers(mut self, status: u16, description: &'static str, body: Body) -> Self {
        self.answers.push(Answer {
            status,
            description,
            body,
            tagged: false,
        });
        self
    }

    fn tagged(mut self) -> Self {
        self.answers
            .iter_mut()
            .for_each(|answer| answer.tagged = true);
        self
    }

    fn problems(mut self, problems: &[Code]) -> Self {
        self.problems.extend(problems);
        self
    }
}

impl Description {
    /// The whole text, with what holds for the route.
    pub(super) fn text(&self, route: &Route, limits: &HttpLimits) -> String {
        let mut text = self.about.clone();
        let mut add = |sentence: &str| {
            if !text.is_empty() {
                text.push_str("\n\n");
            }
            text.push_str(sentence);
        };
        if !route.open {
            let scopes: Vec<String> = self
                .scopes
                .iter()
                .map(|scope| format!("`{}`", scope.name()))
                .collect();
            add(&match &scopes[..] {
                [] => "Needs a token of a registered client, and no scope.".to_owned(),
                [one] => format!("Needs the scope {one}."),
                several => format!("Needs one of the scopes {}.", several.join(", ")),
            });
        }
        if route.takes_body() {
            let bytes = if route.bulky {
                limits.bulk_body_bytes
            } else {
                limits.body_bytes
            };
            add(&format!(
                "The body is at most {} KiB unless configured otherwise.",
                bytes / 1024
            ));
        }
        text
    }

    /// The parameters by their names among the components.
    pub(super) fn parameter_names(&self) -> impl Iterator<Item = &'static str> {
        self.parameters.iter().copied().chain(COMMON)
    }

    /// All problems it may be answered with, in the order of the codes.
    pub(super) fn codes(&self, route: &Route) -> Vec<Code> {
        let mut codes = self.problems.clone();
        codes.extend(ALWAYS);
        if !route.open {
            codes.extend(GUARDED);
            if !self.scopes.is_empty() {
                codes.push(Code::ScopeMissing);
            }
        }
        if route.takes_body() {
            codes.extend(WITH_BODY);
        }
        codes
    }
}

const ALWAYS: [Code; 3] = [Code::HeaderInvalid, Code::HeadersTooLarge, Code::Internal];

const GUARDED: [Code; 10] = [
    Code::NotAcceptable,
    Code::TokenMissing,
    Code::TokenInvalid,
    Code::TokenExpired,
    Code::TokenNotYetValid,
    Code::ClientUnknown,
    Code::ClientSuspended,
    Code::PolicyUnavailable,
    Code::AuditUnavailable,
    Code::Overloaded,
];

const WITH_BODY: [Code; 5] = [
    Code::MalformedJson,
    Code::ValidationFailed,
    Code::RequestTimeout,
    Code::BodyTooLarge,
    Code::UnsupportedMediaType,
];

const ABOUT_A_PERSON: [Code; 8] = [
    Code::AgreementMissing,
    Code::AgreementNotInForce,
    Code::OperationNotPermitted,
    Code::ProcedureNotPermitted,
    Code::OfficerNotPermitted,
    Code::OfficerMismatch,
    Code::ClaimNotPermitted,
    Code::RegisterUnavailable,
];

/// Every operation.
pub(super) fn all() -> Vec<Description> {
    let mut all = citizens();
    all.extend([me(), changes()]);
    all.extend(auditors());
    all.extend(signals());
    all.extend([entry(), proof()]);
    for (kind, names) in Kind::ALL.into_iter().zip(ADMINISTERED) {
        all.extend(administered(kind, names));
    }
    all.extend(activations());
    all.extend(transparency());
    all.extend(service());
    all
}

fn citizens() -> Vec<Description> {
    let question = |operation, summary, about| {
        Description::new(operation, CITIZENS, summary)
            .about(about)
            .problems(&ABOUT_A_PERSON)
    };
    const VERIFY: &[OperationScope] = &[OperationScope::Verify];
    const LOOKUP: &[OperationScope] = &[OperationScope::Lookup];
    vec![
        question(
            "verify",
            "Do these claims match the register?",
            include_str!("text/verify.md"),
        )
        .scopes(VERIFY)
        .takes(VerifyRequest::schema)
        .answers(
            200,
            "Whether everything claimed holds.",
            Body::Json(answers::verify),
        ),
        question(
            "lookup",
            "Read fields of a person",
            include_str!("text/lookup.md"),
        )
        .scopes(LOOKUP)
        .takes(LookupRequest::schema)
        .answers(
            200,
            "The fields, where everything claimed holds.",
            Body::Json(answers::lookup),
        )
        .problems(&[Code::FieldNotPermitted]),
        question(
            "prefill",
            "Fill the procedure's form",
            include_str!("text/prefill.md"),
        )
        .scopes(LOOKUP)
        .takes(PrefillRequest::schema)
        .answers(
            200,
            "The boxes, where everything claimed holds.",
            Body::Json(answers::prefill),
        ),
        question(
            "verify_batch",
            "Verify a batch of people",
            include_str!("text/batch.md"),
        )
        .scopes(VERIFY)
        .takes(VerifyBatchRequest::schema)
        .answers(
            200,
            "One result an item, in the order of the request.",
            Body::Json(|book| answers::batch(book, "VerifyBatchAnswer", answers::verify)),
        ),
        question(
            "lookup_batch",
            "Look a batch of people up",
            include_str!("text/batch.md"),
        )
        .scopes(LOOKUP)
        .takes(LookupBatchRequest::schema)
        .answers(
            200,
            "One result an item, in the order of the request.",
            Body::Json(|book| answers::batch(book, "LookupBatchAnswer", answers::lookup)),
        )
        .problems(&[Code::FieldNotPermitted]),
    ]
}

fn me() -> Description {
    Description::new("me", CLIENT, "What may I ask?")
        .about(
            "The token's scopes as far as the client has them, and the client's agreements with \
             what each lets it ask and read. Of no person, so it leaves no entry in the log.",
        )
        .answers(200, "The client's rights.", Body::Json(answers::me))
}

fn changes() -> Description {
    Description::new("register_changes", REGISTER, "Take changes of the register")
        .about(include_str!("text/changes.md"))
        .scopes(&[OperationScope::RegisterWrite])
        .takes(RegisterChanges::schema)
        .answers(
            200,
            "The changes are in force.",
            Body::Json(answers::applied),
        )
        .problems(&[Code::RegisterUnavailable])
}

const READ_LOG: &[OperationScope] = &[OperationScope::AuditRead, OperationScope::AuditReadAgency];

fn auditors() -> [Description; 5] {
    const PAGE: &str = "With `audit:read.agency` an auditor finds the entries of the own agency and \
                        those below it, and no others.";
    let asked = |operation, summary, about: &str| {
        Description::new(operation, AUDIT, summary)
            .about(&format!("{about}\n\n{PAGE}"))
            .scopes(READ_LOG)
    };
    [
        asked(
            "audit_search",
            "Search the log",
            include_str!("text/search.md"),
        )
        .takes(SearchRequest::schema)
        .answers(200, "A page of entries.", Body::Json(answers::search)),
        asked(
            "audit_subject_report",
            "Who looked at a person",
            include_str!("text/subject_report.md"),
        )
        .takes(SubjectReportRequest::schema)
        .answers(200, "A page of entries.", Body::Json(answers::search)),
        asked(
            "audit_statistics",
            "Count by group",
            include_str!("text/statistics.md"),
        )
        .takes(StatisticsRequest::schema)
        .answers(200, "The numbers.", Body::Json(answers::statistics)),
        asked(
            "audit_export",
            "Export entries",
            include_str!("text/export.md"),
        )
        .takes(ExportRequest::schema)
        .answers(
            200,
            "The entries: a JSON object a line, each as in a search, or a line of CSV.",
            Body::Text("application/x-ndjson"),
        ),
        asked(
            "audit_reconciliation",
            "Compare a day with a journal of one's own",
            include_str!("text/reconciliation.md"),
        )
        .takes(ReconciliationRequest::schema)
        .answers(
            200,
            "The day, summed up.",
            Body::Json(answers::reconciliation),
        ),
    ]
}

fn signals() -> [Description; 2] {
    [
        Description::new("audit_signals", AUDIT, "What somebody should look at")
            .about(include_str!("text/signals.md"))
            .scopes(READ_LOG)
            .takes(SignalsRequest::schema)
            .answers(200, "A page of signals.", Body::Json(answers::signals)),
        Description::new("audit_signal_entries", AUDIT, "The entries behind a signal")
            .about(include_str!("text/signal_entries.md"))
            .scopes(READ_LOG)
            .parameters(&["SignalId"])
            .takes(SignalEntriesRequest::schema)
            .answers(200, "A page of entries.", Body::Json(answers::search))
            .problems(&[Code::NotFound]),
    ]
}

fn entry() -> Description {
    Description::new("audit_entry", AUDIT, "Read one entry of the log")
        .about(
            "An entry can be read as soon as it was recorded. People, officers and cases show as \
             pseudonyms, the same for the same one within a month (and others from the moment its \
             keys are rotated). With `audit:read.agency` an auditor sees the entries of the own \
             agency and those below it; that another exists is not said. Once the day of an entry \
             has been dropped, every id of that day answers `entry_expired`.",
        )
        .scopes(&[OperationScope::AuditRead, OperationScope::AuditReadAgency])
        .parameters(&["AuditId"])
        .answers(200, "The entry.", Body::Json(answers::entry))
        .problems(&[Code::NotFound, Code::EntryExpired])
}

fn proof() -> Description {
    Description::new("audit_proof", AUDIT, "Prove that an entry is in the transparency log")
        .about(
            "The canonical entry, its leaf and the hashes that lead from it to the root of the \
             newest published checkpoint of its epoch. It can be checked offline with SHA-256, \
             Ed25519 and a copy of the log's key: `docs/transparency-log.md` says how, and \
             `docs/examples/check_proof.py` does it. Whoever may read the entry may have its proof. \
             An entry is covered a second or two after it was recorded; until then the answer is \
             `not_sealed`.",
        )
        .scopes(&[OperationScope::AuditRead, OperationScope::AuditReadAgency])
        .parameters(&["AuditId"])
        .answers(200, "The proof.", Body::Json(answers::proof))
        .problems(&[Code::NotFound, Code::NotSealed, Code::EntryExpired])
}

fn transparency() -> [Description; 5] {
    const TEXT: Body = Body::Text("text/plain; charset=utf-8");
    const HASHES: Body = Body::Text("application/octet-stream");
    const NEWEST: &str = "Of the epoch that grows.";
    const OF_EPOCH: &str = "Of that epoch: `<origin>/<epoch>` is the origin of its checkpoints. There \
                            is one epoch for good, unless a restored backup had lost what was signed.";
    const CHECKPOINT: &str = "A signed note of origin, size and root, with the cosignatures of \
                              witnesses that answered so far. There is none before the first entry \
                              was sealed.";
    const TILE: &str = "Up to 256 hashes of 32 bytes. Tiles are answered in every width up to the one \
                        they have in the newest checkpoint.";
    let described = |operation, summary, about: &[&str]| {
        Description::new(operation, LOG, summary)
            .about(&about.join("\n\n"))
            .problems(&[Code::NotFound, Code::AuditUnavailable, Code::Overloaded])
    };
    [
        described(
            "log_checkpoint",
            "The newest checkpoint",
            &[CHECKPOINT, NEWEST],
        )
        .answers(200, "The signed note.", TEXT),
        described(
            "log_key",
            "The keys that signed the newest checkpoint",
            &[
                "Verifier keys (`name+id+key`), the newest first, a line each. To prove anything, \
                 compare them with a copy that did not come from here.",
            ],
        )
        .answers(200, "The keys.", TEXT),
        described("log_tile", "A tile of the tree", &[TILE, NEWEST])
            .parameters(&["TilePath"])
            .answers(200, "The hashes, one after another.", HASHES),
        described(
            "log_epoch_checkpoint",
            "The newest checkpoint of an epoch",
            &[CHECKPOINT, OF_EPOCH],
        )
        .parameters(&["Epoch"])
        .answers(200, "The signed note.", TEXT),
        described(
            "log_epoch_tile",
            "A tile of an epoch's tree",
            &[TILE, OF_EPOCH],
        )
        .parameters(&["Epoch", "TilePath"])
        .answers(200, "The hashes, one after another.", HASHES),
    ]
}

/// What is said of the operations on one kind of object.
struct Administered {
    one: &'static str,
    many: &'static str,
    about: &'static str,
    get: &'static str,
    list: &'static str,
    put: &'static str,
    delete: &'static str,
    schema: Schema,
    page: Schema,
}

macro_rules! administered {
    ($($kind:ident $name:literal, $one:literal, $many:literal, $page:literal, $about:literal;)*) => {
        /// In the order of [`Kind::ALL`].
        const ADMINISTERED: [Administered; 5] = [$(Administered {
            one: $one,
            many: $many,
            about: $about,
            get: concat!("admin_", $name, "_get"),
            list: concat!("admin_", $name, "_list"),
            put: concat!("admin_", $name, "_put"),
            delete: concat!("admin_", $name, "_delete"),
            schema: |book| documents::schema(Kind::$kind, book),
            page: |book| answers::page(book, Kind::$kind, $page),
        },)*];
    };
}

administered! {
    Agency "agency", "an agency", "agencies", "AgencyPage",
        "An agency may stand below another, whose auditors then see its entries.";
    Client "client", "a client", "clients", "ClientPage",
        "A client is one system of an agency. Its scopes are the most its tokens may carry.";
    Officer "officer", "an officer", "officers", "OfficerPage",
        "Officers need registering only for agreements whose `officer` is `registered`.";
    Procedure "procedure", "a procedure", "procedures", "ProcedurePage",
        "A procedure says which field of the record fills which box of its form, and which papers \
         a citizen need not bring once their fields came from the register.";
    Agreement "agreement", "an agreement", "agreements", "AgreementPage",
        "An agreement says what one client may ask under one procedure, and when. Two agreements \
         of one client and procedure may not have a day in common.";
}

fn administered(kind: Kind, names: Administered) -> [Description; 4] {
    let Administered {
        one,
        many,
        about,
        get,
        list,
        put,
        delete,
        schema,
        page,
    } = names;
    let described = |operation, summary: String, more: &str| {
        Description::new(operation, ADMINISTRATION, &summary)
            .about(&format!("{about}\n\n{more}"))
            .scopes(&[OperationScope::Admin])
    };
    let key = kind.key();
    [
        described(
            list,
            format!("List {many}"),
            "By identifier, a page at a time.",
        )
        .parameters(&["Cursor", "Limit"])
        .answers(200, "A page.", Body::Json(page))
        .problems(&[Code::ValidationFailed]),
        described(get, format!("Read {one}"), "Gives back what was PUT.")
            .parameters(&["Id"])
            .answers(200, "The object.", Body::Json(schema))
            .tagged()
            .problems(&[Code::NotFound]),
        described(
            put,
            format!("Write {one}"),
            &format!(
                "Makes the object or replaces the whole of it; `{key}` must be the identifier in \
                 the address, and what the object refers to must be registered. Putting the same \
                 again changes nothing. Null and absent members are the same."
            ),
        )
        .parameters(&["Id", "IfMatch", "IfNoneMatch"])
        .takes(schema)
        .answers(
            200,
            "The object was replaced, or was the same.",
            Body::Json(schema),
        )
        .answers(201, "The object was made.", Body::Json(schema))
        .tagged()
        .problems(&[Code::OwnGrant, Code::Conflict, Code::PreconditionFailed]),
        described(
            delete,
            format!("Delete {one}"),
            "What others refer to cannot be deleted (`conflict`).",
        )
        .parameters(&["Id", "IfMatch", "IfNoneMatch"])
        .answers(204, "The object is gone.", Body::None)
        .problems(&[
            Code::OwnGrant,
            Code::NotFound,
            Code::Conflict,
            Code::PreconditionFailed,
        ]),
    ]
}

fn activations() -> [Description; 2] {
    let described = |operation, summary, about| {
        Description::new(operation, ADMINISTRATION, summary)
            .about(about)
            .scopes(&[OperationScope::Admin])
            .parameters(&["Id", "IfMatch", "IfNoneMatch"])
            .answers(
                200,
                "The client, as it is now.",
                Body::Json(|book| documents::schema(Kind::Client, book)),
            )
            .tagged()
            .problems(&[Code::OwnGrant, Code::NotFound, Code::PreconditionFailed])
    };
    [
        described(
            "admin_client_suspend",
            "Suspend a client",
            "Every replica refuses the client within a second (`client_suspended`), tokens it \
             holds included. Suspending a suspended client changes nothing.",
        ),
        described(
            "admin_client_resume",
            "Let a suspended client ask again",
            "Takes a suspension back. Resuming an active client changes nothing.",
        ),
    ]
}

fn service() -> Vec<Description> {
    const PLAIN: Body = Body::Text("text/plain; charset=utf-8");
    const HTML: Body = Body::Text("text/html; charset=utf-8");
    let described =
        |operation, summary, about| Description::new(operation, SERVICE, summary).about(about);
    vec![
        described(
            "protected_resource",
            "Whose tokens are taken here?",
            include_str!("text/protected_resource.md"),
        )
        .answers(
            200,
            "What this service is to an OAuth client.",
            Body::Json(answers::protected_resource),
        )
        .tagged()
        .problems(&[Code::NotFound]),
        described(
            "health_live",
            "Does the process answer?",
            "Never asks a database: restarting the process would not mend one.",
        )
        .answers(200, "It does.", PLAIN),
        described(
            "health_ready",
            "May requests be sent here?",
            "They may while the database is down, too: the answers are 503 problems then.",
        )
        .answers(200, "They may.", PLAIN)
        .problems(&[Code::Overloaded]),
        described(
            "health_startup",
            "Has the process begun?",
            "It has when the permissions are known.",
        )
        .answers(200, "It has.", PLAIN)
        .problems(&[Code::PolicyUnavailable]),
        described("openapi", "This description", "OpenAPI 3.1.")
            .answers(
                200,
                "The description.",
                Body::Json(|_| utoipa::openapi::schema::ObjectBuilder::new().build().into()),
            )
            .tagged(),
        described(
            "docs",
            "This description as a page",
            "For people, and usable without any other host. What it needs is at `/docs/{file}`.",
        )
        .answers(200, "The page.", HTML),
        described(
            "docs_file",
            "A part of the page",
            "Its style and its program.",
        )
        .parameters(&["File"])
        .answers(200, "The file, of its own type.", Body::Text("*/*"))
        .problems(&[Code::NotFound]),
        described(
            "problems",
            "All problems, as a page",
            "In English or Vietnamese.",
        )
        .parameters(&["Language"])
        .answers(200, "The page.", HTML),
        described(
            "problem",
            "One problem, as a page",
            "What the `type` of a problem document leads to, in English or Vietnamese.",
        )
        .parameters(&["ProblemCode", "Language"])
        .answers(200, "The page.", HTML)
        .problems(&[Code::NotFound]),
        described(
            "sandbox",
            "Requests to try, as a page",
            "In a demonstration: for every outcome a person, the request and the answer to expect, in \
             English or Vietnamese. A service that is no demonstration has no such page.",
        )
        .parameters(&["Language"])
        .answers(200, "The page.", HTML)
        .problems(&[Code::NotFound]),
    ]
}
