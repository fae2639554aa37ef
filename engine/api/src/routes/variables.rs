//! Variables: JSON text by name and scope.

use std::sync::Arc;

use hosk_core::VariableKey;
use hosk_store::read::{Filter, Queries as _, Related, Variable, VariableField as F};

use crate::answer::{Key, answer, ok};
use crate::call::Call;
use crate::operation::{Operation, Outcome, get, post, tagged};
use crate::problem::Problem;
use crate::refusal::missing;
use crate::search::{Found, Searchable, Value, both, conditions_of, filter};
use crate::shape::unknown_property;

pub(super) static VARIABLES: Searchable<Variable> = Searchable {
    name: "VariableSearch",
    properties: &[
        both("variableKey", F::Key),
        both("name", F::Name),
        both("value", F::Value),
        filter("isTruncated", F::IsTruncated),
        both("scopeKey", F::ScopeKey),
        both("processInstanceKey", F::ProcessInstanceKey),
        both("tenantId", F::TenantId),
    ],
    special: &[],
    alternatives: false,
};

/// What the query parameter says.
pub(super) const TRUNCATE: (&str, &str) =
    ("truncateValues", "Whether long values are cut; true when absent. `isTruncated` tells which were.");

pub(super) fn operations() -> Vec<Operation> {
    tagged(
        "Variable",
        vec![
            post("/v2/variables/search", "searchVariables", "Search variables.", search)
                .takes_schema(false, VARIABLES.schema())
                .flag(TRUNCATE.0, TRUNCATE.1)
                .answers::<Found<VariableFound>>(),
            get("/v2/variables/{variableKey}", "getVariable", "One variable with its whole value.", one)
                .answers::<VariableAnswer>()
                .refuses(&[404]),
        ],
    )
}

answer! {
    /// A variable; `value` is JSON text.
    VariableAnswer {
        variable_key: Key,
        name: Arc<str>,
        value: Arc<str>,
        scope_key: Key,
        process_instance_key: Key,
        root_process_instance_key: Option<Key>,
        tenant_id: Arc<str>,
    }
}

answer! {
    /// A variable that was found; `value` is JSON text, perhaps cut.
    VariableFound {
        variable_key: Key,
        name: Arc<str>,
        value: Arc<str>,
        is_truncated: bool,
        scope_key: Key,
        process_instance_key: Key,
        root_process_instance_key: Option<Key>,
        tenant_id: Arc<str>,
    }
}

impl VariableFound {
    /// `whole`: the value was asked for without a cut.
    pub(super) fn new(row: Variable, whole: bool) -> Self {
        Self {
            variable_key: Key(row.key.0),
            name: row.name,
            value: row.value,
            is_truncated: row.is_truncated && !whole,
            scope_key: Key(row.scope_key.0),
            process_instance_key: Key(row.process_instance_key.0),
            root_process_instance_key: Some(Key(row.root_process_instance_key.0)),
            tenant_id: row.tenant_id,
        }
    }
}

/// Whether values are wanted uncut.
pub(super) fn whole(call: &Call) -> Result<bool, Problem> {
    Ok(!call.flag(TRUNCATE.0)?.unwrap_or(true))
}

async fn search(mut call: Call) -> Outcome {
    let whole = whole(&call)?;
    let search = VARIABLES.read(&mut call).await?;
    let search = call.narrow(search, F::ProcessDefinitionId);
    let found = call.seen.variables(search, whole).await?;
    ok(&Found::of(found, |row| VariableFound::new(row, whole)))
}

async fn one(call: Call) -> Outcome {
    let key = call.key("variableKey")?;
    let row = call.seen.variable(VariableKey(key)).await?;
    let row = row.ok_or_else(|| missing("variable", key))?;
    call.within(&row.process_definition_id)?;
    ok(&VariableAnswer {
        variable_key: Key(row.key.0),
        name: row.name,
        value: row.value,
        scope_key: Key(row.scope_key.0),
        process_instance_key: Key(row.process_instance_key.0),
        root_process_instance_key: Some(Key(row.root_process_instance_key.0)),
        tenant_id: row.tenant_id,
    })
}

/// Filters by `[{name, value}]`, each a variable the row's instance (or element instance) must have.
pub(super) fn having<G>(
    value: &Value<'_>,
    related: fn(Box<Filter<F>>) -> Related,
) -> Result<Filter<G>, Problem> {
    let mut all = Vec::new();
    for item in value.items()? {
        let (mut name, mut conditions) = (None, None);
        for (property, raw) in item.entries()? {
            let value = Value::new(raw, &format!("{}.{property}", item.path()));
            match &*property {
                "name" => name = Some(value.text()?.into_owned()),
                "value" => conditions = Some(conditions_of(F::Value, &value)?),
                _ => return Err(unknown_property(value.path(), &["name", "value"])),
            }
        }
        let missing = |what| {
            Problem::missing_field(format!("No {what} provided. `{}.{what}` is required.", item.path()))
        };
        let mut conditions = conditions.ok_or_else(|| missing("value"))?;
        conditions.insert(0, Filter::eq(F::Name, name.ok_or_else(|| missing("name"))?));
        all.push(Filter::Has(related(Box::new(Filter::All(conditions)))));
    }
    Ok(Filter::All(all))
}
