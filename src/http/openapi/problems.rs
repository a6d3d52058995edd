//! The problems in the description: their schema, an example of each made by the very code that
//! answers them, and which operation may answer which.

use actix_web::http::{StatusCode, header};
use serde_json::Value;
use utoipa::openapi::example::{Example, ExampleBuilder};
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::OperationBuilder;
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::{ContentBuilder, Header, Ref, RefOr, Response};
use uuid::Uuid;

use super::Inserts;
use super::answers::{always, maybe, text, time, uuid};
use crate::domain::fault::FaultCode;
use crate::http::head::NO_REQUEST_ID;
use crate::http::problem::{Code, Language, Problem};
use crate::http::v1::verify::VerifyRequest;
use crate::json::schema::{self, Book, SchemaRef};
use crate::json::{MAX_FAULTS, Ordered, read_strict};
use crate::service::{self, Lack, RefusedItem};

/// The request every example answers, and the entry it left.
const REQUEST_ID: Uuid = Uuid::from_u128(0x67e5_5044_10b1_426f_9247_bb68_0e5f_e0c8);
const AUDIT_ID: Uuid = Uuid::from_u128(0x019a_a3f2_6f00_7d4e_8c15_1d0f_6b2a_90e7);
const SERVER_TIME: &str = "2026-11-21T03:00:00Z";

/// The media type of problem documents.
pub(super) const MEDIA_TYPE: &str = "application/problem+json";

/// The schema of a problem document.
pub(super) fn schema(book: &mut Book) -> SchemaRef {
    let members = [
        always(
            "type",
            "`/problems/<code>`: a page about the problem, at this service.",
            text,
        ),
        always("title", "What it is, in a few words.", text),
        always(
            "status",
            "The status it was, or would be, answered with.",
            |_| schema::integer(400, 599),
        ),
        always("detail", "What happened.", text),
        always("instance", "`urn:uuid:` and the request's id.", text),
        always("code", "The stable code to branch on.", |_| {
            let codes: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
            schema::words(&codes)
        }),
        always("action", "What the caller should do.", text),
        maybe(
            "errors",
            "Each fault with its place. Reasons never repeat a value.",
            |book| {
                let item = error_item(book);
                schema::answered_list(item)
            },
        ),
        maybe(
            "audit_id",
            "The entry in the audit log, where there is one.",
            uuid,
        ),
        maybe(
            "server_time",
            "The service's clock, where a token's time is wrong.",
            time,
        ),
    ];
    let description = "Anything but success (RFC 9457). `title`, `detail` and `action` are in the \
                       language of `Content-Language`; `code` is what programs should read.";
    book.answer("Problem", description, &members)
}

fn error_item(book: &mut Book) -> SchemaRef {
    let members = [
        always(
            "pointer",
            "Where it is in the body, as a JSON pointer (RFC 6901); the parent's, where the name \
             of an unknown member is no plain word.",
            text,
        ),
        maybe("field", "The claim or field that may not be had.", text),
        always("code", "The stable code of the fault.", |_| {
            let faults = FaultCode::ALL.iter().map(|code| code.as_str());
            let lacks = [Lack::Scope, Lack::Agreement].map(Lack::as_str);
            schema::words(&faults.chain(lacks).collect::<Vec<_>>())
        }),
        always("reason", "What to put right.", text),
    ];
    let description = format!("One fault. At most {MAX_FAULTS} are listed.");
    book.answer("Fault", &description, &members)
}

/// An example of each problem, as the service writes it.
pub(in crate::http) fn example(code: Code, language: Language) -> Ordered {
    let document = problem(code).document(language, REQUEST_ID.into());
    let text = serde_json::to_string(&document).expect("a problem document serialises");
    serde_json::from_str(&text).expect("what was written can be read")
}

/// The headers of that example that say something of it.
pub(in crate::http) fn example_headers(
    code: Code,
    language: Language,
) -> Vec<(&'static str, String)> {
    let answer = problem(code).respond(language, REQUEST_ID.into());
    let told = [
        ("Content-Type", header::CONTENT_TYPE),
        ("Allow", header::ALLOW),
        ("Retry-After", header::RETRY_AFTER),
        ("WWW-Authenticate", header::WWW_AUTHENTICATE),
    ];
    let value = |(name, key)| {
        let value = answer.headers().get(key)?.to_str().ok()?;
        Some((name, value.to_owned()))
    };
    told.into_iter().filter_map(value).collect()
}

