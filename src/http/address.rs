//! Where a request comes from: the peer, or what a trusted proxy says of it (RFC 7239).

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderMap};

/// The address to record. Only a proxy that is configured is believed, and only its own last word:
/// whatever stands before it in the header came from outside.
pub fn of(request: &HttpRequest, trusted_proxies: &[IpAddr]) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip().to_canonical();
    if !trusted_proxies.contains(&peer) {
        return Some(peer);
    }
    Some(forwarded(request.headers(), trusted_proxies).unwrap_or(peer))
}

/// The last address in `Forwarded` that is not itself a trusted proxy's.
fn forwarded(headers: &HeaderMap, trusted_proxies: &[IpAddr]) -> Option<IpAddr> {
    let values: Vec<&str> = headers
        .get_all(header::FORWARDED)
        .filter_map(|value| value.to_str().ok())
        .collect();
    let mut found = None;
    for element in values.iter().flat_map(|value| value.split(',')).rev() {
        let node = element.split(';').find_map(|pair| {
            let (name, value) = pair.trim().split_once('=')?;
            name.eq_ignore_ascii_case("for").then_some(value)
        });
        let address = node.and_then(parse)?;
        found = Some(address);
        if !trusted_proxies.contains(&address) {
            break;
        }
    }
    found
}

/// `192.0.2.1`, `"192.0.2.1:80"`, `"[2001:db8::1]:80"`; obfuscated names are no addresses.
fn parse(node: &str) -> Option<IpAddr> {
    let node = node.trim_matches('"');
    if let Some(rest) = node.strip_prefix('[') {
        return rest.split_once(']')?.0.parse().ok();
    }
    let host = node.split_once(':').map_or(node, |(host, _)| host);
    host.parse::<IpAddr>()
        .ok()
        .map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn from(peer: &str, header: Option<&str>) -> String {
        let mut request = TestRequest::default().peer_addr(format!("{peer}:4711").parse().unwrap());
        if let Some(header) = header {
            request = request.insert_header((header::FORWARDED, header));
        }
        let proxies = ["10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap()];
        of(&request.to_http_request(), &proxies)
            .unwrap()
            .to_string()
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        assert_eq!(from("192.0.2.9", Some("for=198.51.100.7")), "192.0.2.9");
        assert_eq!(
            from("10.0.0.1", Some("for=198.51.100.7;proto=https")),
            "198.51.100.7"
        );
        assert_eq!(
            from("10.0.0.1", Some("for=\"[2001:db8::1]:80\"")),
            "2001:db8::1"
        );
        assert_eq!(from("10.0.0.1", None), "10.0.0.1");
    }

    #[test]
    fn what_came_from_outside_is_not_believed() {
        let forged = "for=203.0.113.1, for=198.51.100.7, for=10.0.0.2";
        assert_eq!(from("10.0.0.1", Some(forged)), "198.51.100.7");
        assert_eq!(from("10.0.0.1", Some("for=_hidden")), "10.0.0.1");
    }
}
