//! Batch operations for callers: a selection finds what its caller sees, and nothing else is reached.

use std::sync::Arc;

use hosk_core::{DecisionEvaluationKey, ProcessInstanceKey};
use hosk_runtime::{BatchPlan, BatchSelection, Batches, Error, NewBatch};
use hosk_store::read::{
    BatchOperationType, DecisionInstanceField, Filter, JobField, ProcessInstanceField, Scalar,
};
use hosk_store::{BatchChange, BatchChanged, Removal};

use crate::seen::{BatchKey, Seen};
use crate::view::{SEVERAL, View};

/// Batch operations, for callers.
pub(crate) struct BatchCommands(Arc<Batches>);

impl BatchCommands {
    pub(crate) fn new(batches: Arc<Batches>) -> Self {
        Self(batches)
    }

    /// Begins one with what of the selection is seen.
    pub(crate) async fn begin(
        &self,
        view: &View,
        selection: BatchSelection,
        plan: BatchPlan,
        by: Option<Arc<str>>,
    ) -> Result<(u64, BatchOperationType), Error> {
        let tenant = tenant(view, &selection);
        let selection = seen_of(view, selection);
        self.0.begin(NewBatch { selection, plan, by, tenant }).await
    }

    pub(crate) async fn change(
        &self,
        batch: Seen<BatchKey>,
        change: BatchChange,
    ) -> Result<BatchChanged, Error> {
        self.0.change(batch.key().0, change).await
    }

    pub(crate) async fn remove_instance(&self, instance: Seen<ProcessInstanceKey>) -> Result<Removal, Error> {
        self.0.remove_instance(instance.key()).await
    }

    pub(crate) async fn remove_evaluation(
        &self,
        evaluation: Seen<DecisionEvaluationKey>,
    ) -> Result<bool, Error> {
        self.0.remove_evaluation(evaluation.key()).await
    }
}

/// The selection, of what is seen.
fn seen_of(view: &View, selection: BatchSelection) -> BatchSelection {
    let instances = |filter| view.filter(filter, ProcessInstanceField::TenantId);
    match selection {
        BatchSelection::Instances(filter) => BatchSelection::Instances(instances(filter)),
        BatchSelection::IncidentsOf(filter) => BatchSelection::IncidentsOf(instances(filter)),
        BatchSelection::Jobs(filter) => BatchSelection::Jobs(view.filter(filter, JobField::TenantId)),
        BatchSelection::Evaluations(filter) => {
            BatchSelection::Evaluations(view.filter(filter, DecisionInstanceField::TenantId))
        }
    }
}

/// The tenant a batch operation is for: the caller's only one, or the one that the filter names.
pub(crate) fn tenant(view: &View, selection: &BatchSelection) -> Arc<str> {
    let only = view.tenants().only().map(|tenant| tenant.id());
    let named = || match selection {
        BatchSelection::Instances(filter) | BatchSelection::IncidentsOf(filter) => {
            named(filter, ProcessInstanceField::TenantId)
        }
        BatchSelection::Jobs(filter) => named(filter, JobField::TenantId),
        BatchSelection::Evaluations(filter) => named(filter, DecisionInstanceField::TenantId),
    };
    only.or_else(|| named().filter(|tenant| view.tenants().hold(tenant))).unwrap_or_else(|| SEVERAL.into())
}

/// The one value of a field in everything that satisfies a filter, where the filter says so.
fn named<F: Copy + PartialEq>(filter: &Filter<F>, field: F) -> Option<Arc<str>> {
    use hosk_store::read::Condition;
    match filter {
        Filter::All(parts) => parts.iter().find_map(|part| named(part, field)),
        Filter::Is(of, Condition::Eq(Scalar::Text(value))) if *of == field => Some(Arc::clone(value)),
        Filter::Is(of, Condition::In(values)) if *of == field => match &values[..] {
            [Scalar::Text(value)] => Some(Arc::clone(value)),
            _ => None,
        },
        Filter::Is(..) | Filter::Any(_) | Filter::Has(_) => None,
    }
}
