//! `/openapi.json`, and `/docs`: the same as a page, with all it needs at this service.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock, OnceLock};

use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use utoipa_swagger_ui::Config;

use super::app::App;
use super::envelope::Envelope;
use super::openapi;
use super::pages::{self, Page};
use super::problem::{Code, Problem};
use crate::config::HttpLimits;

/// Programs, styles and data come from this service only. Swagger UI sets styles in its elements.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                      img-src 'self' data:; connect-src 'self'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

const PAGE: &str = include_str!("../../templates/docs.html");

/// A file of the page.
struct File {
    name: &'static str,
    kind: &'static str,
    etag: String,
    bytes: Bytes,
}

static FILES: LazyLock<Vec<File>> = LazyLock::new(|| {
    let own = |name, kind, text: &'static str| (name, kind, Bytes::from_static(text.as_bytes()));
    let script = "text/javascript; charset=utf-8";
    let style = "text/css; charset=utf-8";
    let files = [
        own("docs.css", style, include_str!("../../templates/docs.css")),
        own("docs.js", script, include_str!("../../templates/docs.js")),
        ("swagger-ui.css", style, vendored("swagger-ui.css")),
        (
            "swagger-ui-bundle.js",
            script,
            vendored("swagger-ui-bundle.js"),
        ),
    ];
    let file = |(name, kind, bytes): (_, _, Bytes)| File {
        name,
        kind,
        etag: pages::etag(&bytes),
        bytes,
    };
    files.into_iter().map(file).collect()
});

/// The description of a service under its own limits, put together when it is first asked for.
#[derive(Debug)]
pub struct Description {
    limits: HttpLimits,
    /// The text and its tag.
    told: OnceLock<(Bytes, String)>,
}

impl Description {
    /// Of a service with those limits.
    pub const fn of(limits: HttpLimits) -> Self {
        Self {
            limits,
            told: OnceLock::new(),
        }
    }

    fn told(&self) -> &(Bytes, String) {
        self.told.get_or_init(|| {
            let text = openapi::document_under(&self.limits);
            let etag = pages::etag(text.as_bytes());
            (text.into(), etag)
        })
    }
}

/// The description.
pub async fn description(
    request: HttpRequest,
    _: Payload,
    _: Envelope,
) -> Result<HttpResponse, Problem> {
    let app = App::of(&request);
    let (text, etag) = app.description.told();
    Ok(pages::file(
        &request,
        "application/json",
        etag,
        text.clone(),
    ))
}

/// The page.
pub async fn page(request: HttpRequest, _: Payload, _: Envelope) -> Result<HttpResponse, Problem> {
    let html = Bytes::from_static(PAGE.as_bytes());
    Ok(pages::html(
        &request,
        Page {
            html,
            policy: POLICY,
            language: None,
        },
    ))
}

/// What the page needs.
pub async fn file(request: HttpRequest, _: Payload, _: Envelope) -> Result<HttpResponse, Problem> {
    let name = request.match_info().get("file").unwrap_or_default();
    let found = FILES.iter().find(|file| file.name == name);
    let file = found.ok_or_else(|| Problem::new(Code::NotFound))?;
    Ok(pages::file(
        &request,
        file.kind,
        &file.etag,
        file.bytes.clone(),
    ))
}

/// A file of Swagger UI, as it is linked into the program.
fn vendored(name: &str) -> Bytes {
    let config = Arc::new(Config::from("/openapi.json"));
    let file = utoipa_swagger_ui::serve(name, config).ok().flatten();
    match file.expect("the file is part of Swagger UI").bytes {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => bytes.into(),
    }
}
