//! What happens to every request: an id, a line in the log, its body if it is small, a bound on how many at a time, compression.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;
use tokio::sync::Semaphore;
use tower_http::compression::CompressionLayer;
use tracing::Instrument;

use crate::problem::Problem;
use crate::{App, bodies};

/// Carries the request's id, both ways.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Longest id taken from a caller.
const REQUEST_ID_MAX: usize = 64;

/// Puts the layers around the routes.
pub(crate) fn around(router: Router, app: &App) -> Router {
    let places = Arc::new(Semaphore::new(app.settings.requests));
    router
        .layer(CompressionLayer::new())
        .layer(from_fn_with_state(places, bound))
        .layer(from_fn_with_state(app.settings.body_time, bodies::first))
        .layer(from_fn(log))
}

/// Turns away what is too much, instead of letting it pile up.
async fn bound(State(places): State<Arc<Semaphore>>, request: Request, next: Next) -> Response {
    match places.try_acquire() {
        Ok(_place) => next.run(request).await,
        Err(_) => {
            Problem::busy("The server works on as many requests as it can.").answer(request.uri().path())
        }
    }
}

/// Gives the request an id, logs how it went, and sets the headers every answer has.
async fn log(request: Request, next: Next) -> Response {
    let id = given_id(&request).unwrap_or_else(|| uuid::Uuid::new_v4().simple().to_string());
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let route = request.extensions().get::<MatchedPath>().map(|route| route.as_str().to_owned());
    // The engine fills in which instance the request is about.
    let span = tracing::info_span!("request", id, instance = tracing::field::Empty);
    let (started, _running) = (Instant::now(), Running::begin());
    let mut response = next.run(request).instrument(span.clone()).await;
    let status = response.status();
    measure(&method, route, status, started.elapsed());
    let ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    span.in_scope(|| match status.as_u16() {
        500.. if status != StatusCode::SERVICE_UNAVAILABLE => {
            tracing::error!(%method, path, status = status.as_u16(), ms, "failed");
        }
        400.. => tracing::info!(%method, path, status = status.as_u16(), ms, "refused"),
        _ => tracing::debug!(%method, path, status = status.as_u16(), ms, "answered"),
    });
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, id);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Counts a request while it is worked on, however it ends.
struct Running;

impl Running {
    fn begin() -> Self {
        metrics::gauge!("hosk_http_requests_running").increment(1.0);
        Self
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        metrics::gauge!("hosk_http_requests_running").decrement(1.0);
    }
}

/// Counts a request by its route, of which there are only so many, and not by its path.
fn measure(method: &Method, route: Option<String>, status: StatusCode, took: Duration) {
    let method = match method.as_str() {
        known @ ("GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS") => known.to_owned(),
        _ => "other".to_owned(),
    };
    let labels = [("method", method), ("route", route.unwrap_or_else(|| "none".to_owned()))];
    metrics::histogram!("hosk_http_request_seconds", &labels).record(took);
    let [method, route] = labels;
    let labels = [method, route, ("status", status.as_u16().to_string())];
    metrics::counter!("hosk_http_requests_total", &labels).increment(1);
}

/// The caller's own id, if it is fit to stand in a log.
fn given_id(request: &Request) -> Option<String> {
    let id = request.headers().get(REQUEST_ID)?.to_str().ok()?;
    let fit = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (!id.is_empty() && id.len() <= REQUEST_ID_MAX && id.bytes().all(fit)).then(|| id.to_owned())
}
