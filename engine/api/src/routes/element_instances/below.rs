//! The incidents of an element instance are its own, those of everything inside it, and those of what was called from there.

use std::collections::BTreeMap;

use hosk_core::{ElementInstanceKey, ProcessInstanceKey};
use hosk_store::read::{
    ElementInstance, ElementInstanceField, ElementType, Filter, IncidentField, Page,
    ProcessInstanceField as F, Queries as _, Scalar, Search,
};

use crate::call::Call;
use crate::problem::Problem;

/// At most so many scopes and called instances are looked into.
const SCOPES_MAX: usize = 3_000;

/// What has element instances inside.
const SCOPES: [ElementType; 8] = [
    ElementType::SubProcess,
    ElementType::EventSubProcess,
    ElementType::AdHocSubProcess,
    ElementType::AdHocSubProcessInnerInstance,
    ElementType::Transaction,
    ElementType::MultiInstanceBody,
    ElementType::CallActivity,
    ElementType::Process,
];

/// Which incidents are those of an element instance.
pub(super) async fn incidents_of(
    call: &Call,
    element: &ElementInstance,
) -> Result<Filter<IncidentField>, Problem> {
    let own = Filter::eq(IncidentField::ElementInstanceKey, element.key);
    if !SCOPES.contains(&element.r#type) {
        return Ok(own);
    }
    let root = element.root_process_instance_key;
    let whole = Filter::eq(IncidentField::RootProcessInstanceKey, root);
    if element.is_process && element.process_instance_key == root {
        return Ok(whole);
    }
    let mut any = vec![own];
    let instances = if element.is_process {
        let mut instances = vec![element.process_instance_key];
        instances.extend(called(call, F::ParentProcessInstanceKey, scalars(&instances)).await?);
        instances
    } else {
        let (scopes, calls) = inside(call, element).await?;
        any.push(Filter::one_of(IncidentField::ScopeKey, scopes));
        called(call, F::ParentElementInstanceKey, scalars(&calls)).await?
    };
    any.push(Filter::one_of(IncidentField::ProcessInstanceKey, instances));
    // The hierarchy is what an index finds.
    Ok(Filter::All(vec![whole, Filter::Any(any)]))
}

fn scalars<K: Copy + Into<Scalar>>(keys: &[K]) -> Vec<Scalar> {
    keys.iter().map(|key| (*key).into()).collect()
}

/// The scopes in an element instance, itself among them, and which of them are calls.
async fn inside(
    call: &Call,
    element: &ElementInstance,
) -> Result<(Vec<ElementInstanceKey>, Vec<ElementInstanceKey>), Problem> {
    use ElementInstanceField as E;
    let words = SCOPES.iter().map(|kind| kind.as_str());
    let search = Search::by(Filter::All(vec![
        Filter::eq(E::ProcessInstanceKey, element.process_instance_key),
        Filter::one_of(E::Type, words),
    ]));
    let page = Page::Offset { from: 0, limit: SCOPES_MAX };
    let found = call.seen.element_instances(Search { page, ..search }).await?;
    few(found.total_items)?;
    let mut by_scope: BTreeMap<ElementInstanceKey, Vec<&ElementInstance>> = BTreeMap::new();
    for row in found.items.iter().filter(|row| !row.is_process) {
        by_scope.entry(row.scope_key).or_default().push(row);
    }
    let (mut scopes, mut calls, mut next) = (Vec::new(), Vec::new(), vec![element]);
    while let Some(scope) = next.pop() {
        scopes.push(scope.key);
        if scope.r#type == ElementType::CallActivity {
            calls.push(scope.key);
        }
        next.extend(by_scope.remove(&scope.key).unwrap_or_default());
    }
    Ok((scopes, calls))
}

/// The instances that have one of these above them, and all that they called.
async fn called(call: &Call, by: F, mut above: Vec<Scalar>) -> Result<Vec<ProcessInstanceKey>, Problem> {
    let mut by = by;
    let mut instances: Vec<ProcessInstanceKey> = Vec::new();
    while !above.is_empty() {
        let page = Page::Offset { from: 0, limit: SCOPES_MAX };
        let search = Search { page, ..Search::by(Filter::one_of(by, above)) };
        let found = call.seen.process_instances(search).await?;
        few(found.total_items + instances.len() as u64)?;
        let keys: Vec<_> = found.items.iter().map(|row| row.key).collect();
        above = scalars(&keys);
        by = F::ParentProcessInstanceKey;
        instances.extend(keys);
    }
    Ok(instances)
}

fn few(number: u64) -> Result<(), Problem> {
    if number <= SCOPES_MAX as u64 {
        return Ok(());
    }
    Err(Problem::invalid_argument(format!(
        "More than {SCOPES_MAX} scopes or called instances belong to this element instance: search the incidents of its process \
         instance."
    )))
}
