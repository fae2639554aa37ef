//! Deployed decisions: the versions of each id, and the DMN file each stands in, compiled at its first use.

use std::sync::{Arc, OnceLock};

use hosk_core::{
    DecisionDefinitionKey, DecisionRequirementsKey, DecisionVersion, DeployedDecision, DeployedGraph,
    DeploymentKey,
};
use hosk_dmn::DecisionModel;
use hosk_model::Binding;
use hosk_store::{DefinitionKind, DeployedDefinition};
use rustc_hash::FxHashMap;

use crate::DecisionReference;

/// The versions of all decisions; deleted ones are not in it.
#[derive(Debug, Default)]
pub(super) struct Decisions {
    by_key: FxHashMap<DecisionDefinitionKey, Place>,
    /// Per tenant and id, by version.
    by_id: FxHashMap<Arc<str>, FxHashMap<Arc<str>, Vec<Place>>>,
}

/// Where a version of a decision stands.
#[derive(Clone, Debug)]
pub(super) struct Place {
    what: DeployedDefinition,
    file: Arc<GraphFile>,
}

/// A DMN file with the versions in it.
#[derive(Debug)]
pub(super) struct GraphFile {
    graph: DeployedDefinition,
    decisions: Vec<DeployedDefinition>,
    tenant: Arc<str>,
    content: Arc<[u8]>,
    deployed: OnceLock<Option<Arc<DeployedGraph>>>,
}

impl GraphFile {
    /// A file with its definitions, the graph first; `None` when there is no graph. With `model` it is compiled already.
    pub(super) fn new(
        tenant: &Arc<str>,
        content: Arc<[u8]>,
        definitions: &[(DefinitionKind, DeployedDefinition)],
        model: Option<DecisionModel>,
    ) -> Option<Self> {
        let Some(((DefinitionKind::DecisionRequirements, graph), decisions)) = definitions.split_first()
        else {
            return None;
        };
        let file = Self {
            graph: graph.clone(),
            decisions: decisions.iter().map(|(_, decision)| decision.clone()).collect(),
            tenant: tenant.clone(),
            content,
            deployed: OnceLock::new(),
        };
        if let Some(model) = model {
            let _ = file.deployed.set(Some(Arc::new(file.with(model))));
        }
        Some(file)
    }

    /// Whose it is.
    pub(super) fn tenant(&self) -> &Arc<str> {
        &self.tenant
    }

    /// The graph, compiled; `None` when a release of hosk does not understand the file any more, which is reported in
    /// the log.
    fn deployed(&self) -> Option<Arc<DeployedGraph>> {
        let compile = || match DecisionModel::compile(&self.content) {
            Ok(compiled) => Some(Arc::new(self.with(compiled.model))),
            Err(diagnostics) => {
                let problem = diagnostics.first().map(ToString::to_string);
                tracing::error!(
                    resource = &*self.graph.resource_name,
                    problem,
                    "a deployed file is not understood any more; tasks that need it have incidents"
                );
                None
            }
        };
        self.deployed.get_or_init(compile).clone()
    }

    fn with(&self, model: DecisionModel) -> DeployedGraph {
        let versions = model.decisions().filter_map(|decision| {
            let what = self.decisions.iter().find(|what| what.id == decision.id)?;
            Some(DecisionVersion {
                key: DecisionDefinitionKey(what.key),
                id: decision.id,
                name: decision.name,
                version: what.version,
                version_tag: decision.version_tag,
                kind: decision.kind.into(),
            })
        });
        DeployedGraph {
            key: DecisionRequirementsKey(self.graph.key),
            id: self.graph.id.clone(),
            version: self.graph.version,
            tenant: self.tenant.clone(),
            decisions: versions.collect(),
            model,
        }
    }
}

impl Place {
    /// The version with its graph; compiles the file at the first call.
    pub(super) fn decision(&self) -> Option<Arc<DeployedDecision>> {
        let graph = self.file.deployed()?;
        let version = graph.version_of(DecisionDefinitionKey(self.what.key))?.clone();
        Some(Arc::new(DeployedDecision { version, graph }))
    }
}

impl Decisions {
    /// Adds the decisions of a file. What is there already stays as it is.
    pub(super) fn add(&mut self, file: &Arc<GraphFile>) {
        for what in &file.decisions {
            let key = DecisionDefinitionKey(what.key);
            if self.by_key.contains_key(&key) {
                continue;
            }
            let place = Place { what: what.clone(), file: file.clone() };
            self.by_key.insert(key, place.clone());
            let ids = self.by_id.entry(file.tenant.clone()).or_default();
            let versions = ids.entry(what.id.clone()).or_default();
            let at = versions.partition_point(|known| known.what.version < what.version);
            versions.insert(at, place);
        }
    }

    /// Forgets the decisions of a graph.
    pub(super) fn forget(&mut self, graph: u64) {
        self.by_key.retain(|_, place| place.file.graph.key != graph);
        for versions in self.by_id.values_mut().flat_map(FxHashMap::values_mut) {
            versions.retain(|place| place.file.graph.key != graph);
        }
    }

    /// The version that a reference means for a tenant.
    pub(super) fn find(&self, tenant: &str, reference: &DecisionReference) -> Option<Place> {
        match reference {
            DecisionReference::Id(id) => self.newest_first(tenant, id).next().cloned(),
            DecisionReference::Key(key) => {
                self.by_key.get(key).filter(|place| &*place.file.tenant == tenant).cloned()
            }
        }
    }

    /// The versions that a binding may mean, newest first. Whether a version tag fits only the compiled file knows.
    pub(super) fn bound(
        &self,
        tenant: &str,
        id: &str,
        binding: &Binding,
        deployment: DeploymentKey,
    ) -> Vec<Place> {
        let mut places = self.newest_first(tenant, id);
        match binding {
            Binding::Latest => places.next().into_iter().cloned().collect(),
            // An unchanged file keeps the deployment it first came with, and keys rise with time.
            Binding::Deployment => {
                places.find(|place| place.what.deployment <= deployment).into_iter().cloned().collect()
            }
            Binding::VersionTag(_) => places.cloned().collect(),
        }
    }

    fn newest_first(&self, tenant: &str, id: &str) -> impl Iterator<Item = &Place> {
        let versions = self.by_id.get(tenant).and_then(|ids| ids.get(id));
        versions.into_iter().flatten().rev()
    }
}
