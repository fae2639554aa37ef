//! Plugins in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;

use super::Memory;
use crate::Error;
use crate::plugins::{
    AddedPluginVersion, NewPluginVersion, PluginActivation, PluginStore, StoredPlugin, StoredPluginVersion,
};

/// The tables.
#[derive(Debug, Default)]
pub(super) struct Plugins {
    /// With the highest number given to a version.
    by_id: BTreeMap<Arc<str>, (u32, StoredPlugin)>,
    contracts: BTreeMap<(Arc<str>, u32), Arc<str>>,
    parts: BTreeMap<(String, u32), Vec<u8>>,
}

impl Plugins {
    fn file(&self, hash: &str) -> Option<Vec<u8>> {
        let parts = self.parts.range((hash.to_owned(), 0)..=(hash.to_owned(), u32::MAX));
        let parts: Vec<&[u8]> = parts.map(|(_, bytes)| &**bytes).collect();
        (!parts.is_empty()).then(|| parts.concat())
    }

    fn add(&mut self, new: &NewPluginVersion) -> AddedPluginVersion {
        let known = self.by_id.get(&new.id).into_iter().flat_map(|(_, plugin)| &plugin.versions);
        if let Some(same) = known.into_iter().find(|version| version.hash == new.hash) {
            return AddedPluginVersion::Exists(same.number);
        }
        if self.file(&new.hash).map_or(0, |file| file.len()) as u64 != new.size {
            return AddedPluginVersion::Incomplete;
        }
        let (last, plugin) = self.by_id.entry(Arc::clone(&new.id)).or_insert_with(|| {
            let plugin = StoredPlugin {
                id: Arc::clone(&new.id),
                current: None,
                previous: None,
                updated: new.installed,
                updated_by: new.installed_by.clone(),
                versions: Vec::new(),
            };
            (0, plugin)
        });
        *last += 1;
        plugin.versions.push(StoredPluginVersion {
            number: *last,
            contract_version: new.contract_version,
            title: Arc::clone(&new.title),
            release: new.release.clone(),
            hash: Arc::clone(&new.hash),
            size: new.size,
            signer: new.signer.clone(),
            active: false,
            installed: new.installed,
            installed_by: new.installed_by.clone(),
        });
        self.contracts.insert((Arc::clone(&new.id), *last), Arc::clone(&new.contract));
        AddedPluginVersion::Added(*last)
    }

    fn forget_orphans(&mut self) {
        let versions = self.by_id.values().flat_map(|(_, plugin)| &plugin.versions);
        let used: Vec<Arc<str>> = versions.map(|version| Arc::clone(&version.hash)).collect();
        self.parts.retain(|(hash, _), _| used.iter().any(|used| **used == **hash));
    }
}

#[async_trait]
impl PluginStore for Memory {
    async fn put_plugin_part(&self, hash: &str, part: u32, bytes: &[u8]) -> Result<(), Error> {
        let mut tables = self.plugins.lock().await;
        tables.parts.entry((hash.to_owned(), part)).or_insert_with(|| bytes.to_vec());
        Ok(())
    }

    async fn add_plugin_version(&self, version: &NewPluginVersion) -> Result<AddedPluginVersion, Error> {
        Ok(self.plugins.lock().await.add(version))
    }

    async fn activate_plugin(&self, activation: &PluginActivation) -> Result<bool, Error> {
        let mut tables = self.plugins.lock().await;
        let Some((_, plugin)) = tables.by_id.get_mut(&activation.id) else { return Ok(false) };
        let number = activation.number;
        let of = plugin.versions.iter().find(|version| version.number == number);
        let Some(contract) = of.map(|version| version.contract_version) else { return Ok(false) };
        for version in plugin.versions.iter_mut().filter(|version| version.contract_version == contract) {
            version.active = version.number == number;
        }
        if plugin.current != Some(number) {
            plugin.previous = plugin.current;
        }
        plugin.current = Some(number);
        (plugin.updated, plugin.updated_by) = (activation.at, activation.by.clone());
        Ok(true)
    }

    async fn remove_plugin_version(&self, id: &str, number: u32) -> Result<bool, Error> {
        let mut tables = self.plugins.lock().await;
        let Some((_, plugin)) = tables.by_id.get_mut(id) else { return Ok(false) };
        let before = plugin.versions.len();
        if plugin.current != Some(number) {
            plugin.versions.retain(|version| version.number != number);
        }
        if plugin.versions.len() == before {
            return Ok(false);
        }
        plugin.previous = plugin.previous.filter(|previous| *previous != number);
        if plugin.versions.is_empty() {
            tables.by_id.remove(id);
        }
        tables.contracts.remove(&(Arc::from(id), number));
        tables.forget_orphans();
        Ok(true)
    }

    async fn remove_plugin(&self, id: &str) -> Result<bool, Error> {
        let mut tables = self.plugins.lock().await;
        let removed = tables.by_id.remove(id).is_some();
        tables.contracts.retain(|(plugin, _), _| **plugin != *id);
        tables.forget_orphans();
        Ok(removed)
    }

    async fn plugins(&self) -> Result<Vec<StoredPlugin>, Error> {
        Ok(self.plugins.lock().await.by_id.values().map(|(_, plugin)| plugin.clone()).collect())
    }

    async fn plugin_contract(&self, id: &str, number: u32) -> Result<Option<Arc<str>>, Error> {
        Ok(self.plugins.lock().await.contracts.get(&(Arc::from(id), number)).cloned())
    }

    async fn plugin_file(&self, hash: &str) -> Result<Option<Vec<u8>>, Error> {
        Ok(self.plugins.lock().await.file(hash))
    }
}
