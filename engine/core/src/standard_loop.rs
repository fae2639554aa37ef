//! Standard loop (BPMN 2.0, 10.3.8, 13.3.6): an activity again and again, one after another, as long as a condition holds.
//!
//! Like a multi-instance activity it has a body around its runs; boundary events sit on the body, mappings and listeners
//! belong to the runs. `testBefore` looks at the condition before the first run, too; `loopMaximum` ends the loop whatever
//! the condition says. The condition reads the variables around the loop and `loopCounter`, the number of runs so far.

use hosk_feel::{Json, Overlay, Value, Variables as FeelVariables};
use hosk_model::{Element, StandardLoop};

use crate::elements::{Behaviour, Cause};
use crate::event::{Event, IncidentKind};
use crate::expressions;
use crate::incidents::{self, Trouble};
use crate::keys::ElementInstanceKey;
use crate::limits;
use crate::multi_instance;
use crate::state::{ElementInstance, ElementState};
use crate::step::{Activated, Activating, Step, too_many_alive};
use crate::work::Work;

/// The behaviour of a body.
pub(crate) struct Body<'a> {
    pub(crate) repeated: &'a StandardLoop,
}

impl Body<'_> {
    /// Whether it runs once more after `runs`.
    fn goes_on(&self, step: &Step<'_>, body: ElementInstanceKey, runs: u32) -> Result<bool, Trouble> {
        if self.repeated.maximum.is_some_and(|maximum| runs >= maximum) {
            return Ok(false);
        }
        let holds = match &self.repeated.condition {
            Some(condition) => {
                let variables = Overlay { first: Counter(runs), rest: step.state().visible(body) };
                expressions::condition(step, &variables, "the loop condition", condition)?
            }
            None => true,
        };
        if holds && runs as usize >= limits::LOOP_ITEMS {
            let message = format!(
                "The loop has run {runs} times, which is as often as one may. Correct what its condition reads, then \
                 resolve this incident."
            );
            return Err(Trouble::new(IncidentKind::LimitExceeded, message));
        }
        Ok(holds)
    }
}

impl Behaviour for Body<'_> {
    fn activate(&self, step: &mut Step<'_>, this: Activating) -> Result<Activated, Trouble> {
        let body = this.key;
        let begins = !self.repeated.test_before || self.goes_on(step, body, 0)?;
        let count = self.repeated.maximum.unwrap_or(limits::LOOP_ITEMS as u32);
        step.emit(Event::LoopStarted { body, items: Json::null(), count });
        let activated = this.activated(step);
        step.push(if begins { Work::Spawn { body } } else { Work::Complete { key: body } });
        Ok(activated)
    }

    fn resume(
        &self,
        step: &mut Step<'_>,
        key: ElementInstanceKey,
        _cause: &Cause<'_>,
    ) -> Result<(), Trouble> {
        step.push(Work::ChildEnded { scope: key });
        Ok(())
    }

    fn child_ended(&self, step: &mut Step<'_>, key: ElementInstanceKey) -> Result<(), Trouble> {
        let Some(body) = step.instance(key).and_then(ElementInstance::body) else { return Ok(()) };
        let runs = body.created;
        if step.state().children(key).next().is_some() {
            return Ok(());
        }
        let again = if runs == 0 { true } else { self.goes_on(step, key, runs)? };
        step.push(if again { Work::Spawn { body: key } } else { Work::Complete { key } });
        Ok(())
    }
}

/// Creates the next run.
pub(crate) fn spawn(step: &mut Step<'_>, body: ElementInstanceKey, element: &Element) {
    let Some(state) = step.instance(body).and_then(ElementInstance::body) else { return };
    let number = state.created + 1;
    if !step.is_in(body, ElementState::Active) || step.state().children(body).next().is_some() {
        return;
    }
    if step.state().len() >= limits::ELEMENT_INSTANCES {
        return incidents::raise(step, body, too_many_alive());
    }
    let key = multi_instance::numbered_child(step, body, element, number);
    step.push(Work::Activate { key });
}

/// What a loop condition reads beside variables.
struct Counter(u32);

impl FeelVariables for Counter {
    fn get(&self, _: &str) -> Option<&Json> {
        None
    }

    fn value(&self, name: &str) -> Option<Value> {
        (name == "loopCounter").then(|| Value::from(i64::from(self.0)))
    }
}
