//! The description of the API (OpenAPI 3.1), put together from the code: the routes are those that
//! are served, the schemas of bodies those of their readers, the problems those that are answered.
//! What the code cannot say is said in [`operations`]. Not here: how it is served.

mod answers;
mod citizen;
mod examples;
mod operations;
mod parameters;
mod problems;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use utoipa::openapi::example::{Example, ExampleBuilder};
use utoipa::openapi::path::{HttpMethod, OperationBuilder, PathItem, PathsBuilder};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    ComponentsBuilder, Content, ContentBuilder, InfoBuilder, LicenseBuilder, OpenApi,
    OpenApiBuilder, Ref, RefOr, Required, Response, ServerBuilder,
};

use super::routes::{ROUTES, Route};
use crate::config::HttpLimits;
use crate::json::schema::Book;
use examples::{Call, Inserts};
use operations::{Body, Description, TAGS};
use problems::Responses;

pub(in crate::http) use problems::{
    example as problem_example, example_headers as problem_headers,
};

/// What holds for all operations, in Markdown.
const ABOUT: &str = include_str!("about.md");

/// The name of the security scheme.
const BEARER: &str = "bearer";

/// The description as JSON text, with the limits that hold unless others are configured: the same text
/// for the same code; ends with a new line.
pub fn document() -> &'static str {
    static DOCUMENT: LazyLock<String> = LazyLock::new(|| document_under(&HttpLimits::default()));
    &DOCUMENT
}

/// The same of a service with those limits.
pub fn document_under(limits: &HttpLimits) -> String {
    let mut writer = Writer {
        limits: *limits,
        ..Writer::default()
    };
    writer.book.limits = super::limits(limits);
    let description = writer.description();
    let text = description
        .to_pretty_json()
        .expect("a description serialises");
    writer.inserts.insert(&text)
}

/// The parts while they are collected.
#[derive(Default)]
struct Writer {
    limits: HttpLimits,
    book: Book,
    inserts: Inserts,
    responses: Responses,
}

impl Writer {
    fn description(&mut self) -> OpenApi {
        let calls = examples::calls();
        let described = operations::all();
        let mut paths = PathsBuilder::new();
        for route in ROUTES.iter().filter(|route| !route.console) {
            let description = described
                .iter()
                .find(|description| description.operation == route.operation)
                .unwrap_or_else(|| panic!("{} is not described", route.operation));
            let operation = self.operation(route, description, &calls);
            paths = paths.path(route.path, PathItem::new(method(route), operation));
        }
        let info = InfoBuilder::new()
            .title("dancu")
            .version(env!("CARGO_PKG_VERSION"))
            .description(Some(ABOUT))
            .license(Some(
                LicenseBuilder::new()
                    .name("Apache License 2.0")
                    .identifier(Some("Apache-2.0"))
                    .build(),
            ));
        let tags = TAGS.iter().map(|(name, description)| {
            TagBuilder::new()
                .name(*name)
                .description(Some(*description))
                .build()
        });
        OpenApiBuilder::new()
            .info(info.build())
            .servers(Some([ServerBuilder::new()
                .url("/")
                .description(Some("This service"))
                .build()]))
            .tags(Some(tags))
            .paths(paths.build())
            .components(Some(self.components()))
            .build()
    }

    fn operation(
        &mut self,
        route: &Route,
        description: &Description,
        calls: &[Call],
    ) -> OperationBuilder {
        let calls: Vec<&Call> = calls
            .iter()
            .filter(|call| call.operation == route.operation)
            .collect();
        let mut operation = OperationBuilder::new()
            .operation_id(Some(route.operation))
            .tag(description.tag)
            .summary(Some(description.summary.clone()))
            .description(Some(description.text(route, &self.limits)));
        for name in description.parameter_names() {
            let name = format!("#/components/parameters/{name}");
            operation = operation.parameter_ref(Ref::new(name));
        }
        for requirement in requirements(route, description) {
            operation = operation.security(requirement);
        }
        if let Some(schema) = description.request {
            let content = ContentBuilder::new().schema(Some(schema(&mut self.book)));
            let examples = self.examples(&calls, |call| call.request.as_ref());
            let content = content.examples_from_iter(examples).build();
            let body = RequestBodyBuilder::new().required(Some(Required::True));
            operation = operation.request_body(Some(body.content(JSON, content).build()));
        }
        for answer in &description.answers {
            let response = self.response(answer, &calls);
            operation = operation.response(answer.status.to_string(), response);
        }
        self.responses.add(operation, &description.codes(route))
    }

