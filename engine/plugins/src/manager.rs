//! The plugins of an installation: changed in the database, in use in the engine.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use hosk_connections::Connections;
use hosk_connector::{Connection, Connector, Registry};
use hosk_core::Timestamp;
use hosk_runtime::Engine;
use hosk_store::{
    AddedPluginVersion, NewPluginVersion, PLUGIN_PART, PluginActivation, PluginStore, StoredPlugin,
    StoredPluginVersion,
};
use hosk_wasm::{Host, Plugin, WasmConnector};
use parking_lot::RwLock;
use tokio::sync::Mutex;

use crate::error::chain;
use crate::{Error, Package, PackageError, Trust, incompatibility, largest_file};

/// Most plugins of an installation.
pub const MAX_PLUGINS: usize = 200;
/// Most versions of one plugin.
pub const MAX_VERSIONS: usize = 50;
/// How often a file is written again that somebody removed meanwhile.
const ATTEMPTS: u32 = 3;
/// How long a version that could not be loaded is left alone.
const RETRY: Duration = Duration::from_mins(1);
/// What a new operation's contract may have in bytes; modelers read all of them at once.
const MAX_CONTRACT: usize = 1024 * 1024;

/// What this server has taken over.
#[derive(Default)]
struct Applied {
    stored: Vec<StoredPlugin>,
    /// By the hash of the file.
    loaded: BTreeMap<Arc<str>, Plugin>,
    /// Why a version is not in use, by plugin and number, and when that was found.
    troubles: BTreeMap<(Arc<str>, u32), (String, Instant)>,
}

impl Applied {
    fn troubled(&self) -> bool {
        self.troubles.values().any(|(_, since)| since.elapsed() >= RETRY)
    }

    fn of(&self, id: &str) -> Option<&StoredPlugin> {
        self.stored.iter().find(|plugin| *plugin.id == *id)
    }
}

/// A plugin as it is shown.
#[derive(Clone, Debug)]
pub struct Described {
    /// The id of its connector.
    pub id: Arc<str>,
    /// The version that answers to task types without a version.
    pub current: Option<u32>,
    /// The version that was current before.
    pub previous: Option<u32>,
    /// When it was last changed.
    pub updated: Timestamp,
    /// Who changed it.
    pub updated_by: Option<Arc<str>>,
    /// Its versions, by number.
    pub versions: Vec<DescribedVersion>,
}

/// A version of a plugin as it is shown.
#[derive(Clone, Debug)]
pub struct DescribedVersion {
    /// As it is stored.
    pub stored: StoredPluginVersion,
    /// Why this server does not use it although it is active.
    pub trouble: Option<String>,
}

/// What came of an installation.
#[derive(Clone, Debug)]
pub struct Installed {
    /// The plugin as it is now.
    pub plugin: Described,
    /// The number of the version.
    pub version: u32,
    /// Whether it was not there before.
    pub new: bool,
}

/// The plugins of an installation.
pub struct Plugins {
    store: Arc<dyn PluginStore>,
    host: Host,
    engine: Engine,
    connections: Arc<Connections>,
    trust: Trust,
    /// Ids of the connectors that come with the server.
    built_in: BTreeSet<String>,
    applied: RwLock<Applied>,
    /// Held during a change and while changes of others are taken over.
    changing: Mutex<()>,
    /// Held while a plugin is compiled for the first time: one at a time.
    compiling: Mutex<()>,
}

impl std::fmt::Debug for Plugins {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plugins").field("host", &self.host).finish_non_exhaustive()
    }
}

impl Plugins {
    /// Puts what is stored to use beside what the engine was started with. A plugin that cannot be loaded is told of in
    /// the log and tried again later; it keeps nobody from starting.
    ///
    /// # Errors
    /// [`Error::Store`] when the database cannot be read.
    pub async fn start(
        store: Arc<dyn PluginStore>,
        host: Host,
        engine: Engine,
        connections: Arc<Connections>,
        trust: Trust,
    ) -> Result<Self, Error> {
        let built_in = engine.connectors().contracts().map(|contract| contract.id.clone()).collect();
        let plugins = Self {
            store,
            host,
            engine,
            connections,
            trust,
            built_in,
            applied: RwLock::default(),
            changing: Mutex::default(),
            compiling: Mutex::default(),
        };
        plugins.refresh().await?;
        Ok(plugins)
    }

    /// Largest file that is taken, package and component, in bytes.
    pub fn largest_file(&self) -> usize {
        largest_file(self.host.limits())
    }

    /// Whether a connector is a plugin in use here.
    pub fn offers(&self, connector: &str) -> bool {
        self.applied.read().of(connector).is_some()
    }