/// A problem with all that it may carry.
fn problem(code: Code) -> Problem {
    let audit_id = Some(AUDIT_ID);
    match code {
        Code::ValidationFailed => {
            let faults = read_strict::<VerifyRequest>(INVALID.as_bytes());
            let faults = faults.ok().and_then(Result::err);
            Problem::invalid(faults.expect("the example has faults"))
        }
        Code::HeaderInvalid => Problem::header(NO_REQUEST_ID),
        Code::MethodNotAllowed => Problem::method("POST"),
        Code::TokenMissing | Code::TokenInvalid | Code::TokenExpired | Code::TokenNotYetValid => {
            Problem::new(code).at(SERVER_TIME.parse().expect("a time"))
        }
        Code::FieldNotPermitted => service::Error::Refused {
            refusal: crate::domain::refusal::Refusal::FieldNotPermitted,
            items: vec![refused("/fields/1", "sex", Lack::Scope)],
            audit_id,
        }
        .into(),
        Code::ClaimNotPermitted => service::Error::Refused {
            refusal: crate::domain::refusal::Refusal::ClaimNotPermitted,
            items: vec![refused(
                "/claims/marital_status",
                "marital_status",
                Lack::Agreement,
            )],
            audit_id,
        }
        .into(),
        Code::ClientUnknown
        | Code::ClientSuspended
        | Code::ClientAddressRefused
        | Code::ScopeMissing
        | Code::AgreementMissing
        | Code::AgreementNotInForce
        | Code::OperationNotPermitted
        | Code::ProcedureNotPermitted
        | Code::OfficerNotPermitted
        | Code::OfficerMismatch
        | Code::OwnGrant
        | Code::NotFound
        | Code::EntryExpired
        | Code::Conflict
        | Code::NotSealed
        | Code::PreconditionFailed
        | Code::RegisterUnavailable => Problem::new(code).recorded_as(AUDIT_ID),
        Code::MalformedJson
        | Code::NotAcceptable
        | Code::RequestTimeout
        | Code::BodyTooLarge
        | Code::UnsupportedMediaType
        | Code::HeadersTooLarge
        | Code::Internal
        | Code::AuditUnavailable
        | Code::PolicyUnavailable
        | Code::Overloaded => Problem::new(code),
    }
}

/// A body with a fault of several kinds.
const INVALID: &str = r#"{"context": {"procedure_code": "1.004194", "officer": "079085001234"},
    "subject": {"personal_id": "0010950001"},
    "claims": {"full_name": "Nguyễn Văn An", "birth_date": "1995-02-30"}}"#;

fn refused(pointer: &str, field: &'static str, lack: Lack) -> RefusedItem {
    RefusedItem {
        pointer: pointer.to_owned(),
        field,
        lack,
    }
}

/// The responses of the description, each set of problems under one name.
#[derive(Default)]
pub(super) struct Responses {
    /// In the order in which they were met.
    named: Vec<(String, Vec<Code>)>,
}

impl Responses {
    /// Gives an operation a response for every status of its problems.
    pub(super) fn add(&mut self, operation: OperationBuilder, codes: &[Code]) -> OperationBuilder {
        let mut statuses: Vec<StatusCode> = codes.iter().map(|code| code.status()).collect();
        statuses.sort_unstable();
        statuses.dedup();
        statuses.into_iter().fold(operation, |operation, status| {
            // In the order of the checks, which is that of the codes.
            let of_status = |code: &&Code| code.status() == status && codes.contains(*code);
            let set: Vec<Code> = Code::ALL.iter().filter(of_status).copied().collect();
            let reference = RefOr::Ref(Ref::from_response_name(self.name(status, set)));
            operation.response(status.as_str(), reference)
        })
    }

