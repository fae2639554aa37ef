//! Who catches what is thrown by code: an error or an escalation on its way outward (BPMN 2.0, 10.4.4 and 13.5.3).
//!
//! First the boundary events of the activity that threw it, then, per container, its event sub-processes and its own
//! boundary events. A handler for this very code comes before one for any.

use hosk_model::{Dynamic, Element, ElementIndex, ElementKind, Trigger};

use crate::command::Variables;
use crate::elements::event_sub_process;
use crate::expressions;
use crate::keys::ElementInstanceKey;
use crate::multi_instance;
use crate::state::{ElementInstance, ElementState};
use crate::step::Step;
use crate::work::Work;

/// What is thrown by code.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    /// An error.
    Error,
    /// An escalation.
    Escalation,
}

impl Family {
    /// The code that a trigger of this family names: `Some(None)` for any.
    #[expect(clippy::option_option, reason = "not of this family, any, and one are three things")]
    fn code(self, trigger: &Trigger) -> Option<Option<&Dynamic>> {
        match (self, trigger) {
            (Self::Error, Trigger::Error(error)) => Some(error.code.as_ref()),
            (Self::Escalation, Trigger::Escalation(escalation)) => Some(escalation.code.as_ref()),
            _ => None,
        }
    }

    fn what(self) -> &'static str {
        match self {
            Self::Error => "the error code",
            Self::Escalation => "the escalation code",
        }
    }
}

/// Who catches it inside this instance.
pub(crate) enum Handler {
    /// A boundary event of an activity.
    Boundary {
        /// The activity.
        activity: ElementInstanceKey,
        /// Its boundary event.
        event: ElementIndex,
        /// Whether the activity is stopped.
        interrupting: bool,
    },
    /// An event sub-process of a container.
    EventSubProcess {
        /// The container.
        container: ElementInstanceKey,
        /// The start event of the event sub-process.
        start: ElementIndex,
        /// Whether what else is in the container is stopped.
        interrupting: bool,
    },
}

impl Handler {
    /// The event that catches.
    pub(crate) fn event(&self) -> ElementIndex {
        match self {
            Self::Boundary { event, .. } => *event,
            Self::EventSubProcess { start, .. } => *start,
        }
    }
}

/// The nearest handler of `code`, thrown at an element instance; `None` when nothing in this instance catches it.
pub(crate) fn find(
    step: &Step<'_>,
    thrower: ElementInstanceKey,
    family: Family,
    code: &str,
) -> Option<Handler> {
    let mut inside: Option<&Element> = None;
    for instance in step.state().scopes(thrower) {
        let element = step.definition.element(instance.element());
        let is_active = instance.state() == ElementState::Active;
        // What an event sub-process throws is not for the event sub-processes beside it: they were its alternatives.
        let from_event_sub_process = inside.is_some_and(|e| matches!(e.kind, ElementKind::EventSubProcess));
        let contains = multi_instance::role(element, instance).does_the_work();
        if is_active && inside.is_some() && contains && !from_event_sub_process {
            let starts = element.contents.event_sub_processes.iter().flat_map(|sub_process| {
                let starts = &step.element(*sub_process).contents.triggered_starts;
                starts.iter().copied()
            });
            if let Some((start, interrupting)) = best(step, instance.key(), family, code, starts) {
                return Some(Handler::EventSubProcess { container: instance.key(), start, interrupting });
            }
        }
        let has_boundary = multi_instance::role(element, instance).has_boundary_events();
        let events = element.boundary_events.iter().copied();
        if is_active
            && has_boundary
            && let Some((event, interrupting)) = best(step, instance.key(), family, code, events)
        {
            return Some(Handler::Boundary { activity: instance.key(), event, interrupting });
        }
        inside = Some(element);
    }
    None
}

/// It reaches its handler: an interrupting one first stops what it interrupts, innermost first; then it begins. Both
/// come before anything else this step has to do.
pub(crate) fn deliver(step: &mut Step<'_>, handler: &Handler, received: Variables) {
    match *handler {
        Handler::Boundary { activity, event, interrupting } => {
            let Some(scope) = step.instance(activity).map(ElementInstance::scope) else { return };
            let enter = Work::Enter { element: event, scope, received };
            if interrupting {
                step.interrupt(activity, enter);
            } else {
                step.push_first([enter]);
            }
        }
        Handler::EventSubProcess { container, start, interrupting } => {
            let start = step.element(start);
            event_sub_process::start(step, container, start, interrupting, received);
        }
    }
}

/// What an event catches, each of several by itself.
fn alternatives(trigger: &Trigger) -> Vec<&Trigger> {
    match trigger {
        Trigger::Multiple(multiple) => multiple.parts.iter().map(|part| &part.trigger).collect(),
        one => vec![one],
    }
}

/// Of the events that catch this family the one for this code, else the one for any; and whether it interrupts.
fn best(
    step: &Step<'_>,
    key: ElementInstanceKey,
    family: Family,
    code: &str,
    events: impl Iterator<Item = ElementIndex>,
) -> Option<(ElementIndex, bool)> {
    let mut any = None;
    for event in events {
        let (ElementKind::BoundaryEvent { trigger, interrupting, .. }
        | ElementKind::StartEvent { trigger: Some(trigger), interrupting, .. }) = &step.element(event).kind
        else {
            continue;
        };
        for trigger in alternatives(trigger) {
            match family.code(trigger) {
                Some(None) => any = any.or(Some((event, *interrupting))),
                // A handler whose code cannot be evaluated catches nothing.
                Some(Some(expected))
                    if expressions::text(step, key, family.what(), expected).is_ok_and(|e| *e == *code) =>
                {
                    return Some((event, *interrupting));
                }
                None | Some(Some(_)) => {}
            }
        }
    }
    any
}
