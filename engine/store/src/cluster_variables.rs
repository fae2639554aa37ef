//! Variables of the whole installation, or of a tenant.

use std::sync::Arc;

use async_trait::async_trait;
use futures::FutureExt;
use hosk_core::Timestamp;

use crate::plain::{Plain, number, plain, text};
use crate::{Error, Memory};

/// A variable to keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredClusterVariable {
    /// The tenant who sees it; `None`: everybody.
    pub tenant: Option<Arc<str>>,
    /// Its name.
    pub name: Arc<str>,
    /// Its value, JSON text.
    pub value: Arc<str>,
    /// What else is known of it, a JSON object; `None` leaves it as it is.
    pub metadata: Option<Arc<str>>,
}

/// What became of a new variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VariableAdded {
    /// It is there.
    Added,
    /// There is one of that name.
    Exists,
    /// There are as many as there may be.
    TooMany,
}

/// Where they are kept. Each change is one transaction.
#[async_trait]
pub trait ClusterVariableStore: Send + Sync + 'static {
    /// Adds one, unless there are `limit` already.
    async fn add_cluster_variable(
        &self,
        variable: StoredClusterVariable,
        at: Timestamp,
        limit: usize,
    ) -> Result<VariableAdded, Error>;

    /// Changes one; `false` when there is none of that name.
    async fn put_cluster_variable(
        &self,
        variable: StoredClusterVariable,
        at: Timestamp,
    ) -> Result<bool, Error>;

    /// Removes one; whether there was one.
    async fn remove_cluster_variable(&self, tenant: Option<Arc<str>>, name: Arc<str>) -> Result<bool, Error>;

    /// All of them.
    async fn cluster_variables_all(&self) -> Result<Vec<StoredClusterVariable>, Error>;
}

const COUNT: &str = "SELECT count(*) FROM cluster_variable";
const ADD: &str = "INSERT INTO cluster_variable (tenant, name, value, metadata, updated) VALUES ($1, $2, $3, $4, $5) \
                   ON CONFLICT (tenant, name) DO NOTHING";
const PUT: &str = "UPDATE cluster_variable SET value = $3, metadata = coalesce($4, metadata), updated = $5 \
                   WHERE tenant = $1 AND name = $2";
const REMOVE: &str = "DELETE FROM cluster_variable WHERE tenant = $1 AND name = $2";
const ALL: &str = "SELECT tenant, name, value, metadata FROM cluster_variable ORDER BY tenant, name";
const DOING: &str = "keeping a cluster variable";

/// Everybody's have no tenant.
fn owner(tenant: Option<Arc<str>>) -> Arc<str> {
    tenant.unwrap_or_default()
}

#[async_trait]
impl<D: Plain> ClusterVariableStore for D {
    async fn add_cluster_variable(
        &self,
        variable: StoredClusterVariable,
        at: Timestamp,
        limit: usize,
    ) -> Result<VariableAdded, Error> {
        let StoredClusterVariable { tenant, name, value, metadata } = variable;
        let metadata = metadata.unwrap_or_else(|| "{}".into());
        let values = plain![owner(tenant), name, value, metadata, at];
        self.transact(DOING, move |tx| {
            async move {
                let found = tx.rows(COUNT, plain![]).await?;
                let count = found.first().map_or(Ok(0), |row| number(row, 0))?;
                if count >= limit as i64 {
                    return Ok(VariableAdded::TooMany);
                }
                let added = tx.run(ADD, values).await? > 0;
                Ok(if added { VariableAdded::Added } else { VariableAdded::Exists })
            }
            .boxed()
        })
        .await
    }

    async fn put_cluster_variable(
        &self,
        variable: StoredClusterVariable,
        at: Timestamp,
    ) -> Result<bool, Error> {
        let StoredClusterVariable { tenant, name, value, metadata } = variable;
        let values = plain![owner(tenant), name, value, metadata, at];
        self.transact(DOING, move |tx| async move { Ok(tx.run(PUT, values).await? > 0) }.boxed()).await
    }

    async fn remove_cluster_variable(&self, tenant: Option<Arc<str>>, name: Arc<str>) -> Result<bool, Error> {
        let values = plain![owner(tenant), name];
        self.transact(DOING, move |tx| async move { Ok(tx.run(REMOVE, values).await? > 0) }.boxed()).await
    }

    async fn cluster_variables_all(&self) -> Result<Vec<StoredClusterVariable>, Error> {
        let rows = self.transact(DOING, |tx| tx.rows(ALL, plain![]).boxed()).await?;
        let each = rows.iter().map(|row| {
            Ok(StoredClusterVariable {
                tenant: Some(text(row, 0)?).filter(|tenant| !tenant.is_empty()),
                name: text(row, 1)?,
                value: text(row, 2)?,
                metadata: Some(text(row, 3)?),
            })
        });
        each.collect()
    }
}

#[async_trait]
impl ClusterVariableStore for Memory {
    async fn add_cluster_variable(
        &self,
        variable: StoredClusterVariable,
        _: Timestamp,
        limit: usize,
    ) -> Result<VariableAdded, Error> {
        Ok(self.add_variable(variable, limit).await)
    }

    async fn put_cluster_variable(
        &self,
        variable: StoredClusterVariable,
        _: Timestamp,
    ) -> Result<bool, Error> {
        Ok(self.put_variable(variable).await)
    }

    async fn remove_cluster_variable(&self, tenant: Option<Arc<str>>, name: Arc<str>) -> Result<bool, Error> {
        Ok(self.remove_variable(&owner(tenant), &name).await)
    }

    async fn cluster_variables_all(&self) -> Result<Vec<StoredClusterVariable>, Error> {
        Ok(self.all_variables().await)
    }
}
