//! Requests of guests: secrets filled in where the guest points, and nowhere else.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hosk_connector::{Connection, Failure, FailureKind};
use hosk_http::Fetch;

use crate::bindings::{http, types};

/// The request as the host sends it.
///
/// # Errors
/// A failure of the kind `invalid-input` when a template names a secret that the connection does not have.
pub(crate) fn fetch(request: http::Request, connection: &Connection) -> Result<Fetch, Failure> {
    let mut fetch = Fetch {
        method: request.method,
        url: request.url,
        headers: request.headers,
        body: request.body,
        silence: request.timeout_ms.map(|milliseconds| Duration::from_millis(milliseconds.into())),
        ..Fetch::default()
    };
    for credential in request.credentials {
        put(&mut fetch, credential, connection)?;
    }
    Ok(fetch)
}

fn put(fetch: &mut Fetch, credential: http::Credential, connection: &Connection) -> Result<(), Failure> {
    let fill = |template: &str| {
        connection
            .fill_secrets(template)
            .map_err(|unknown| Failure::new(FailureKind::InvalidInput, unknown.to_string()))
    };
    match credential {
        http::Credential::Header((name, template)) => {
            fetch.secret_headers.push((name, fill(&template)?));
        }
        http::Credential::Query((name, template)) => fetch.secret_query.push((name, fill(&template)?)),
        http::Credential::Basic((user, password)) => {
            let credentials = STANDARD.encode(format!("{}:{}", fill(&user)?, fill(&password)?));
            fetch.secret_headers.push(("authorization".to_owned(), format!("Basic {credentials}")));
        }
        http::Credential::Body((marker, template)) => {
            if marker.is_empty() {
                let message = "the marker of a secret in the body must not be empty";
                return Err(Failure::new(FailureKind::InvalidInput, message));
            }
            let secret = fill(&template)?;
            fetch.body = fetch.body.take().map(|body| replace(&body, marker.as_bytes(), secret.as_bytes()));
        }
    }
    Ok(())
}

/// The first occurrence of `marker` replaced: a second one may be data.
fn replace(body: &[u8], marker: &[u8], text: &[u8]) -> Vec<u8> {
    let Some(at) = body.windows(marker.len()).position(|window| window == marker) else {
        return body.to_vec();
    };
    [&body[..at], text, &body[at + marker.len()..]].concat()
}

/// A failure in the words of the interface.
pub(crate) fn told(failure: &Failure) -> types::Failure {
    types::Failure {
        kind: match failure.kind {
            FailureKind::InvalidInput => types::FailureKind::InvalidInput,
            FailureKind::Unauthorized => types::FailureKind::Unauthorized,
            FailureKind::NotFound => types::FailureKind::NotFound,
            FailureKind::Conflict => types::FailureKind::Conflict,
            FailureKind::RateLimited => types::FailureKind::RateLimited,
            FailureKind::Transient => types::FailureKind::Transient,
            FailureKind::Permanent => types::FailureKind::Permanent,
        },
        message: failure.message.clone(),
        retry_after_ms: failure.retry_after.map(|wait| wait.as_millis() as u64),
        code: failure.code.clone(),
        details: failure.details.as_ref().map(ToString::to_string),
    }
}

/// A failure in the words of the runtime.
pub(crate) fn heard(failure: types::Failure) -> Failure {
    Failure {
        kind: match failure.kind {
            types::FailureKind::InvalidInput => FailureKind::InvalidInput,
            types::FailureKind::Unauthorized => FailureKind::Unauthorized,
            types::FailureKind::NotFound => FailureKind::NotFound,
            types::FailureKind::Conflict => FailureKind::Conflict,
            types::FailureKind::RateLimited => FailureKind::RateLimited,
            types::FailureKind::Transient => FailureKind::Transient,
            types::FailureKind::Permanent => FailureKind::Permanent,
        },
        message: failure.message,
        retry_after: failure.retry_after_ms.map(Duration::from_millis),
        code: failure.code,
        // What is not JSON is still worth telling.
        details: failure.details.map(|details| {
            Box::new(serde_json::from_str(&details).unwrap_or(serde_json::Value::String(details)))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(body: &str, credentials: Vec<http::Credential>) -> http::Request {
        http::Request {
            method: "POST".into(),
            url: "https://erp.example/{{secrets.TOKEN}}".into(),
            headers: vec![("x-name".into(), "{{secrets.TOKEN}}".into())],
            body: Some(body.as_bytes().to_vec()),
            credentials,
            timeout_ms: None,
        }
    }

    fn connection() -> Connection {
        let mut connection = Connection::new("erp", "erp");
        connection.secrets.insert("TOKEN".into(), "sesame".into());
        connection
    }

    #[test]
    fn secrets_are_filled_into_credentials_only() {
        let credentials = vec![
            http::Credential::Header(("x-token".into(), "T {{secrets.TOKEN}}".into())),
            http::Credential::Query(("key".into(), "{{secrets.TOKEN}}".into())),
            http::Credential::Basic(("eva".into(), "{{secrets.TOKEN}}".into())),
            http::Credential::Body(("@1@".into(), "{{secrets.TOKEN}}".into())),
        ];
        let fetch = fetch(request("{{secrets.TOKEN}} @1@ @1@", credentials), &connection()).unwrap();
        assert_eq!(fetch.url, "https://erp.example/{{secrets.TOKEN}}");
        assert_eq!(fetch.headers[0].1, "{{secrets.TOKEN}}");
        assert_eq!(fetch.body.as_deref(), Some(&b"{{secrets.TOKEN}} sesame @1@"[..]));
        assert_eq!(fetch.secret_headers[0], ("x-token".into(), "T sesame".into()));
        assert_eq!(fetch.secret_headers[1], ("authorization".into(), "Basic ZXZhOnNlc2FtZQ==".into()));
        assert_eq!(fetch.secret_query[0], ("key".into(), "sesame".into()));
    }

    #[test]
    fn the_secret_of_another_connection_is_not_there() {
        let credentials = vec![http::Credential::Header(("x".into(), "{{secrets.OTHER}}".into()))];
        let failure = fetch(request("", credentials), &connection()).unwrap_err();
        assert_eq!(failure.kind, FailureKind::InvalidInput);
        assert!(failure.message.contains("`erp` has no secret `OTHER`"), "{failure}");
    }
}
