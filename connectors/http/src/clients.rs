//! One pool of open connections per configured connection.

use std::sync::Arc;
use std::time::Duration;

use hosk_connector::{Connection, Failure, FailureKind};
use parking_lot::Mutex;
use reqwest::{Certificate, Client, redirect};

use crate::address::GuardedResolver;

/// Most pools kept; beyond that the oldest goes.
const MAX_CLIENTS: usize = 64;
/// How long an unused connection stays open.
const IDLE: Duration = Duration::from_mins(1);

/// The pools, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Clients(Mutex<Vec<Pool>>);

#[derive(Debug)]
struct Pool {
    connection: Arc<Connection>,
    connect_timeout: Duration,
    client: Client,
}

impl Clients {
    /// The client of a connection. A changed connection is another value and gets a new pool: what was open under
    /// the old grants is not used any more.
    pub(crate) fn get(
        &self,
        connection: &Arc<Connection>,
        connect_timeout: Duration,
    ) -> Result<Client, Failure> {
        let mut pools = self.0.lock();
        let known = pools.iter().find(|pool| {
            Arc::ptr_eq(&pool.connection, connection) && pool.connect_timeout == connect_timeout
        });
        if let Some(pool) = known {
            return Ok(pool.client.clone());
        }
        let client = build(connection, connect_timeout)?;
        pools.retain(|pool| pool.connection.id != connection.id || Arc::ptr_eq(&pool.connection, connection));
        if pools.len() >= MAX_CLIENTS {
            pools.remove(0);
        }
        pools.push(Pool { connection: Arc::clone(connection), connect_timeout, client: client.clone() });
        Ok(client)
    }
}

pub(crate) fn build(connection: &Connection, connect_timeout: Duration) -> Result<Client, Failure> {
    let unusable = |what: &str, error: &dyn std::fmt::Display| {
        let message = format!("the connection `{}` cannot be used: {what}: {error}", connection.id);
        Failure::new(FailureKind::Permanent, message)
    };
    let mut builder = Client::builder()
        .user_agent(concat!("hosk/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .referer(false)
        // A proxy would resolve names itself, past the address check.
        .no_proxy()
        .dns_resolver(GuardedResolver { grants: connection.grants.clone() })
        .connect_timeout(connect_timeout)
        .pool_idle_timeout(IDLE);
    if let Some(pem) = connection.settings["caCertificates"].as_str() {
        let certificates = Certificate::from_pem_bundle(pem.as_bytes())
            .map_err(|error| unusable("its `caCertificates` are not PEM", &error))?;
        if certificates.is_empty() {
            return Err(unusable("its `caCertificates` hold no certificate", &"write them as PEM"));
        }
        builder = builder.tls_certs_merge(certificates);
    }
    builder.build().map_err(|error| unusable("no client can be made", &error))
}
