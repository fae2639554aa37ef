//! Starting an instance and learning how it ended.

use std::sync::Arc;

use hosk_core::{DeployedProcess, ProcessDefinitionKey, ProcessInstanceKey, Timestamp, Variables};

/// A command was carried out and is durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The instance.
    pub instance: ProcessInstanceKey,
    /// When it was decided, by the engine's clock.
    pub at: Timestamp,
    /// Whether listeners of a user task are asked first: what was wanted has not taken place yet.
    pub listening: bool,
}

/// Which process to start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProcessReference {
    /// By id; the newest version when none is given.
    Id {
        /// Process id.
        id: Arc<str>,
        /// Version, from 1.
        version: Option<u32>,
    },
    /// By key.
    Key(ProcessDefinitionKey),
}

/// How to start an instance.
#[derive(Clone, Debug)]
pub struct CreateRequest {
    /// What.
    pub process: ProcessReference,
    /// Root variables.
    pub variables: Variables,
    /// Ids of elements to begin before, instead of the start event; mostly empty.
    pub start_instructions: Vec<String>,
    /// Ids of elements after which it is stopped; mostly empty.
    pub terminate_after: Vec<String>,
    /// Business id.
    pub business_id: Option<Arc<str>>,
    /// Tags.
    pub tags: Vec<Arc<str>>,
    /// Tenant.
    pub tenant: Arc<str>,
    /// Who asks.
    pub by: Option<Arc<str>>,
}

impl CreateRequest {
    /// The newest version of a process, with variables, for the default tenant.
    pub fn new(process_id: impl Into<Arc<str>>, variables: Variables) -> Self {
        Self {
            process: ProcessReference::Id { id: process_id.into(), version: None },
            variables,
            start_instructions: Vec::new(),
            terminate_after: Vec::new(),
            business_id: None,
            tags: Vec::new(),
            tenant: crate::DEFAULT_TENANT.into(),
            by: None,
        }
    }
}

/// An instance was created; durable.
#[derive(Clone, Debug)]
pub struct CreatedInstance {
    /// Its key.
    pub key: ProcessInstanceKey,
    /// What it runs.
    pub process: Arc<DeployedProcess>,
    /// When, by the engine's clock.
    pub at: Timestamp,
}

/// An instance came to its end.
#[derive(Clone, Debug, PartialEq)]
pub struct InstanceEnd {
    /// Which.
    pub instance: ProcessInstanceKey,
    /// How.
    pub end: End,
    /// When, by the engine's clock.
    pub at: Timestamp,
}

/// How an instance ended.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    /// Normally.
    Completed {
        /// Its root variables.
        variables: Variables,
    },
    /// Canceled, or terminated by its caller.
    Terminated,
    /// Before the question: the rows of the read side say how, and with which variables.
    Earlier,
}
