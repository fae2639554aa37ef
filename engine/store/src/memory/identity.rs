//! Identities in memory.

use async_trait::async_trait;

use super::Memory;
use crate::Error;
use crate::identity::{IdentityChange, IdentityChanged, IdentityState, IdentityStore};

#[async_trait]
impl IdentityStore for Memory {
    async fn change_identity(
        &self,
        changes: &[IdentityChange],
        after: Option<u64>,
    ) -> Result<IdentityChanged, Error> {
        let mut tables = self.identity.lock().await;
        if after.is_some_and(|after| after != tables.version) {
            return Ok(IdentityChanged::Outdated);
        }
        let mut changed = tables.clone();
        if let Some(refused) = changes.iter().position(|change| !changed.apply(change)) {
            return Ok(IdentityChanged::Refused(refused));
        }
        changed.version += 1;
        *tables = changed;
        Ok(IdentityChanged::Done(tables.version))
    }

    async fn identity_version(&self) -> Result<u64, Error> {
        Ok(self.identity.lock().await.version)
    }

    async fn identity(&self) -> Result<IdentityState, Error> {
        Ok(self.identity.lock().await.state())
    }
}
