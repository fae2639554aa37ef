//! Instances that need help, per error and per version of a process.

use std::collections::BTreeMap;
use std::sync::Arc;

use hosk_store::read::{
    Cell, Filter, IncidentField as F, IncidentState, Page, ProcessDefinition, ProcessDefinitionField,
    Queries as _, Search, TallyOf,
};

use super::{count, narrowed, number, text};
use crate::answer::{Key, answer, ok};
use crate::call::Call;
use crate::operation::{Operation, Outcome, post, tagged};
use crate::problem::Problem;
use crate::search::{Computed, Found, sort_by};
use crate::shape::{Object, integer, object_schema};

/// Definitions looked up with one question.
const LOOKED_UP: usize = 1_000;

static BY_ERROR: Computed<ErrorFigures> = Computed {
    name: "IncidentProcessInstanceStatisticsByError",
    sorts: &[
        sort_by("errorMessage", |row| Cell::Text(row.error_message.clone())),
        sort_by("activeInstancesWithErrorCount", |row| count(row.active_instances_with_error_count)),
    ],
    identity: |row| vec![Cell::Text(row.error_message.clone())],
};

static BY_DEFINITION: Computed<DefinitionErrors> = Computed {
    name: "IncidentProcessInstanceStatisticsByDefinition",
    sorts: &[
        sort_by("activeInstancesWithErrorCount", |row| count(row.active_instances_with_error_count)),
        sort_by("processDefinitionKey", |row| count(row.process_definition_key.0)),
        sort_by("tenantId", |row| Cell::Text(row.tenant_id.clone())),
    ],
    identity: |row| vec![count(row.process_definition_key.0)],
};

static OF_ERROR: Object = Object {
    name: "IncidentProcessInstanceStatisticsByDefinitionFilter",
    fields: &[integer(
        "errorHashCode",
        i32::MIN as i64,
        i32::MAX as i64,
        "The hash of the error, as the statistics by error tell it.",
    )
    .required()],
};

pub(super) fn operations() -> Vec<Operation> {
    tagged(
        "Incident",
        vec![
            post(
                "/v2/incidents/statistics/process-instances-by-error",
                "getProcessInstanceStatisticsByError",
                "Per error, the instances that have it.",
                by_error,
            )
            .takes_schema(false, BY_ERROR.schema(None))
            .answers::<Found<ErrorFigures>>(),
            post(
                "/v2/incidents/statistics/process-instances-by-definition",
                "getProcessInstanceStatisticsByDefinition",
                "Per version of a process, its instances with an error.",
                by_definition,
            )
            .takes_schema(
                true,
                BY_DEFINITION.schema(Some((Arc::new(|schemas| object_schema(&OF_ERROR, schemas)), true))),
            )
            .answers::<Found<DefinitionErrors>>(),
        ],
    )
}

answer! {
    /// Instances with the same error.
    ErrorFigures {
        error_hash_code: i32,
        error_message: Arc<str>,
        active_instances_with_error_count: u64,
    }
}

answer! {
    /// Instances of one version of a process with an error.
    DefinitionErrors {
        process_definition_id: Arc<str>,
        process_definition_key: Key,
        process_definition_name: Arc<str>,
        process_definition_version: u32,
        tenant_id: Arc<str>,
        active_instances_with_error_count: u64,
    }
}

/// The hash by which clients ask for an error again: that of Java's `String`, over UTF-16 units, as Camunda's.
pub(in crate::routes) fn hash(text: &str) -> i32 {
    text.encode_utf16().fold(0, |hash: i32, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)))
}

/// Incidents that are not resolved, of processes that the caller may see.
fn active(call: &Call) -> Filter<F> {
    let active = Filter::eq(F::State, IncidentState::Active.as_str());
    narrowed(call, active, F::ProcessDefinitionId)
}

async fn by_error(mut call: Call) -> Outcome {
    let bytes = call.optional_bytes().await?;
    let asked = BY_ERROR.parse(&bytes, None)?;
    let tallies = call.seen.tally(TallyOf::Incidents(active(&call), vec![F::ErrorMessage])).await?;
    let rows = tallies.iter().map(|tally| {
        let error_message = text(tally, 0);
        let error_hash_code = hash(&error_message);
        ErrorFigures { error_hash_code, error_message, active_instances_with_error_count: tally.instances }
    });
    ok(&Found::of(BY_ERROR.page(rows.collect(), &asked)?, |row| row))
}

async fn by_definition(mut call: Call) -> Outcome {
    let bytes = call.needed_bytes().await?;
    let mut of = None;
    let mut read = |value: &crate::search::Value<'_>| {
        of = value.object(&OF_ERROR)?.integer("errorHashCode");
        Ok(())
    };
    let asked = BY_DEFINITION.parse(&bytes, Some(&mut read))?;
    let Some(of) = of else {
        return Err(Problem::missing_field("No filter provided. `filter` is required: it names the error."));
    };
    let by = vec![F::ProcessDefinitionKey, F::ErrorMessage];
    let tallies = call.seen.tally(TallyOf::Incidents(active(&call), by)).await?;
    let mut counts: BTreeMap<u64, u64> = BTreeMap::new();
    for tally in tallies.iter().filter(|tally| i64::from(hash(&text(tally, 1))) == of) {
        *counts.entry(number(tally, 0).unsigned_abs()).or_default() += tally.instances;
    }
    let mut rows = Vec::with_capacity(counts.len());
    for row in definitions(&call, counts.keys().copied().collect()).await? {
        rows.push(DefinitionErrors {
            process_definition_key: Key(row.key.0),
            process_definition_name: row.name.unwrap_or_else(|| row.process_definition_id.clone()),
            process_definition_id: row.process_definition_id,
            process_definition_version: row.version,
            tenant_id: row.tenant_id,
            active_instances_with_error_count: counts.get(&row.key.0).copied().unwrap_or_default(),
        });
    }
    ok(&Found::of(BY_DEFINITION.page(rows, &asked)?, |row| row))
}

/// Definitions by key; those that run cannot be deleted.
async fn definitions(call: &Call, keys: Vec<u64>) -> Result<Vec<ProcessDefinition>, Problem> {
    let mut found = Vec::with_capacity(keys.len());
    for keys in keys.chunks(LOOKED_UP) {
        let keys = keys.iter().map(|key| hosk_core::ProcessDefinitionKey(*key));
        let search = Search {
            filter: Filter::one_of(ProcessDefinitionField::Key, keys),
            page: Page::Offset { from: 0, limit: LOOKED_UP },
            ..Search::default()
        };
        found.extend(call.seen.process_definitions(search).await?.items);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::hash;

    #[test]
    fn the_hash_is_that_of_java() {
        assert_eq!((hash(""), hash("a"), hash("hello")), (0, 97, 99_162_322));
        assert_eq!(hash("polygenelubricants"), i32::MIN, "a word whose hash is the smallest number");
    }
}
