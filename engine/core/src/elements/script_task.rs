//! Script task (BPMN 2.0, 13.3.3) with a FEEL script: evaluates it and stores the result.
//!
//! The result is a variable like any other outcome: output mappings take it if there are any, else it goes to the
//! scope that declares it, else to the process. Without a result variable, as in standard BPMN without a data output,
//! it is a context whose entries are the variables.

use std::sync::Arc;

use hosk_feel::{Expression, Json, Value};
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
    pub(crate) result_variable: Option<&'a Arc<str>>,
}

impl Behaviour for ScriptTask<'_> {
    fn activate(&self, step: &mut Step<'_>, this: Activating) -> Result<Activated, Trouble> {
        let outcome = expressions::evaluate(step, this.key, "the script", self.expression)
            .map_err(|trouble| trouble.of(IncidentKind::ExtractValueError))?;
        let result = match self.result_variable {
            Some(name) => Variables::from([(name.clone(), outcome.value.to_json())]),
            None => entries(&outcome.value).ok_or_else(|| {
                let problem = "gives neither a context nor null, and no data output takes its value";
                let variables = step.state().visible(this.key);
                expressions::failure("the script", self.expression, &variables, problem, Some(&outcome))
            })?,
        };
        mappings::check(step, &result)?;
        let key = this.key;
        let activated = this.pass(step);
        mappings::receive(step, key, self.element, &result);
        Ok(activated)
    }
}

/// The entries of a context; null has none.
fn entries(value: &Value) -> Option<Variables> {
    match value {
        Value::Null => Some(Variables::new()),
        Value::Context(_) => {
            let json = value.to_json();
            let object = json.value().as_object()?;
            Some(object.iter().map(|(name, value)| (Arc::from(&**name), Json::from(value.clone()))).collect())
        }
        _ => None,
    }
}
