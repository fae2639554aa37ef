//! Conditional start events of processes.

use std::sync::Arc;

use hosk_core::{ProcessDefinitionKey, ProcessInstanceKey, Variables};

/// Which start conditions to evaluate, and with what.
#[derive(Clone, Debug)]
pub struct ConditionalEvaluation {
    /// Tenant.
    pub tenant: Arc<str>,
    /// Only those of this definition; absent: those of the newest version of every process.
    pub definition: Option<ProcessDefinitionKey>,
    /// What the conditions read, and the variables of the instances that begin.
    pub variables: Variables,
    /// Who asked.
    pub by: Option<Arc<str>>,
}

/// What began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvaluatedConditionals {
    /// The key of the evaluation itself.
    pub key: u64,
    /// Definition and key of each instance.
    pub instances: Vec<(ProcessDefinitionKey, ProcessInstanceKey)>,
}
