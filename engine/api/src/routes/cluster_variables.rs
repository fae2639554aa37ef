//! Variables of the whole installation, or of a tenant, that every expression sees.

use std::sync::Arc;

use hosk_identity::Kind;
use hosk_runtime::CLUSTER_VARIABLES;
use hosk_store::read::{
    AuditEntityType, AuditOperation, ClusterVariable, ClusterVariableField as F, Filter, Queries as _,
    Search, VALUE_PREVIEW,
};
use hosk_store::{StoredClusterVariable, VariableAdded};

use super::variables::{TRUNCATE, whole};
use crate::answer::{answer, no_content, ok};
use crate::call::Call;
use crate::operation::{Operation, Outcome, delete, get, post, put, tagged};
use crate::problem::Problem;
use crate::search::{Found, Searchable, both, filter};
use crate::shape::{Body, Object, any, name, one_of};
use crate::tenants::is_id;

/// Longest name, in characters.
const NAME_MAX: usize = 256;
/// Longest value, in bytes of JSON.
const VALUE_MAX: usize = 128 * 1024;
/// Longest metadata, in bytes of JSON.
const METADATA_MAX: usize = 16 * 1024;

static VARIABLES: Searchable<ClusterVariable> = Searchable {
    name: "ClusterVariableSearch",
    properties: &[
        both("name", F::Name),
        both("value", F::Value),
        both("scope", F::Scope),
        both("tenantId", F::TenantId),
        filter("isTruncated", F::IsTruncated),
    ],
    special: &[],
    alternatives: false,
};

static CREATE: Object = Object {
    name: "CreateClusterVariableRequest",
    fields: &[
        name("name", NAME_MAX, "Its name: letters, digits and `_~@.+-`.").required(),
        any("value", "Its value, any JSON.").required(),
        any("metadata", "What else is known of it, an object."),
        one_of("kind", &["JSON"], "How the value is meant."),
    ],
};

static UPDATE: Object = Object {
    name: "UpdateClusterVariableRequest",
    fields: &[
        any("value", "Its value, any JSON.").required(),
        any("metadata", "What else is known of it, an object; absent: as before."),
    ],
};

const GLOBAL: &str = "/v2/cluster-variables/global/{name}";
const OF_TENANT: &str = "/v2/cluster-variables/tenants/{tenantId}/{name}";

pub(super) fn operations() -> Vec<Operation> {
    let noted = |operation: Operation, what| operation.noted(what, AuditEntityType::Variable);
    let (create, change, gone) = (AuditOperation::Create, AuditOperation::Update, AuditOperation::Delete);
    let add = |path, id, about| {
        noted(post(path, id, about, add), create)
            .takes(&CREATE)
            .answers::<ClusterVariableAnswer>()
            .refuses(&[404, 409])
    };
    let mut operations = vec![
        post("/v2/cluster-variables/search", "searchClusterVariables", "Search them.", search)
            .takes_schema(false, VARIABLES.schema())
            .flag(TRUNCATE.0, TRUNCATE.1)
            .answers::<Found<ClusterVariableFoundAnswer>>(),
        add(
            "/v2/cluster-variables/global",
            "createGlobalClusterVariable",
            "Add a variable that all expressions see.",
        ),
        add(
            "/v2/cluster-variables/tenants/{tenantId}",
            "createTenantClusterVariable",
            "Add a variable that expressions of a tenant see.",
        ),
    ];
    for (path, ids) in [
        (GLOBAL, ["getGlobalClusterVariable", "updateGlobalClusterVariable", "deleteGlobalClusterVariable"]),
        (
            OF_TENANT,
            ["getTenantClusterVariable", "updateTenantClusterVariable", "deleteTenantClusterVariable"],
        ),
    ] {
        operations
            .push(get(path, ids[0], "One of them.", one).answers::<ClusterVariableAnswer>().refuses(&[404]));
        let changed = noted(put(path, ids[1], "Change one.", update), change);
        operations.push(changed.takes(&UPDATE).answers::<ClusterVariableAnswer>().refuses(&[404]));
        operations.push(noted(delete(path, ids[2], "Remove one.", remove), gone).refuses(&[404]));
    }
    tagged("Cluster variable", operations)
}

answer! {
    /// A variable of the installation; `value` is JSON text.
    ClusterVariableAnswer {
        name: Arc<str>,
        value: Arc<str>,
        scope: &'static str,
        tenant_id: Option<Arc<str>>,
        metadata: serde_json::Value,
        kind: &'static str,
    }
}

answer! {
    /// A variable of the installation that was found; `value` is JSON text, perhaps cut.
    ClusterVariableFoundAnswer {
        name: Arc<str>,
        value: Arc<str>,
        is_truncated: bool,
        scope: &'static str,
        tenant_id: Option<Arc<str>>,
        metadata: serde_json::Value,
        kind: &'static str,
    }
}

fn metadata(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or_else(|_| serde_json::json!({}))
}

impl From<ClusterVariable> for ClusterVariableAnswer {
    fn from(row: ClusterVariable) -> Self {
        Self {
            name: row.name,
            value: row.value,
            scope: row.scope.as_str(),
            tenant_id: row.tenant_id,
            metadata: metadata(&row.metadata),
            kind: "JSON",
        }
    }
}

