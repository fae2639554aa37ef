//! Requests through the host: only to granted hosts, with the secrets that they name put in there.

use std::fmt::Write as _;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::host::{self, Answer, Credential};
use crate::{Failure, FailureKind, Result};

/// How much of an answer a failure tells, in characters.
const TOLD: usize = 500;

/// A request that is being made.
#[must_use = "a request is not sent before `send`"]
#[derive(Clone, Debug)]
pub struct Request(host::Request, Option<String>);

/// Reads.
pub fn get(url: impl Into<String>) -> Request {
    request("GET", url)
}

/// Adds.
pub fn post(url: impl Into<String>) -> Request {
    request("POST", url)
}

/// Replaces.
pub fn put(url: impl Into<String>) -> Request {
    request("PUT", url)
}

/// Changes a part.
pub fn patch(url: impl Into<String>) -> Request {
    request("PATCH", url)
}

/// Removes.
pub fn delete(url: impl Into<String>) -> Request {
    request("DELETE", url)
}

/// Any method. An address that begins with `/` is appended to the setting `baseUrl`.
pub fn request(method: &str, url: impl Into<String>) -> Request {
    Request(host::Request { method: method.to_owned(), url: url.into(), ..host::Request::default() }, None)
}

impl Request {
    /// Adds a parameter.
    pub fn query(mut self, name: &str, value: impl std::fmt::Display) -> Self {
        let sign = if self.0.url.contains('?') { '&' } else { '?' };
        self.0.url = format!("{}{sign}{}={}", self.0.url, escape(name), escape(&value.to_string()));
        self
    }

    /// Adds a header.
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.0.headers.push((name.to_owned(), value.into()));
        self
    }

    /// The body, as JSON.
    pub fn json(mut self, body: &impl Serialize) -> Self {
        match serde_json::to_vec(body) {
            Ok(bytes) => self.0.body = Some(bytes),
            Err(error) => self.1 = Some(format!("the body cannot be written as JSON: {error}")),
        }
        self.header("content-type", "application/json")
    }

    /// The body, as a form.
    pub fn form(mut self, pairs: &[(&str, String)]) -> Self {
        let pairs: Vec<_> =
            pairs.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value))).collect();
        self.0.body = Some(pairs.join("&").into_bytes());
        self.header("content-type", "application/x-www-form-urlencoded")
    }

    /// The body as it is.
    pub fn body(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.0.body = Some(bytes.into());
        self
    }

    /// A header with a secret: `{{secrets.NAME}}` in the template.
    pub fn secret_header(mut self, name: &str, template: &str) -> Self {
        self.0.credentials.push(Credential::Header(name.to_owned(), template.to_owned()));
        self
    }

    /// `Authorization: Bearer` with a secret.
    pub fn bearer(self, template: &str) -> Self {
        self.secret_header("authorization", &format!("Bearer {template}"))
    }

    /// A parameter with a secret.
    pub fn secret_query(mut self, name: &str, template: &str) -> Self {
        self.0.credentials.push(Credential::Query(name.to_owned(), template.to_owned()));
        self
    }

    /// HTTP Basic (RFC 7617) with templates of user and password.
    pub fn basic(mut self, user: &str, password: &str) -> Self {
        self.0.credentials.push(Credential::Basic(user.to_owned(), password.to_owned()));
        self
    }

    /// A marker that stands in the body, and the template of the secret that takes its place.
    pub fn secret_in_body(mut self, marker: &str, template: &str) -> Self {
        self.0.credentials.push(Credential::Body(marker.to_owned(), template.to_owned()));
        self
    }

    /// Longest silence of the target; the host's own limit when it is not set.
    pub fn timeout(mut self, silence: Duration) -> Self {
        self.0.timeout_ms = Some(u32::try_from(silence.as_millis()).unwrap_or(u32::MAX));
        self
    }

    /// Sends it and waits for the answer. An answer with an error status is an answer.
    ///
    /// # Errors
    /// There is none: not granted, not reachable, too slow, too long.
    pub fn send(self) -> Result<Response> {
        if let Some(mistake) = self.1 {
            return Err(Failure::new(FailureKind::Permanent, mistake).into());
        }
        Ok(Response(host::current().send(self.0)?))
    }
}

/// An answer of any status.
#[derive(Clone, Debug)]
pub struct Response(Answer);

impl Response {
    /// E.g. 200.
    pub fn status(&self) -> u16 {
        self.0.status
    }

    /// Whether it is a success.
    pub fn is_ok(&self) -> bool {
        (200..300).contains(&self.0.status)
    }

    /// A header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.0.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The body as received.
    pub fn bytes(&self) -> &[u8] {
        &self.0.body
    }

    /// The body as text; what is no UTF-8 is replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.body).into_owned()
    }

    /// The body as a type.
    ///
    /// # Errors
    /// A permanent failure: it is no JSON, or another one than expected.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_slice(&self.0.body).map_err(|error| {
            let message = format!("the answer is not as expected ({error}): {}", self.beginning());
            Failure::new(FailureKind::Permanent, message).into()
        })
    }

    /// Itself when it is a success.
    ///
    /// # Errors
    /// Otherwise a failure of the kind that fits the status.
    pub fn or_fail(self) -> Result<Self> {
        if self.is_ok() { Ok(self) } else { Err(self.failure("the target").into()) }
    }

    /// The failure that fits the status; `who` answered.
    pub fn failure(&self, who: &str) -> Failure {
        let status = self.0.status;
        let message = format!("{who} answered {status}: {}", self.beginning());
        let mut failure = Failure::new(FailureKind::of_status(status), message).code(status.to_string());
        let seconds = self.header("retry-after").and_then(|text| text.trim().parse().ok());
        failure.retry_after = seconds.map(Duration::from_secs);
        failure.details = serde_json::from_slice::<Value>(&self.0.body).ok();
        failure
    }

    fn beginning(&self) -> String {
        self.text().chars().take(TOLD).collect()
    }
}

/// A text as a part of an address.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            // Writing to a text cannot fail.
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}
