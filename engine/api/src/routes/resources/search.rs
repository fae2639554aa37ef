//! Deployed files that are neither processes, decisions nor forms: searching, and their bytes.

use hosk_store::read::{Queries as _, Resource, ResourceField as F};

use super::ResourceAnswer;
use crate::answer::{Key, content, ok};
use crate::call::Call;
use crate::operation::{Operation, Outcome, get, post};
use crate::problem::Problem;
use crate::refusal::missing;
use crate::search::{Found, Searchable, both};

static RESOURCES: Searchable<Resource> = Searchable {
    name: "ResourceSearch",
    properties: &[
        both("resourceKey", F::Key),
        both("resourceName", F::ResourceName),
        both("resourceId", F::ResourceId),
        both("version", F::Version),
        both("deploymentKey", F::DeploymentKey),
        both("tenantId", F::TenantId),
        both("versionTag", F::VersionTag),
    ],
    special: &[],
    alternatives: false,
};

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
            version_tag: row.version_tag,
            tenant_id: row.tenant_id,
        }
    }
}

/// The file of the path. Processes, decisions and forms have operations of their own.
pub(super) async fn resource(call: &Call) -> Result<Resource, Problem> {
    let key = call.key("resourceKey")?;
    call.seen.resource(key).await?.ok_or_else(|| missing("resource", key))
}

async fn search(mut call: Call) -> Outcome {
    let search = RESOURCES.read(&mut call).await?;
    ok(&Found::of(call.seen.resources_by(search).await?, ResourceAnswer::from))
}

async fn binary(call: Call) -> Outcome {
    let key = resource(&call).await?.key;
    let found = call.seen.content(key).await?.ok_or_else(|| missing("resource", key))?;
    Ok(content("application/octet-stream", found.bytes.to_vec()))
}
