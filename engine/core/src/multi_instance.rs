//! Multi-instance activities (BPMN 2.0, 13.3.7): a body around children.
//!
//! The body is an element instance of the activity; its children are ordinary instances of the same element, each with
//! its `loopCounter` and item as local variables. Boundary events sit on the body; mappings and listeners belong to the
//! children. Parallel children are created in slices, so that 20,000 items never make one giant step. Results are kept
//! per index and joined once, in item order, when the body completes. When a child completes the activity may throw an
//! event (`behavior`), which is caught on the border of the body.

use std::sync::Arc;

use hosk_feel::{Expression, Json, Overlay, Value, Variables as FeelVariables};
use hosk_model::{
    Element, ElementKind, MultiInstance, MultiInstanceBehavior, MultiInstanceSource, Repetition,
};

use crate::command::Variables;
use crate::elements::{Behaviour, Cause, ad_hoc_sub_process};
use crate::event::{Event, IncidentKind};
use crate::expressions;
use crate::flows;
use crate::incidents::{self, Trouble};
use crate::keys::ElementInstanceKey;
use crate::limits;
use crate::mappings;
use crate::standard_loop;
use crate::state::{ElementInstance, ElementState, LoopState};
use crate::step::{Activated, Activating, Outgoing, Step, too_many_alive};
use crate::triggers::throwing;
use crate::work::Work;

/// What an element instance is with regard to repetition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// The activity itself, not repeated.
    Single,
    /// The body around the repetitions.
    Body,
    /// One repetition.
    Child,
    /// One activation in an ad-hoc sub-process.
    Inner,
}

impl Role {
    /// Whether boundary events stand on it.
    pub(crate) fn has_boundary_events(self) -> bool {
        matches!(self, Self::Single | Self::Body)
    }

    /// Whether event sub-processes wait in it, and mappings and listeners belong to it.
    pub(crate) fn does_the_work(self) -> bool {
        matches!(self, Self::Single | Self::Child)
    }
}

/// The role of an element instance.
pub(crate) fn role(element: &Element, instance: &ElementInstance) -> Role {
    match (&element.repetition, instance.loop_counter()) {
        (None, None) => Role::Single,
        (Some(_), None) => Role::Body,
        (Some(_), Some(_)) if !instance.is_inner() => Role::Child,
        (_, Some(_)) => Role::Inner,
    }
}

/// The behaviour of a body.
pub(crate) struct Body<'a> {
    pub(crate) multi_instance: &'a MultiInstance,
}

impl Behaviour for Body<'_> {
    fn activate(&self, step: &mut Step<'_>, this: Activating) -> Result<Activated, Trouble> {
        let body = this.key;
        let (items, count) = items(step, body, &self.multi_instance.source)?;
        step.emit(Event::LoopStarted { body, items, count });
        let activated = this.activated(step);
        step.push(if count == 0 { Work::Complete { key: body } } else { Work::Spawn { body } });
        Ok(activated)
    }

    fn resume(
        &self,
        step: &mut Step<'_>,
        key: ElementInstanceKey,
        _cause: &Cause<'_>,
    ) -> Result<(), Trouble> {
        if !self.multi_instance.sequential {
            step.push(Work::Spawn { body: key });
        }
        step.push(Work::ChildEnded { scope: key });
        Ok(())
    }

    fn child_ended(&self, step: &mut Step<'_>, key: ElementInstanceKey) -> Result<(), Trouble> {
        let Some(body) = step.instance(key).and_then(ElementInstance::body) else { return Ok(()) };
        if step.state().children(key).next().is_some() {
            return Ok(());
        }
        if body.created == body.count {
            step.push(Work::Complete { key });
        } else if self.multi_instance.sequential {
            step.push(Work::Spawn { body: key });
        }
        Ok(())
    }

    fn complete(&self, step: &mut Step<'_>, key: ElementInstanceKey) -> Result<Outgoing, Trouble> {
        let Some(instance) = step.instance(key) else { return Ok(Outgoing::new()) };
        let scope = instance.scope();
        if let (Some(name), Some(body)) = (&self.multi_instance.output_collection, instance.body()) {
            let collection = Variables::from([(name.clone(), joined(body))]);
            mappings::check(step, &collection)?;
            for (name, value) in &collection {
                mappings::merge(step, scope, name, value);
            }
        }
        flows::split(step, key)
    }
}

