//! Errors as `application/problem+json` (RFC 9457) with the public code.

use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::json;

use crate::Error;
use crate::error::code;

/// An error on its way to the caller.
#[derive(Clone)]
pub(super) struct Problem {
    status: StatusCode,
    title: &'static str,
    code: &'static str,
    detail: String,
    extra: Option<(&'static str, serde_json::Value)>,
}

impl Problem {
    /// A request that does not parse or fit.
    pub(super) fn bad_request(detail: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            title: "INVALID_ARGUMENT",
            code: code::INVALID,
            detail: detail.into(),
            extra: None,
        }
    }

    /// A request refused before it was read, by its status.
    pub(super) fn refused(status: StatusCode, detail: impl Into<String>) -> Self {
        let title = status.canonical_reason().unwrap_or("Error");
        Self { status, title, code: code::INVALID, detail: detail.into(), extra: None }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let (status, title) = match &error {
            Error::NotFound { .. } => (StatusCode::NOT_FOUND, "NOT_FOUND"),
            Error::Exists { .. } => (StatusCode::CONFLICT, "ALREADY_EXISTS"),
            Error::Invalid { .. } => (StatusCode::BAD_REQUEST, "INVALID_ARGUMENT"),
            Error::NotEnoughStock { .. } | Error::Conflict { .. } | Error::KeyReused { .. } => {
                (StatusCode::CONFLICT, "INVALID_STATE")
            }
            Error::Unavailable { .. } | Error::Busy(_) => (StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE"),
            Error::Database(_) | Error::Migration(_) | Error::Damaged(_) => {
                // The cause is for the operator's log, not for the caller.
                let source = std::error::Error::source(&error).map(ToString::to_string);
                tracing::error!(%error, source, "records request failed");
                (StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL_ERROR")
            }
        };
        let detail = error.to_string();
        let code = error.code();
        let extra = match error {
            Error::NotEnoughStock { missing, .. } => Some(("missingLines", json!(missing))),
            _ => None,
        };
        Self { status, title, code, detail, extra }
    }
}

impl Problem {
    fn answer(self, path: &str) -> Response {
        let mut body = json!({
            "type": format!("/problems/{}", self.code),
            "title": self.title,
            "status": self.status.as_u16(),
            "detail": self.detail,
            "instance": path,
            "code": self.code,
        });
        if let Some((name, value)) = self.extra {
            body[name] = value;
        }
        let mut response = (self.status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

/// Leaves the body to [`with_instance`], which knows the path.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        (self.status, Extension(self)).into_response()
    }
}

/// Writes the bodies of problems, with the path that was asked for.
pub(super) async fn with_instance(request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let mut response = next.run(request).await;
    match response.extensions_mut().remove::<Problem>() {
        Some(problem) => problem.answer(&path),
        None => response,
    }
}

pub(super) async fn method_not_allowed(uri: Uri) -> Problem {
    Problem::refused(StatusCode::METHOD_NOT_ALLOWED, format!("`{}` does not support this method", uri.path()))
}
