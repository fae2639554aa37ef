//! Sending and receiving: bounded in time, size and redirects; every address checked.

use std::error::Error as StdError;
use std::future::Future;
use std::time::{Duration, SystemTime};

use bytes::BytesMut;
use hosk_connector::{Call, Failure, FailureKind};
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, LOCATION};
use reqwest::{Client, Method, Response, StatusCode, Url};

use crate::address::{self, Denied};
use crate::request::Request;

/// Most redirects followed.
const MAX_REDIRECTS: usize = 5;
/// Deepest chain of causes told in a message.
const MAX_CAUSES: usize = 8;

/// What came back.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// Sends the request, follows redirects, and reads the answer, all before the call's deadline.
pub(crate) async fn exchange(client: &Client, request: &Request, call: &Call) -> Result<Received, Failure> {
    let left = call.context.deadline.duration_since(SystemTime::now()).unwrap_or(Duration::ZERO);
    let work = follow(client, request, call);
    tokio::time::timeout(left, work).await.unwrap_or_else(|_| {
        let message = format!("{} was not answered before the call's deadline", request.named());
        Err(Failure::new(FailureKind::Transient, message))
    })
}

/// One hop of a chain of redirects.
struct Hop {
    method: Method,
    url: Url,
    with_body: bool,
    /// Whether all hops so far were on the addressed origin.
    trusted: bool,
}

async fn follow(client: &Client, request: &Request, call: &Call) -> Result<Received, Failure> {
    let grants = &call.context.connection.grants;
    let limit = call.context.connection.limits.response_bytes;
    let mut hop =
        Hop { method: request.method.clone(), url: request.url.clone(), with_body: true, trusted: true };
    for _ in 0..=MAX_REDIRECTS {
        address::check_url(&hop.url, grants)?;
        let response = send(client, request, &hop).await?;
        match redirect(request, &hop, &response)? {
            Some(next) => hop = next,
            None => return receive(request, response, limit).await,
        }
    }
    let message = format!("{} was redirected more than {MAX_REDIRECTS} times", request.named());
    Err(Failure::new(FailureKind::Permanent, message))
}

async fn send(client: &Client, request: &Request, hop: &Hop) -> Result<Response, Failure> {
    let mut builder = client.request(hop.method.clone(), hop.url.clone()).headers(request.headers.clone());
    if hop.trusted {
        builder = builder.headers(request.private_headers.clone());
    }
    if let (true, Some(body)) = (hop.with_body, &request.body) {
        builder = builder.body(body.clone());
    }
    waited(request, builder.send()).await
}

/// Where the answer sends us, if it does (RFC 9110, 15.4).
fn redirect(request: &Request, hop: &Hop, response: &Response) -> Result<Option<Hop>, Failure> {
    let status = response.status();
    let keeps_method = matches!(status, StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT);
    let changes_method =
        matches!(status, StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND | StatusCode::SEE_OTHER);
    let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
    let (true, Some(location)) = (keeps_method || changes_method, location) else { return Ok(None) };
    let refused = |problem: &str| {
        let message = format!("{} was redirected to {problem}", request.named());
        Failure::new(FailureKind::Permanent, message)
    };
    let url = hop.url.join(location).map_err(|_| refused("something that is not an address"))?;
    if hop.url.scheme() == "https" && url.scheme() != "https" {
        return Err(refused("an unencrypted address, which is not followed"));
    }
    let trusted = hop.trusted && url.origin() == request.url.origin();
    let safe = hop.method.is_safe();
    if !trusted && !safe && keeps_method {
        return Err(refused(
            "another host, which is not followed with a body: address that host in the step",
        ));
    }
    if keeps_method || safe {
        return Ok(Some(Hop { method: hop.method.clone(), url, with_body: hop.with_body, trusted }));
    }
    Ok(Some(Hop { method: Method::GET, url, with_body: false, trusted }))
}

async fn receive(request: &Request, mut response: Response, limit: u64) -> Result<Received, Failure> {
    let too_long = || {
        let message = format!(
            "{} answered with more than {limit} bytes: ask for less, or raise the connection's limit",
            request.named()
        );
        Failure::new(FailureKind::Permanent, message)
    };
    if response.content_length().is_some_and(|length| length > limit) && request.method != Method::HEAD {
        return Err(too_long());
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = waited(request, response.chunk()).await? {
        if body.len() as u64 + chunk.len() as u64 > limit {
            return Err(too_long());
        }
        body.extend_from_slice(&chunk);
    }
    if response.headers().get(CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
        // Nothing compressed was asked for.
        let message = format!("{} answered in a content encoding that was not asked for", request.named());
        return Err(Failure::new(FailureKind::Permanent, message));
    }
    Ok(Received {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        body: body.into(),
    })
}

/// Waits for the next sign of life, at most as long as the step allows.
async fn waited<T>(
    request: &Request,
    work: impl Future<Output = Result<T, reqwest::Error>>,
) -> Result<T, Failure> {
    let Ok(result) = tokio::time::timeout(request.read_timeout, work).await else {
        let message = format!("{} was silent for {} s", request.named(), request.read_timeout.as_secs_f64());
        return Err(Failure::new(FailureKind::Transient, message));
    };
    result.map_err(|error| failure(request, error))
}

/// The failure of a transport error, with its causes and without its address.
fn failure(request: &Request, error: reqwest::Error) -> Failure {
    let kind = if error.is_builder() { FailureKind::InvalidInput } else { FailureKind::Transient };
    let error = error.without_url();
    let mut message = format!("{} failed: {error}", request.named());
    let mut cause = StdError::source(&error);
    for _ in 0..MAX_CAUSES {
        let Some(error) = cause else { break };
        if let Some(denied) = error.downcast_ref::<Denied>() {
            return denied.clone().into();
        }
        message = format!("{message}: {error}");
        cause = error.source();
    }
    Failure::new(kind, request.redact(&message))
}

/// The content type of an answer.
pub(crate) fn content_type(headers: &HeaderMap) -> Option<&str> {
    headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok())
}
