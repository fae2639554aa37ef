//! Installed plugins as they are stored: versions side by side, files in parts. What a file holds is not this layer's
//! business.

use std::sync::Arc;

use async_trait::async_trait;
use hosk_core::Timestamp;

use crate::Error;

/// Bytes of one part of a file: what one transaction writes.
pub const PLUGIN_PART: usize = 512 * 1024;

/// A plugin with its versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredPlugin {
    /// The id of its connector.
    pub id: Arc<str>,
    /// The version that answers to task types without a version; `None` until one is activated.
    pub current: Option<u32>,
    /// The version that was current before.
    pub previous: Option<u32>,
    /// When it was last changed.
    pub updated: Timestamp,
    /// Who changed it; `None` on an unprotected server.
    pub updated_by: Option<Arc<str>>,
    /// Its versions, by number.
    pub versions: Vec<StoredPluginVersion>,
}

/// One version of a plugin, without its file and its contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredPluginVersion {
    /// Counts from 1; a number is never given twice while the plugin is installed.
    pub number: u32,
    /// The version of its contract. One version for each is active at most.
    pub contract_version: u32,
    /// The contract's title.
    pub title: Arc<str>,
    /// What its author calls it, when he says so.
    pub release: Option<Arc<str>>,
    /// The SHA-256 of its file, in hexadecimal digits.
    pub hash: Arc<str>,
    /// Bytes of its file.
    pub size: u64,
    /// The public key it was signed with.
    pub signer: Option<Arc<str>>,
    /// Whether it answers to task types of its contract's version.
    pub active: bool,
    /// When it was installed.
    pub installed: Timestamp,
    /// Who installed it.
    pub installed_by: Option<Arc<str>>,
}

/// A version to add. Its file was put before, in parts.
#[derive(Clone, Debug)]
pub struct NewPluginVersion {
    /// The id of its connector.
    pub id: Arc<str>,
    /// The version of its contract.
    pub contract_version: u32,
    /// The contract's title.
    pub title: Arc<str>,
    /// What its author calls it.
    pub release: Option<Arc<str>>,
    /// The SHA-256 of its file, in hexadecimal digits.
    pub hash: Arc<str>,
    /// Bytes of its file.
    pub size: u64,
    /// The contract as JSON.
    pub contract: Arc<str>,
    /// The public key it was signed with.
    pub signer: Option<Arc<str>>,
    /// When it is installed.
    pub installed: Timestamp,
    /// Who installs it.
    pub installed_by: Option<Arc<str>>,
}

/// What came of adding a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddedPluginVersion {
    /// It has this number now, and is not active.
    Added(u32),
    /// A version of the same file and plugin is there.
    Exists(u32),
    /// Parts of the file are missing: somebody removed what no version used. Nothing was added.
    Incomplete,
}

/// Makes a version active and current.
#[derive(Clone, Debug)]
pub struct PluginActivation {
    /// The plugin.
    pub id: Arc<str>,
    /// The version.
    pub number: u32,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: Option<Arc<str>>,
}

/// Where plugins are kept. Each change is one transaction.
#[async_trait]
pub trait PluginStore: Send + Sync + 'static {
    /// Writes the part of a file, [`PLUGIN_PART`] bytes or, at the end, less. Repeating it does nothing.
    async fn put_plugin_part(&self, hash: &str, part: u32, bytes: &[u8]) -> Result<(), Error>;
    /// Adds a version whose file is there.
    async fn add_plugin_version(&self, version: &NewPluginVersion) -> Result<AddedPluginVersion, Error>;
    /// Makes a version the current one, and the active one of its contract's version; `false` when it is not there.
    async fn activate_plugin(&self, activation: &PluginActivation) -> Result<bool, Error>;
    /// Removes a version that is not current, and its file when no other version has it; whether there was one. A
    /// plugin without versions goes with the last one.
    async fn remove_plugin_version(&self, id: &str, number: u32) -> Result<bool, Error>;
    /// Removes a plugin with all its versions; whether there was one.
    async fn remove_plugin(&self, id: &str) -> Result<bool, Error>;
    /// All plugins with their versions, by id and number, as of one moment.
    async fn plugins(&self) -> Result<Vec<StoredPlugin>, Error>;
    /// The contract of a version, as JSON.
    async fn plugin_contract(&self, id: &str, number: u32) -> Result<Option<Arc<str>>, Error>;
    /// The file of this hash; `None` when it is not there.
    async fn plugin_file(&self, hash: &str) -> Result<Option<Vec<u8>>, Error>;
}

/// Plugins from rows of plugin and version, ordered by both; a plugin without versions has one row.
pub(crate) fn gathered(
    rows: impl Iterator<Item = Result<(StoredPlugin, Option<StoredPluginVersion>), Error>>,
) -> Result<Vec<StoredPlugin>, Error> {
    let mut plugins: Vec<StoredPlugin> = Vec::new();
    for row in rows {
        let (mut plugin, version) = row?;
        if let Some(last) = plugins.last_mut().filter(|last| last.id == plugin.id) {
            last.versions.extend(version);
        } else {
            plugin.versions.extend(version);
            plugins.push(plugin);
        }
    }
    Ok(plugins)
}
