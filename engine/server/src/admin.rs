//! The listener for operators: metrics, liveness, readiness. It asks nobody who they are, so it stands on an address of
//! its own.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use hosk_runtime::Engine;
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::failure::Failure;
use crate::meters::Meters;

/// The media type of what Prometheus reads.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What the listener tells about.
pub(crate) struct Admin {
    /// Figures.
    pub(crate) meters: Meters,
    /// Whether commands are taken.
    pub(crate) engine: Engine,
    /// Whether the server is about to go.
    pub(crate) leaving: Arc<AtomicBool>,
}

impl Admin {
    /// Listens until it is told to stop; the address it really listens on.
    pub(crate) async fn listen(
        self,
        address: SocketAddr,
        stop: CancellationToken,
    ) -> Result<SocketAddr, Failure> {
        let listener = TcpListener::bind(address).await.with_context(|| {
            format!("cannot listen on {address}: does another server? Choose another with --admin")
        })?;
        let address = listener.local_addr()?;
        let router = Router::new()
            .route("/metrics", get(metrics))
            .route("/health/live", get(async || Json(json!({"status": "up"}))))
            .route("/health/ready", get(ready))
            .with_state(Arc::new(self));
        let serving = axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned());
        tokio::spawn(async move {
            if let Err(error) = serving.await {
                tracing::error!(%error, "the listener for operators ended");
            }
        });
        Ok(address)
    }
}

async fn metrics(State(admin): State<Arc<Admin>>) -> Response {
    ([(header::CONTENT_TYPE, TEXT)], admin.meters.text().await).into_response()
}

/// 200 when requests can be answered, else 503 and why not.
async fn ready(State(admin): State<Arc<Admin>>) -> Response {
    let why_not = if admin.leaving.load(Ordering::Relaxed) {
        Some("the server is about to go")
    } else if !admin.engine.is_accepting() {
        Some("the engine takes no commands")
    } else if !admin.meters.is_up().await {
        Some("the database does not answer")
    } else {
        None
    };
    match why_not {
        None => Json(json!({"status": "ready"})).into_response(),
        Some(reason) => {
            let body = Json(json!({"status": "not ready", "reason": reason}));
            (StatusCode::SERVICE_UNAVAILABLE, body).into_response()
        }
    }
}
