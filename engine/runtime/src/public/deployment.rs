//! What a deployment made.

use std::sync::Arc;

use hosk_core::{DecisionRequirementsKey, DeploymentKey, ProcessDefinitionKey};

/// Resources were deployed; durable.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// Its key.
    pub key: DeploymentKey,
    /// Tenant.
    pub tenant: Arc<str>,
    /// One entry per definition: a BPMN file with two processes gives two.
    pub resources: Vec<DeployedResource>,
    /// Warnings.
    pub warnings: Vec<crate::Finding>,
}

/// A definition of a deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeployedResource {
    /// What it is.
    pub kind: DeployedResourceKind,
    /// Its key; the old one when the file is unchanged.
    pub key: u64,
    /// Its id: of the process, of the form, or the file's name.
    pub id: Arc<str>,
    /// Version, from 1.
    pub version: u32,
    /// Name of the file.
    pub resource_name: Arc<str>,
    /// The deployment it first came with.
    pub deployment: DeploymentKey,
    /// Whether this deployment made it.
    pub created: bool,
    /// Of decisions and their graphs: more about them.
    pub decisions: Option<DeployedDecisions>,
}

/// What is particular to a deployed decision or graph of decisions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeployedDecisions {
    /// Name of the decision, or of the graph.
    pub name: Arc<str>,
    /// Key of the graph it belongs to, or of the graph itself.
    pub graph: DecisionRequirementsKey,
    /// Id of that graph.
    pub graph_id: Arc<str>,
}

impl DeployedResource {
    /// The key of a process.
    pub fn process_key(&self) -> Option<ProcessDefinitionKey> {
        (self.kind == DeployedResourceKind::Process).then_some(ProcessDefinitionKey(self.key))
    }
}

/// Kinds of deployed things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeployedResourceKind {
    /// A process.
    Process,
    /// A form.
    Form,
    /// A decision requirements graph.
    DecisionRequirements,
    /// A decision.
    Decision,
    /// Another file.
    Resource,
}
