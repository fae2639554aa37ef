//! What a command is about: a thing that the caller sees and may act on. There is no other way to a [`Seen`] than to
//! have looked, or to know that everybody sees everything.

use hosk_core::{
    DecisionEvaluationKey, ElementInstanceKey, IncidentKey, JobKey, ProcessDefinitionKey, ProcessInstanceKey,
    UserTaskKey,
};
use hosk_identity::Scope;
use hosk_store::read::{
    DecisionInstanceField, Filter, ProcessDefinition, ProcessInstance, Queries as _, Search, UserTask,
};

use crate::call::Call;
use crate::problem::Problem;
use crate::refusal::missing;

/// The key of something that the caller sees and may act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seen<K>(K);

impl<K: Copy> Seen<K> {
    /// The key.
    pub(crate) fn key(self) -> K {
        self.0
    }
}

/// The key of a batch operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BatchKey(pub(crate) u64);

/// The key of anything that was deployed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DeployedKey(pub(crate) u64);

/// Rows are had through the view of their caller only.
macro_rules! rows {
    ($($row:ident.$field:ident: $key:ident;)*) => {$(
        impl From<&$row> for Seen<$key> {
            fn from(row: &$row) -> Self {
                Self(row.$field)
            }
        }
    )*};
}

rows! {
    ProcessInstance.key: ProcessInstanceKey;
    ProcessDefinition.key: ProcessDefinitionKey;
    UserTask.key: UserTaskKey;
    UserTask.process_definition_key: ProcessDefinitionKey;
}

impl Call {
    /// An instance.
    pub(crate) async fn seen_instance(&self, key: u64) -> Result<Seen<ProcessInstanceKey>, Problem> {
        let key = ProcessInstanceKey(key);
        if self.unlimited() {
            return Ok(Seen(key));
        }
        let row = self.seen.process_instance(key).await?;
        self.see("process instance", (key, key.0), row.map(|row| (row.process_definition_id, row.tenant_id)))
    }

    /// A job.
    pub(crate) async fn seen_job(&self, key: u64) -> Result<Seen<JobKey>, Problem> {
        let key = JobKey(key);
        if self.unlimited() {
            return Ok(Seen(key));
        }
        let row = self.seen.job(key).await?;
        self.see("job", (key, key.0), row.map(|row| (row.process_definition_id, row.tenant_id)))
    }

    /// An incident.
    pub(crate) async fn seen_incident(&self, key: u64) -> Result<Seen<IncidentKey>, Problem> {
        let key = IncidentKey(key);
        if self.unlimited() {
            return Ok(Seen(key));
        }
        let row = self.seen.incident(key).await?;
        self.see("incident", (key, key.0), row.map(|row| (row.process_definition_id, row.tenant_id)))
    }

    /// An element instance.
    pub(crate) async fn seen_element(&self, key: u64) -> Result<Seen<ElementInstanceKey>, Problem> {
        self.seen_as("element instance", key).await
    }

    /// An element instance that is to be of this kind.
    pub(crate) async fn seen_as(
        &self,
        what: &'static str,
        key: u64,
    ) -> Result<Seen<ElementInstanceKey>, Problem> {
        let key = ElementInstanceKey(key);
        if self.unlimited() {
            return Ok(Seen(key));
        }
        let row = self.seen.element_instance(key).await?;
        self.see(what, (key, key.0), row.map(|row| (row.process_definition_id, row.tenant_id)))
    }

    /// A user task, whoever may work on it.
    pub(crate) async fn seen_task(&self, key: u64) -> Result<Seen<UserTaskKey>, Problem> {
        let key = UserTaskKey(key);
        if !self.app.auth.has_tenants() {
            return Ok(Seen(key));
        }
        let row = self.seen.user_task(key).await?.ok_or_else(|| missing("user task", key.0))?;
        self.concerns(&row.tenant_id);
        Ok(Seen(key))
    }

    /// A decision that was evaluated.
    pub(crate) async fn seen_evaluation(&self, key: u64) -> Result<Seen<DecisionEvaluationKey>, Problem> {
        let key = DecisionEvaluationKey(key);
        if !self.app.auth.has_tenants() {
            return Ok(Seen(key));
        }
        let of = Filter::eq(DecisionInstanceField::DecisionEvaluationKey, key);
        let row = self.seen.decision_instances(Search::by(of)).await?.items.pop();
        self.concerns(&row.ok_or_else(|| missing("evaluated decision", key.0))?.tenant_id);
        Ok(Seen(key))
    }

    /// A batch operation.
    pub(crate) async fn seen_batch(&self, key: u64) -> Result<Seen<BatchKey>, Problem> {
        if self.app.auth.has_tenants() {
            let row = self.seen.batch_operation(key).await?;
            self.concerns(&row.ok_or_else(|| missing("batch operation", key))?.tenant_id);
        }
        Ok(Seen(BatchKey(key)))
    }

    /// Anything that was deployed.
    pub(crate) async fn seen_deployed(&self, key: u64) -> Result<Seen<DeployedKey>, Problem> {
        if self.app.auth.has_tenants() {
            let tenant = self.seen.tenant_of_file(key).await?;
            self.concerns(&tenant.ok_or_else(|| missing("resource", key))?);
        }
        Ok(Seen(DeployedKey(key)))
    }

    /// Whether there is nothing that the caller does not see and may not act on, so that no look is needed.
    fn unlimited(&self) -> bool {
        *self.scope() == Scope::All && !self.app.auth.has_tenants()
    }

    /// What was looked for, if it was found, with its process and tenant, and the caller may act on it.
    fn see<K>(
        &self,
        what: &str,
        (key, number): (K, u64),
        found: Option<(std::sync::Arc<str>, std::sync::Arc<str>)>,
    ) -> Result<Seen<K>, Problem> {
        match found {
            Some((process, tenant)) => {
                self.concerns(&tenant);
                self.within(&process)?;
                Ok(Seen(key))
            }
            None if self.app.auth.has_tenants() => Err(missing(what, number)),
            // One that is not there is the engine's to miss.
            None => Ok(Seen(key)),
        }
    }
}
