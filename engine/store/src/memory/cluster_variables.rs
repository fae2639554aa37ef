//! Variables of the installation, in memory.

use std::sync::Arc;

use super::Memory;
use super::joined::Listed;
use super::tables::Tables;
use crate::cluster_variables::{StoredClusterVariable, VariableAdded};
use crate::read::{ClusterVariable, ClusterVariableScope, VALUE_PREVIEW};

fn address(variable: &StoredClusterVariable) -> (Arc<str>, Arc<str>) {
    (variable.tenant.clone().unwrap_or_default(), variable.name.clone())
}

impl Memory {
    pub(crate) async fn add_variable(&self, variable: StoredClusterVariable, limit: usize) -> VariableAdded {
        let tables = &mut *self.tables.lock().await;
        if tables.cluster_variables.len() >= limit {
            return VariableAdded::TooMany;
        }
        let address = address(&variable);
        if tables.cluster_variables.contains_key(&address) {
            return VariableAdded::Exists;
        }
        tables.cluster_variable_number += 1;
        let metadata = Some(variable.metadata.clone().unwrap_or_else(|| "{}".into()));
        let variable = StoredClusterVariable { metadata, ..variable };
        tables.cluster_variables.insert(address, (tables.cluster_variable_number, variable));
        VariableAdded::Added
    }

    pub(crate) async fn put_variable(&self, variable: StoredClusterVariable) -> bool {
        let tables = &mut *self.tables.lock().await;
        let Some((_, known)) = tables.cluster_variables.get_mut(&address(&variable)) else { return false };
        known.value = variable.value;
        known.metadata = variable.metadata.or_else(|| known.metadata.clone());
        true
    }

    pub(crate) async fn remove_variable(&self, tenant: &Arc<str>, name: &Arc<str>) -> bool {
        let address = (tenant.clone(), name.clone());
        self.tables.lock().await.cluster_variables.remove(&address).is_some()
    }

    pub(crate) async fn all_variables(&self) -> Vec<StoredClusterVariable> {
        self.tables.lock().await.cluster_variables.values().map(|(_, variable)| variable.clone()).collect()
    }
}

impl Listed for ClusterVariable {
    fn rows(tables: &Tables) -> Vec<Self> {
        let row = |(key, variable): &(u64, StoredClusterVariable)| Self {
            key: *key,
            name: variable.name.clone(),
            value: variable.value.clone(),
            scope: match variable.tenant {
                None => ClusterVariableScope::Global,
                Some(_) => ClusterVariableScope::Tenant,
            },
            tenant_id: variable.tenant.clone(),
            metadata: variable.metadata.clone().unwrap_or_else(|| "{}".into()),
            is_truncated: variable.value.chars().count() > VALUE_PREVIEW,
        };
        tables.cluster_variables.values().map(row).collect()
    }
}