/// Creates the next children of a body, as many as this step may, or begins what waits in an ad-hoc sub-process.
pub(crate) fn spawn(step: &mut Step<'_>, body: ElementInstanceKey) {
    let Some((element, instance)) = step.element_of(body).zip(step.instance(body)) else { return };
    if let (ElementKind::AdHocSubProcess(ad_hoc), Role::Single | Role::Child) =
        (&element.kind, role(element, instance))
    {
        return ad_hoc_sub_process::spawn(step, body, element, ad_hoc);
    }
    match &element.repetition {
        Some(Repetition::MultiInstance(definition)) => spawn_children(step, body, element, definition),
        Some(Repetition::StandardLoop(_)) => standard_loop::spawn(step, body, element),
        None => {}
    }
}

fn spawn_children(
    step: &mut Step<'_>,
    body: ElementInstanceKey,
    element: &Element,
    definition: &MultiInstance,
) {
    loop {
        if !step.takes_in(body) {
            return;
        }
        let Some(state) = step.instance(body).and_then(ElementInstance::body) else { return };
        if state.created == state.count {
            return;
        }
        if step.state().len() >= limits::ELEMENT_INSTANCES {
            return incidents::raise(step, body, too_many_alive());
        }
        if !step.may_create_loop_child() {
            step.defer(Work::Spawn { body });
            return;
        }
        create_child(step, body, element, definition);
        if definition.sequential {
            return;
        }
    }
}

fn create_child(
    step: &mut Step<'_>,
    body: ElementInstanceKey,
    element: &Element,
    definition: &MultiInstance,
) {
    let Some(state) = step.instance(body).and_then(ElementInstance::body) else { return };
    let index = state.created;
    let item = match &definition.input_element {
        Some(name) => item(state, index).map(|item| (name.clone(), item)),
        None => None,
    };
    let key = numbered_child(step, body, element, index + 1);
    if let Some((name, item)) = item {
        mappings::set(step, key, &name, &item);
    }
    if let Some(name) = definition.output_element.as_ref().and_then(own_result)
        && step.instance(key).is_some_and(|child| !child.variables().contains_key(&name))
    {
        mappings::set(step, key, &name, &Json::null());
    }
    step.push(Work::Activate { key });
}

/// A child comes into being with its number, which it also sees as `loopCounter`.
pub(crate) fn numbered_child(
    step: &mut Step<'_>,
    body: ElementInstanceKey,
    element: &Element,
    counter: u32,
) -> ElementInstanceKey {
    let key = ElementInstanceKey(step.next_key());
    step.emit(Event::ElementActivating {
        key,
        element: element.index,
        scope: body,
        consumed: Vec::new(),
        loop_counter: Some(counter),
        inner: false,
    });
    mappings::set(step, key, &Arc::from("loopCounter"), &Json::from(serde_json::Value::from(counter)));
    key
}

/// The variable that an output element such as `result` or `result.total` is made of. Each child has its own, so that
/// what one gives back does not get in the way of the others.
pub(crate) fn own_result(output: &Expression) -> Option<Arc<str>> {
    let is_path = output.text().trim().split('.').all(|part| {
        let starts_well = part.starts_with(|c: char| c.is_alphabetic() || c == '_');
        starts_well && part.chars().all(|c| c.is_alphanumeric() || c == '_')
    });
    match output.variables() {
        [name] if is_path => Some(Arc::from(name.as_str())),
        _ => None,
    }
}

/// Takes a completing child's result, and says whether the completion condition holds.
pub(crate) fn collect(
    step: &mut Step<'_>,
    child: ElementInstanceKey,
    element: &Element,
) -> Result<bool, Trouble> {
    let Some(Repetition::MultiInstance(definition)) = &element.repetition else { return Ok(false) };
    let Some(instance) = step.instance(child) else { return Ok(false) };
    let (body, counter) = (instance.scope(), instance.loop_counter().unwrap_or(1));
    let satisfied = match &definition.completion_condition {
        Some(condition) => {
            let Some(state) = step.instance(body).and_then(ElementInstance::body) else { return Ok(false) };
            let variables = Overlay { first: Numbers(state), rest: step.state().visible(child) };
            expressions::condition(step, &variables, "the completion condition", condition)?
        }
        None => false,
    };
    if let Some(output) = &definition.output_element {
        let outcome = expressions::evaluate(step, child, "the output element", output)?;
        let value = outcome.value.to_json();
        mappings::check(step, &Variables::from([(Arc::from("outputElement"), value.clone())]))?;
        step.emit(Event::LoopResult { body, index: counter - 1, value });
    }
    Ok(satisfied)
}

