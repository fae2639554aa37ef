//! Running instances per process and per version, open message subscriptions per version.

use std::collections::BTreeMap;
use std::sync::Arc;

use hosk_store::read::{
    Cell, Filter, MessageSubscriptionField as M, MessageSubscriptionState, ProcessInstanceField as F,
    Queries as _, TallyOf,
};
use utoipa::openapi::Ref;

use super::{count, narrowed, number, optional_text, running, text};
use crate::answer::{Key, answer, ok};
use crate::auth::Access;
use crate::call::Call;
use crate::operation::{Operation, Outcome, post, tagged};
use crate::problem::Problem;
use crate::routes::messages::SUBSCRIPTIONS;
use crate::routes::patterns::check_id;
use crate::search::{Computed, Found, sort_by};
use crate::shape::{Object, name, object_schema, tenant};

static PROCESSES: Computed<ProcessFigures> = Computed {
    name: "ProcessDefinitionInstanceStatistics",
    sorts: &[
        sort_by("processDefinitionId", |row| Cell::Text(row.process_definition_id.clone())),
        sort_by("activeInstancesWithIncidentCount", |row| count(row.active_instances_with_incident_count)),
        sort_by("activeInstancesWithoutIncidentCount", |row| {
            count(row.active_instances_without_incident_count)
        }),
    ],
    identity: |row| vec![Cell::Text(row.process_definition_id.clone()), Cell::Text(row.tenant_id.clone())],
};

static VERSIONS: Computed<VersionFigures> = Computed {
    name: "ProcessDefinitionInstanceVersionStatistics",
    sorts: &[
        sort_by("processDefinitionId", |row| Cell::Text(row.process_definition_id.clone())),
        sort_by("processDefinitionKey", |row| count(row.process_definition_key.0)),
        sort_by("processDefinitionName", |row| {
            row.process_definition_name.clone().map_or(Cell::Null, Cell::Text)
        }),
        sort_by("processDefinitionVersion", |row| Cell::Int(row.process_definition_version)),
        sort_by("activeInstancesWithIncidentCount", |row| count(row.active_instances_with_incident_count)),
        sort_by("activeInstancesWithoutIncidentCount", |row| {
            count(row.active_instances_without_incident_count)
        }),
    ],
    identity: |row| vec![count(row.process_definition_key.0)],
};

static SUBSCRIBED: Computed<SubscriptionFigures> = Computed {
    name: "ProcessDefinitionMessageSubscriptionStatistics",
    sorts: &[],
    identity: |row| vec![count(row.process_definition_key.0)],
};

static VERSIONS_OF: Object = Object {
    name: "ProcessDefinitionInstanceVersionStatisticsFilter",
    fields: &[name("processDefinitionId", 4_096, "The process.").required(), tenant()],
};

pub(super) fn operations() -> Vec<Operation> {
    let subscriptions = Arc::new(|schemas: &mut _| {
        SUBSCRIPTIONS.filter_schema(schemas);
        Ref::from_schema_name("MessageSubscriptionSearchFilter").into()
    });
    let operations = vec![
        post(
            "/v2/process-definitions/statistics/process-instances",
            "getProcessDefinitionInstanceStatistics",
            "Per process, its running instances.",
            processes,
        )
        .takes_schema(false, PROCESSES.schema(None))
        .answers::<Found<ProcessFigures>>(),
        post(
            "/v2/process-definitions/statistics/process-instances-by-version",
            "getProcessDefinitionInstanceVersionStatistics",
            "Per version of a process, its running instances.",
            versions,
        )
        .takes_schema(
            true,
            VERSIONS.schema(Some((Arc::new(|schemas| object_schema(&VERSIONS_OF, schemas)), true))),
        )
        .answers::<Found<VersionFigures>>(),
        post(
            "/v2/process-definitions/statistics/message-subscriptions",
            "getProcessDefinitionMessageSubscriptionStatistics",
            "Per version of a process, its open message subscriptions.",
            subscribed,
        )
        .takes_schema(false, SUBSCRIBED.schema(Some((subscriptions, false))))
        .answers::<Found<SubscriptionFigures>>(),
    ];
    let operations = operations.into_iter().map(|operation| operation.access(Access::Worker));
    tagged("Process definition", operations.collect())
}

answer! {
    /// The running instances of a process, all versions together.
    ProcessFigures {
        process_definition_id: Arc<str>,
        tenant_id: Arc<str>,
        latest_process_definition_name: Option<Arc<str>>,
        has_multiple_versions: bool,
        active_instances_without_incident_count: u64,
        active_instances_with_incident_count: u64,
    }
}

answer! {
    /// The running instances of one version of a process.
    VersionFigures {
        process_definition_id: Arc<str>,
        process_definition_key: Key,
        process_definition_name: Option<Arc<str>>,
        tenant_id: Arc<str>,
        process_definition_version: i64,
        active_instances_with_incident_count: u64,
        active_instances_without_incident_count: u64,
    }
}

answer! {
    /// The open message subscriptions of one version of a process.
    SubscriptionFigures {
        process_definition_id: Arc<str>,
        tenant_id: Arc<str>,
        process_definition_key: Key,
        process_instances_with_active_subscriptions: u64,
        active_subscriptions: u64,
    }
}

