//! Evaluating a decision on request.

use std::fmt;
use std::sync::Arc;

use hosk_core::{DecisionDefinitionKey, DecisionEvaluation, DeployedDecision, Variables};
use hosk_feel::Json;

/// A decision to evaluate.
#[derive(Clone, Debug)]
pub struct EvaluateDecision {
    /// Tenant.
    pub tenant: Arc<str>,
    /// Which.
    pub decision: DecisionReference,
    /// What it reads.
    pub variables: Variables,
}

/// Which decision is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DecisionReference {
    /// The newest version of an id.
    Id(Arc<str>),
    /// One version.
    Key(DecisionDefinitionKey),
}

impl fmt::Display for DecisionReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => f.write_str(id),
            Self::Key(key) => write!(f, "{key}"),
        }
    }
}

/// What came out; recorded.
#[derive(Clone, Debug)]
pub struct EvaluatedDecisions {
    /// The version that was asked for.
    pub decision: Arc<DeployedDecision>,
    /// Every decision that was evaluated.
    pub evaluation: DecisionEvaluation,
    /// The result; `None` when a decision failed, see [`DecisionEvaluation::failed`].
    pub output: Option<Json>,
}
