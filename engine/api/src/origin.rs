//! Keeps foreign web pages out: a browser may carry a person's credentials, or reach an unprotected server on his own
//! machine, without his knowing.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderName, Method, Uri, header};

use crate::problem::Problem;

/// Refuses what a page of another site sends, and, of an unprotected server, what was not addressed to this machine
/// (a name that somebody else's DNS points here).
pub(crate) fn check(method: &Method, uri: &Uri, headers: &HeaderMap, protected: bool) -> Result<(), Problem> {
    let host = uri.authority().map(axum::http::uri::Authority::as_str);
    let host = host.or_else(|| text(headers, header::HOST)).unwrap_or_default();
    if !protected && !host.is_empty() && !is_loopback(host) {
        return Err(Problem::foreign_host(format!(
            "This server has no sign-in and answers under loopback names only, not `{host}`: use 127.0.0.1."
        )));
    }
    let Some(origin) = text(headers, header::ORIGIN) else { return Ok(()) };
    let same = origin.split_once("://").is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(host));
    if same || method.is_safe() {
        return Ok(());
    }
    Err(Problem::cross_origin(format!("A page of `{origin}` may not do this; only pages of `{host}` may.")))
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Whether a host, with or without a port, is this machine itself.
fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(method: &str, host: &str, origin: Option<&str>, protected: bool) -> Result<(), String> {
        let mut request =
            axum::http::Request::builder().method(method).uri("/v2/deployments").header("host", host);
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        check(&parts.method, &parts.uri, &parts.headers, protected)
            .map_err(|problem| problem.code().to_owned())
    }

    #[test]
    fn own_pages_may_and_foreign_ones_not() {
        assert_eq!(checked("POST", "hosk.example:8080", Some("https://hosk.example:8080"), true), Ok(()));
        assert_eq!(checked("POST", "hosk.example", None, true), Ok(()));
        assert_eq!(checked("GET", "hosk.example", Some("https://evil.example"), true), Ok(()));
        for origin in ["https://evil.example", "null", "https://hosk.example.evil"] {
            let refused = checked("POST", "hosk.example", Some(origin), true);
            assert_eq!(refused, Err("cross-origin".to_owned()), "{origin}");
        }
    }

    #[test]
    fn an_unprotected_server_answers_to_loopback_names_only() {
        for host in ["localhost:8080", "127.0.0.1", "[::1]:8080", "LOCALHOST"] {
            assert_eq!(checked("GET", host, None, false), Ok(()), "{host}");
        }
        for host in ["rebound.example:8080", "10.0.0.1", "localhost.evil.example"] {
            assert_eq!(checked("GET", host, None, false), Err("foreign-host".to_owned()), "{host}");
        }
    }
}
