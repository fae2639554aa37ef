//! What an evaluation gives: the output, and how it came about.

use std::fmt;
use std::sync::Arc;

use hosk_feel::{EvaluationError, Json, Position, Value};

use crate::DecisionKind;

/// A decision's output with its explanation.
#[derive(Clone, Debug)]
pub struct Evaluation {
    /// The output as JSON: dates and durations are ISO 8601 strings, functions their FEEL text.
    pub output: Json,
    /// The output as a FEEL value.
    pub value: Value,
    /// Why parts of it are null, over all decisions in the order met; at most
    /// [`MAX_WARNINGS`](crate::limits::MAX_WARNINGS).
    pub warnings: Vec<Warning>,
    /// Every decision that was evaluated, required ones first; the last is the one that was asked for.
    pub decisions: Vec<EvaluatedDecision>,
}

/// One decision of an evaluation.
#[derive(Clone, Debug)]
pub struct EvaluatedDecision {
    /// Its `id`.
    pub decision_id: Arc<str>,
    /// Its `name`.
    pub decision_name: Arc<str>,
    /// What its logic is.
    pub kind: DecisionKind,
    /// Its output.
    pub output: Json,
    /// The inputs of a decision table, by column; empty for other kinds.
    pub inputs: Vec<EvaluatedInput>,
    /// The rules of a decision table that count, in the order of the hit policy; empty for other kinds. At most
    /// [`MAX_REPORTED_RULES`](crate::limits::MAX_REPORTED_RULES).
    pub matched_rules: Vec<MatchedRule>,
}

/// The value of a decision table's input column.
#[derive(Clone, Debug)]
pub struct EvaluatedInput {
    /// The `id` of the input clause; empty when it has none.
    pub id: Arc<str>,
    /// Its label, else the text of its expression.
    pub name: Arc<str>,
    /// What the expression gave.
    pub value: Json,
}

/// A rule of a decision table whose tests all passed.
#[derive(Clone, Debug)]
pub struct MatchedRule {
    /// Its `id`; empty when it has none.
    pub rule_id: Arc<str>,
    /// Its position in the table, from 1.
    pub rule_index: usize,
    /// Its outputs, by column.
    pub outputs: Vec<EvaluatedOutput>,
}

/// An output of a matched rule.
#[derive(Clone, Debug)]
pub struct EvaluatedOutput {
    /// The `id` of the output clause; empty when it has none.
    pub id: Arc<str>,
    /// Its name, else its label; empty when it has neither.
    pub name: Arc<str>,
    /// The value.
    pub value: Json,
}

/// Why a part of an output is null, or a rule of the model was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The decision that was being evaluated.
    pub decision_id: Arc<str>,
    /// The element whose text it is: a literal expression, a cell, an input clause; where known.
    pub element_id: Option<Arc<str>>,
    /// Where in that text; 1:1 for the element as a whole.
    pub position: Position,
    /// What happened, as a sentence without full stop.
    pub what: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (decision `{}`", self.what, self.decision_id)?;
        if let Some(element) = self.element_id.as_ref().filter(|id| !id.is_empty()) {
            write!(f, ", element `{element}`")?;
        }
        write!(f, ", {})", self.position)
    }
}

/// An evaluation that ended without output.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the decision `{decision_id}` has no output: {message}")]
pub struct Failure {
    /// The decision that failed, which may be a required one.
    pub decision_id: Arc<str>,
    /// Its name; empty when there is no such decision.
    pub decision_name: Arc<str>,
    /// Why, as a sentence without full stop.
    pub message: String,
    /// The kind of reason.
    pub reason: FailureReason,
    /// Warnings until then.
    pub warnings: Vec<Warning>,
    /// The decisions that were evaluated before it.
    pub decisions: Vec<EvaluatedDecision>,
}

/// Why an evaluation ended without output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FailureReason {
    /// The model has no such decision.
    UnknownDecision,
    /// A limit was reached or an assertion failed.
    Evaluation(EvaluationError),
    /// Rules of a table contradict its hit policy, and the evaluation is
    /// [strict](crate::Strictness::Strict).
    HitPolicy,
}
