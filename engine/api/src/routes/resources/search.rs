//! Deployed files that are neither processes, decisions nor forms: searching, and their bytes.

use hosk_store::read::{Filter, Kind, Queries as _, Resource, ResourceField as F};

use super::ResourceAnswer;
use crate::answer::{Key, content, ok};
use crate::call::Call;
use crate::operation::{Operation, Outcome, get, post};
use crate::problem::Problem;
use crate::refusal::missing;
use crate::search::{Found, Like, Searchable, Value, both, sort_only, special};

static RESOURCES: Searchable<Resource> = Searchable {
    name: "ResourceSearch",
    properties: &[
        both("resourceKey", F::Key),
        both("resourceName", F::ResourceName),
        both("resourceId", F::ResourceId),
        both("version", F::Version),
        both("deploymentKey", F::DeploymentKey),
        both("tenantId", F::TenantId),
        // No such file has a version tag: in this respect all of them are equal, as in this field.
        sort_only("versionTag", F::IsDeleted),
    ],
    special: &[special("versionTag", Like::Kind(Kind::Text), without_a_tag)],
    alternatives: false,
};

/// What a condition says about a file without a version tag: an absent value is not equal to any, and is absent.
fn without_a_tag(value: &Value<'_>) -> Result<Filter<F>, Problem> {
    // The name stands in for the tag only to have the condition read as one on a text.
    let conditions = crate::search::conditions_of(F::ResourceName, value)?;
    let holds = conditions.iter().all(|condition| {
        use hosk_store::read::Condition;
        matches!(condition, Filter::Is(_, Condition::Exists(false) | Condition::Neq(_) | Condition::NotIn(_)))
    });
    Ok(if holds { Filter::everything() } else { Filter::Any(Vec::new()) })
}

pub(super) fn operations() -> Vec<Operation> {
    vec![
        post(
            "/v2/resources/search",
            "searchResources",
            "Search deployed files other than processes, decisions and forms.",
            search,
        )
        .takes_schema(false, RESOURCES.schema())
        .answers::<Found<ResourceAnswer>>(),
        get(
            "/v2/resources/{resourceKey}/content/binary",
            "getResourceContentBinary",
            "A deployed file, byte for byte.",
            binary,
        )
        .answers_media("application/octet-stream")
        .refuses(&[404]),
    ]
}

impl From<Resource> for ResourceAnswer {
    fn from(row: Resource) -> Self {
        Self {
            resource_key: Key(row.key),
            resource_id: row.resource_id,
            resource_name: row.resource_name,
            version: row.version,
            version_tag: None,
            tenant_id: row.tenant_id,
        }
    }
}

async fn search(mut call: Call) -> Outcome {
    let search = RESOURCES.read(&mut call).await?;
    ok(&Found::of(call.seen.resources_by(search).await?, ResourceAnswer::from))
}

async fn binary(call: Call) -> Outcome {
    let key = call.key("resourceKey")?;
    let found = call.seen.content(key).await?.ok_or_else(|| missing("resource", key))?;
    Ok(content("application/octet-stream", found.bytes.to_vec()))
}
