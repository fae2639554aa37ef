//! What the tests share: calls through the registry, and servers on this machine.
#![allow(dead_code, reason = "each test binary uses its part")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::Router;
use hosk_connector::{Call, Connection, Context, Failure, Grants, Outcome, Registry};
use hosk_http::HttpConnector;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// A caller with one connection.
pub(crate) struct Caller {
    registry: Registry,
    pub(crate) connection: Connection,
    pub(crate) patience: Duration,
}

impl Caller {
    /// May reach exactly 127.0.0.1 beside the public network.
    pub(crate) fn new() -> Self {
        let mut registry = Registry::new();
        registry.register(Arc::new(HttpConnector::new())).unwrap();
        let mut connection = Connection::new("http", "http");
        connection.grants = Grants { hosts: vec!["*".into()], networks: vec!["127.0.0.1".parse().unwrap()] };
        Self { registry, connection, patience: Duration::from_secs(20) }
    }

    pub(crate) async fn call(&self, input: Value) -> Outcome {
        self.call_on(&Arc::new(self.connection.clone()), input).await
    }

    /// Calls that share a connection share its pool and tokens.
    pub(crate) async fn call_on(&self, connection: &Arc<Connection>, input: Value) -> Outcome {
        let context = Context {
            tenant: "<default>".into(),
            connection: Arc::clone(connection),
            process_instance: 1,
            element_id: "call".into(),
            job_key: 42,
            attempt: 1,
            idempotency_key: "job-42".into(),
            deadline: SystemTime::now() + self.patience,
            trace_parent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into()),
        };
        let call = Call { operation: "request".into(), input, headers: BTreeMap::new(), context };
        self.registry.lookup("io.camunda:http-json:1").unwrap().call(&call).await
    }

    pub(crate) async fn output(&self, input: Value) -> Value {
        match self.call(input).await {
            Outcome::Complete(output) => output,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn failure(&self, input: Value) -> Failure {
        match self.call(input).await {
            Outcome::Failure(failure) => failure,
            other => panic!("{other:?}"),
        }
    }
}

/// Serves a router on a port of the system's choice; the base address.
pub(crate) async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

/// Answers every connection with these bytes and closes it; for answers that no honest server gives.
pub(crate) async fn serve_raw(answer: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 1024];
            if stream.read(&mut request).await.is_ok() {
                drop(stream.write_all(answer).await);
            }
        }
    });
    address
}