async fn search(mut call: Call) -> Outcome {
    let whole = whole(&call)?;
    let search = VARIABLES.read(&mut call).await?;
    let search = call.narrow(search, F::Name);
    let found = call.seen.cluster_variables(search).await?;
    ok(&Found::of(found, |row| ClusterVariableFoundAnswer {
        is_truncated: row.is_truncated && !whole,
        value: if row.is_truncated && !whole {
            row.value.chars().take(VALUE_PREVIEW).collect::<String>().into()
        } else {
            row.value
        },
        name: row.name,
        scope: row.scope.as_str(),
        tenant_id: row.tenant_id,
        metadata: metadata(&row.metadata),
        kind: "JSON",
    }))
}

/// The tenant of the path, where there is one. Where tenants are not told apart it may be any that there is.
fn tenant(call: &Call) -> Result<Option<Arc<str>>, Problem> {
    let Some(tenant) = call.optional_path("tenantId") else { return Ok(None) };
    if call.app.auth.has_tenants() || !is_id(tenant) {
        return Ok(Some(call.tenant(Some(tenant), "tenantId")?.id()));
    }
    if !call.app.identity.contains(Kind::Tenant, tenant) {
        return Err(Problem::not_found(format!("There is no tenant `{tenant}`.")));
    }
    let tenant: Arc<str> = tenant.into();
    call.concerns(&tenant);
    Ok(Some(tenant))
}

fn missing(name: &str) -> Problem {
    Problem::not_found(format!("There is no cluster variable `{name}` there."))
}

async fn found(call: &Call, tenant: Option<Arc<str>>, name: &str) -> Result<ClusterVariable, Problem> {
    let owner = match tenant {
        Some(tenant) => Filter::eq(F::TenantId, tenant),
        None => Filter::eq(F::Scope, "GLOBAL"),
    };
    let search = Search::by(Filter::All(vec![owner, Filter::eq(F::Name, name)]));
    let row = call.seen.cluster_variables(search).await?.items.into_iter().next();
    row.ok_or_else(|| missing(name))
}

async fn one(call: Call) -> Outcome {
    call.within(call.path("name"))?;
    ok(&ClusterVariableAnswer::from(found(&call, tenant(&call)?, call.path("name")).await?))
}

/// What a body says about a variable, within its bounds.
fn stored(body: &mut Body, tenant: Option<Arc<str>>, name: &str) -> Result<StoredClusterVariable, Problem> {
    let bounded = |text: &str, max: usize, what: &str| {
        if text.len() <= max {
            return Ok(());
        }
        let length = text.len();
        Err(Problem::invalid_argument(format!("`{what}` may have {max} bytes as JSON, but has {length}.")))
    };
    let value: Arc<str> = body.any("value").map_or_else(|| "null".into(), |value| value.text().into());
    bounded(&value, VALUE_MAX, "value")?;
    let metadata: Option<Arc<str>> = body.any("metadata").map(|metadata| metadata.text().into());
    if let Some(text) = &metadata {
        bounded(text, METADATA_MAX, "metadata")?;
        if !text.starts_with('{') {
            return Err(Problem::wrong_type("`metadata` must be an object."));
        }
    }
    Ok(StoredClusterVariable { tenant, name: name.into(), value, metadata })
}

async fn add(mut call: Call) -> Outcome {
    let tenant = tenant(&call)?;
    let mut body = call.json(&CREATE).await?;
    let name = body.required_text("name");
    let fit = |letter: char| letter.is_alphanumeric() || "_~@.+-".contains(letter);
    if !name.chars().all(fit) {
        return Err(Problem::invalid_argument(format!(
            "The provided name contains illegal characters. `name` may have letters, digits and `_~@.+-`, but is `{name}`."
        )));
    }
    let variable = stored(&mut body, tenant.clone(), &name)?;
    match call.app.variables()?.add(variable).await? {
        VariableAdded::Added => {
            let answer = ClusterVariableAnswer::from(found(&call, tenant, &name).await?);
            call.tells(|told| _ = told.after(&answer));
            crate::audited::made(&name, ok(&answer))
        }
        VariableAdded::Exists => Err(Problem::already_exists(format!(
            "There is a cluster variable `{name}` there: change it instead."
        ))),
        VariableAdded::TooMany => Err(Problem::invalid_state(format!(
            "There are {CLUSTER_VARIABLES} cluster variables, which is all there may be: remove some first."
        ))),
    }
}

async fn update(mut call: Call) -> Outcome {
    call.within(call.path("name"))?;
    let tenant = tenant(&call)?;
    let mut body = call.json(&UPDATE).await?;
    let name = call.path("name").to_owned();
    let variable = stored(&mut body, tenant.clone(), &name)?;
    let before = ClusterVariableAnswer::from(found(&call, tenant.clone(), &name).await?);
    call.tells(|told| _ = told.before(&before));
    if !call.app.variables()?.put(variable).await? {
        return Err(missing(&name));
    }
    let after = ClusterVariableAnswer::from(found(&call, tenant, &name).await?);
    call.tells(|told| _ = told.after(&after));
    ok(&after)
}

async fn remove(call: Call) -> Outcome {
    call.within(call.path("name"))?;
    let (tenant, name) = (tenant(&call)?, call.path("name"));
    let before = ClusterVariableAnswer::from(found(&call, tenant.clone(), name).await?);
    call.tells(|told| _ = told.before(&before));
    if call.app.variables()?.remove(tenant, name.into()).await? { no_content() } else { Err(missing(name)) }
}
