//! `/.well-known/oauth-protected-resource`: whose tokens are taken here and how they are sent, in the
//! form in which OAuth clients look it up (RFC 9728). Not here: how tokens are checked.

use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use serde::Serialize;

use super::app::App;
use super::envelope::Envelope;
use super::pages;
use super::problem::{Code, Problem};
use crate::config::{AuthConfig, PublicUrl};
use crate::domain::scope;

/// Where the document is, below the service's address (RFC 9728 section 3).
const PATH: &str = "/.well-known/oauth-protected-resource";

/// It changes with the configuration, hence with a start of the service.
const CACHING: &str = "public, max-age=300";

/// The document as it is sent.
#[derive(Serialize)]
struct Metadata<'a> {
    resource: &'a str,
    // What has no value is left out (RFC 9728 section 3.2).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    authorization_servers: Vec<&'a str>,
    scopes_supported: Vec<String>,
    bearer_methods_supported: [&'static str; 1],
    resource_name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_documentation: Option<String>,
}

/// What the service tells of itself to OAuth clients.
#[derive(Debug)]
pub struct ProtectedResource {
    /// The document and its tag.
    told: Option<(Bytes, String)>,
    /// What is added to challenges, where the document's own address is known.
    pointer: Option<String>,
}

impl ProtectedResource {
    /// Of a service under that address that believes those issuers.
    ///
    /// The document's `resource` must be the address under which it is found (RFC 9728 section 3.3).
    /// Where none is configured, the first issuer's audience stands in, if it is an address: the name by
    /// which an issuer knows a resource server should be one (RFC 8707). Otherwise there is nothing true to
    /// tell.
    pub fn of(public_url: Option<&PublicUrl>, auth: &AuthConfig) -> Self {
        let first = auth.issuers.first();
        let audience = first.and_then(|issuer| PublicUrl::parse(&issuer.audience).ok());
        let issuers = || auth.issuers.iter().map(|issuer| issuer.issuer.as_str());
        let told = public_url.or(audience.as_ref()).map(|resource| {
            let metadata = Metadata {
                resource: resource.as_str(),
                authorization_servers: issuers().collect(),
                scopes_supported: scope::known(),
                bearer_methods_supported: ["header"],
                resource_name: "dancu",
                resource_documentation: public_url.map(|url| format!("{url}/docs")),
            };
            let text = serde_json::to_vec(&metadata).expect("plain texts become JSON");
            let etag = pages::etag(&text);
            (Bytes::from(text), etag)
        });
        let pointer = public_url.map(|url| format!(", resource_metadata=\"{url}{PATH}\""));
        Self { told, pointer }
    }

    /// Adds to a challenge where the document is (RFC 9728 section 5.1).
    pub(super) fn complete(&self, headers: &mut HeaderMap) {
        let (Some(pointer), Some(challenge)) =
            (&self.pointer, headers.get(header::WWW_AUTHENTICATE))
        else {
            return;
        };
        let whole = [challenge.as_bytes(), pointer.as_bytes()].concat();
        let whole = HeaderValue::from_bytes(&whole).expect("a URL is plain ASCII");
        headers.insert(header::WWW_AUTHENTICATE, whole);
    }
}

/// The document.
pub async fn metadata(
    request: HttpRequest,
    _: Payload,
    _: Envelope,
) -> Result<HttpResponse, Problem> {
    let app = App::of(&request);
    let told = app.protected_resource.told.as_ref();
    let (text, etag) = told.ok_or_else(|| Problem::new(Code::NotFound))?;
    let mut answer = pages::file(&request, "application/json", etag, text.clone());
    let caching = HeaderValue::from_static(CACHING);
    answer.headers_mut().insert(header::CACHE_CONTROL, caching);
    Ok(answer)
}
