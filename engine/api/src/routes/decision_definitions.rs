//! Deployed versions of decisions, and evaluating them.

use std::sync::Arc;

use hosk_core::DecisionDefinitionKey;
use hosk_feel::Json;
use hosk_runtime::{DecisionReference, EvaluateDecision, EvaluatedDecisions};
use hosk_store::read::{DecisionDefinition, DecisionDefinitionField as F, DecisionType, Kind, Queries as _};

use super::decision_instances::{InputAnswer, RuleAnswer, inputs, rules, wire_type};
use super::patterns::{check_id, of_id};
use crate::answer::{Key, answer, content, ok};
use crate::auth::Access;
use crate::call::Call;
use crate::operation::{Operation, Outcome, get, post, tagged};
use crate::problem::Problem;
use crate::refusal::missing;
use crate::search::{Found, Like, Searchable, both, filter, sort_only, special};
use crate::shape::{Object, key, name, tenant, variables};

static DEFINITIONS: Searchable<DecisionDefinition> = Searchable {
    name: "DecisionDefinitionSearch",
    properties: &[
        both("decisionDefinitionKey", F::Key),
        sort_only("decisionDefinitionId", F::DecisionDefinitionId),
        both("name", F::Name),
        both("version", F::Version),
        both("decisionRequirementsId", F::DecisionRequirementsId),
        both("decisionRequirementsKey", F::DecisionRequirementsKey),
        both("decisionRequirementsName", F::DecisionRequirementsName),
        both("decisionRequirementsVersion", F::DecisionRequirementsVersion),
        both("tenantId", F::TenantId),
        filter("isLatestVersion", F::IsLatestVersion),
    ],
    special: &[special("decisionDefinitionId", Like::Kind(Kind::Text), |value| {
        of_id(F::DecisionDefinitionId, value)
    })],
    alternatives: false,
};

static EVALUATE: Object = Object {
    name: "DecisionEvaluationRequest",
    fields: &[
        name("decisionDefinitionId", 256, "The decision: its newest version."),
        key("decisionDefinitionKey", "The decision: one version. Either this or the id."),
        variables("What the decision reads."),
        tenant(),
    ],
};

