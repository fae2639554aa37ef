//! Intermediate throw event (BPMN 2.0, 13.5.2): passes, after doing what it throws, see
//! `triggers/throwing.rs`. A link goes on at the catching link event of its name (10.4.4).

use hosk_model::{Element, Trigger};

use super::Behaviour;
use crate::command::Variables;
use crate::flows;
use crate::incidents::Trouble;
use crate::keys::ElementInstanceKey;
use crate::step::{Activated, Activating, Outgoing, Step};
use crate::triggers::throwing;
use crate::work::Work;

pub(crate) struct IntermediateThrowEvent<'a> {
    pub(crate) element: &'a Element,
    pub(crate) trigger: Option<&'a Trigger>,
}

impl Behaviour for IntermediateThrowEvent<'_> {
    fn activate(&self, step: &mut Step<'_>, this: Activating) -> Result<Activated, Trouble> {
        throwing::throw(step, this, self.element, self.trigger)
    }

    fn complete(&self, step: &mut Step<'_>, key: ElementInstanceKey) -> Result<Outgoing, Trouble> {
        let catching = step.definition.links.get(&self.element.index).copied();
        let Some((element, instance)) = catching.zip(step.instance(key)) else {
            return flows::split(step, key);
        };
        let (scope, received) = (instance.scope(), Variables::new());
        // First of all that is queued: between the two events there is no moment without a token.
        step.push_first([Work::Enter { element, scope, received }]);
        Ok(Outgoing::new())
    }
}
