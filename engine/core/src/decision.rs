//! What is remembered of the evaluation of a decision (DMN 1.5, 8.2 and 10.3.2): every decision that took part with what
//! it read, the rules that matched and what it gave.

use std::sync::Arc;

use hosk_feel::Json;
use serde::{Deserialize, Serialize};

use crate::keys::{DecisionDefinitionKey, DecisionEvaluationKey, DecisionInstanceKey, ElementInstanceKey};

/// About what ids and names take beside a value.
const OVERHEAD: usize = 40;

/// A decision was evaluated for an element instance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecisionEvaluated {
    /// For whom.
    pub element_instance: ElementInstanceKey,
    /// What came out.
    pub evaluation: DecisionEvaluation,
}

/// One evaluation of a decision with all it requires.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecisionEvaluation {
    /// Its key.
    pub key: DecisionEvaluationKey,
    /// The version of the decision that was asked for.
    pub decision: DecisionDefinitionKey,
    /// Every decision that was evaluated, in the order they were; the one asked for is the last, unless one before it
    /// failed.
    pub evaluated: Vec<EvaluatedDecision>,
}

impl DecisionEvaluation {
    /// About how many bytes it takes where it is stored.
    pub fn bytes(&self) -> usize {
        let of_rule = |rule: &MatchedRule| {
            rule.outputs.iter().map(|output| OVERHEAD + output.value.text().len()).sum::<usize>()
        };
        let of_decision = |one: &EvaluatedDecision| {
            let inputs = one.inputs.iter().map(|input| OVERHEAD + input.value.text().len()).sum::<usize>();
            let rules = one.matched_rules.iter().map(of_rule).sum::<usize>();
            let warnings = one.warnings.iter().map(|warning| warning.len()).sum::<usize>();
            OVERHEAD + one.output.text().len() + inputs + rules + warnings
        };
        self.evaluated.iter().map(of_decision).sum()
    }

    /// The decision that failed, and why; at most one does, and it is the last.
    pub fn failed(&self) -> Option<(DecisionDefinitionKey, &str)> {
        let last = self.evaluated.last()?;
        last.failure.as_deref().map(|failure| (last.decision, failure))
    }
}

/// One decision of an evaluation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EvaluatedDecision {
    /// Its key.
    pub key: DecisionInstanceKey,
    /// The version that was evaluated.
    pub decision: DecisionDefinitionKey,
    /// Its id.
    pub id: Arc<str>,
    /// What its logic is.
    pub kind: DecisionKind,
    /// What it gave; `null` when it failed.
    pub output: Json,
    /// What the input expressions of its table gave, in order; empty for other logic.
    pub inputs: Vec<EvaluatedInput>,
    /// The rules of its table that matched, in the order of the table; empty for other logic.
    pub matched_rules: Vec<MatchedRule>,
    /// Why it has no value.
    pub failure: Option<Arc<str>>,
    /// Why parts of its value are null: at most [`crate::limits::DECISION_WARNINGS`], each with what it is about and
    /// where. In none of those that were written before warnings were kept.
    #[serde(default)]
    pub warnings: Vec<Arc<str>>,
}

/// What the logic of a decision is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DecisionKind {
    /// A decision table.
    DecisionTable,
    /// An expression in text.
    LiteralExpression,
    /// Another boxed expression: context, invocation, list, relation, function, filter, conditional, iterator.
    BoxedExpression,
}

/// What an input expression gave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EvaluatedInput {
    /// The input clause's id.
    pub id: Arc<str>,
    /// Its label, or else its expression.
    pub name: Arc<str>,
    /// The value, cut to [`crate::limits::DECISION_VALUE_BYTES`].
    pub value: Json,
}

/// A rule that matched.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MatchedRule {
    /// The rule's id.
    pub id: Arc<str>,
    /// Its place in the table, from 1.
    pub index: u32,
    /// What it gave.
    pub outputs: Vec<EvaluatedOutput>,
}

/// What an output entry of a rule gave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EvaluatedOutput {
    /// The output clause's id.
    pub id: Arc<str>,
    /// Its label, or else its name.
    pub name: Arc<str>,
    /// The value, cut to [`crate::limits::DECISION_VALUE_BYTES`].
    pub value: Json,
}
