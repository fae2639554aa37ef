//! Script task (BPMN 2.0, 13.3.3) with a FEEL script: evaluates it and stores the result.
//!
//! The result is a variable like any other outcome: output mappings take it if there are any, else it goes to the
//! scope that declares it, else to the process.

use std::sync::Arc;

use hosk_feel::Expression;
use hosk_model::Element;

use super::Behaviour;
use crate::command::Variables;
use crate::event::IncidentKind;
use crate::expressions;
use crate::incidents::Trouble;
use crate::mappings;
use crate::step::{Activated, Activating, Step};

pub(crate) struct ScriptTask<'a> {
    pub(crate) element: &'a Element,
    pub(crate) expression: &'a Expression,
    pub(crate) result_variable: &'a Arc<str>,
}

impl Behaviour for ScriptTask<'_> {
    fn activate(&self, step: &mut Step<'_>, this: Activating) -> Result<Activated, Trouble> {
        let outcome = expressions::evaluate(step, this.key, "the script", self.expression)
            .map_err(|trouble| trouble.of(IncidentKind::ExtractValueError))?;
        let result = Variables::from([(self.result_variable.clone(), outcome.value.to_json())]);
        mappings::check(step, &result)?;
        let key = this.key;
        let activated = this.pass(step);
        mappings::receive(step, key, self.element, &result);
        Ok(activated)
    }
}
