//! Traces to a collector, by OTLP over HTTP: a request, the commands it gives, their steps, the calls of connectors that
//! follow from them. Only spans of [`TARGET`] are meant; log lines stay in the log.
//!
//! A caller's `traceparent` is taken over, and the systems that connectors call get one.

use std::time::Duration;

use anyhow::Context as _;
use async_trait::async_trait;
use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use hosk_runtime::trace::{TARGET, Tracer};
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::{TraceContextExt as _, TracerProvider as _};
use opentelemetry_http::{Bytes, HeaderExtractor, HttpClient, HttpError};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use tracing::{Instrument as _, Span};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::Layer as _;

use crate::failure::Failure;
use crate::logging::Ear;

/// How long the collector may take for an answer; spans that it does not take are dropped, nobody waits for it.
const PATIENCE: Duration = Duration::from_secs(10);

/// Traces on their way.
pub(crate) struct Traces {
    provider: SdkTracerProvider,
}

impl Traces {
    /// To a collector; what hears of the spans.
    pub(crate) fn start(collector: &str, ratio: f64) -> Result<(Self, Ear), Failure> {
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Client::new()?)
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(endpoint(collector))
            .with_timeout(PATIENCE)
            .build()
            .with_context(|| format!("traces cannot be sent to {collector}"))?;
        let sampler = Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(ratio)));
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_sampler(sampler)
            .with_resource(Resource::builder().with_service_name("hosk").build())
            .build();
        let ear = tracing_opentelemetry::layer()
            .with_tracer(provider.tracer("hosk"))
            .with_tracked_inactivity(false)
            .with_threads(false)
            .with_location(false)
            .with_filter(filter_fn(|about| about.is_span() && about.target() == TARGET))
            .boxed();
        Ok((Self { provider }, ear))
    }

    /// Sends what is left, for a while.
    pub(crate) async fn stop(self) {
        let provider = self.provider;
        let stopping = tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(PATIENCE));
        if let Ok(Err(error)) = stopping.await {
            tracing::warn!(%error, "the last traces were not sent");
        }
    }
}

/// The path is the protocol's, unless another one is given.
fn endpoint(collector: &str) -> String {
    let bare = collector.trim_end_matches('/');
    let after_scheme = bare.split_once("://").map_or(bare, |(_, rest)| rest);
    if after_scheme.contains('/') { collector.to_owned() } else { format!("{bare}/v1/traces") }
}

/// How other systems refer to a span.
pub(crate) fn tracer() -> Tracer {
    Tracer::new(|span| {
        let context = span.context();
        let at = context.span().span_context().clone();
        at.is_valid()
            .then(|| format!("00-{}-{}-{:02x}", at.trace_id(), at.span_id(), at.trace_flags().to_u8()))
    })
}

/// A span around every request, when traces are wanted.
pub(crate) fn around(router: Router, wanted: bool) -> Router {
    if wanted { router.layer(from_fn(request)) } else { router }
}

async fn request(request: Request, next: Next) -> Response {
    let method = request.method().as_str();
    let route = request.extensions().get::<MatchedPath>().map_or("", |route| route.as_str());
    let span = tracing::trace_span!(
        target: TARGET,
        "request",
        "otel.name" = format!("{method} {route}"),
        "otel.kind" = "server",
        "otel.status_code" = tracing::field::Empty,
        "http.request.method" = method,
        "http.route" = route,
        "url.path" = request.uri().path(),
        "http.response.status_code" = tracing::field::Empty,
    );
    // It fails only for a span that is not collected.
    let _ = span.set_parent(TraceContextPropagator::new().extract(&HeaderExtractor(request.headers())));
    let response = next.run(request).instrument(span.clone()).await;
    close(&span, response.status().as_u16());
    response
}

fn close(span: &Span, status: u16) {
    span.record("http.response.status_code", status);
    if status >= 500 {
        span.record("otel.status_code", "ERROR");
    }
}

/// The HTTP client that everything else uses. Spans are sent from a thread of the collector's library, so the request is
/// made on the runtime.
#[derive(Debug)]
struct Client {
    http: reqwest::Client,
    runtime: tokio::runtime::Handle,
}

impl Client {
    fn new() -> Result<Self, Failure> {
        let http = reqwest::Client::builder().timeout(PATIENCE).build()?;
        Ok(Self { http, runtime: tokio::runtime::Handle::try_current()? })
    }
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(
        &self,
        request: opentelemetry_http::Request<Bytes>,
    ) -> Result<opentelemetry_http::Response<Bytes>, HttpError> {
        let http = self.http.clone();
        let request = reqwest::Request::try_from(request)?;
        let sending = self.runtime.spawn(async move {
            let answer = http.execute(request).await?;
            let status = answer.status();
            Ok::<_, reqwest::Error>((status, answer.bytes().await?))
        });
        let (status, body) = sending.await??;
        Ok(opentelemetry_http::Response::builder().status(status).body(body)?)
    }
}

#[cfg(test)]
mod tests {
    use super::endpoint;

    #[test]
    fn a_collector_is_found() {
        assert_eq!(endpoint("http://127.0.0.1:4318"), "http://127.0.0.1:4318/v1/traces");
        assert_eq!(endpoint("http://127.0.0.1:4318/"), "http://127.0.0.1:4318/v1/traces");
        assert_eq!(endpoint("https://c.example/otlp/v1/traces"), "https://c.example/otlp/v1/traces");
    }
}
