//! Requests on behalf of other connectors, under the same policy as our own: the name checked before it is resolved,
//! every address after it, redirects counted, answers bounded, secrets kept to the addressed origin.

use bytes::Bytes;
use hosk_connector::{Call, Failure};
use reqwest::Method;
use std::time::Duration;

use crate::answer::plain;
use crate::clients::Clients;
use crate::exchange::exchange;
use crate::input::{MAX_TIMEOUT, invalid};
use crate::request::Request;

/// How long opening a connection may take.
const CONNECT: Duration = Duration::from_secs(20);

/// A request with its whole body.
#[derive(Debug, Clone, Default)]
pub struct Fetch {
    /// E.g. `POST`.
    pub method: String,
    /// Absolute, or a path below the connection's setting `baseUrl`.
    pub url: String,
    /// Headers of the caller.
    pub headers: Vec<(String, String)>,
    /// The body as it is sent, secrets included.
    pub body: Option<Vec<u8>>,
    /// Headers whose values are secret.
    pub secret_headers: Vec<(String, String)>,
    /// Query parameters whose values are secret.
    pub secret_query: Vec<(String, String)>,
    /// Longest silence of the target; `None`: as long as the call's deadline allows.
    pub silence: Option<Duration>,
}

/// An answer of any status with its whole body.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// E.g. 200.
    pub status: u16,
    /// Lower-case names, in the order in which they came; those of one name are joined by commas.
    pub headers: Vec<(String, String)>,
    /// As received.
    pub body: Vec<u8>,
}

/// Sends requests of other connectors; keeps connections open per configured connection.
#[derive(Debug, Default)]
pub struct Fetcher {
    clients: Clients,
}

impl Fetcher {
    /// A fetcher without open connections.
    pub fn new() -> Self {
        // An error means that the process has chosen a provider already, which is as good.
        drop(rustls::crypto::ring::default_provider().install_default());
        Self::default()
    }

    /// Sends one request within the grants, limits and deadline of the call.
    ///
    /// # Errors
    /// A [`Failure`] when there is no answer; its message holds no secrets of the connection.
    pub async fn fetch(&self, call: &Call, fetch: Fetch) -> Result<Fetched, Failure> {
        let connection = &call.context.connection;
        let result = self.send(call, fetch).await;
        result.map_err(|failure| Failure { message: connection.redact(&failure.message), ..failure })
    }

    async fn send(&self, call: &Call, fetch: Fetch) -> Result<Fetched, Failure> {
        let method = Method::from_bytes(fetch.method.as_bytes())
            .map_err(|_| invalid("method", "is not the name of an HTTP method"))?;
        let client = self.clients.get(&call.context.connection, CONNECT)?;
        let silence = fetch.silence.unwrap_or(MAX_TIMEOUT).min(MAX_TIMEOUT);
        let mut request = Request::of(method, &fetch.url, &fetch.headers, silence, call)?;
        for (name, value) in &fetch.secret_headers {
            request.keep_secret(value);
            request.secret_header(name, value)?;
        }
        for (name, value) in &fetch.secret_query {
            request.keep_secret(value);
            request.url.query_pairs_mut().append_pair(name, value);
        }
        request.body = fetch.body.map(Bytes::from);
        let received = exchange(&client, &request, call).await?;
        let headers = plain(&received.headers).into_iter();
        let headers = headers.map(|(name, value)| (name, value.as_str().unwrap_or_default().to_owned()));
        Ok(Fetched { status: received.status, headers: headers.collect(), body: received.body })
    }
}
