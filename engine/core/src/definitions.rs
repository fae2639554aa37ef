//! The deployed definitions a step may look at.

use std::sync::Arc;

use hosk_feel::Limits;
use hosk_model::{Binding, ProcessDefinition};

use crate::keys::{DeploymentKey, FormKey, ProcessDefinitionKey};

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

    /// What one evaluation of an expression may use on this node.
    fn limits(&self) -> Limits {
        Limits::default()
    }
}
