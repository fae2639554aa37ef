//! The variables a user task sees: its own and those of the scopes around it.

use std::collections::BTreeMap;

use hosk_core::ElementInstanceKey;
use hosk_store::read::{Filter, PAGE_LIMIT, Page, Queries as _, Search, Sort, Variable, VariableField as F};

use super::super::variables::{TRUNCATE, VariableFound, whole};
use super::task;
use crate::answer::ok;
use crate::call::Call;
use crate::operation::{Operation, Outcome, post};
use crate::problem::Problem;
use crate::search::{Found, Searchable, both, page_of, sort_only};

static TASK_VARIABLES: Searchable<Variable> = Searchable {
    name: "UserTaskVariableSearch",
    properties: &[
        both("name", F::Name),
        sort_only("value", F::Value),
        sort_only("variableKey", F::Key),
        sort_only("scopeKey", F::ScopeKey),
        sort_only("processInstanceKey", F::ProcessInstanceKey),
        sort_only("tenantId", F::TenantId),
    ],
    special: &[],
    alternatives: false,
};

pub(super) fn operations() -> Vec<Operation> {
    vec![
        post(
            "/v2/user-tasks/{userTaskKey}/variables/search",
            "searchUserTaskVariables",
            "Search the variables of the task and the scopes around it.",
            all,
        )
        .takes_schema(false, TASK_VARIABLES.schema())
        .flag(TRUNCATE.0, TRUNCATE.1)
        .answers::<Found<VariableFound>>()
        .refuses(&[404]),
        post(
            "/v2/user-tasks/{userTaskKey}/effective-variables/search",
            "searchUserTaskEffectiveVariables",
            "The same, where an inner variable hides outer ones of its name.",
            effective,
        )
        .takes_schema(false, TASK_VARIABLES.schema())
        .flag(TRUNCATE.0, TRUNCATE.1)
        .answers::<Found<VariableFound>>()
        .refuses(&[404]),
    ]
}

async fn all(mut call: Call) -> Outcome {
    let whole = whole(&call)?;
    let mut search = TASK_VARIABLES.read(&mut call).await?;
    let task = task(&call).await?;
    let scopes = call.seen.scopes(task.element_instance_key).await?;
    search.filter = Filter::All(vec![search.filter, Filter::one_of(F::ScopeKey, scopes)]);
    ok(&Found::of(call.seen.variables(search, whole).await?, |row| VariableFound::new(row, whole)))
}

async fn effective(mut call: Call) -> Outcome {
    let whole = whole(&call)?;
    let search = TASK_VARIABLES.read(&mut call).await?;
    let task = task(&call).await?;
    let mut rows = visible(&call, task.element_instance_key, search.filter, whole).await?;
    sort(&mut rows, &search.sort);
    ok(&Found::of(page_of(rows, &search.page)?, |row| VariableFound::new(row, whole)))
}

/// The variables visible from an element instance, innermost first to win, by name.
pub(in crate::routes) async fn visible(
    call: &Call,
    from: ElementInstanceKey,
    filter: Filter<F>,
    whole: bool,
) -> Result<Vec<Variable>, Problem> {
    let scopes = call.seen.scopes(from).await?;
    let mut search =
        Search::by(Filter::All(vec![filter, Filter::one_of(F::ScopeKey, scopes.iter().copied())]));
    search.page = Page::Offset { from: 0, limit: PAGE_LIMIT };
    let found = call.seen.variables(search, whole).await?.items;
    let distance = |scope: ElementInstanceKey| scopes.iter().position(|known| *known == scope);
    let mut nearest = BTreeMap::new();
    for row in found {
        let far = distance(row.scope_key).unwrap_or(usize::MAX);
        match nearest.get(&row.name) {
            Some((known, _)) if *known <= far => {}
            _ => {
                nearest.insert(row.name.clone(), (far, row));
            }
        }
    }
    Ok(nearest.into_values().map(|(_, row)| row).collect())
}

fn sort(rows: &mut [Variable], sorts: &[Sort<F>]) {
    use hosk_store::read::Field as _;
    // The last first: sorting is stable.
    for Sort { field, descending } in sorts.iter().rev() {
        rows.sort_by(|one, other| {
            let order = field.of(one).cmp(&field.of(other));
            if *descending { order.reverse() } else { order }
        });
    }
}
