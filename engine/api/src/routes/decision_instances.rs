//! Decisions that were evaluated: what they read, which rules matched, what they gave.

use std::sync::Arc;

use hosk_core::{DecisionEvaluationKey, EvaluatedInput, MatchedRule};
use hosk_store::read::{
    DecisionInstance, DecisionInstanceField as F, DecisionType, Filter, Kind, Page, Queries as _, Search,
};

use super::patterns::{no_evaluated, of_evaluated, of_id};
use crate::answer::{Key, Time, answer, ok};
use crate::call::Call;
use crate::operation::{Operation, Outcome, get, post, tagged};
use crate::problem::{Opening, Problem};
use crate::search::{Found, Like, Searchable, both, filter, sort_only, special};
use crate::shape::parse_key;

pub(super) static INSTANCES: Searchable<DecisionInstance> = Searchable {
    name: "DecisionInstanceSearch",
    properties: &[
        sort_only("decisionEvaluationInstanceKey", F::Id),
        both("decisionEvaluationKey", F::DecisionEvaluationKey),
        both("state", F::State),
        both("evaluationDate", F::EvaluationDate),
        both("evaluationFailure", F::EvaluationFailure),
        sort_only("decisionDefinitionId", F::DecisionDefinitionId),
        both("decisionDefinitionKey", F::DecisionDefinitionKey),
        both("decisionDefinitionName", F::DecisionDefinitionName),
        both("decisionDefinitionVersion", F::DecisionDefinitionVersion),
        both("decisionDefinitionType", F::DecisionDefinitionType),
        both("rootDecisionDefinitionKey", F::RootDecisionDefinitionKey),
        filter("decisionRequirementsKey", F::DecisionRequirementsKey),
        both("processDefinitionKey", F::ProcessDefinitionKey),
        both("processInstanceKey", F::ProcessInstanceKey),
        both("elementInstanceKey", F::ElementInstanceKey),
        both("businessId", F::BusinessId),
        both("tenantId", F::TenantId),
    ],
    special: &[
        special("decisionEvaluationInstanceKey", Like::Kind(Kind::Text), |value| of_evaluated(F::Id, value)),
        special("decisionDefinitionId", Like::Kind(Kind::Text), |value| {
            of_id(F::DecisionDefinitionId, value)
        }),
    ],
    alternatives: false,
};

pub(super) fn operations() -> Vec<Operation> {
    tagged(
        "Decision instance",
        vec![
            post(
                "/v2/decision-instances/search",
                "searchDecisionInstances",
                "Search evaluated decisions.",
                search,
            )
            .takes_schema(false, INSTANCES.schema())
            .answers::<Found<DecisionInstanceAnswer>>(),
            get(
                "/v2/decision-instances/{decisionEvaluationInstanceKey}",
                "getDecisionInstance",
                "One evaluated decision with its inputs and the rules that matched.",
                one,
            )
            .path_pattern("decisionEvaluationInstanceKey", "^-?[0-9]+-[0-9]+$")
            .answers::<WholeAnswer>()
            .refuses(&[404]),
        ],
    )
}