pub(super) fn operations() -> Vec<Operation> {
    let operations = vec![
        post(
            "/v2/decision-definitions/evaluation",
            "evaluateDecision",
            "Evaluate a decision and all it requires; recorded as decision instances.",
            evaluate,
        )
        .takes(&EVALUATE)
        .like(r#"{"decisionDefinitionId": "discount", "variables": {"amount": 150}}"#)
        .answers::<EvaluationAnswer>()
        .refuses(&[404]),
        post("/v2/decision-definitions/search", "searchDecisionDefinitions", "Search decisions.", search)
            .takes_schema(false, DEFINITIONS.schema())
            .answers::<Found<DecisionAnswer>>(),
        get(
            "/v2/decision-definitions/{decisionDefinitionKey}",
            "getDecisionDefinition",
            "One version of a decision.",
            one,
        )
        .answers::<DecisionAnswer>()
        .refuses(&[404]),
        get(
            "/v2/decision-definitions/{decisionDefinitionKey}/xml",
            "getDecisionDefinitionXml",
            "The DMN file, as it was uploaded.",
            xml,
        )
        .answers_media("text/xml")
        .refuses(&[404]),
    ];
    let operations = operations.into_iter().map(|operation| operation.access(Access::Worker));
    tagged("Decision definition", operations.collect())
}

answer! {
    /// A deployed version of a decision.
    DecisionAnswer {
        decision_definition_id: Arc<str>,
        decision_definition_key: Key,
        decision_requirements_id: Arc<str>,
        decision_requirements_key: Key,
        decision_requirements_name: Arc<str>,
        decision_requirements_version: u32,
        name: Arc<str>,
        tenant_id: Arc<str>,
        version: u32,
    }
}

impl From<DecisionDefinition> for DecisionAnswer {
    fn from(row: DecisionDefinition) -> Self {
        Self {
            decision_definition_id: row.decision_definition_id,
            decision_definition_key: Key(row.key.0),
            decision_requirements_id: row.decision_requirements_id,
            decision_requirements_key: Key(row.decision_requirements_key.0),
            decision_requirements_name: row.decision_requirements_name,
            decision_requirements_version: row.decision_requirements_version,
            name: row.name,
            tenant_id: row.tenant_id,
            version: row.version,
        }
    }
}

answer! {
    /// What a decision gave; `output` is JSON text. When it failed, `output` is `null` and the failure stands beside.
    EvaluationAnswer {
        decision_definition_id: Arc<str>,
        decision_definition_key: Key,
        decision_definition_name: Arc<str>,
        decision_definition_version: u32,
        decision_evaluation_key: Key,
        /// The same; older clients ask for it.
        decision_instance_key: Key,
        decision_requirements_id: Arc<str>,
        decision_requirements_key: Key,
        evaluated_decisions: Vec<EvaluatedAnswer>,
        failed_decision_definition_id: Option<Arc<str>>,
        failure_message: Option<String>,
        output: String,
        tenant_id: Arc<str>,
    }
}

answer! {
    /// One decision of an evaluation.
    EvaluatedAnswer {
        decision_definition_id: Arc<str>,
        decision_definition_name: Arc<str>,
        decision_definition_version: u32,
        decision_definition_type: &'static str,
        output: String,
        tenant_id: Arc<str>,
        matched_rules: Vec<RuleAnswer>,
        evaluated_inputs: Vec<InputAnswer>,
        decision_definition_key: Key,
        decision_evaluation_instance_key: String,
    }
}

async fn evaluate(mut call: Call) -> Outcome {
    let mut body = call.json(&EVALUATE).await?;
    let id = body.text("decisionDefinitionId");
    let decision = match (id, body.key("decisionDefinitionKey")) {
        (Some(id), None) => {
            check_id(&id, "decisionDefinitionId")?;
            DecisionReference::Id(id.into())
        }
        (None, Some(key)) => DecisionReference::Key(DecisionDefinitionKey(key)),
        (Some(_), Some(_)) => {
            let detail = "Only one of [decisionDefinitionId, decisionDefinitionKey] is allowed.";
            return Err(Problem::invalid_argument(detail));
        }
        (None, None) => {
            let detail = "At least one of [decisionDefinitionId, decisionDefinitionKey] is required.";
            return Err(Problem::missing_field(detail));
        }
    };
    let request = EvaluateDecision { tenant: body.tenant()?.id(), decision, variables: body.variables() };
    ok(&evaluated(call.app.engine.evaluate_decision(request).await?))
}

fn evaluated(outcome: EvaluatedDecisions) -> EvaluationAnswer {
    let EvaluatedDecisions { decision, evaluation, output } = outcome;
    let graph = &decision.graph;
    let failed = evaluation.failed().map(|(key, message)| (graph.version_of(key), message.to_owned()));
    let decisions = evaluation.evaluated.iter().zip(1..).filter_map(|(one, number)| {
        let version = graph.version_of(one.decision)?;
        Some(EvaluatedAnswer {
            decision_definition_id: version.id.clone(),
            decision_definition_name: version.name.clone(),
            decision_definition_version: version.version,
            decision_definition_type: wire_type(DecisionType::from(one.kind)),
            output: one.output.text().to_owned(),
            tenant_id: graph.tenant.clone(),
            matched_rules: rules(&one.matched_rules),
            evaluated_inputs: inputs(&one.inputs),
            decision_definition_key: Key(one.decision.0),
            decision_evaluation_instance_key: format!("{}-{number}", evaluation.key),
        })
    });
    EvaluationAnswer {
        decision_definition_id: decision.version.id.clone(),
        decision_definition_key: Key(decision.version.key.0),
        decision_definition_name: decision.version.name.clone(),
        decision_definition_version: decision.version.version,
        decision_evaluation_key: Key(evaluation.key.0),
        decision_instance_key: Key(evaluation.key.0),
        decision_requirements_id: graph.id.clone(),
        decision_requirements_key: Key(graph.key.0),
        evaluated_decisions: decisions.collect(),
        failed_decision_definition_id: failed.as_ref().and_then(|(of, _)| of.map(|of| of.id.clone())),
        failure_message: failed.map(|(_, message)| message),
        output: output.unwrap_or_else(Json::null).text().to_owned(),
        tenant_id: graph.tenant.clone(),
    }
}

async fn search(mut call: Call) -> Outcome {
    let search = DEFINITIONS.read(&mut call).await?;
    let search = call.narrow(search, F::DecisionDefinitionId);
    ok(&Found::of(call.seen.decision_definitions(search).await?, DecisionAnswer::from))
}

async fn definition(call: &Call) -> Result<DecisionDefinition, Problem> {
    let key = call.key("decisionDefinitionKey")?;
    let row = call.seen.decision_definition(DecisionDefinitionKey(key)).await?;
    let row = row.ok_or_else(|| missing("decision definition", key))?;
    call.within(&row.decision_definition_id)?;
    Ok(row)
}

async fn one(call: Call) -> Outcome {
    ok(&DecisionAnswer::from(definition(&call).await?))
}

async fn xml(call: Call) -> Outcome {
    let key = definition(&call).await?.key;
    let found = call.seen.content(key.0).await?;
    let found = found.ok_or_else(|| missing("decision definition", key.0))?;
    Ok(content("text/xml; charset=utf-8", found.bytes.to_vec()))
}
