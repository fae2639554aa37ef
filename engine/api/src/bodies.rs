//! Small bodies are read before anything is answered.
//!
//! An answer that comes before its request was read ends the connection (RFC 9112, section 9.6): what is left of the body
//! would be in the way of the next request. A caller who keeps his connections would find that out with his next request.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::problem::Problem;

/// Bodies of at most so many bytes are read first.
const SMALL: u64 = 64 * 1024;

/// Reads a small body within this time, and says of an answer before a large one that it ends the connection.
pub(crate) async fn first(State(time): State<Duration>, request: Request, next: Next) -> Response {
    match announced(request.headers()) {
        Announced::Nothing => next.run(request).await,
        Announced::Small => {
            let (parts, body) = request.into_parts();
            let path = parts.uri.path().to_owned();
            let problem = match tokio::time::timeout(time, to_bytes(body, SMALL as usize)).await {
                Ok(Ok(bytes)) => return next.run(Request::from_parts(parts, Body::from(bytes))).await,
                Ok(Err(error)) => Problem::malformed(format!("The body ended early: {error}.")),
                Err(_) => Problem::malformed("The body did not arrive in time."),
            };
            ending(problem.answer(&path))
        }
        Announced::Large => {
            let answer = next.run(request).await;
            let refused = answer.status().is_client_error() || answer.status().is_server_error();
            if refused { ending(answer) } else { answer }
        }
    }
}

/// How much a request says it has.
enum Announced {
    Nothing,
    Small,
    /// Much, or it does not say.
    Large,
}

fn announced(headers: &HeaderMap) -> Announced {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    match length {
        _ if headers.contains_key(header::TRANSFER_ENCODING) => Announced::Large,
        None | Some(0) => Announced::Nothing,
        Some(1..=SMALL) => Announced::Small,
        Some(_) => Announced::Large,
    }
}

/// The last answer of its connection.
fn ending(mut answer: Response) -> Response {
    answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    answer
}
