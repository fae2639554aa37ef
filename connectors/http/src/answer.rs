//! From the answer to the outcome: what is done, what may be repeated, and when.

use std::time::Duration;

use hosk_connector::{Failure, FailureKind, Outcome};
use jiff::Timestamp;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde_json::{Map, Value, json};

use crate::body;
use crate::exchange::{Received, content_type};
use crate::request::Request;

/// Longest wait taken over from an answer.
const MAX_WAIT: Duration = Duration::from_hours(24);
/// Most of an error answer that is kept, in bytes.
const MAX_ERROR_BODY: usize = 64 * 1024;
/// Most of an error answer that is told in the message, in characters.
const MAX_QUOTE: usize = 300;
/// From here on a rate-limit header means seconds since 1970, not seconds from now.
const EPOCH_SECONDS: i64 = 1_000_000_000;

pub(crate) fn outcome(request: &Request, received: Received) -> Outcome {
    let Received { status, headers, body } = received;
    if (200..300).contains(&status) {
        let value = body::decode(&body, content_type(&headers));
        return Outcome::Complete(json!({"status": status, "headers": plain(&headers), "body": value}));
    }
    let reason = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or("");
    let shown = &body[..body.len().min(MAX_ERROR_BODY)];
    // Some servers repeat the credentials that they refuse.
    let text = request.redact(&String::from_utf8_lossy(shown));
    let mut message =
        format!("{} was answered with {status} {reason}", request.named()).trim_end().to_owned();
    let quote: String =
        text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(MAX_QUOTE).collect();
    if !quote.is_empty() {
        message = format!("{message}: {quote}");
    }
    let value = body::decode(text.as_bytes(), content_type(&headers));
    let details = json!({"response": {"status": status, "headers": plain(&headers), "body": value}});
    let mut failure = Failure::new(kind(status), message).code(status.to_string()).details(details);
    failure.retry_after = wait(status, &headers, Timestamp::now());
    failure.into()
}

/// What a status says about repeating (RFC 9110, 15; RFC 6585).
fn kind(status: u16) -> FailureKind {
    match status {
        400 | 422 => FailureKind::InvalidInput,
        401 | 403 | 407 => FailureKind::Unauthorized,
        404 | 410 => FailureKind::NotFound,
        409 | 412 => FailureKind::Conflict,
        429 => FailureKind::RateLimited,
        408 | 425 | 500 | 502 | 503 | 504 | 507 | 520..=530 => FailureKind::Transient,
        _ => FailureKind::Permanent,
    }
}

/// How long the target asks to be left alone: `Retry-After` in seconds or as a date, else the reset of a rate limit.
fn wait(status: u16, headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let until =
        |instant: Timestamp| Duration::try_from(instant.duration_since(now)).unwrap_or(Duration::ZERO);
    if let Some(value) = text(RETRY_AFTER.as_str()) {
        let seconds = value.parse::<u64>().ok().map(Duration::from_secs);
        let date = || jiff::fmt::rfc2822::parse(value).ok().map(|date| until(date.timestamp()));
        return seconds.or_else(date).map(|wait| wait.min(MAX_WAIT));
    }
    if status != 429 {
        return None;
    }
    let reset = text("ratelimit-reset").or_else(|| text("x-ratelimit-reset"))?.parse::<i64>().ok()?;
    let wait = if reset >= EPOCH_SECONDS {
        until(Timestamp::from_second(reset).ok()?)
    } else {
        Duration::from_secs(u64::try_from(reset).ok()?)
    };
    Some(wait.min(MAX_WAIT))
}

/// Headers as texts by lower-case name; several of one name are joined by commas.
pub(crate) fn plain(headers: &HeaderMap) -> Map<String, Value> {
    let mut plain = Map::new();
    for name in headers.keys() {
        let values = headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
        let joined = values.collect::<Vec<_>>().join(", ");
        plain.insert(name.as_str().to_owned(), Value::String(joined));
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(status: u16, name: &'static str, value: &str) -> Option<u64> {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        let now: Timestamp = "2026-05-04T10:00:00Z".parse().unwrap();
        wait(status, &headers, now).map(|wait| wait.as_secs())
    }

    #[test]
    fn the_wish_for_peace_is_read_in_every_notation() {
        assert_eq!(waits(503, "retry-after", "120"), Some(120));
        assert_eq!(waits(503, "retry-after", "Mon, 04 May 2026 10:01:30 GMT"), Some(90));
        assert_eq!(waits(503, "retry-after", "Mon, 04 May 2026 09:00:00 GMT"), Some(0));
        assert_eq!(waits(503, "retry-after", "99999999999"), Some(MAX_WAIT.as_secs()));
        assert_eq!(waits(503, "retry-after", "soon"), None);
        assert_eq!(waits(429, "ratelimit-reset", "7"), Some(7));
        assert_eq!(waits(429, "x-ratelimit-reset", "1777888830"), Some(30));
        assert_eq!(waits(503, "x-ratelimit-reset", "7"), None);
        assert_eq!(waits(429, "x-ratelimit-reset", "-7"), None);
    }

    #[test]
    fn only_what_may_pass_is_repeated() {
        let retried: Vec<u16> = (300..600).filter(|status| kind(*status).is_retryable()).collect();
        assert_eq!(retried[..10], [408, 425, 429, 500, 502, 503, 504, 507, 520, 521]);
        assert_eq!(kind(404), FailureKind::NotFound);
        assert_eq!(kind(418), FailureKind::Permanent);
    }
}