/// The figures of all versions that satisfy a filter and have running instances, by key.
async fn by_version(call: &Call, of: Filter<F>) -> Result<Vec<VersionFigures>, Problem> {
    let filter = Filter::All(vec![Filter::eq(F::State, running()), of]);
    let filter = narrowed(call, filter, F::ProcessDefinitionId);
    let by = vec![
        F::ProcessDefinitionKey,
        F::ProcessDefinitionId,
        F::ProcessDefinitionName,
        F::ProcessDefinitionVersion,
        F::TenantId,
        F::HasIncident,
    ];
    let mut versions: BTreeMap<i64, VersionFigures> = BTreeMap::new();
    for tally in call.seen.tally(TallyOf::ProcessInstances(filter, by)).await? {
        let key = number(&tally, 0);
        let row = versions.entry(key).or_insert_with(|| VersionFigures {
            process_definition_id: text(&tally, 1),
            process_definition_key: Key(key.unsigned_abs()),
            process_definition_name: optional_text(&tally, 2),
            tenant_id: text(&tally, 4),
            process_definition_version: number(&tally, 3),
            active_instances_with_incident_count: 0,
            active_instances_without_incident_count: 0,
        });
        if number(&tally, 5) == 0 {
            row.active_instances_without_incident_count += tally.rows;
        } else {
            row.active_instances_with_incident_count += tally.rows;
        }
    }
    Ok(versions.into_values().collect())
}

async fn processes(mut call: Call) -> Outcome {
    let bytes = call.optional_bytes().await?;
    let asked = PROCESSES.parse(&bytes, None)?;
    let mut versions = by_version(&call, Filter::everything()).await?;
    versions.sort_by_key(|version| version.process_definition_version);
    let mut processes: BTreeMap<(Arc<str>, Arc<str>), ProcessFigures> = BTreeMap::new();
    for version in versions {
        let (id, tenant) = (version.process_definition_id, version.tenant_id);
        let with = version.active_instances_with_incident_count;
        let without = version.active_instances_without_incident_count;
        let row = processes.entry((id.clone(), tenant.clone())).or_insert_with(|| ProcessFigures {
            process_definition_id: id,
            tenant_id: tenant,
            latest_process_definition_name: None,
            has_multiple_versions: false,
            active_instances_without_incident_count: 0,
            active_instances_with_incident_count: 0,
        });
        // A later version: the first one found at least one instance.
        let earlier = row.active_instances_with_incident_count + row.active_instances_without_incident_count;
        row.has_multiple_versions = earlier > 0;
        row.latest_process_definition_name = version.process_definition_name;
        row.active_instances_with_incident_count += with;
        row.active_instances_without_incident_count += without;
    }
    ok(&Found::of(PROCESSES.page(processes.into_values().collect(), &asked)?, |row| row))
}

async fn versions(mut call: Call) -> Outcome {
    let bytes = call.needed_bytes().await?;
    let (mut of, mut process_id) = (None, None);
    let mut read = |value: &crate::search::Value<'_>| {
        let mut body = value.object(&VERSIONS_OF)?;
        let id = body.required_text("processDefinitionId");
        let process = Filter::eq(F::ProcessDefinitionId, id.as_str());
        process_id = Some(id);
        let tenant = body.text("tenantId");
        let tenant = tenant.map(|tenant| call.seen.tenants().settle(Some(&tenant), "filter.tenantId"));
        of = Some(match tenant.transpose()? {
            Some(tenant) => Filter::All(vec![process, Filter::eq(F::TenantId, tenant.id())]),
            None => process,
        });
        Ok(())
    };
    let asked = VERSIONS.parse(&bytes, Some(&mut read))?;
    let Some(of) = of else {
        return Err(Problem::missing_field(
            "No filter provided. `filter` is required: it names the process.",
        ));
    };
    process_id.iter().try_for_each(|id| check_id(id, "processDefinitionId"))?;
    let rows = by_version(&call, of).await?;
    ok(&Found::of(VERSIONS.page(rows, &asked)?, |row| row))
}

async fn subscribed(mut call: Call) -> Outcome {
    let bytes = call.optional_bytes().await?;
    let mut of = Filter::everything();
    let mut read = |value: &crate::search::Value<'_>| {
        of = SUBSCRIPTIONS.filter(value)?;
        Ok(())
    };
    let asked = SUBSCRIBED.parse(&bytes, Some(&mut read))?;
    let open = Filter::eq(M::State, MessageSubscriptionState::Created.as_str());
    let by = vec![M::ProcessDefinitionKey, M::ProcessDefinitionId, M::TenantId];
    let of = narrowed(&call, Filter::All(vec![open, of]), M::ProcessDefinitionId);
    let tallies = TallyOf::MessageSubscriptions(of, by);
    let tallies = call.seen.tally(tallies).await?;
    let row = |tally: &_| SubscriptionFigures {
        process_definition_id: text(tally, 1),
        tenant_id: text(tally, 2),
        process_definition_key: Key(number(tally, 0).unsigned_abs()),
        process_instances_with_active_subscriptions: tally.instances,
        active_subscriptions: tally.rows,
    };
    let rows = tallies.iter().map(row).collect();
    ok(&Found::of(SUBSCRIBED.page(rows, &asked)?, |row| row))
}