    fn name(&mut self, status: StatusCode, set: Vec<Code>) -> String {
        if let Some((name, _)) = self.named.iter().find(|(_, other)| *other == set) {
            return name.clone();
        }
        let name = match &set[..] {
            [one] => one.as_str().to_owned(),
            _ => {
                let stem = status
                    .canonical_reason()
                    .unwrap_or_default()
                    .replace(' ', "_");
                let stem = stem.to_ascii_lowercase();
                let same = |name: &&(String, Vec<Code>)| name.0.starts_with(&stem);
                match self.named.iter().filter(same).count() {
                    0 => stem,
                    before => format!("{stem}_{}", before + 1),
                }
            }
        };
        self.named.push((name.clone(), set));
        name
    }

    /// The responses by name.
    pub(super) fn into_components(
        self,
        book: &mut Book,
    ) -> impl Iterator<Item = (String, RefOr<Response>)> {
        let schema = schema(book);
        self.named
            .into_iter()
            .map(move |(name, set)| (name, response(&set, &schema).into()))
    }
}

fn response(set: &[Code], schema: &SchemaRef) -> Response {
    let line = |code: &Code| {
        let (name, title) = (code.as_str(), code.texts(Language::English).title);
        format!("[`{name}`](/problems/{name}): {title}.")
    };
    let lines: Vec<String> = set.iter().map(line).collect();
    let examples = set
        .iter()
        .map(|code| (code.as_str(), example_reference(*code)));
    let content = ContentBuilder::new()
        .schema(Some(schema.clone()))
        .examples_from_iter(examples)
        .build();
    let response = ResponseBuilder::new()
        .description(lines.join("\n\n"))
        .header_ref("X-Request-Id", header_reference("RequestId"))
        .header_ref("Content-Language", header_reference("ContentLanguage"))
        .content(MEDIA_TYPE, content);
    let response = if set.iter().any(|code| code.challenge().is_some()) {
        response.header_ref("WWW-Authenticate", header_reference("Challenge"))
    } else {
        response
    };
    let response = if set.iter().any(|code| code.passes()) {
        response.header_ref("Retry-After", header_reference("RetryAfter"))
    } else {
        response
    };
    response.build()
}

/// The header of that name among the components.
pub(super) fn header_reference(name: &str) -> Ref {
    Ref::new(format!("#/components/headers/{name}"))
}

fn example_reference(code: Code) -> RefOr<Example> {
    RefOr::Ref(Ref::new(format!("#/components/examples/{}", code.as_str())))
}

/// Every problem's example by its code.
pub(super) fn examples(inserts: &mut Inserts) -> Vec<(&'static str, Example)> {
    let example = |&code: &Code| {
        let texts = code.texts(Language::English);
        let value = inserts.put(example(code, Language::English));
        let shown = ExampleBuilder::new()
            .summary(texts.title)
            .description(texts.action)
            .value(Some(value));
        (code.as_str(), shown.build())
    };
    Code::ALL.iter().map(example).collect()
}

/// The headers of answers, by their names among the components.
pub(super) fn headers() -> Vec<(&'static str, Header)> {
    let header = |description: &str, example: &str| {
        let schema = text(&mut Book::default());
        HeaderBuilder::new()
            .schema(Some(schema))
            .description(Some(description))
            .example(Some(Value::from(example)))
            .build()
    };
    let challenge = Code::TokenExpired.challenge().unwrap_or_default();
    vec![
        (
            "RequestId",
            header(
                "The request's id: the caller's, or ours where there was none.",
                &REQUEST_ID.to_string(),
            ),
        ),
        (
            "ContentLanguage",
            header("The language of the texts: `en` or `vi`.", "en"),
        ),
        (
            "Challenge",
            header("What the token lacks (RFC 6750 section 3).", challenge),
        ),
        (
            "RetryAfter",
            header("Seconds after which to try again.", "1"),
        ),
        (
            "Allow",
            header(
                "With 405, the methods the resource has.",
                "GET, HEAD, PUT, DELETE",
            ),
        ),
        (
            "ETag",
            header(
                "The object's version, for `If-Match` (RFC 9110 section 8.8.3).",
                "\"3f0c9a7be2d1584609f4c1d2e3b4a596\"",
            ),
        ),
    ]
}
