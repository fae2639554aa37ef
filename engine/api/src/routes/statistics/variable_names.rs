//! The names of the variables that instances of a process definition have or had.

use std::sync::Arc;

use hosk_core::ProcessDefinitionKey;
use hosk_store::read::{Cell, Filter, Queries as _, TallyOf, Variable, VariableField as F};
use utoipa::openapi::Ref;

use super::text;
use crate::answer::{answer, ok};
use crate::auth::Access;
use crate::call::Call;
use crate::operation::{Operation, Outcome, post, tagged};
use crate::refusal::missing;
use crate::search::{Computed, Found, Searchable, filter};

static NAMES: Computed<VariableName> = Computed {
    name: "ProcessDefinitionVariableNameSearch",
    sorts: &[],
    identity: |row| vec![Cell::Text(row.name.clone())],
};

/// What names are filtered by.
static BY_NAME: Searchable<Variable> = Searchable {
    name: "VariableNameSearch",
    properties: &[filter("name", F::Name)],
    special: &[],
    alternatives: false,
};

pub(super) fn operations() -> Vec<Operation> {
    let by_name = Arc::new(|schemas: &mut _| {
        BY_NAME.filter_schema(schemas);
        Ref::from_schema_name("VariableNameSearchFilter").into()
    });
    tagged(
        "Process definition",
        vec![
            post(
                "/v2/process-definitions/{processDefinitionKey}/variable-names/search",
                "searchProcessDefinitionVariableNames",
                "The names of the variables its instances have or had.",
                search,
            )
            .takes_schema(false, NAMES.schema(Some((by_name, false))))
            .answers::<Found<VariableName>>()
            .refuses(&[404])
            .access(Access::Worker),
        ],
    )
}

answer! {
    /// The name of a variable.
    VariableName {
        name: Arc<str>,
    }
}

async fn search(mut call: Call) -> Outcome {
    let key = call.key("processDefinitionKey")?;
    let bytes = call.optional_bytes().await?;
    let mut of = Filter::everything();
    let mut read = |value: &crate::search::Value<'_>| {
        of = BY_NAME.filter(value)?;
        Ok(())
    };
    let asked = NAMES.parse(&bytes, Some(&mut read))?;
    let definition = call.seen.process_definition(ProcessDefinitionKey(key)).await?;
    let definition = definition.ok_or_else(|| missing("process definition", key))?;
    call.within(&definition.process_definition_id)?;
    let of = Filter::All(vec![Filter::eq(F::ProcessDefinitionKey, ProcessDefinitionKey(key)), of]);
    let tallies = call.seen.tally(TallyOf::Variables(of, vec![F::Name])).await?;
    let rows = tallies.iter().map(|tally| VariableName { name: text(tally, 0) }).collect();
    ok(&Found::of(NAMES.page(rows, &asked)?, |row| row))
}
