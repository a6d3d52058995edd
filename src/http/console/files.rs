//! `/console/files/…`: the style, the script and the icon, which change only with the program.

use std::sync::LazyLock;

use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;

use crate::http::envelope::Envelope;
use crate::http::pages;
use crate::http::problem::{Code, Problem};

struct File {
    name: &'static str,
    kind: &'static str,
    text: &'static str,
    etag: String,
}

static FILES: LazyLock<Vec<File>> = LazyLock::new(|| {
    let file = |name, kind, text: &'static str| File {
        name,
        kind,
        text,
        etag: pages::etag(text.as_bytes()),
    };
    vec![
        file(
            "console.css",
            "text/css; charset=utf-8",
            include_str!("../../../templates/console/console.css"),
        ),
        file(
            "console.js",
            "text/javascript; charset=utf-8",
            include_str!("../../../templates/console/console.js"),
        ),
        file(
            "icon.svg",
            "image/svg+xml",
            include_str!("../../../templates/console/icon.svg"),
        ),
    ]
});

/// One of them.
pub async fn file(request: HttpRequest, _: Payload, _: Envelope) -> Result<HttpResponse, Problem> {
    let name = request.match_info().get("file").unwrap_or_default();
    let found = FILES.iter().find(|file| file.name == name);
    let file = found.ok_or_else(|| Problem::new(Code::NotFound))?;
    let bytes = Bytes::from_static(file.text.as_bytes());
    Ok(pages::file(&request, file.kind, &file.etag, bytes))
}
