//! Decisions evaluated on request, for no process instance: recorded like those of instances.

use std::collections::BTreeMap;
use std::sync::Arc;

use hosk_core::{DecisionEvaluation, Definitions as _, DeployedDecision, evaluate_decision};
use hosk_feel::Json;
use tokio::sync::oneshot;

use crate::inner::Inner;
use crate::{DecisionReference, Error, EvaluateDecision, EvaluatedDecisions};

/// Who waits for the record of an evaluation.
pub(crate) struct EvaluationTicket(oneshot::Sender<Result<(), Error>>);

impl EvaluationTicket {
    /// It is durable, or not. Nobody may wait any more.
    pub(crate) fn tell(self, outcome: Result<(), Error>) {
        let _ = self.0.send(outcome);
    }
}

fn not_found(asked: &DecisionReference, tenant: Arc<str>) -> Error {
    let by = match asked {
        DecisionReference::Id(_) => "id",
        DecisionReference::Key(_) => "key",
    };
    Error::DecisionNotFound { by, decision: asked.to_string(), tenant }
}

impl Inner {
    /// Evaluates a decision beside the lanes and records what came out; durable when it returns.
    pub(crate) async fn evaluate_decision(
        self: &Arc<Self>,
        request: EvaluateDecision,
    ) -> Result<EvaluatedDecisions, Error> {
        self.accepting()?;
        let EvaluateDecision { tenant, decision, variables } = request;
        let decision =
            self.definitions.find_decision(&tenant, &decision).ok_or_else(|| not_found(&decision, tenant))?;
        let (inner, asked) = (self.clone(), decision.clone());
        self.keys.advance(self.clock.wall());
        let evaluate = move || inner.evaluate(&asked, &variables);
        let evaluated = tokio::task::spawn_blocking(evaluate).await;
        let (evaluation, output) = evaluated.map_err(|panicked| {
            tracing::error!(%panicked, "an evaluation panicked");
            Error::Quarantined { message: "the evaluation of a decision broke off".into() }
        })?;
        let (reply, answer) = oneshot::channel();
        self.drafts.of_key(evaluation.key.0).record(evaluation.clone(), EvaluationTicket(reply))?;
        answer.await.map_err(|_| Error::ShuttingDown)??;
        Ok(EvaluatedDecisions { decision, evaluation, output })
    }

    fn evaluate(
        &self,
        decision: &DeployedDecision,
        variables: &hosk_core::Variables,
    ) -> (DecisionEvaluation, Option<Json>) {
        let environment = self.definitions.environment(&decision.graph.tenant, self.clock.now());
        let readable: BTreeMap<String, Json> =
            variables.iter().map(|(name, value)| (name.to_string(), value.clone())).collect();
        let evaluated = evaluate_decision(decision, &readable, &environment, &mut &self.keys);
        (evaluated.evaluation, evaluated.output.ok())
    }
}
