//! Configured connectors as they are stored. What the document holds and how secrets are sealed is not this layer's
//! business.

use std::sync::Arc;

use async_trait::async_trait;
use hosk_core::Timestamp;

use crate::Error;

/// A configured connector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredConnection {
    /// Unique in the installation.
    pub id: Arc<str>,
    /// The id of the connector.
    pub connector: Arc<str>,
    /// Settings, grants and limits as JSON.
    pub document: Arc<str>,
    /// When it was last changed, apart from its secrets.
    pub updated: Timestamp,
    /// Who changed it; `None` on an unprotected server.
    pub updated_by: Option<Arc<str>>,
    /// Its secrets, by name.
    pub secrets: Vec<StoredSecret>,
}

/// A secret of a connection, encrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSecret {
    /// Unique in its connection.
    pub name: Arc<str>,
    /// The encrypted text.
    pub sealed: Arc<[u8]>,
    /// When it was set.
    pub updated: Timestamp,
}

/// Where connections are kept. Each change is one transaction.
#[async_trait]
pub trait ConnectionStore: Send + Sync + 'static {
    /// Adds a connection with its secrets; `false` when there is one of that id, and nothing is changed then.
    async fn add_connection(&self, connection: &StoredConnection) -> Result<bool, Error>;
    /// Replaces all but the secrets of a connection, and adds or replaces those secrets that are given; `false` when
    /// there is no such connection.
    async fn put_connection(&self, connection: &StoredConnection) -> Result<bool, Error>;
    /// Removes a connection with its secrets; whether there was one.
    async fn remove_connection(&self, id: &str) -> Result<bool, Error>;
    /// Adds or replaces a secret; `false` when there is no such connection.
    async fn put_secret(&self, connection: &str, secret: &StoredSecret) -> Result<bool, Error>;
    /// Removes a secret; whether there was one.
    async fn remove_secret(&self, connection: &str, name: &str) -> Result<bool, Error>;
    /// All connections with their secrets, by id and name, as of one moment.
    async fn connections(&self) -> Result<Vec<StoredConnection>, Error>;
}

/// Connections from rows of connection and secret, ordered by both; a connection without secrets has one row.
pub(crate) fn gathered(
    rows: impl Iterator<Item = Result<(StoredConnection, Option<StoredSecret>), Error>>,
) -> Result<Vec<StoredConnection>, Error> {
    let mut connections: Vec<StoredConnection> = Vec::new();
    for row in rows {
        let (mut connection, secret) = row?;
        if let Some(last) = connections.last_mut().filter(|last| last.id == connection.id) {
            last.secrets.extend(secret);
        } else {
            connection.secrets.extend(secret);
            connections.push(connection);
        }
    }
    Ok(connections)
}
