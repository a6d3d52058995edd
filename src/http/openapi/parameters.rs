//! What is given beside a body: in headers, paths and queries.

use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Required};

use super::answers::uuid;
use crate::domain::policy::Code;
use crate::http::problem;
use crate::json::Read;
use crate::json::schema::{self, Book, SchemaRef};
use crate::service::administration::{DEFAULT_PAGE, MAX_PAGE};

/// Those that every operation takes, by their names among the components.
pub(super) const COMMON: [&str; 3] = ["RequestId", "Traceparent", "AcceptLanguage"];

/// Every parameter by its name among the components.
pub(super) fn all() -> Vec<(&'static str, Parameter)> {
    vec![
        (
            "RequestId",
            header(
                "X-Request-Id",
                "The request's id, a UUID of your own; made here where there is none. It comes back \
                 with the answer as you wrote it, and is a problem's `instance`.",
                uuid(&mut Book::default()),
            ),
        ),
        (
            "Traceparent",
            header(
                "traceparent",
                "The trace the request belongs to (W3C Trace Context).",
                pattern(
                    "^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$",
                    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                ),
            ),
        ),
        (
            "AcceptLanguage",
            header(
                "Accept-Language",
                "Problems are told in Vietnamese to those who prefer it to English.",
                example("vi"),
            ),
        ),
        (
            "IfMatch",
            header(
                "If-Match",
                "Change the object only in one of these versions (RFC 9110 section 13.1.1), else \
                 `precondition_failed`; `*`: only if it is there.",
                example("\"3f0c9a7be2d1584609f4c1d2e3b4a596\""),
            ),
        ),
        (
            "IfNoneMatch",
            header(
                "If-None-Match",
                "`*`: make the object only if it is not there yet (RFC 9110 section 13.1.2).",
                example("*"),
            ),
        ),
        (
            "Id",
            path(
                "id",
                "The object's identifier.",
                Code::schema(&mut Book::default()),
            ),
        ),
        (
            "AuditId",
            path(
                "audit_id",
                "The entry's id, as answers and problems give it.",
                uuid(&mut Book::default()),
            ),
        ),
        (
            "SignalId",
            path(
                "signal_id",
                "The signal's `id`.",
                schema::integer(1, (1 << 53) - 1),
            ),
        ),
        (
            "Epoch",
            path("epoch", "The epoch's number.", {
                schema::integer(1, u64::from(i32::MAX.unsigned_abs()))
            }),
        ),
        (
            "TilePath",
            path(
                "tile_path",
                "`<L>/<N>`, or `<L>/<N>.p/<W>` for the first W hashes of a tile (C2SP tlog-tiles); \
                 it has slashes in it. L is the level, 0 to 7; N the index in groups of three \
                 digits, all but the last behind an `x`; W is 1 to 255.",
                pattern(
                    "^[0-7]/(x[0-9]{3}/)*[0-9]{3}(\\.p/[1-9][0-9]{0,2})?$",
                    "0/x001/234.p/17",
                ),
            ),
        ),
        (
            "Cursor",
            query(
                "cursor",
                "The `next_cursor` of the page before.",
                Code::schema(&mut Book::default()),
            ),
        ),
        (
            "Limit",
            query(
                "limit",
                &format!("Most objects of the page; {DEFAULT_PAGE} unless said."),
                schema::integer(1, u64::from(MAX_PAGE)),
            ),
        ),
        (
            "ProblemCode",
            path("code", "The problem's code.", {
                let codes: Vec<_> = problem::Code::ALL
                    .iter()
                    .map(|code| code.as_str())
                    .collect();
                schema::words(&codes)
            }),
        ),
        (
            "Language",
            query(
                "lang",
                "The page's language; else the one that `Accept-Language` prefers.",
                schema::words(&["en", "vi"]),
            ),
        ),
        (
            "File",
            path("file", "The file's name.", example("swagger-ui.css")),
        ),
    ]
}

fn header(name: &str, description: &str, schema: SchemaRef) -> Parameter {
    parameter(
        ParameterIn::Header,
        Required::False,
        name,
        description,
        schema,
    )
}

fn path(name: &str, description: &str, schema: SchemaRef) -> Parameter {
    parameter(ParameterIn::Path, Required::True, name, description, schema)
}

fn query(name: &str, description: &str, schema: SchemaRef) -> Parameter {
    parameter(
        ParameterIn::Query,
        Required::False,
        name,
        description,
        schema,
    )
}

fn parameter(
    place: ParameterIn,
    required: Required,
    name: &str,
    description: &str,
    schema: SchemaRef,
) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .required(required)
        .description(Some(description))
        .schema(Some(schema))
        .build()
}

fn pattern(pattern: &str, example: &str) -> SchemaRef {
    let text = ObjectBuilder::new().schema_type(Type::String);
    RefOr::T(
        text.pattern(Some(pattern))
            .examples([example])
            .build()
            .into(),
    )
}

fn example(example: &str) -> SchemaRef {
    RefOr::T(
        ObjectBuilder::new()
            .schema_type(Type::String)
            .examples([example])
            .build()
            .into(),
    )
}
