//! What is deployed, compiled once per node: at its first use, so that a thousand definitions do not slow the start.

mod decisions;
mod deploy;
mod file;
mod references;
mod start_timers;

use std::collections::BTreeSet;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use hosk_core::{
    Definitions, DeployedDecision, DeployedProcess, DeploymentKey, FormKey, GlobalTaskListener,
    ProcessDefinitionKey, Timestamp,
};
use hosk_feel::{Environment, Limits};
use hosk_model::Binding;
use hosk_store::{DefinitionKind, DeployedDefinition, Store, StoredResource};
use parking_lot::RwLock;
use rustc_hash::FxHashMap;
use tokio::sync::Mutex;

use decisions::{Decisions, GraphFile, Place};
pub(crate) use deploy::Upload;
use file::File;

use crate::cluster_variables::Globals;
use crate::global_listeners::TaskListeners;
use crate::surroundings::Surroundings;
use crate::{DecisionReference, ProcessReference};

/// The deployed definitions of this node.
#[derive(Debug, Default)]
pub struct DefinitionCache {
    tables: RwLock<Tables>,
    surroundings: Surroundings,
    /// Of the installation.
    pub(crate) task_listeners: TaskListeners,
    /// The last change of the store's definitions that is in it.
    seen: Mutex<u64>,
}

#[derive(Debug, Default)]
struct Tables {
    processes: FxHashMap<ProcessDefinitionKey, Arc<Version>>,
    /// Per tenant and process id, by version; deleted ones are not in it.
    by_process_id: ByName,
    /// Per tenant and form id, by version; deleted ones are not in it.
    by_form_id: ByName,
    decisions: Decisions,
    tenants: BTreeSet<Arc<str>>,
}

type ByName = FxHashMap<Arc<str>, FxHashMap<Arc<str>, Vec<Arc<Version>>>>;

/// One version of something in a file.
#[derive(Debug)]
struct Version {
    what: DeployedDefinition,
    tenant: Arc<str>,
    file: Arc<File>,
}

impl Version {
    fn process(&self) -> Option<Arc<DeployedProcess>> {
        self.file.process(&self.what, &self.tenant)
    }
}

impl DefinitionCache {
    /// An empty one, whose expressions may use so much.
    pub(crate) fn new(limits: Limits, globals: Globals) -> Self {
        Self {
            tables: RwLock::default(),
            surroundings: Surroundings::new(limits, globals),
            task_listeners: TaskListeners::default(),
            seen: Mutex::default(),
        }
    }

    /// Takes up what the store holds, oldest first.
    pub(crate) fn take_up(&self, resources: Vec<StoredResource>) {
        for resource in resources {
            let (tenant, content) = (&resource.tenant, resource.content.clone());
            if let Some(file) = GraphFile::new(tenant, content, &resource.definitions, None) {
                self.add_graph(file);
                continue;
            }
            self.add(&resource.tenant, &Arc::new(File::stored(resource.content)), resource.definitions);
        }
    }

    /// What the store held up to a change is in it.
    pub(crate) async fn is_up_to(&self, change: u64) {
        *self.seen.lock().await = change;
    }

    /// Takes over what other nodes deployed and deleted since the last time.
    pub(crate) async fn refresh(&self, store: &dyn Store) -> Result<(), hosk_store::Error> {
        let mut seen = self.seen.lock().await;
        let changes = store.definition_changes(*seen).await?;
        self.take_up(changes.resources);
        for key in changes.deleted {
            self.forget(key);
        }
        *seen = changes.last.max(*seen);
        Ok(())
    }

    /// Adds the definitions of one file. What is there already stays as it is.
    fn add(
        &self,
        tenant: &Arc<str>,
        file: &Arc<File>,
        definitions: Vec<(DefinitionKind, DeployedDefinition)>,
    ) {
        let mut tables = self.tables.write();
        tables.tenants.insert(tenant.clone());
        for (kind, what) in definitions {
            let version = Arc::new(Version { what, tenant: tenant.clone(), file: file.clone() });
            match kind {
                DefinitionKind::Process => {
                    let key = ProcessDefinitionKey(version.what.key);
                    if let Entry::Vacant(new) = tables.processes.entry(key) {
                        new.insert(version.clone());
                        insert(&mut tables.by_process_id, version);
                    }
                }
                DefinitionKind::Form => insert(&mut tables.by_form_id, version),
                DefinitionKind::DecisionRequirements
                | DefinitionKind::Decision
                | DefinitionKind::Resource => {}
            }
        }
    }

    /// Adds the decisions of one DMN file.
    fn add_graph(&self, file: GraphFile) {
        let mut tables = self.tables.write();
        tables.tenants.insert(file.tenant().clone());
        tables.decisions.add(&Arc::new(file));
    }

    /// The decision that a reference means for a tenant.
    pub fn find_decision(
        &self,
        tenant: &str,
        reference: &DecisionReference,
    ) -> Option<Arc<DeployedDecision>> {
        let place = self.tables.read().decisions.find(tenant, reference);
        place?.decision()
    }

    /// No new instances of it; running ones keep it.
    pub(crate) fn forget(&self, key: u64) {
        let mut tables = self.tables.write();
        let Tables { by_process_id, by_form_id, decisions, .. } = &mut *tables;
        decisions.forget(key);
        for names in [by_process_id, by_form_id] {
            for versions in names.values_mut().flat_map(FxHashMap::values_mut) {
                versions.retain(|version| version.what.key != key);
            }
        }
    }

