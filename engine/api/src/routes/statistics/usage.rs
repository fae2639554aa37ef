//! How much the engine was used in a span of time, and how it is set up.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hosk_core::Timestamp;
use hosk_identity::{Permission, ResourceType, Scope};
use hosk_store::read::{
    Condition, DecisionInstanceField, Filter, JOB_FIGURES_NAME, ProcessInstanceField, Queries as _, Scalar,
    TallyOf, UserTaskField,
};

use super::text;
use crate::answer::{answer, ok};
use crate::auth::Access;
use crate::call::Call;
use crate::operation::{Like, Operation, Outcome, Parameter, get, tagged};
use crate::problem::Problem;
use crate::shape::parse_time;
use crate::tenants::{TENANT_MAX, is_id};
use crate::wording::not_a_date;

pub(super) fn operations() -> Vec<Operation> {
    let time = |name, about| Parameter { name, about, required: true, like: Like::Time };
    let tenant =
        Parameter { name: "tenantId", about: "Of one tenant only.", required: false, like: Like::Text };
    tagged(
        "System",
        vec![
            get("/v2/system/usage-metrics", "getUsageMetrics", "What was begun in a span of time.", usage)
                .query(time("startTime", "From this moment on."))
                .query(time("endTime", "Until before this moment."))
                .query(tenant)
                .flag("withTenants", "Whether figures per tenant are told, too.")
                .answers::<Usage>()
                .access(Access::Employee),
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

async fn configuration(call: Call) -> Outcome {
    let groups = u32::try_from(hosk_store::read::TALLIES).unwrap_or(u32::MAX);
    ok(&Configuration {
        // Counted in the commit of what is counted: nothing is exported, so nothing is late.
        job_metrics: JobMetricsConfiguration {
            enabled: true,
            export_interval: "PT0S",
            max_worker_name_length: JOB_FIGURES_NAME,
            max_job_type_length: JOB_FIGURES_NAME,
            max_tenant_id_length: TENANT_MAX as u32,
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

/// The span of time; where both ends of it are no times, that is said of both.
fn span(call: &Call) -> Result<(Timestamp, Timestamp), Problem> {
    let (start, end) = (call.required_query("startTime")?, call.required_query("endTime")?);
    match (parse_time(&start, "startTime"), parse_time(&end, "endTime")) {
        (Err(_), Err(_)) => Err(Problem::invalid_argument(format!(
            "{} {} Both must be dates and times such as 2026-01-31T08:00:00Z.",
            not_a_date("startTime", &start),
            not_a_date("endTime", &end)
        ))),
        (since, before) => Ok((since?, before?)),
    }
}

async fn usage(call: Call) -> Outcome {
    let (since, before) = span(&call)?;
    if before <= since {
        return Err(Problem::invalid_argument("`endTime` must be after `startTime`."));
    }
    let with_tenants = call.flag("withTenants")?.unwrap_or(false);
    let named = named(&call)?;
    // Whoever may not see figures sees none.
    let may = call.scope_of(ResourceType::System, Permission::ReadUsageMetric) == Scope::All;
    let tenants = if may {
        used(&call, (Scalar::Time(since), Scalar::Time(before)), named.as_ref()).await?
    } else {
        Used::new()
    };
    let sum = |figure: fn(&TenantUsage) -> u64| tenants.values().map(|(usage, _)| figure(usage)).sum();
    let assignees: BTreeSet<&Arc<str>> = tenants.values().flat_map(|(_, assignees)| assignees).collect();
    ok(&Usage {
        process_instances: sum(|usage| usage.process_instances),
        decision_instances: sum(|usage| usage.decision_instances),
        assignees: assignees.len() as u64,
        active_tenants: tenants.len() as u64,
        tenants: if with_tenants {
            tenants.into_iter().map(|(tenant, (usage, _))| (tenant, usage)).collect()
        } else {
            BTreeMap::new()
        },
    })
}

/// The tenant that is asked for. Where tenants are not told apart it may be any: what it used is nothing.
fn named(call: &Call) -> Result<Option<Arc<str>>, Problem> {
    match call.query("tenantId")? {
        Some(tenant) if call.app.auth.has_tenants() || !is_id(&tenant) => {
            Ok(Some(call.tenant(Some(&tenant), "tenantId")?.id()))
        }
        tenant => Ok(tenant.map(Into::into)),
    }
}

/// What tenants used, and who was given tasks there; only those that used something.
type Used = BTreeMap<Arc<str>, (TenantUsage, BTreeSet<Arc<str>>)>;

fn nothing() -> (TenantUsage, BTreeSet<Arc<str>>) {
    (TenantUsage { process_instances: 0, decision_instances: 0, assignees: 0 }, BTreeSet::new())
}

async fn used(
    call: &Call,
    (since, before): (Scalar, Scalar),
    of: Option<&Arc<str>>,
) -> Result<Used, Problem> {
    use {DecisionInstanceField as D, ProcessInstanceField as P, UserTaskField as T};
    let begun =
        Filter::All(vec![within(P::StartDate, since.clone(), before.clone()), of_tenant(P::TenantId, of)]);
    let begun = call.seen.tally(TallyOf::ProcessInstances(begun, vec![P::TenantId])).await?;
    let decided = Filter::All(vec![
        within(D::EvaluationDate, since.clone(), before.clone()),
        of_tenant(D::TenantId, of),
    ]);
    let decided = call.seen.tally(TallyOf::DecisionInstances(decided, vec![D::TenantId])).await?;
    let assigned = Filter::All(vec![
        within(T::CreationDate, since, before),
        Filter::Is(T::Assignee, Condition::Exists(true)),
        of_tenant(T::TenantId, of),
    ]);
    let assignees = call.seen.tally(TallyOf::UserTasks(assigned, vec![T::TenantId, T::Assignee])).await?;
    let mut used = Used::new();
    for tally in &begun {
        used.entry(text(tally, 0)).or_insert_with(nothing).0.process_instances = tally.rows;
    }
    for tally in &decided {
        used.entry(text(tally, 0)).or_insert_with(nothing).0.decision_instances = tally.rows;
    }
    for tally in assignees.iter().filter(|tally| !text(tally, 1).is_empty()) {
        let (usage, assignees) = used.entry(text(tally, 0)).or_insert_with(nothing);
        assignees.insert(text(tally, 1));
        usage.assignees = assignees.len() as u64;
    }
    used.retain(|_, (usage, _)| usage.process_instances + usage.decision_instances + usage.assignees > 0);
    Ok(used)
}

/// Of one tenant, or of all.
fn of_tenant<F>(field: F, tenant: Option<&Arc<str>>) -> Filter<F> {
    tenant.map_or_else(Filter::everything, |tenant| Filter::eq(field, Arc::clone(tenant)))
}