    fn response(&mut self, answer: &operations::Answer, calls: &[&Call]) -> Response {
        let mut response = ResponseBuilder::new()
            .description(answer.description)
            .header_ref("X-Request-Id", problems::header_reference("RequestId"));
        if answer.tagged {
            response = response.header_ref("ETag", problems::header_reference("ETag"));
        }
        let of_status: Vec<&Call> = calls
            .iter()
            .filter(|call| call.status == answer.status)
            .copied()
            .collect();
        match answer.body {
            Body::None => response,
            Body::Json(schema) => {
                let content = ContentBuilder::new().schema(Some(schema(&mut self.book)));
                let examples = self.examples(&of_status, |call| call.answer.as_ref());
                response.content(JSON, content.examples_from_iter(examples).build())
            }
            Body::Text(media_type) => {
                let content = Content::new(Some(answers::text(&mut self.book)));
                let mut content = ContentBuilder::from(content);
                let examples = self.examples(&of_status, |call| call.answer.as_ref());
                content = content.examples_from_iter(examples);
                response.content(media_type, content.build())
            }
        }
        .build()
    }

    fn examples(
        &mut self,
        calls: &[&Call],
        of: impl Fn(&Call) -> Option<&crate::json::Ordered>,
    ) -> Vec<(String, Example)> {
        let mut examples = Vec::new();
        for call in calls {
            let Some(value) = of(call) else { continue };
            let example = ExampleBuilder::new()
                .summary(call.summary.clone())
                .value(Some(self.inserts.put(value.clone())));
            // Readers see examples by their names' order: the number keeps that of the story.
            examples.push((
                format!("{}_{}", examples.len() + 1, call.name),
                example.build(),
            ));
        }
        examples
    }

    fn components(&mut self) -> utoipa::openapi::Components {
        let mut components = ComponentsBuilder::new();
        for (name, parameter) in parameters::all() {
            components = components.parameter(name, parameter);
        }
        for (name, header) in problems::headers() {
            components = components.header(name, header);
        }
        for (code, example) in problems::examples(&mut self.inserts) {
            components = components.example(code, example);
        }
        let responses = std::mem::take(&mut self.responses);
        components = components.responses_from_iter(responses.into_components(&mut self.book));
        let scheme = Http::builder()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some(
                "An access token as in RFC 9068 from an issuer this service trusts. The scopes of \
                 an operation are listed with it: one of them is needed.",
            ))
            .build();
        components = components.security_scheme(BEARER, SecurityScheme::Http(scheme));
        let schemas: BTreeMap<_, _> = std::mem::take(&mut self.book.schemas);
        let schemas = schemas.into_iter();
        schemas
            .fold(
                components,
                |components, (name, schema): (String, RefOr<_>)| components.schema(name, schema),
            )
            .build()
    }
}

const JSON: &str = "application/json";

/// What a caller must show: of several scopes each alone will do, and some operations need none.
fn requirements(route: &Route, description: &Description) -> Vec<SecurityRequirement> {
    let none: [&str; 0] = [];
    match description.scopes {
        _ if route.open => Vec::new(),
        [] => vec![SecurityRequirement::new(BEARER, none)],
        scopes => scopes
            .iter()
            .map(|scope| SecurityRequirement::new(BEARER, [scope.name()]))
            .collect(),
    }
}

fn method(route: &Route) -> HttpMethod {
    match route.method {
        "GET" => HttpMethod::Get,
        "PUT" => HttpMethod::Put,
        "DELETE" => HttpMethod::Delete,
        _ => HttpMethod::Post,
    }
}
