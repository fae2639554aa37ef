//! Evaluating a deployed decision with all it requires, and writing down how it came about.
//!
//! Nothing is decided here that is not recorded: every decision that took part is in the evaluation with its version,
//! what its table read, the rules that matched and what it gave; a failed one is the last. What was read is known by
//! watching the variables, so that an incident can show it.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use hosk_dmn::{Failure, FailureReason, Strictness};
use hosk_feel::{Environment, Json, Variables};

use crate::decision::{
    DecisionEvaluation, DecisionKind, EvaluatedDecision, EvaluatedInput, EvaluatedOutput, MatchedRule,
};
use crate::definitions::{DecisionVersion, DeployedDecision, DeployedGraph};
use crate::event::IncidentKind;
use crate::expressions::kind_of;
use crate::incidents::cut;
use crate::keys::{DecisionEvaluationKey, DecisionInstanceKey, Keys};
use crate::limits;

/// How a decision came out.
#[derive(Debug)]
pub struct Decided {
    /// Every decision that took part.
    pub evaluation: DecisionEvaluation,
    /// The result, or why there is none.
    pub output: Result<Json, Undecided>,
}

/// Why a decision has no result.
#[derive(Debug)]
pub struct Undecided {
    /// The decision that failed: the one asked for, or one that it requires.
    decision: Arc<str>,
    /// Why, as a sentence without full stop.
    message: String,
    kind: IncidentKind,
    /// What was read until then: `name = value`.
    read: Vec<String>,
    /// Why parts were null until then, as sentences without full stop.
    warnings: Vec<String>,
}

/// Evaluates a decision. The environment's limits hold for all decisions together.
pub fn evaluate_decision(
    decision: &DeployedDecision,
    variables: &dyn Variables,
    environment: &Environment,
    keys: &mut dyn Keys,
) -> Decided {
    let graph = &*decision.graph;
    let key = DecisionEvaluationKey(keys.next());
    let watched = Watched { variables, read: RefCell::default() };
    let result = graph.model.evaluate(&decision.version.id, &watched, environment, Strictness::Strict);
    let (before, warnings, output) = match result {
        Ok(evaluation) => (evaluation.decisions, evaluation.warnings, Ok(evaluation.output)),
        Err(failure) => {
            let Failure { decision_id, message, reason, mut warnings, decisions, .. } = *failure;
            // A table that contradicts itself says so in a warning as well.
            warnings.retain(|warning| warning.what != message);
            let undecided = Undecided {
                decision: decision_id,
                kind: kind(&reason),
                read: watched.shown(),
                warnings: warnings.iter().map(ToString::to_string).collect(),
                message,
            };
            (decisions, warnings, Err(undecided))
        }
    };
    let mut evaluated: Vec<_> =
        before.iter().filter_map(|one| recorded(graph, one, &warnings, keys)).collect();
    if let Err(undecided) = &output {
        let failed = graph.version_named(&undecided.decision).unwrap_or(&decision.version);
        evaluated.push(EvaluatedDecision {
            key: DecisionInstanceKey(keys.next()),
            decision: failed.key,
            id: failed.id.clone(),
            kind: failed.kind,
            output: Json::null(),
            inputs: Vec::new(),
            matched_rules: Vec::new(),
            failure: Some(cut(undecided.message.clone(), limits::MESSAGE_BYTES).into()),
            warnings: reasons(&warnings, &undecided.decision),
        });
    }
    Decided { evaluation: DecisionEvaluation { key, decision: decision.version.key, evaluated }, output }
}

impl Undecided {
    /// What kind of incident it is.
    pub(crate) fn kind(&self) -> IncidentKind {
        self.kind
    }

    /// The incident's sentences: what failed, why, what was read, what to do.
    pub(crate) fn incident(&self, asked: &DeployedDecision) -> String {
        let DecisionVersion { id, version, .. } = &asked.version;
        let mut text = format!("The decision '{id}' (version {version}) ");
        if self.decision == *id {
            let _ = write!(text, "has no result: {}.", self.message);
        } else {
            let _ = write!(text, "needs '{}', which has no result: {}.", self.decision, self.message);
        }
        if !self.read.is_empty() {
            let _ = write!(text, " It read: {}.", self.read.join(", "));
        }
        for warning in &self.warnings {
            let _ = write!(text, " {warning}.");
        }
        text.push_str(" Correct the variables, or deploy a corrected decision, then resolve this incident.");
        text
    }
}

