//! Whether what changes something, or names somebody, was sent by a page of ours (against cross-site
//! request forgery, beside the cookie's `SameSite`).

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderMap};

use crate::http::problem::{InBoth, Problem};

/// Refuses a post from elsewhere: `Origin` must be there and name the host that was asked, by HTTPS
/// unless the browser is on this machine; `Sec-Fetch-Site`, where it is sent, must agree.
pub fn check(request: &HttpRequest) -> Result<(), Problem> {
    let headers = request.headers();
    let refused = || {
        Problem::header(InBoth {
            english: "The form was not sent by a page of this console.",
            vietnamese: "Biểu mẫu không được gửi từ một trang của bảng điều khiển này.",
        })
    };
    let host = host(headers).ok_or_else(refused)?;
    let origin = only(headers, "origin").ok_or_else(refused)?;
    let own = match origin.split_once("://") {
        Some(("https", authority)) => authority.eq_ignore_ascii_case(host),
        Some(("http", authority)) => authority.eq_ignore_ascii_case(host) && is_loopback(host),
        Some(_) | None => false,
    };
    let site = headers.get_all("sec-fetch-site");
    let same = site.into_iter().all(|site| site == "same-origin");
    if own && same { Ok(()) } else { Err(refused()) }
}

/// Whether the browser reached us by this machine's own address, so that nothing went over a network.
pub fn is_local(request: &HttpRequest) -> bool {
    host(request.headers()).is_some_and(is_loopback)
}

fn host(headers: &HeaderMap) -> Option<&str> {
    only(headers, header::HOST.as_str())
}

/// The one value of a header.
fn only<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mut values = headers.get_all(name);
    let first = values.next()?;
    if values.next().is_some() {
        return None;
    }
    first.to_str().ok()
}

fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split_once(']').map_or(rest, |(name, _)| name),
        None => host.split_once(':').map_or(host, |(name, _)| name),
    };
    name.eq_ignore_ascii_case("localhost")
        || name
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn taken(headers: &[(&'static str, &str)]) -> bool {
        let request = TestRequest::post();
        let request = headers
            .iter()
            .fold(request, |request, header| request.append_header(*header));
        check(&request.to_http_request()).is_ok()
    }

    #[test]
    fn only_a_page_of_ours_may_post() {
        let host = ("host", "audit.example");
        let ours = ("origin", "https://audit.example");
        assert!(taken(&[host, ours]));
        assert!(taken(&[host, ours, ("sec-fetch-site", "same-origin")]));
        assert!(taken(&[
            ("host", "127.0.0.1:8080"),
            ("origin", "http://127.0.0.1:8080")
        ]));
        assert!(taken(&[
            ("host", "[::1]:8080"),
            ("origin", "http://[::1]:8080")
        ]));
        for refused in [
            &[host][..],
            &[ours],
            &[host, ("origin", "null")],
            &[host, ("origin", "")],
            &[host, ("origin", "https://audit.example.evil")],
            &[host, ("origin", "https://evil")],
            &[host, ("origin", "http://audit.example")],
            &[host, ("origin", "ftp://audit.example")],
            &[host, ("origin", "https://audit.example:8443")],
            &[host, ours, ("origin", "https://evil")],
            &[host, ours, ("sec-fetch-site", "same-site")],
            &[host, ours, ("sec-fetch-site", "cross-site")],
            &[host, ours, ("sec-fetch-site", "none")],
            &[
                ("host", "127.0.0.1.evil"),
                ("origin", "http://127.0.0.1.evil"),
            ],
        ] {
            assert!(!taken(refused), "{refused:?}");
        }
    }
}
