//! What a scenario has deployed.

use std::sync::Arc;

use hosk_core::{
    DecisionDefinitionKey, DecisionRequirementsKey, DecisionVersion, Definitions, DeployedDecision,
    DeployedGraph, DeployedProcess, DeploymentKey, FormKey, ProcessDefinitionKey,
};
use hosk_dmn::DecisionModel;
use hosk_model::{Binding, ProcessDefinition};

/// The definitions of a scenario.
#[derive(Default)]
pub(crate) struct Library {
    processes: Vec<Arc<DeployedProcess>>,
    forms: Vec<(String, FormKey)>,
    graphs: Vec<Arc<DeployedGraph>>,
}

impl Library {
    /// Adds a process as the newest version of its id.
    pub(crate) fn add(&mut self, definition: Arc<ProcessDefinition>, resource_name: &str) {
        let version = self.processes.iter().filter(|known| known.definition.id == definition.id).count() + 1;
        self.processes.push(Arc::new(DeployedProcess {
            key: ProcessDefinitionKey(self.processes.len() as u64 + 1),
            version: u32::try_from(version).unwrap_or(u32::MAX),
            deployment: DeploymentKey(1),
            tenant: "<default>".into(),
            resource_name: resource_name.into(),
            definition,
        }));
    }

    /// Adds a form.
    pub(crate) fn add_form(&mut self, id: &str) {
        let key = FormKey(1_000_000 + self.forms.len() as u64);
        self.forms.push((id.to_owned(), key));
    }

    /// Adds the decisions of a DMN file; ids that are there already get a new version.
    pub(crate) fn add_decisions(&mut self, model: &DecisionModel) {
        let deployed = self.graphs.iter().map(|graph| graph.decisions.len() as u64).sum::<u64>();
        let decisions = model.decisions().zip(1..).map(|(decision, number)| DecisionVersion {
            key: DecisionDefinitionKey(1_100_000 + deployed + number),
            version: 1 + self
                .graphs
                .iter()
                .filter(|graph| graph.version_named(&decision.id).is_some())
                .count() as u32,
            id: decision.id,
            name: decision.name,
            version_tag: decision.version_tag,
            kind: decision.kind.into(),
        });
        let graph = DeployedGraph {
            key: DecisionRequirementsKey(1_200_000 + self.graphs.len() as u64),
            id: model.id().into(),
            version: 1,
            tenant: "<default>".into(),
            decisions: decisions.collect(),
            model: model.clone(),
        };
        self.graphs.push(Arc::new(graph));
    }

    /// The newest version of a process id.
    pub(crate) fn newest(&self, id: &str) -> Option<&Arc<DeployedProcess>> {
        self.processes.iter().rev().find(|process| &*process.definition.id == id)
    }

    /// Every process.
    pub(crate) fn processes(&self) -> &[Arc<DeployedProcess>] {
        &self.processes
    }
}

impl Definitions for Library {
    fn process(&self, key: ProcessDefinitionKey) -> Option<Arc<DeployedProcess>> {
        self.processes.iter().find(|process| process.key == key).cloned()
    }

    fn bound_process(
        &self,
        _: &str,
        id: &str,
        _: &Binding,
        _: DeploymentKey,
    ) -> Option<Arc<DeployedProcess>> {
        self.newest(id).cloned()
    }

    fn bound_decision(
        &self,
        _: &str,
        id: &str,
        binding: &Binding,
        _: DeploymentKey,
    ) -> Option<Arc<DeployedDecision>> {
        self.graphs.iter().rev().find_map(|graph| {
            let version = graph.version_named(id).filter(|version| match binding {
                Binding::Latest | Binding::Deployment => true,
                Binding::VersionTag(tag) => version.version_tag.as_ref() == Some(tag),
            })?;
            Some(Arc::new(DeployedDecision { version: version.clone(), graph: graph.clone() }))
        })
    }

    fn bound_form(&self, _: &str, id: &str, _: &Binding, _: DeploymentKey) -> Option<FormKey> {
        self.forms.iter().find(|(known, _)| known == id).map(|(_, key)| *key)
    }
}