/// The properties of an evaluated decision, with more after them.
macro_rules! instance {
    ($(#[doc = $about:literal])* $name:ident { $($field:ident: $type:ty = $of:expr,)* }) => {
        answer! {
            $(#[doc = $about])*
            $name {
                business_id: Option<Arc<str>>,
                decision_definition_id: Arc<str>,
                decision_definition_key: Key,
                decision_definition_name: Arc<str>,
                decision_definition_type: &'static str,
                decision_definition_version: u32,
                decision_evaluation_instance_key: Arc<str>,
                decision_evaluation_key: Key,
                element_instance_key: Option<Key>,
                evaluation_date: Time,
                evaluation_failure: Option<Arc<str>>,
                process_definition_key: Option<Key>,
                process_instance_key: Option<Key>,
                result: Arc<str>,
                root_decision_definition_key: Key,
                root_process_instance_key: Option<Key>,
                state: &'static str,
                tenant_id: Arc<str>,
                $($field: $type,)*
            }
        }

        impl From<DecisionInstance> for $name {
            fn from(row: DecisionInstance) -> Self {
                Self {
                    $($field: $of(&row),)*
                    business_id: row.business_id,
                    decision_definition_id: row.decision_definition_id,
                    decision_definition_key: Key(row.decision_definition_key.0),
                    decision_definition_name: row.decision_definition_name,
                    decision_definition_type: wire_type(row.decision_definition_type),
                    decision_definition_version: row.decision_definition_version,
                    decision_evaluation_instance_key: row.id,
                    decision_evaluation_key: Key(row.decision_evaluation_key.0),
                    element_instance_key: row.element_instance_key.map(|key| Key(key.0)),
                    evaluation_date: Time(row.evaluation_date),
                    evaluation_failure: row.evaluation_failure,
                    process_definition_key: row.process_definition_key.map(|key| Key(key.0)),
                    process_instance_key: row.process_instance_key.map(|key| Key(key.0)),
                    result: row.result,
                    root_decision_definition_key: Key(row.root_decision_definition_key.0),
                    root_process_instance_key: row.root_process_instance_key.map(|key| Key(key.0)),
                    state: row.state.as_str(),
                    tenant_id: row.tenant_id,
                }
            }
        }
    };
}

instance! {
    /// An evaluated decision; `result` is JSON text.
    DecisionInstanceAnswer {}
}

instance! {
    /// An evaluated decision with its inputs and the rules that matched; values are JSON texts.
    WholeAnswer {
        evaluated_inputs: Vec<InputAnswer> = |row: &DecisionInstance| inputs(&row.evaluated_inputs),
        matched_rules: Vec<RuleAnswer> = |row: &DecisionInstance| rules(&row.matched_rules),
    }
}

answer! {
    /// What an input of a decision table gave.
    InputAnswer {
        input_id: Arc<str>,
        input_name: Arc<str>,
        input_value: String,
    }
}

answer! {
    /// A rule that matched.
    RuleAnswer {
        rule_id: Arc<str>,
        rule_index: u32,
        evaluated_outputs: Vec<OutputAnswer>,
    }
}

answer! {
    /// What an output of a rule gave.
    OutputAnswer {
        output_id: Arc<str>,
        output_name: Arc<str>,
        output_value: String,
        rule_id: Option<Arc<str>>,
        rule_index: Option<u32>,
    }
}

/// Inputs as they go out.
pub(super) fn inputs(inputs: &[EvaluatedInput]) -> Vec<InputAnswer> {
    let inputs = inputs.iter().map(|input| InputAnswer {
        input_id: input.id.clone(),
        input_name: input.name.clone(),
        input_value: input.value.text().to_owned(),
    });
    inputs.collect()
}

/// Rules as they go out.
pub(super) fn rules(rules: &[MatchedRule]) -> Vec<RuleAnswer> {
    let outputs = |rule: &MatchedRule| {
        let outputs = rule.outputs.iter().map(|output| OutputAnswer {
            output_id: output.id.clone(),
            output_name: output.name.clone(),
            output_value: output.value.text().to_owned(),
            rule_id: Some(rule.id.clone()),
            rule_index: Some(rule.index),
        });
        outputs.collect()
    };
    let rules = rules.iter().map(|rule| RuleAnswer {
        rule_id: rule.id.clone(),
        rule_index: rule.index,
        evaluated_outputs: outputs(rule),
    });
    rules.collect()
}

/// Logic that clients of level 8.9 do not know goes out as `UNKNOWN`.
pub(super) fn wire_type(kind: DecisionType) -> &'static str {
    match kind {
        DecisionType::DecisionTable | DecisionType::LiteralExpression => kind.as_str(),
        DecisionType::BoxedExpression => "UNKNOWN",
    }
}

async fn search(mut call: Call) -> Outcome {
    let search = INSTANCES.read(&mut call).await?;
    let search = call.narrow(search, F::DecisionDefinitionId);
    ok(&Found::of(call.seen.decision_instances(search).await?, DecisionInstanceAnswer::from))
}

async fn one(call: Call) -> Outcome {
    let id = call.path("decisionEvaluationInstanceKey").to_owned();
    let (evaluation, number) = address(&id)?;
    let search = Search {
        filter: Filter::All(vec![
            Filter::eq(F::DecisionEvaluationKey, DecisionEvaluationKey(evaluation)),
            Filter::eq(F::Number, number),
        ]),
        page: Page::Offset { from: 0, limit: 1 },
        ..Search::default()
    };
    let found = call.seen.decision_instances(search).await?.items.pop();
    let missing = || {
        let opening = Opening::Absent { thing: "Decision Instance", by: "id", id: id.clone() };
        Problem::not_found(format!("There is no decision instance with the key {id}.")).opens(opening)
    };
    let found = found.ok_or_else(missing)?;
    call.within(&found.decision_definition_id)?;
    ok(&WholeAnswer::from(found))
}

/// `<evaluation>-<number>`.
fn address(id: &str) -> Result<(u64, i64), Problem> {
    let parts = id.split_once('-').and_then(|(evaluation, number)| Some((evaluation, number.parse().ok()?)));
    let Some((evaluation, number)) = parts else {
        return Err(no_evaluated(id));
    };
    let key = parse_key(evaluation, "decisionEvaluationInstanceKey").map_err(|_| no_evaluated(id))?;
    Ok((key, number))
}