/// The event that the activity throws because a child completes (`behavior`), for the boundary events on its body.
pub(crate) fn throws(
    step: &Step<'_>,
    child: ElementInstanceKey,
    element: &Element,
) -> Result<Option<throwing::Thrown>, Trouble> {
    let Some(Repetition::MultiInstance(definition)) = &element.repetition else { return Ok(None) };
    let Some(body) = step.instance(child).map(ElementInstance::scope) else { return Ok(None) };
    let Some(state) = step.instance(body).and_then(ElementInstance::body) else { return Ok(None) };
    let event = match &definition.behavior {
        MultiInstanceBehavior::Nothing => None,
        MultiInstanceBehavior::Each(event) => Some(event),
        MultiInstanceBehavior::First(event) => (state.completed == 0).then_some(event),
        MultiInstanceBehavior::Complex(definitions) => {
            let variables = Overlay { first: Numbers(state), rest: step.state().visible(child) };
            let mut chosen = None;
            for complex in definitions {
                if expressions::condition(step, &variables, "the behavior condition", &complex.condition)? {
                    chosen = Some(&complex.event);
                    break;
                }
            }
            chosen
        }
    };
    let numbers = || Numbers(state).all();
    event.map(|event| throwing::prepare_behavior(step, child, body, event, numbers)).transpose()
}

/// A child has completed: when the completion condition holds the others are stopped and the body completes.
pub(crate) fn child_left(step: &mut Step<'_>, body: ElementInstanceKey, satisfied: bool) {
    if satisfied && step.is_in(body, ElementState::Active) {
        step.interrupt_inside(body, Work::Complete { key: body });
    } else {
        step.push(Work::ChildEnded { scope: body });
    }
}

fn items(
    step: &Step<'_>,
    key: ElementInstanceKey,
    source: &MultiInstanceSource,
) -> Result<(Json, u32), Trouble> {
    let visible = step.state().visible(key);
    let (expression, items, count) = match source {
        MultiInstanceSource::Collection(expression) => {
            let outcome = expressions::evaluate(step, key, "the input collection", expression)?;
            let Some(count) = outcome.value.as_list().map(<[Value]>::len) else {
                let problem = format!("gives a value of type {}, not a list", outcome.value.type_name());
                let what = "the input collection";
                return Err(expressions::failure(what, expression, &visible, &problem, Some(&outcome)));
            };
            (expression, outcome.value.to_json(), count)
        }
        MultiInstanceSource::Cardinality(expression) => {
            let outcome = expressions::evaluate(step, key, "the loop cardinality", expression)?;
            let Some(count) = expressions::integer_of(&outcome.value).filter(|n| *n >= 0) else {
                let problem =
                    format!("gives a value of type {}, not a whole number ≥ 0", outcome.value.type_name());
                let what = "the loop cardinality";
                return Err(expressions::failure(what, expression, &visible, &problem, Some(&outcome)));
            };
            (expression, Json::null(), count as usize)
        }
    };
    if count > limits::LOOP_ITEMS {
        let message = format!(
            "`{}` asks for {count} repetitions; {} are allowed. Split the work, then resolve this incident.",
            expression.text(),
            limits::LOOP_ITEMS
        );
        return Err(Trouble::new(IncidentKind::LimitExceeded, message));
    }
    Ok((items, count as u32))
}

fn item(state: &LoopState, index: u32) -> Option<Json> {
    Value::from_json(&state.items).as_list().and_then(|items| items.get(index as usize)).map(Value::to_json)
}

/// The results as a JSON array in item order; `null` where a child gave none.
fn joined(state: &LoopState) -> Json {
    let items: Vec<_> = (0..state.count)
        .map(|index| state.results.get(&index).map_or(Value::Null, Value::from_json))
        .collect();
    Value::from(items).to_json()
}

/// The numbers a completion condition may read (BPMN 2.0, table 10.28), counting the child that is completing.
struct Numbers<'a>(&'a LoopState);

impl Numbers<'_> {
    const NAMES: [&'static str; 4] = [
        "numberOfInstances",
        "numberOfActiveInstances",
        "numberOfCompletedInstances",
        "numberOfTerminatedInstances",
    ];

    fn all(&self) -> Variables {
        let value = |name: &&str| Some((Arc::from(*name), self.value(name)?.to_json()));
        Self::NAMES.iter().filter_map(value).collect()
    }
}

impl FeelVariables for Numbers<'_> {
    fn get(&self, _: &str) -> Option<&Json> {
        None
    }

    fn value(&self, name: &str) -> Option<Value> {
        let LoopState { count, created, completed, terminated, .. } = self.0;
        let number = match name {
            "numberOfInstances" => *count,
            "numberOfActiveInstances" => created - completed - terminated - 1,
            "numberOfCompletedInstances" => completed + 1,
            "numberOfTerminatedInstances" => *terminated,
            _ => return None,
        };
        Some(Value::from(i64::from(number)))
    }
}
