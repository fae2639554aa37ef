//! Business rule task (BPMN 2.0, 13.3.3) with a decision: evaluates it and stores the result.
//!
//! The decision is looked up when the task needs it, by its binding; the version that was taken stands in the event,
//! with everything that was evaluated. The result is a variable like any other outcome: output mappings take it if there
//! are any, else it goes to the scope that declares it, else to the process. A decision without a result is an incident;
//! the failed evaluation is recorded with it, and resolving the incident looks the decision up and evaluates it again.

use hosk_model::{Binding, CalledDecision, Element};

use super::Behaviour;
use crate::command::Variables;
use crate::decide::evaluate_decision;
use crate::decision::DecisionEvaluated;
use crate::event::{Event, IncidentKind};
use crate::expressions;
use crate::incidents::Trouble;
use crate::keys::ElementInstanceKey;
use crate::mappings;
use crate::step::{Activated, Activating, Step};

pub(crate) struct BusinessRuleTask<'a> {
    pub(crate) element: &'a Element,
    pub(crate) called: &'a CalledDecision,
}

impl Behaviour for BusinessRuleTask<'_> {
    fn activate(&self, step: &mut Step<'_>, this: Activating) -> Result<Activated, Trouble> {
        let (evaluated, result) = self.decide(step, this.key)?;
        let key = this.key;
        let activated = this.pass(step);
        step.emit(evaluated);
        mappings::receive(step, key, self.element, &result);
        Ok(activated)
    }
}

impl BusinessRuleTask<'_> {
    /// Looks the decision up and evaluates it.
    fn decide(&self, step: &mut Step<'_>, key: ElementInstanceKey) -> Result<(Event, Variables), Trouble> {
        let id = expressions::text(step, key, "the id of the decision", &self.called.decision_id)?;
        let process = step.process;
        let found =
            step.definitions.bound_decision(&process.tenant, &id, &self.called.binding, process.deployment);
        let decision = found.ok_or_else(|| self.not_deployed(&id))?;
        let environment = step.environment();
        let evaluated = step
            .with_keys(|state, keys| evaluate_decision(&decision, &state.visible(key), &environment, keys));
        let event = Event::DecisionEvaluated(Box::new(DecisionEvaluated {
            element_instance: key,
            evaluation: evaluated.evaluation,
        }));
        match evaluated.output {
            Ok(output) => {
                let result = Variables::from([(self.called.result_variable.clone(), output)]);
                mappings::check(step, &result)?;
                Ok((event, result))
            }
            Err(failed) => Err(Trouble::new(failed.kind(), failed.incident(&decision)).with(event)),
        }
    }

    fn not_deployed(&self, id: &str) -> Trouble {
        let which = match &self.called.binding {
            Binding::Latest => String::new(),
            Binding::Deployment => " together with this process".to_owned(),
            Binding::VersionTag(tag) => format!(" with the version tag '{tag}'"),
        };
        let message =
            format!("No decision '{id}' is deployed{which}. Deploy it{which}, then resolve this incident.");
        Trouble::new(IncidentKind::CalledDecisionError, message)
    }
}
