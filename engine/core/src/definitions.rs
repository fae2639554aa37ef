//! The deployed definitions a step may look at.

use std::sync::Arc;

use hosk_dmn::DecisionModel;
use hosk_feel::Environment;
use hosk_model::{Binding, ProcessDefinition};

use crate::decision::DecisionKind;
use crate::global_listeners::GlobalTaskListener;
use crate::keys::{
    DecisionDefinitionKey, DecisionRequirementsKey, DeploymentKey, FormKey, ProcessDefinitionKey, Timestamp,
};

/// One deployed version of a process.
#[derive(Clone, Debug)]
pub struct DeployedProcess {
    /// Its key.
    pub key: ProcessDefinitionKey,
    /// 1, 2, 3 … per process id and tenant.
    pub version: u32,
    /// With what it was deployed.
    pub deployment: DeploymentKey,
    /// Tenant.
    pub tenant: Arc<str>,
    /// Name of the uploaded file.
    pub resource_name: Arc<str>,
    /// The compiled process.
    pub definition: Arc<ProcessDefinition>,
}

/// One deployed version of a decision requirements graph: a DMN file.
#[derive(Clone, Debug)]
pub struct DeployedGraph {
    /// Its key.
    pub key: DecisionRequirementsKey,
    /// `id` of the DMN definitions.
    pub id: Arc<str>,
    /// 1, 2, 3 … per id and tenant.
    pub version: u32,
    /// Tenant.
    pub tenant: Arc<str>,
    /// Its decisions, in document order.
    pub decisions: Vec<DecisionVersion>,
    /// The compiled file.
    pub model: DecisionModel,
}

/// One version of a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionVersion {
    /// Its key.
    pub key: DecisionDefinitionKey,
    /// Its id.
    pub id: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// 1, 2, 3 … per id and tenant.
    pub version: u32,
    /// Version tag.
    pub version_tag: Option<Arc<str>>,
    /// What its logic is.
    pub kind: DecisionKind,
}

/// A decision with the graph that it stands in.
#[derive(Clone, Debug)]
pub struct DeployedDecision {
    /// The version.
    pub version: DecisionVersion,
    /// The graph.
    pub graph: Arc<DeployedGraph>,
}

impl DeployedGraph {
    /// A decision of the graph by key.
    pub fn version_of(&self, key: DecisionDefinitionKey) -> Option<&DecisionVersion> {
        self.decisions.iter().find(|version| version.key == key)
    }

    /// A decision of the graph by id.
    pub fn version_named(&self, id: &str) -> Option<&DecisionVersion> {
        self.decisions.iter().find(|version| *version.id == *id)
    }
}

/// What is deployed, and what evaluating it may use. Looking up is pure as far as one step is concerned; what it decides stands in the events.
pub trait Definitions {
    /// By key.
    fn process(&self, key: ProcessDefinitionKey) -> Option<Arc<DeployedProcess>>;

    /// By process id, as a caller deployed with `deployment` means it.
    fn bound_process(
        &self,
        tenant: &str,
        process_id: &str,
        binding: &Binding,
        deployment: DeploymentKey,
    ) -> Option<Arc<DeployedProcess>>;

    /// The form a user task deployed with `deployment` means.
    fn bound_form(
        &self,
        tenant: &str,
        form_id: &str,
        binding: &Binding,
        deployment: DeploymentKey,
    ) -> Option<FormKey>;

    /// The decision a business rule task deployed with `deployment` means.
    fn bound_decision(
        &self,
        tenant: &str,
        decision_id: &str,
        binding: &Binding,
        deployment: DeploymentKey,
    ) -> Option<Arc<DeployedDecision>>;

    /// The task listeners of the installation that hold now, in any order.
    fn global_task_listeners(&self) -> Arc<[GlobalTaskListener]> {
        Arc::default()
    }

    /// What evaluations for a tenant get from outside at a moment: variables of the installation, the limits of this node,
    /// and its stopwatch if it has one.
    fn environment(&self, _tenant: &str, now: Timestamp) -> Environment {
        Environment::at(now.0)
    }
}
