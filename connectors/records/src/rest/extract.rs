//! Reading requests, with refusals that are problems as well.

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::problem::Problem;
use crate::Page;

/// The name of the header that makes a repeat harmless.
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// A JSON body.
pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let refused = |refusal: JsonRejection| match refusal.status() {
            // The API knows one status for a body that parses and does not fit.
            StatusCode::UNPROCESSABLE_ENTITY => Problem::bad_request(refusal.body_text()),
            status => Problem::refused(status, refusal.body_text()),
        };
        let Json(body) = Json::from_request(request, state).await.map_err(refused)?;
        Ok(Self(body))
    }
}

/// The filters and the page of a list.
pub(super) struct Wanted<F> {
    pub(super) filter: F,
    pub(super) page: Page,
}

impl<F: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Wanted<F> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let refused = |refusal: QueryRejection| Problem::bad_request(refusal.body_text());
        let Query(page) = Query::<Page>::from_request_parts(parts, state).await.map_err(refused)?;
        let Query(filter) = Query::<F>::from_request_parts(parts, state).await.map_err(refused)?;
        Ok(Self { filter, page })
    }
}

/// The caller's idempotency key.
pub(super) struct Key(Option<String>);

impl Key {
    pub(super) fn get(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Key {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get(IDEMPOTENCY_KEY) else { return Ok(Self(None)) };
        let text =
            value.to_str().map_err(|_| Problem::bad_request("`Idempotency-Key` must be plain ASCII text"))?;
        if text.is_empty() {
            return Err(Problem::bad_request("`Idempotency-Key` must not be empty"));
        }
        // Keys of callers and keys of jobs must never meet.
        Ok(Self(Some(format!("rest:{text}"))))
    }
}
