//! Evaluated decisions as rows: one a decision, written once and never changed.

use std::sync::Arc;

use hosk_core::{
    DecisionDefinitionKey, DecisionEvaluation, DecisionEvaluationKey, DecisionInstanceKey,
    ElementInstanceKey, EvaluatedInput, MatchedRule, ProcessInstanceKey, Timestamp,
};

use crate::read::{DecisionInstanceState, DecisionType};

/// An evaluated decision.
#[derive(Clone, Debug)]
pub(crate) struct DecisionRow {
    pub(crate) key: DecisionInstanceKey,
    pub(crate) evaluation: DecisionEvaluationKey,
    /// Its place in the evaluation, from 1.
    pub(crate) number: u32,
    pub(crate) decision: DecisionDefinitionKey,
    /// The decision that was asked for.
    pub(crate) root: DecisionDefinitionKey,
    pub(crate) kind: DecisionType,
    pub(crate) state: DecisionInstanceState,
    pub(crate) evaluated: Timestamp,
    pub(crate) failure: Option<Arc<str>>,
    pub(crate) result: Arc<str>,
    pub(crate) inputs: Arc<Vec<EvaluatedInput>>,
    pub(crate) rules: Arc<Vec<MatchedRule>>,
    pub(crate) warnings: Vec<Arc<str>>,
    pub(crate) instance: Option<ProcessInstanceKey>,
    pub(crate) element_instance: Option<ElementInstanceKey>,
}

/// The rows of an evaluation for an element instance, or for none.
pub(crate) fn decision_rows(
    at: Timestamp,
    owner: Option<(ProcessInstanceKey, ElementInstanceKey)>,
    evaluation: &DecisionEvaluation,
) -> impl Iterator<Item = DecisionRow> {
    evaluation.evaluated.iter().zip(1..).map(move |(one, number)| DecisionRow {
        key: one.key,
        evaluation: evaluation.key,
        number,
        decision: one.decision,
        root: evaluation.decision,
        kind: one.kind.into(),
        state: if one.failure.is_some() {
            DecisionInstanceState::Failed
        } else {
            DecisionInstanceState::Evaluated
        },
        evaluated: at,
        failure: one.failure.clone(),
        result: one.output.text().into(),
        inputs: Arc::new(one.inputs.clone()),
        rules: Arc::new(one.matched_rules.clone()),
        warnings: one.warnings.clone(),
        instance: owner.map(|(instance, _)| instance),
        element_instance: owner.map(|(_, element_instance)| element_instance),
    })
}
