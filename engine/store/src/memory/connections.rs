//! Connections in memory.

use std::sync::Arc;

use async_trait::async_trait;

use super::Memory;
use crate::Error;
use crate::connections::{ConnectionStore, StoredConnection, StoredSecret};

fn put(secrets: &mut Vec<StoredSecret>, secret: &StoredSecret) {
    match secrets.binary_search_by(|known| known.name.cmp(&secret.name)) {
        Ok(at) => secrets[at] = secret.clone(),
        Err(at) => secrets.insert(at, secret.clone()),
    }
}

#[async_trait]
impl ConnectionStore for Memory {
    async fn add_connection(&self, connection: &StoredConnection) -> Result<bool, Error> {
        let mut all = self.connections.lock().await;
        let free = !all.contains_key(&connection.id);
        if free {
            all.insert(Arc::clone(&connection.id), connection.clone());
        }
        Ok(free)
    }

    async fn put_connection(&self, connection: &StoredConnection) -> Result<bool, Error> {
        let mut all = self.connections.lock().await;
        let Some(known) = all.get_mut(&connection.id) else { return Ok(false) };
        let mut secrets = std::mem::take(&mut known.secrets);
        connection.secrets.iter().for_each(|secret| put(&mut secrets, secret));
        *known = StoredConnection { secrets, ..connection.clone() };
        Ok(true)
    }

    async fn remove_connection(&self, id: &str) -> Result<bool, Error> {
        Ok(self.connections.lock().await.remove(id).is_some())
    }

    async fn put_secret(&self, connection: &str, secret: &StoredSecret) -> Result<bool, Error> {
        let mut all = self.connections.lock().await;
        let known = all.get_mut(connection);
        Ok(known.map(|known| put(&mut known.secrets, secret)).is_some())
    }

    async fn remove_secret(&self, connection: &str, name: &str) -> Result<bool, Error> {
        let mut all = self.connections.lock().await;
        let Some(known) = all.get_mut(connection) else { return Ok(false) };
        let before = known.secrets.len();
        known.secrets.retain(|secret| *secret.name != *name);
        Ok(known.secrets.len() < before)
    }

    async fn connections(&self) -> Result<Vec<StoredConnection>, Error> {
        Ok(self.connections.lock().await.values().cloned().collect())
    }
}
