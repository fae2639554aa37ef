//! How much the engine was used in a span of time, and how it is set up.

use std::collections::BTreeMap;
use std::sync::Arc;

use hosk_store::read::{
    Condition, DecisionInstanceField, Filter, JOB_FIGURES_NAME, ProcessInstanceField, Queries as _, Scalar,
    Tally, TallyOf, UserTaskField,
};

use super::text;
use crate::answer::{answer, ok};
use crate::auth::Access;
use crate::call::Call;
use crate::operation::{Operation, Outcome, Parameter, get, tagged};
use crate::problem::Problem;
use crate::shape::{TENANT, check_tenant};

pub(super) fn operations() -> Vec<Operation> {
    let time = |name, about| Parameter { name, about, required: true, time: true };
    let tenant = Parameter { name: "tenantId", about: "Of one tenant only.", required: false, time: false };
    tagged(
        "System",
        vec![
            get("/v2/system/usage-metrics", "getUsageMetrics", "What was begun in a span of time.", usage)
                .query(time("startTime", "From this moment on."))
                .query(time("endTime", "Until before this moment."))
                .query(tenant)
                .flag("withTenants", "Whether figures per tenant are told, too.")
                .answers::<Usage>(),
            get("/v2/system/configuration", "getSystemConfiguration", "How it is set up.", configuration)
                .answers::<Configuration>()
                .access(Access::Employee),
        ],
    )
}

answer! {
    /// What was begun in a span of time.
    Usage {
        process_instances: u64,
        decision_instances: u64,
        assignees: u64,
        active_tenants: u64,
        tenants: BTreeMap<Arc<str>, TenantUsage>,
    }
}

answer! {
    /// What a tenant began in a span of time.
    TenantUsage {
        process_instances: u64,
        decision_instances: u64,
        assignees: u64,
    }
}

answer! {
    /// How the server is set up.
    Configuration {
        job_metrics: JobMetricsConfiguration,
        components: Components,
        deployment: DeploymentConfiguration,
        authentication: AuthenticationConfiguration,
        cloud: CloudConfiguration,
    }
}

answer! {
    /// Figures about jobs.
    JobMetricsConfiguration {
        enabled: bool,
        export_interval: &'static str,
        max_worker_name_length: u32,
        max_job_type_length: u32,
        max_tenant_id_length: u32,
        max_unique_keys: u32,
    }
}

answer! {
    /// Parts that run.
    Components {
        active: Vec<&'static str>,
    }
}

answer! {
    /// Bounds of deployments.
    DeploymentConfiguration {
        is_multi_tenancy_enabled: bool,
        max_request_size: u64,
    }
}

answer! {
    /// How people sign in and out.
    AuthenticationConfiguration {
        can_logout: bool,
        is_login_delegated: bool,
    }
}

answer! {
    /// Camunda's cloud, which this is not.
    CloudConfiguration {
        stage: Option<&'static str>,
    }
}

/// Longest id of a tenant, in characters.
const TENANT_MAX: u32 = 31;

async fn configuration(call: Call) -> Outcome {
    let groups = u32::try_from(hosk_store::read::TALLIES).unwrap_or(u32::MAX);
    ok(&Configuration {
        // Counted in the commit of what is counted: nothing is exported, so nothing is late.
        job_metrics: JobMetricsConfiguration {
            enabled: true,
            export_interval: "PT0S",
            max_worker_name_length: JOB_FIGURES_NAME,
            max_job_type_length: JOB_FIGURES_NAME,
            max_tenant_id_length: TENANT_MAX,
            max_unique_keys: groups,
        },
        components: Components { active: vec!["tasklist"] },
        deployment: DeploymentConfiguration {
            is_multi_tenancy_enabled: call.app.auth.has_tenants(),
            max_request_size: call.app.settings.deployment_bytes as u64,
        },
        authentication: AuthenticationConfiguration {
            can_logout: call.app.auth.is_protected(),
            is_login_delegated: false,
        },
        cloud: CloudConfiguration { stage: None },
    })
}

/// Since a moment, and before another.
fn within<F: Copy>(field: F, since: Scalar, before: Scalar) -> Filter<F> {
    Filter::All(vec![Filter::Is(field, Condition::Gte(since)), Filter::Is(field, Condition::Lt(before))])
}

async fn usage(call: Call) -> Outcome {
    let required = |name: &str| Problem::missing_field(format!("The query parameter `{name}` is required."));
    let since = call.query_time("startTime")?.ok_or_else(|| required("startTime"))?;
    let before = call.query_time("endTime")?.ok_or_else(|| required("endTime"))?;
    if before <= since {
        return Err(Problem::invalid_argument("`endTime` must be after `startTime`."));
    }
    let with_tenants = call.flag("withTenants")?.unwrap_or(false);
    if let Some(tenant) = call.query("tenantId")? {
        check_tenant(&tenant, "tenantId")?;
    }
    let (since, before) = (Scalar::Time(since), Scalar::Time(before));
    let queries = &call.seen;
    let begun = within(ProcessInstanceField::StartDate, since.clone(), before.clone());
    let begun = queries.tally(TallyOf::ProcessInstances(begun, vec![])).await?;
    let decided = within(DecisionInstanceField::EvaluationDate, since.clone(), before.clone());
    let decided = queries.tally(TallyOf::DecisionInstances(decided, vec![])).await?;
    let assigned = Filter::All(vec![
        within(UserTaskField::CreationDate, since, before),
        Filter::Is(UserTaskField::Assignee, Condition::Exists(true)),
    ]);
    let assignees = queries.tally(TallyOf::UserTasks(assigned, vec![UserTaskField::Assignee])).await?;
    let rows = |tallies: &[Tally]| tallies.iter().map(|tally| tally.rows).sum::<u64>();
    let of_tenant = TenantUsage {
        process_instances: rows(&begun),
        decision_instances: rows(&decided),
        assignees: assignees.iter().filter(|tally| !text(tally, 0).is_empty()).count() as u64,
    };
    let active = of_tenant.process_instances + of_tenant.decision_instances + of_tenant.assignees > 0;
    let mut usage = Usage {
        process_instances: of_tenant.process_instances,
        decision_instances: of_tenant.decision_instances,
        assignees: of_tenant.assignees,
        active_tenants: u64::from(active),
        tenants: BTreeMap::new(),
    };
    if with_tenants && active {
        usage.tenants.insert(TENANT.into(), of_tenant);
    }
    ok(&usage)
}
