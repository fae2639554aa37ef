//! What is answered when something is refused or fails: `application/problem+json` (RFC 9457).
//!
//! Every code has a page at `docs/problems/<code>.md`; the `type` of the answer is its address on this server.

use std::borrow::Cow;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hosk_identity::{Permission, ResourceType};
use serde::Serialize;

/// Media type of every refusal.
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";
/// Where the pages stand; `type` is this and the code.
const PAGES_AT: &str = "/problems/";
/// After how many seconds a caller may come back when the engine is busy.
const BUSY_RETRY_SECONDS: u64 = 1;

/// Every page by its code, as compiled in by the build script.
pub(crate) const PAGES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/problem_pages.rs"));

/// A refusal or failure on its way to the caller.
#[derive(Debug, Clone)]
pub struct Problem {
    code: Cow<'static, str>,
    status: StatusCode,
    title: &'static str,
    detail: String,
    retry_after: Option<u64>,
    opening: Option<Box<Opening>>,
}

/// What the detail begins with as soon as it is known which operation refuses; see [`crate::wording`].
#[derive(Debug, Clone)]
pub(crate) enum Opening {
    /// That the thing is not there.
    Absent {
        /// What it is: `Process Instance`.
        thing: &'static str,
        /// By what it was looked for: `key`, `id`.
        by: &'static str,
        /// Key or id.
        id: String,
    },
    /// That the caller lacks a right.
    Lacks {
        /// This one, if it is not the one that the operation needs.
        right: Option<(ResourceType, Permission)>,
        /// With this thing, if that was known.
        id: Option<String>,
    },
    /// That there is one tenant only: `identifier 'x'`, as it was given.
    OneTenant(String),
}

/// The page of a code: what happened, why, what to do; Markdown.
pub fn problem_page(code: &str) -> Option<&'static str> {
    PAGES.iter().find(|(known, _)| *known == code).map(|(_, text)| *text)
}

/// Declares a constructor per problem with a fixed code, status and title.
macro_rules! problems {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $status:ident, $title:literal;)*) => {
        impl Problem {$(
            $(#[$doc])*
            pub(crate) fn $name(detail: impl Into<String>) -> Self {
                Self::new($code, StatusCode::$status, $title, detail)
            }
        )*}

        /// The codes of these constructors, for the test that each has a page.
        #[cfg(test)]
        const CODES: &[&str] = &[$($code),*];
    };
}

problems! {
    /// The body is not JSON, or not UTF-8.
    malformed = "malformed-request", BAD_REQUEST, "Bad Request";
    /// A property nobody knows.
    unknown_field = "unknown-field", BAD_REQUEST, "Bad Request";
    /// A property of another JSON type.
    wrong_type = "wrong-type", BAD_REQUEST, "Bad Request";
    /// A parameter of the path that is no key.
    not_a_path_key = "invalid-key", BAD_REQUEST, "Bad Request";
    /// A word or a parameter that says nothing that is known.
    unreadable = "invalid-argument", BAD_REQUEST, "Bad Request";
    /// Something without which it is not clear what is asked for: a query parameter, one of several ids.
    incomplete = "missing-field", BAD_REQUEST, "Bad Request";
    /// A property that must be there.
    missing_field = "missing-field", BAD_REQUEST, "INVALID_ARGUMENT";
    /// A value out of its bounds.
    invalid_argument = "invalid-argument", BAD_REQUEST, "INVALID_ARGUMENT";
    /// Not a key.
    invalid_key = "invalid-key", BAD_REQUEST, "INVALID_ARGUMENT";
    /// A file that cannot be deployed.
    deployment_refused = "deployment-refused", BAD_REQUEST, "INVALID_ARGUMENT";
    /// A table that cannot be taken as it is.
    csv_refused = "csv-refused", BAD_REQUEST, "INVALID_ARGUMENT";
    /// No or wrong credentials.
    unauthorized = "unauthorized", UNAUTHORIZED, "Unauthorized";
    /// A page of another site asks in a person's name.
    cross_origin = "cross-origin", FORBIDDEN, "FORBIDDEN";
    /// An unprotected server was reached under a foreign name.
    foreign_host = "foreign-host", FORBIDDEN, "FORBIDDEN";
    /// Signed in, not allowed.
    forbidden = "forbidden", FORBIDDEN, "FORBIDDEN";
    /// The server was not started with a controllable clock.
    clock_fixed = "clock-not-controllable", FORBIDDEN, "FORBIDDEN";
    /// The thing addressed does not exist.
    not_found = "not-found", NOT_FOUND, "NOT_FOUND";
    /// No operation has this path.
    unknown_route = "unknown-route", NOT_FOUND, "NOT_FOUND";
    /// The path exists, the method does not.
    method_not_allowed = "method-not-allowed", METHOD_NOT_ALLOWED, "Method Not Allowed";
    /// It exists already.
    already_exists = "already-exists", CONFLICT, "ALREADY_EXISTS";
    /// Its state does not allow it.
    invalid_state = "invalid-state", CONFLICT, "INVALID_STATE";
    /// Somebody changed it since.
    version_mismatch = "version-mismatch", CONFLICT, "INVALID_STATE";
    /// More value maps or entries than there may be.
    value_map_limit = "value-map-limit", CONFLICT, "INVALID_STATE";
    /// The body is larger than allowed.
    too_large = "request-too-large", PAYLOAD_TOO_LARGE, "Payload Too Large";
    /// The body is of another media type.
    unsupported_media_type = "unsupported-media-type", UNSUPPORTED_MEDIA_TYPE, "Unsupported Media Type";
    /// Too many wrong passwords.
    too_many_attempts = "too-many-attempts", TOO_MANY_REQUESTS, "Too Many Requests";
    /// The engine has no room for more work now.
    busy = "busy", SERVICE_UNAVAILABLE, "RESOURCE_EXHAUSTED";
    /// The database does not answer, or the server is going down.
    unavailable = "unavailable", SERVICE_UNAVAILABLE, "UNAVAILABLE";
    /// What was waited for did not come in time.
    timed_out = "timed-out", GATEWAY_TIMEOUT, "DEADLINE_EXCEEDED";
    /// A fault of ours.
    internal = "internal-error", INTERNAL_SERVER_ERROR, "Internal Server Error";
}