fn kind(reason: &FailureReason) -> IncidentKind {
    let kind = match reason {
        FailureReason::Evaluation(error) => kind_of(error),
        FailureReason::UnknownDecision | FailureReason::HitPolicy => IncidentKind::DecisionEvaluationError,
    };
    // Only a limit is the operator's; all else is the decision's.
    if kind == IncidentKind::LimitExceeded { kind } else { IncidentKind::DecisionEvaluationError }
}

/// A decision that took part; `None` for what is no deployed decision.
fn recorded(
    graph: &DeployedGraph,
    one: &hosk_dmn::EvaluatedDecision,
    warnings: &[hosk_dmn::Warning],
    keys: &mut dyn Keys,
) -> Option<EvaluatedDecision> {
    let version = graph.version_named(&one.decision_id)?;
    let inputs = one.inputs.iter().map(|input| EvaluatedInput {
        id: input.id.clone(),
        name: input.name.clone(),
        value: bounded(&input.value),
    });
    let rules = one.matched_rules.iter().map(|rule| MatchedRule {
        id: rule.rule_id.clone(),
        index: u32::try_from(rule.rule_index).unwrap_or(u32::MAX),
        outputs: outputs(&rule.outputs),
    });
    Some(EvaluatedDecision {
        key: DecisionInstanceKey(keys.next()),
        decision: version.key,
        id: version.id.clone(),
        kind: DecisionKind::from(one.kind),
        output: bounded(&one.output),
        inputs: inputs.collect(),
        matched_rules: rules.collect(),
        failure: None,
        warnings: reasons(warnings, &one.decision_id),
    })
}

/// Why parts of a decision's value are null.
fn reasons(warnings: &[hosk_dmn::Warning], decision: &str) -> Vec<Arc<str>> {
    let own = warnings.iter().filter(|warning| *warning.decision_id == *decision);
    let texts = own.map(|warning| cut(warning.to_string(), limits::DECISION_WARNING_BYTES).into());
    texts.take(limits::DECISION_WARNINGS).collect()
}

fn outputs(outputs: &[hosk_dmn::EvaluatedOutput]) -> Vec<EvaluatedOutput> {
    let outputs = outputs.iter().map(|output| EvaluatedOutput {
        id: output.id.clone(),
        name: output.name.clone(),
        value: bounded(&output.value),
    });
    outputs.collect()
}

/// A value as it is recorded.
fn bounded(value: &Json) -> Json {
    let text = value.text();
    if text.len() <= limits::DECISION_VALUE_BYTES {
        return value.clone();
    }
    Json::from(serde_json::Value::from(cut(text.to_owned(), limits::DECISION_VALUE_BYTES)))
}

impl From<hosk_dmn::DecisionKind> for DecisionKind {
    fn from(kind: hosk_dmn::DecisionKind) -> Self {
        use hosk_dmn::DecisionKind as Dmn;
        match kind {
            Dmn::DecisionTable => Self::DecisionTable,
            Dmn::LiteralExpression => Self::LiteralExpression,
            Dmn::Context
            | Dmn::Invocation
            | Dmn::List
            | Dmn::Relation
            | Dmn::FunctionDefinition
            | Dmn::Conditional
            | Dmn::Filter
            | Dmn::Iterator
            | Dmn::Undefined
            | Dmn::DecisionService
            | Dmn::BusinessKnowledgeModel => Self::BoxedExpression,
        }
    }
}

/// Variables that remember which of them were read.
struct Watched<'v> {
    variables: &'v dyn Variables,
    read: RefCell<BTreeSet<String>>,
}

impl Watched<'_> {
    fn note(&self, name: &str) {
        let mut read = self.read.borrow_mut();
        if !read.contains(name) {
            read.insert(name.to_owned());
        }
    }

    /// `name = value` of each that was read, by name.
    fn shown(&self) -> Vec<String> {
        let read = self.read.borrow();
        let shown = read.iter().map(|name| {
            let value = self.variables.value(name).map_or_else(
                || "not there".to_owned(),
                |value| cut(value.to_json().text().to_owned(), limits::SHOWN_VALUE_BYTES),
            );
            format!("{name} = {value}")
        });
        shown.collect()
    }
}

impl Variables for Watched<'_> {
    fn get(&self, name: &str) -> Option<&Json> {
        self.note(name);
        self.variables.get(name)
    }

    fn value(&self, name: &str) -> Option<hosk_feel::Value> {
        self.note(name);
        self.variables.value(name)
    }
}
