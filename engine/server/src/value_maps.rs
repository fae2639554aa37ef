//! The dictionaries a process may write to.

use std::sync::{Arc, OnceLock};

use hosk_connector::async_trait;
use hosk_runtime::{DEFAULT_TENANT, ValueMaps};
use hosk_store::{ValueMapAddress, ValueMapChanged, ValueMapEntries};
use hosk_tasks::{Entry, NotKept};

/// [`hosk_tasks::ValueMaps`] of this installation. Connectors are there before the engine, and the maps after it.
#[derive(Default)]
pub(crate) struct OwnMaps(OnceLock<Arc<ValueMaps>>);

impl OwnMaps {
    /// From now on these.
    pub(crate) fn are(&self, maps: Arc<ValueMaps>) {
        let _ = self.0.set(maps);
    }
}

#[async_trait]
impl hosk_tasks::ValueMaps for OwnMaps {
    async fn remember(&self, tenant: &str, entry: Entry<'_>) -> Result<(), NotKept> {
        let maps = self.0.get().ok_or_else(|| NotKept::Away("the value maps are not read yet".to_owned()))?;
        // Everybody's are for processes of the default tenant only: others would change what is not theirs.
        let everybodys = (tenant == DEFAULT_TENANT).then_some(None);
        for owner in std::iter::once(Some(tenant.into())).chain(everybodys) {
            let map = ValueMapAddress { tenant: owner, id: entry.map.into() };
            let entries = ValueMapEntries::Merge(vec![(entry.source.into(), entry.target.into())]);
            let outcome = maps.put_entries((map, None), entries, None).await;
            match outcome
                .map_err(|error| NotKept::Away(format!("the value maps cannot be written: {error}")))?
            {
                ValueMapChanged::Done(_) => return Ok(()),
                ValueMapChanged::TooManyEntries(_) | ValueMapChanged::TooManyInAll(_) => {
                    return Err(NotKept::Refused(format!("the value map `{}` is full", entry.map)));
                }
                ValueMapChanged::Missing
                | ValueMapChanged::Stale(_)
                | ValueMapChanged::Exists
                | ValueMapChanged::TooManyMaps => {}
            }
        }
        Err(NotKept::NoMap)
    }
}
