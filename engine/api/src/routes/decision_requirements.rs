//! Deployed versions of decision requirements graphs: DMN files.

use std::sync::Arc;

use hosk_core::DecisionRequirementsKey;
use hosk_store::read::{DecisionRequirements, DecisionRequirementsField as F, Queries as _};

use crate::answer::{Key, answer, content, ok};
use crate::auth::Access;
use crate::call::Call;
use crate::operation::{Operation, Outcome, get, post, tagged};
use crate::problem::Problem;
use crate::refusal::missing;
use crate::search::{Found, Searchable, both};

static REQUIREMENTS: Searchable<DecisionRequirements> = Searchable {
    name: "DecisionRequirementsSearch",
    properties: &[
        both("decisionRequirementsKey", F::Key),
        both("decisionRequirementsId", F::DecisionRequirementsId),
        both("decisionRequirementsName", F::DecisionRequirementsName),
        both("version", F::Version),
        both("resourceName", F::ResourceName),
        both("tenantId", F::TenantId),
    ],
    special: &[],
    alternatives: false,
};

pub(super) fn operations() -> Vec<Operation> {
    let operations = vec![
        post("/v2/decision-requirements/search", "searchDecisionRequirements", "Search graphs.", search)
            .takes_schema(false, REQUIREMENTS.schema())
            .answers::<Found<RequirementsAnswer>>(),
        get(
            "/v2/decision-requirements/{decisionRequirementsKey}",
            "getDecisionRequirements",
            "One version of a graph.",
            one,
        )
        .answers::<RequirementsAnswer>()
        .refuses(&[404]),
        get(
            "/v2/decision-requirements/{decisionRequirementsKey}/xml",
            "getDecisionRequirementsXml",
            "The DMN file, as it was uploaded.",
            xml,
        )
        .answers_media("text/xml")
        .refuses(&[404]),
    ];
    let operations = operations.into_iter().map(|operation| operation.access(Access::Worker));
    tagged("Decision requirements", operations.collect())
}

answer! {
    /// A deployed version of a decision requirements graph.
    RequirementsAnswer {
        decision_requirements_id: Arc<str>,
        decision_requirements_key: Key,
        decision_requirements_name: Arc<str>,
        resource_name: Arc<str>,
        tenant_id: Arc<str>,
        version: u32,
    }
}

impl From<DecisionRequirements> for RequirementsAnswer {
    fn from(row: DecisionRequirements) -> Self {
        Self {
            decision_requirements_id: row.decision_requirements_id,
            decision_requirements_key: Key(row.key.0),
            decision_requirements_name: row.decision_requirements_name,
            resource_name: row.resource_name,
            tenant_id: row.tenant_id,
            version: row.version,
        }
    }
}

async fn search(mut call: Call) -> Outcome {
    let search = REQUIREMENTS.read(&mut call).await?;
    let search = call.narrow(search, F::DecisionRequirementsId);
    ok(&Found::of(call.seen.decision_requirements_by(search).await?, RequirementsAnswer::from))
}

async fn requirements(call: &Call) -> Result<DecisionRequirements, Problem> {
    let key = call.key("decisionRequirementsKey")?;
    let row = call.seen.decision_requirements(DecisionRequirementsKey(key)).await?;
    let row = row.ok_or_else(|| missing("decision requirements graph", key))?;
    call.within(&row.decision_requirements_id)?;
    Ok(row)
}

async fn one(call: Call) -> Outcome {
    ok(&RequirementsAnswer::from(requirements(&call).await?))
}

async fn xml(call: Call) -> Outcome {
    let key = requirements(&call).await?.key;
    let found = call.seen.content(key.0).await?;
    let found = found.ok_or_else(|| missing("decision requirements graph", key.0))?;
    Ok(content("text/xml; charset=utf-8", found.bytes.to_vec()))
}
