//! A batch operation does with what a filter finds what its caller may do one by one: its selection is narrowed when it
//! begins. Who may begin batch operations and has no rights over processes begins one for nothing.

use hosk_identity::{Permission as P, ResourceType as R, Scope};
use hosk_runtime::{BatchPlan, BatchSelection};
use hosk_store::read::{DecisionInstanceField, Filter, JobField, ProcessInstanceField};

use crate::call::Call;

/// What the caller needs for one item.
fn permission(plan: &BatchPlan) -> (R, P) {
    match plan {
        BatchPlan::Cancel => (R::ProcessDefinition, P::CancelProcessInstance),
        BatchPlan::Modify(_) => (R::ProcessDefinition, P::ModifyProcessInstance),
        BatchPlan::Suspend | BatchPlan::Resume => (R::ProcessDefinition, P::SuspendProcessInstance),
        BatchPlan::DeleteInstance => (R::ProcessDefinition, P::DeleteProcessInstance),
        BatchPlan::ResolveIncident | BatchPlan::Migrate { .. } | BatchPlan::UpdateJob { .. } => {
            (R::ProcessDefinition, P::UpdateProcessInstance)
        }
        BatchPlan::DeleteEvaluation => (R::DecisionDefinition, P::DeleteDecisionInstance),
    }
}

/// The selection without what the caller may not.
pub(super) fn narrowed(call: &Call, selection: BatchSelection, plan: &BatchPlan) -> BatchSelection {
    let (resource, permission) = permission(plan);
    let Scope::Of(ids) = call.scope_of(resource, permission) else { return selection };
    let instances = |filter| {
        let own = Filter::one_of(ProcessInstanceField::ProcessDefinitionId, ids.iter().cloned());
        Filter::All(vec![own, filter])
    };
    match selection {
        BatchSelection::Instances(filter) => BatchSelection::Instances(instances(filter)),
        BatchSelection::IncidentsOf(filter) => BatchSelection::IncidentsOf(instances(filter)),
        BatchSelection::Jobs(filter) => {
            let own = Filter::one_of(JobField::ProcessDefinitionId, ids.iter().cloned());
            BatchSelection::Jobs(Filter::All(vec![own, filter]))
        }
        BatchSelection::Evaluations(filter) => {
            let own = Filter::one_of(DecisionInstanceField::DecisionDefinitionId, ids.iter().cloned());
            BatchSelection::Evaluations(Filter::All(vec![own, filter]))
        }
    }
}
