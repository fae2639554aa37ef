//! The generic HTTP connector: one request per call, with the parameters that existing models use.
//!
//! With `pagination` a list is read page by page into one.
//!
//! Where a request may go is decided twice: the host's name against the connection's grants before anything is
//! resolved, and every address after resolution, also after each redirect. Nothing is unbounded: redirects,
//! answer size, waiting time. Credentials never appear in messages.
//!
//! Settings of a connection: `baseUrl` (a `url` that begins with `/` is appended to it), `authentication` (used
//! for that base only, when the step has none), `caCertificates` (PEM, trusted beside the system's roots).
//!
//! [`Fetcher`] sends requests of other connectors under the same policy.
//!
//! [`DeclaredConnector`] makes a connector of its own out of a written contract with requests.
//!
//! Not implemented: multipart bodies, storing answers as documents, client certificates, proxies.

mod address;
mod answer;
mod auth;
mod body;
mod clients;
mod contract;
mod declared;
mod exchange;
mod fetch;
mod input;
mod oauth;
mod pages;
mod request;
mod settings;
mod template;

use std::sync::Arc;

use hosk_connector::{Call, Connection, Connector, Contract, Failure, Outcome, async_trait};
use serde_json::{Value, json};

pub use declared::{DeclaredConnector, InvalidDeclaration};
pub use fetch::{Fetch, Fetched, Fetcher};

use crate::clients::Clients;
use crate::oauth::Tokens;

/// The connector `http`.
#[derive(Debug)]
pub struct HttpConnector {
    contract: Contract,
    clients: Clients,
    tokens: Tokens,
}

impl HttpConnector {
    /// A connector without open connections.
    pub fn new() -> Self {
        // An error means that the process has chosen a provider already, which is as good.
        drop(rustls::crypto::ring::default_provider().install_default());
        Self { contract: contract::contract(), clients: Clients::default(), tokens: Tokens::default() }
    }

    async fn run(&self, call: &Call) -> Result<Outcome, Failure> {
        let connection = Arc::clone(&call.context.connection);
        let input = input::Input::read(&call.input, &connection)?;
        let client = self.clients.get(&connection, input.connect_timeout)?;
        let mut request = request::Request::build(&input, call, &connection)?;
        if let Some(pagination) = input.pagination.clone() {
            return pages::collect(self, request, &input, &client, call, pagination).await;
        }
        let received = self.attempt(&mut request, &input, &client, call).await?;
        Ok(answer::outcome(&request, received))
    }

    /// One signed request and its answer.
    async fn attempt(
        &self,
        request: &mut request::Request,
        input: &input::Input,
        client: &reqwest::Client,
        call: &Call,
    ) -> Result<exchange::Received, Failure> {
        self.sign(request, input, client, call).await?;
        let received = exchange::exchange(client, request, call).await?;
        if received.status != 401 || !self.tokens.forget(input, &call.context.connection) {
            return Ok(received);
        }
        // The token was valid by its date and is not by the server's word: one fresh token, one more try.
        self.sign(request, input, client, call).await?;
        exchange::exchange(client, request, call).await
    }

    async fn sign(
        &self,
        request: &mut request::Request,
        input: &input::Input,
        client: &reqwest::Client,
        call: &Call,
    ) -> Result<(), Failure> {
        if let auth::Authentication::ClientCredentials(grant) = &input.authentication {
            let token = self.tokens.get(grant, client, call).await?;
            return request.bearer(&token);
        }
        input.authentication.apply(request)
    }
}

impl Default for HttpConnector {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Connector for HttpConnector {
    fn contract(&self) -> &Contract {
        &self.contract
    }

    fn check_connection(&self, connection: &Connection) -> Result<(), Failure> {
        settings::check(connection)
    }

    fn probe(&self, connection: &Connection) -> Option<(String, Value)> {
        connection.settings["baseUrl"].as_str()?;
        Some(("request".to_owned(), json!({"method": "GET", "url": "/"})))
    }

    async fn call(&self, call: &Call) -> Outcome {
        self.run(call).await.unwrap_or_else(|failure| {
            let message = call.context.connection.redact(&failure.message);
            Outcome::Failure(Failure { message, ..failure })
        })
    }
}