impl Problem {
    fn new(
        code: impl Into<Cow<'static, str>>,
        status: StatusCode,
        title: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        let retry_after = (status == StatusCode::SERVICE_UNAVAILABLE).then_some(BUSY_RETRY_SECONDS);
        Self { code: code.into(), status, title, detail: detail.into(), retry_after, opening: None }
    }

    /// The same refusal under a more telling code of another layer.
    pub(crate) fn coded(mut self, code: impl Into<Cow<'static, str>>) -> Self {
        self.code = code.into();
        self
    }

    /// Tells after how many seconds it makes sense to come back.
    pub(crate) fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// The same refusal with what its detail begins with.
    pub(crate) fn opens(mut self, opening: Opening) -> Self {
        self.opening = Some(Box::new(opening));
        self
    }

    /// What the detail begins with, where that is more than what the operation says of itself.
    pub(crate) fn opening(&self) -> Option<&Opening> {
        self.opening.as_deref()
    }

    /// The same refusal, with this before its detail.
    pub(crate) fn beginning_with(mut self, text: &str) -> Self {
        self.detail.insert_str(0, text);
        self
    }

    /// The code, as in the page's name.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// What kind of thing happened.
    pub fn title(&self) -> &'static str {
        self.title
    }

    /// What happened, in a sentence.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The answer to a request for `instance` (the path asked for).
    pub(crate) fn answer(&self, instance: &str) -> Response {
        let body = Body {
            kind: format!("{PAGES_AT}{}", self.code),
            title: self.title,
            status: self.status.as_u16(),
            detail: &self.detail,
            instance,
        };
        let text = serde_json::to_vec(&body).unwrap_or_default();
        let mut response = (self.status, text).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Basic realm=\"hosk\", charset=\"UTF-8\"");
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

#[derive(Serialize)]
struct Body<'a> {
    #[serde(rename = "type")]
    kind: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    instance: &'a str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_page_that_begins_with_it() {
        let rejections = hosk_core::RejectionCode::ALL.iter().map(|code| code.as_str());
        for code in CODES.iter().chain(crate::codes::ALL).copied().chain(rejections) {
            let page = PAGES.iter().find(|(known, _)| *known == code);
            assert!(
                page.is_some_and(|(_, text)| text.starts_with(&format!("# {code}\n"))),
                "docs/problems/{code}.md"
            );
        }
    }

    #[test]
    fn a_busy_engine_says_when_to_come_back() {
        let response = Problem::busy("the queue is full").answer("/v2/process-instances");
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()[header::RETRY_AFTER], "1");
        assert_eq!(response.headers()[header::CONTENT_TYPE], PROBLEM_JSON);
    }
}