    /// The process that a reference means for a tenant.
    pub fn find(&self, tenant: &str, reference: &ProcessReference) -> Option<Arc<DeployedProcess>> {
        match reference {
            ProcessReference::Key(key) => {
                self.process(*key).filter(|process| &*process.tenant == tenant && !self.is_deleted(process))
            }
            ProcessReference::Id { id, version } => self
                .pick(tenant, id, |found| version.is_none_or(|wanted| found.what.version == wanted))?
                .process(),
        }
    }

    /// The newest version of every process of a tenant, by key.
    pub(crate) fn newest(&self, tenant: &str) -> Vec<Arc<DeployedProcess>> {
        let versions: Vec<Arc<Version>> = {
            let tables = self.tables.read();
            let of = tables.by_process_id.get(tenant).into_iter().flat_map(FxHashMap::values);
            of.filter_map(|versions| versions.last().cloned()).collect()
        };
        let mut newest: Vec<_> = versions.iter().filter_map(|version| version.process()).collect();
        newest.sort_unstable_by_key(|process| process.key);
        newest
    }

    /// Every version of every process, deleted ones too, oldest first; with a word only those that may have it in their
    /// file. Nothing is compiled for it.
    pub(crate) fn processes(&self, word: Option<&str>) -> Vec<ProcessDefinitionKey> {
        let versions: Vec<Arc<Version>> = self.tables.read().processes.values().cloned().collect();
        let fits = |version: &&Arc<Version>| word.is_none_or(|word| version.file.may_have(word));
        let mut keys: Vec<_> =
            versions.iter().filter(fits).map(|version| ProcessDefinitionKey(version.what.key)).collect();
        keys.sort_unstable();
        keys
    }

    /// Tenants that have something deployed.
    pub fn tenants(&self) -> Vec<Arc<str>> {
        self.tables.read().tenants.iter().cloned().collect()
    }

    /// How many process versions are known.
    pub fn len(&self) -> usize {
        self.tables.read().processes.len()
    }

    /// Whether no process is known.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn is_deleted(&self, process: &DeployedProcess) -> bool {
        self.pick(&process.tenant, &process.definition.id, |found| found.what.key == process.key.0).is_none()
    }

    /// The newest version of a process id that fits.
    fn pick(&self, tenant: &str, id: &str, fits: impl Fn(&Version) -> bool) -> Option<Arc<Version>> {
        let tables = self.tables.read();
        let versions = tables.by_process_id.get(tenant)?.get(id)?;
        versions.iter().rev().find(|version| fits(version)).cloned()
    }
}

impl Definitions for DefinitionCache {
    fn process(&self, key: ProcessDefinitionKey) -> Option<Arc<DeployedProcess>> {
        let version = self.tables.read().processes.get(&key).cloned();
        version?.process()
    }

    fn bound_process(
        &self,
        tenant: &str,
        process_id: &str,
        binding: &Binding,
        deployment: DeploymentKey,
    ) -> Option<Arc<DeployedProcess>> {
        let version = match binding {
            Binding::Latest => self.pick(tenant, process_id, |_| true),
            // An unchanged file keeps the deployment it first came with, and keys rise with time: what was deployed
            // together is the newest that is not younger.
            Binding::Deployment => {
                self.pick(tenant, process_id, |version| version.what.deployment <= deployment)
            }
            Binding::VersionTag(tag) => {
                let versions: Vec<_> = self.tables.read().by_process_id.get(tenant)?.get(process_id)?.clone();
                versions.into_iter().rev().find(|version| {
                    version
                        .process()
                        .is_some_and(|process| process.definition.version_tag.as_ref() == Some(tag))
                })
            }
        };
        version?.process()
    }

    fn bound_form(
        &self,
        tenant: &str,
        form_id: &str,
        binding: &Binding,
        deployment: DeploymentKey,
    ) -> Option<FormKey> {
        let tables = self.tables.read();
        let versions = tables.by_form_id.get(tenant)?.get(form_id)?;
        let fits = |version: &&Arc<Version>| match binding {
            Binding::Latest => true,
            Binding::Deployment => version.what.deployment <= deployment,
            Binding::VersionTag(tag) => version.file.form_version_tag() == Some(&**tag),
        };
        versions.iter().rev().find(fits).map(|version| FormKey(version.what.key))
    }

    fn bound_decision(
        &self,
        tenant: &str,
        decision_id: &str,
        binding: &Binding,
        deployment: DeploymentKey,
    ) -> Option<Arc<DeployedDecision>> {
        let places = self.tables.read().decisions.bound(tenant, decision_id, binding, deployment);
        let fits = |decision: &Arc<DeployedDecision>| match binding {
            Binding::Latest | Binding::Deployment => true,
            Binding::VersionTag(tag) => decision.version.version_tag.as_ref() == Some(tag),
        };
        places.iter().filter_map(Place::decision).find(fits)
    }

    fn global_task_listeners(&self) -> Arc<[GlobalTaskListener]> {
        self.task_listeners.get()
    }

    fn environment(&self, tenant: &str, now: Timestamp) -> Environment {
        self.surroundings.at(tenant, now)
    }
}

fn insert(names: &mut ByName, version: Arc<Version>) {
    let versions =
        names.entry(version.tenant.clone()).or_default().entry(version.what.id.clone()).or_default();
    if versions.iter().any(|known| known.what.key == version.what.key) {
        return;
    }
    let at = versions.partition_point(|known| known.what.version < version.what.version);
    versions.insert(at, version);
}
