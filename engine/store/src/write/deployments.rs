//! Deployments: what is stored of uploaded files, and the versions they get.

use std::sync::Arc;

use hosk_core::{
    DecisionDefinitionKey, DecisionRequirementsKey, DeploymentKey, Due, FormKey, ProcessDefinitionKey,
    Timestamp,
};
use hosk_model::ElementIndex;

/// Resources to store.
#[derive(Debug)]
pub struct NewDeployment {
    /// Its key.
    pub key: DeploymentKey,
    /// When.
    pub now: Timestamp,
    /// Tenant.
    pub tenant: Arc<str>,
    /// Files, verbatim.
    pub resources: Vec<NewResource>,
}

/// One file.
#[derive(Debug)]
pub struct NewResource {
    /// Key of the file itself.
    pub key: u64,
    /// Its name.
    pub name: Arc<str>,
    /// Verbatim content.
    pub content: Arc<[u8]>,
    /// What is in it.
    pub contents: Vec<NewDefinition>,
}

/// Something with versions in a file.
#[derive(Debug)]
pub enum NewDefinition {
    /// A process.
    Process {
        /// The key it gets if it is new or changed.
        key: ProcessDefinitionKey,
        /// The compiled process.
        definition: Arc<hosk_model::ProcessDefinition>,
        /// When its timer start events are first due.
        start_timers: Vec<(ElementIndex, Due)>,
    },
    /// A form.
    Form {
        /// The key it gets if it is new or changed.
        key: FormKey,
        /// Its id.
        id: Arc<str>,
        /// Version tag.
        version_tag: Option<Arc<str>>,
    },
    /// A decision requirements graph with its decisions: one DMN file. It is unchanged while the newest version of the
    /// graph came from a file with the same name and content and all its decisions are the newest of their ids; else
    /// all of them get a new version together. It gives `1 + decisions.len()` definitions, the graph's first.
    Decisions {
        /// The key the graph gets if it is new or changed.
        key: DecisionRequirementsKey,
        /// `id` of the DMN definitions.
        id: Arc<str>,
        /// Its name.
        name: Arc<str>,
        /// Its decisions.
        decisions: Vec<NewDecision>,
    },
    /// Another file, kept for reference.
    Resource {
        /// The key it gets if it is new or changed.
        key: u64,
        /// Its id: what it says itself, else the file's name.
        id: Arc<str>,
        /// Version tag.
        version_tag: Option<Arc<str>>,
    },
}

/// A decision of a DMN file.
#[derive(Clone, Debug)]
pub struct NewDecision {
    /// The key it gets if it is new or changed.
    pub key: DecisionDefinitionKey,
    /// Its id.
    pub id: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// Version tag.
    pub version_tag: Option<Arc<str>>,
}

/// What a deployment gave, per file content in order.
#[derive(Debug)]
pub struct Deployed {
    /// Versions, new or kept.
    pub definitions: Vec<DeployedDefinition>,
}

/// One version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeployedDefinition {
    /// Its key (the old one when unchanged).
    pub key: u64,
    /// Its id.
    pub id: Arc<str>,
    /// Its version.
    pub version: u32,
    /// Name of the file.
    pub resource_name: Arc<str>,
    /// The deployment it first came with.
    pub deployment: DeploymentKey,
    /// Whether this deployment made it.
    pub created: bool,
}

/// A stored file with the versions in it.
#[derive(Debug)]
pub struct StoredResource {
    /// Name of the file.
    pub name: Arc<str>,
    /// Verbatim content.
    pub content: Arc<[u8]>,
    /// Tenant.
    pub tenant: Arc<str>,
    /// Versions it holds: kind, and what `deploy` answered for it.
    pub definitions: Vec<(DefinitionKind, DeployedDefinition)>,
}

/// Kinds of things with versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefinitionKind {
    /// BPMN process.
    Process,
    /// Form.
    Form,
    /// Decision requirements graph.
    DecisionRequirements,
    /// Decision.
    Decision,
    /// Anything else.
    Resource,
}