    /// Takes over what another server of this database has changed. Cheap when nothing was.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn refresh(&self) -> Result<(), Error> {
        let _changing = self.changing.lock().await;
        self.take_over().await
    }

    /// All plugins, by id.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn list(&self) -> Result<Vec<Described>, Error> {
        let stored = self.store.plugins().await?;
        Ok(stored.into_iter().map(|plugin| self.describe(plugin)).collect())
    }

    /// The plugin of an id.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Store`].
    pub async fn get(&self, id: &str) -> Result<Described, Error> {
        self.find(id).await.map(|plugin| self.describe(plugin))
    }

    /// A version of a plugin, with its contract as JSON.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::VersionNotFound`], [`Error::Store`].
    pub async fn version(&self, id: &str, version: u32) -> Result<(DescribedVersion, Arc<str>), Error> {
        let plugin = self.get(id).await?;
        let absent = || Error::VersionNotFound { id: id.to_owned(), version };
        let found = plugin.versions.into_iter().find(|one| one.stored.number == version);
        let contract = self.store.plugin_contract(id, version).await?;
        Ok((found.ok_or_else(absent)?, contract.ok_or_else(absent)?))
    }

    /// Installs a file: a component or a package. One that is there already is not added again.
    ///
    /// # Errors
    /// [`Error`] says what is wrong with it; nothing is installed then.
    pub async fn install(
        &self,
        file: &[u8],
        activate: bool,
        by: Option<Arc<str>>,
    ) -> Result<Installed, Error> {
        let package = Package::read(file, self.host.limits().file, &self.trust)?;
        let plugin = self.load(&package.wasm).await?;
        let contract = plugin.contract();
        if let Some(manifest) = package.manifest.as_ref().filter(|manifest| manifest.id != contract.id) {
            let (manifest, contract) = (manifest.id.clone(), contract.id.clone());
            return Err(PackageError::Other { manifest, contract }.into());
        }
        let id = contract.id.clone();
        if self.built_in.contains(&id) {
            return Err(Error::Taken(id));
        }
        let text = serde_json::to_string(contract).unwrap_or_default();
        if text.len() > MAX_CONTRACT {
            return Err(Error::Limit { what: "bytes of a contract", limit: MAX_CONTRACT });
        }
        let new = NewPluginVersion {
            id: id.as_str().into(),
            contract_version: contract.version,
            title: contract.title.as_str().into(),
            release: package.manifest.map(|manifest| manifest.version.into()),
            hash: plugin.hash().into(),
            size: package.wasm.len() as u64,
            contract: text.into(),
            signer: package.signer.map(Into::into),
            installed: self.engine.now(),
            installed_by: by.clone(),
        };
        let _changing = self.changing.lock().await;
        self.take_over().await?;
        self.check_room(&id)?;
        self.check_fits(&plugin, activate)?;
        let (number, is_new) = self.add(&new, &package.wasm).await?;
        self.applied.write().loaded.insert(Arc::clone(&new.hash), plugin);
        if activate {
            self.make_active(&id, number, by.clone()).await?;
        }
        self.take_over().await?;
        tracing::info!(
            plugin = id,
            version = number,
            hash = &*new.hash,
            by = by.as_deref(),
            activate,
            "plugin installed"
        );
        let plugin = self.find(&id).await.map(|plugin| self.describe(plugin))?;
        Ok(Installed { plugin, version: number, new: is_new })
    }

    /// Makes a version the current one, and the active one of its contract's version.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::VersionNotFound`]; [`Error::Incompatible`] when processes that use the active
    /// version would break; [`Error`] when it cannot be loaded; [`Error::Store`].
    pub async fn activate(&self, id: &str, version: u32, by: Option<Arc<str>>) -> Result<Described, Error> {
        let _changing = self.changing.lock().await;
        self.take_over().await?;
        self.activate_stored(id, version, by, true).await
    }

    /// Makes the version the current one that was it before.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::NoPrevious`]; [`Error`] when it cannot be loaded; [`Error::Store`].
    pub async fn roll_back(&self, id: &str, by: Option<Arc<str>>) -> Result<Described, Error> {
        let _changing = self.changing.lock().await;
        self.take_over().await?;
        let plugin = self.find(id).await?;
        let previous = plugin.previous.ok_or_else(|| Error::NoPrevious(id.to_owned()))?;
        self.activate_stored(id, previous, by, false).await
    }

    /// Removes a version that is not current.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::VersionNotFound`], [`Error::InUse`], [`Error::Store`].
    pub async fn remove_version(&self, id: &str, version: u32, by: Option<Arc<str>>) -> Result<(), Error> {
        let _changing = self.changing.lock().await;
        let plugin = self.find(id).await?;
        version_of(&plugin, version)?;
        if !self.store.remove_plugin_version(id, version).await? {
            return Err(Error::InUse { id: id.to_owned(), version });
        }
        tracing::info!(plugin = id, version, by = by.as_deref(), "version of a plugin removed");
        self.take_over().await
    }

    /// Removes a plugin with all its versions. Jobs of its task types wait until somebody answers to them again; calls
    /// that run are finished.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Store`].
    pub async fn remove(&self, id: &str, by: Option<Arc<str>>) -> Result<(), Error> {
        let _changing = self.changing.lock().await;
        if !self.store.remove_plugin(id).await? {
            return Err(Error::NotFound(id.to_owned()));
        }
        tracing::info!(plugin = id, by = by.as_deref(), "plugin removed");
        self.take_over().await
    }

    async fn load(&self, wasm: &[u8]) -> Result<Plugin, Error> {
        let _compiling = self.compiling.lock().await;
        Ok(self.host.load(wasm).await?)
    }

    async fn find(&self, id: &str) -> Result<StoredPlugin, Error> {
        let stored = self.store.plugins().await?;
        stored.into_iter().find(|plugin| *plugin.id == *id).ok_or_else(|| Error::NotFound(id.to_owned()))
    }

    /// Puts the file down in parts, then adds the version.
    async fn add(&self, new: &NewPluginVersion, wasm: &[u8]) -> Result<(u32, bool), Error> {
        for _ in 0..ATTEMPTS {
            for (part, bytes) in wasm.chunks(PLUGIN_PART).enumerate() {
                self.store.put_plugin_part(&new.hash, part as u32, bytes).await?;
            }
            match self.store.add_plugin_version(new).await? {
                AddedPluginVersion::Added(number) => return Ok((number, true)),
                AddedPluginVersion::Exists(number) => return Ok((number, false)),
                // Another server removed a plugin at this moment, and with it what no version used.
                AddedPluginVersion::Incomplete => {}
            }
        }
        let what = format!("the file of the plugin `{}`", new.id);
        Err(Error::Store(hosk_store::Error::Corrupt { what }))
    }

    fn check_room(&self, id: &str) -> Result<(), Error> {
        let applied = self.applied.read();
        match applied.of(id) {
            None if applied.stored.len() >= MAX_PLUGINS => {
                Err(Error::Limit { what: "plugins", limit: MAX_PLUGINS })
            }
            Some(plugin) if plugin.versions.len() >= MAX_VERSIONS => {
                Err(Error::Limit { what: "versions of a plugin", limit: MAX_VERSIONS })
            }
            _ => Ok(()),
        }
    }

    /// Whether a plugin can be used beside what there is, and instead of the active version of its contract's version.
    fn check_fits(&self, plugin: &Plugin, upgrade: bool) -> Result<(), Error> {
        let mut registry = Registry::clone(&self.engine.connectors());
        registry.replace(self.connector(plugin), &[]).map_err(Error::Conflict)?;
        let contract = plugin.contract();
        let applied = self.applied.read();
        let active = applied.of(&contract.id).into_iter().flat_map(|stored| &stored.versions);
        let mut same = active.filter(|one| one.active && one.contract_version == contract.version);
        let Some(before) = same.next().and_then(|one| applied.loaded.get(&one.hash)) else { return Ok(()) };
        match incompatibility(before.contract(), contract).filter(|_| upgrade) {
            None => Ok(()),
            Some(problem) => {
                let (id, contract) = (contract.id.clone(), contract.version);
                Err(Error::Incompatible { id, contract, problem })
            }
        }
    }

    async fn activate_stored(
        &self,
        id: &str,
        version: u32,
        by: Option<Arc<str>>,
        upgrade: bool,
    ) -> Result<Described, Error> {
        let stored = self.find(id).await?;
        let hash = Arc::clone(&version_of(&stored, version)?.hash);
        let known = self.applied.read().loaded.get(&hash).cloned();
        let plugin = match known {
            Some(plugin) => plugin,
            None => self.load_stored(&hash).await?,
        };
        // Back to an older version is a way out of trouble, which nothing should bar.
        let newer = stored.current.is_none_or(|current| version > current);
        self.check_fits(&plugin, upgrade && newer)?;
        self.applied.write().loaded.insert(hash, plugin);
        self.make_active(id, version, by.clone()).await?;
        self.take_over().await?;
        tracing::info!(plugin = id, version, by = by.as_deref(), "version of a plugin activated");
        self.find(id).await.map(|plugin| self.describe(plugin))
    }

    async fn make_active(&self, id: &str, number: u32, by: Option<Arc<str>>) -> Result<(), Error> {
        let activation = PluginActivation { id: id.into(), number, at: self.engine.now(), by };
        if self.store.activate_plugin(&activation).await? {
            return Ok(());
        }
        Err(Error::VersionNotFound { id: id.to_owned(), version: number })
    }

    async fn load_stored(&self, hash: &str) -> Result<Plugin, Error> {
        let file = self.store.plugin_file(hash).await?;
        let absent = || hosk_store::Error::Corrupt { what: format!("there is no file {hash} of a plugin") };
        let plugin = self.load(&file.ok_or_else(absent)?).await?;
        if plugin.hash() != hash {
            let what = format!("the file {hash} of a plugin");
            return Err(Error::Store(hosk_store::Error::Corrupt { what }));
        }
        Ok(plugin)
    }

    fn connector(&self, plugin: &Plugin) -> Arc<dyn Connector> {
        Arc::new(WasmConnector::new(self.host.clone(), plugin.clone()))
    }

    /// Makes the engine use what is stored now. Held by `changing`.
    async fn take_over(&self) -> Result<(), Error> {
        let stored = self.store.plugins().await?;
        let (before, retry) = {
            let applied = self.applied.read();
            (applied.stored.clone(), applied.troubled())
        };
        if stored == before && !retry {
            return Ok(());
        }
        for gone in before.iter().filter(|old| stored.iter().all(|new| new.id != old.id)) {
            self.engine.change_connectors(|registry| registry.unregister(&gone.id));
            self.connections.withdraw(&gone.id).await;
            self.forget_troubles(&gone.id);
        }
        for plugin in &stored {
            if retry || before.iter().all(|old| old != plugin) {
                self.put_to_use(plugin).await;
            }
        }
        let mut applied = self.applied.write();
        let used: BTreeSet<Arc<str>> = stored
            .iter()
            .flat_map(|plugin| plugin.versions.iter().filter(|version| version.active))
            .map(|version| Arc::clone(&version.hash))
            .collect();
        applied.loaded.retain(|hash, _| used.contains(hash));
        applied.stored = stored;
        Ok(())
    }

    /// Loads the active versions of a plugin and puts them into the place of those that are in use. Those that cannot be
    /// loaded are told of; when the current one is among them, what is in use stays.
    async fn put_to_use(&self, plugin: &StoredPlugin) {
        self.forget_troubles(&plugin.id);
        let (mut current, mut pinned) = (None, Vec::new());
        for version in plugin.versions.iter().filter(|version| version.active) {
            let known = self.applied.read().loaded.get(&version.hash).cloned();
            let loaded = match known {
                Some(loaded) => Ok(loaded),
                None => self.load_stored(&version.hash).await,
            };
            match loaded {
                Ok(loaded) => {
                    let connector = self.connector(&loaded);
                    self.applied.write().loaded.insert(Arc::clone(&version.hash), loaded);
                    if plugin.current == Some(version.number) {
                        current = Some(connector);
                    } else {
                        pinned.push(connector);
                    }
                }
                Err(error) => self.trouble(&plugin.id, version.number, &error),
            }
        }
        let (Some(current), Some(number)) = (current, plugin.current) else { return };
        if let Err(error) = self.engine.change_connectors(|registry| registry.replace(current, &pinned)) {
            self.trouble(&plugin.id, number, &Error::Conflict(error));
            return;
        }
        self.connections.offer(Connection::new(&*plugin.id, &*plugin.id)).await;
    }

    fn trouble(&self, id: &Arc<str>, version: u32, error: &Error) {
        let told = chain(error);
        tracing::error!(plugin = &**id, version, error = told, "a version of a plugin cannot be used");
        self.applied.write().troubles.insert((Arc::clone(id), version), (told, Instant::now()));
    }

    fn forget_troubles(&self, id: &str) {
        self.applied.write().troubles.retain(|(plugin, _), _| **plugin != *id);
    }

    fn describe(&self, plugin: StoredPlugin) -> Described {
        let applied = self.applied.read();
        let versions = plugin.versions.into_iter().map(|stored| {
            let trouble = applied.troubles.get(&(Arc::clone(&plugin.id), stored.number));
            DescribedVersion { trouble: trouble.map(|(told, _)| told.clone()), stored }
        });
        Described {
            versions: versions.collect(),
            id: plugin.id,
            current: plugin.current,
            previous: plugin.previous,
            updated: plugin.updated,
            updated_by: plugin.updated_by,
        }
    }
}

fn version_of(plugin: &StoredPlugin, version: u32) -> Result<&StoredPluginVersion, Error> {
    let found = plugin.versions.iter().find(|one| one.number == version);
    found.ok_or_else(|| Error::VersionNotFound { id: plugin.id.to_string(), version })
}
