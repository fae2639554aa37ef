//! Beginning somewhere else than at the start: inside containers that are begun on the way.
//!
//! A container that is begun this way is activated as always (input mappings, listeners, boundary events and event
//! sub-processes), only that instead of its start event what was chosen begins in it.

use serde::{Deserialize, Serialize};

use hosk_model::{ElementIndex, ElementKind, ProcessDefinition};

use crate::command::Variables;
use crate::event::Event;
use crate::incidents;
use crate::keys::ElementInstanceKey;
use crate::limits;
use crate::mappings;
use crate::step::{Step, too_many_alive};
use crate::work::Work;

/// An element that begins without a token, and what begins in it instead of its start event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Which element.
    pub element: ElementIndex,
    /// Variables it has from the beginning.
    pub variables: Variables,
    /// For a container that is begun on the way: what begins in it. Empty: it begins as always.
    pub inside: Vec<Entry>,
}

impl Entry {
    /// An element at the end of a path of containers, each with its variables.
    pub(crate) fn along(
        path: &[ElementIndex],
        variables: &mut dyn FnMut(ElementIndex) -> Variables,
    ) -> Option<Self> {
        let (first, rest) = path.split_first()?;
        let inside = Self::along(rest, variables).into_iter().collect();
        Some(Self { element: *first, variables: variables(*first), inside })
    }

    /// Every element in it becomes another one.
    pub(crate) fn renumber(&mut self, becomes: &impl Fn(&mut ElementIndex)) {
        becomes(&mut self.element);
        self.inside.iter_mut().for_each(|inner| inner.renumber(becomes));
    }

    /// Every element in it.
    pub(crate) fn elements(&self) -> Vec<ElementIndex> {
        let inside = self.inside.iter().flat_map(Self::elements);
        std::iter::once(self.element).chain(inside).collect()
    }

    /// How many element instances it begins.
    pub(crate) fn count(&self) -> usize {
        1 + self.inside.iter().map(Self::count).sum::<usize>()
    }
}

/// Adds an entry to others in the same container: containers begun on the way are shared, what they lead to is not.
pub(crate) fn join(entries: &mut Vec<Entry>, entry: Entry) {
    let shared = entries
        .iter_mut()
        .find(|other| other.element == entry.element && !other.inside.is_empty() && !entry.inside.is_empty());
    match shared {
        None => entries.push(entry),
        Some(other) => {
            other.variables.extend(entry.variables);
            for inner in entry.inside {
                join(&mut other.inside, inner);
            }
        }
    }
}

/// The containers around an element from the process (left out) inward, and the element itself.
pub(crate) fn path(definition: &ProcessDefinition, element: ElementIndex) -> Vec<ElementIndex> {
    let mut path = vec![element];
    let mut at = element;
    while definition.element(at).scope != ElementIndex::PROCESS && path.len() <= definition.elements.len() {
        at = definition.element(at).scope;
        path.push(at);
    }
    path.reverse();
    path
}

/// Why nothing can begin before an element; `None` when it can.
pub(crate) fn obstacle(definition: &ProcessDefinition, index: ElementIndex) -> Option<&'static str> {
    match definition.element(index).kind {
        ElementKind::Process { .. } => Some("it is the process itself"),
        ElementKind::BoundaryEvent { .. } => {
            Some("it is a boundary event, which begins when its trigger comes")
        }
        ElementKind::EventDefinition { .. } => Some("it is one of several definitions of an event"),
        ElementKind::SequenceFlow => Some("it is a sequence flow"),
        ElementKind::NotExecuted { .. } => Some("it is not executed"),
        _ if is_in_ad_hoc(definition, index) => {
            Some("it stands in an ad-hoc sub-process, in which it can be activated")
        }
        _ => None,
    }
}

fn is_in_ad_hoc(definition: &ProcessDefinition, index: ElementIndex) -> bool {
    let is_ad_hoc = |at: &ElementIndex| {
        *at != index && matches!(definition.element(*at).kind, ElementKind::AdHocSubProcess(_))
    };
    path(definition, index).iter().any(is_ad_hoc)
}

impl Step<'_> {
    /// Begins an element without a token, unless its container was stopped meanwhile.
    pub(crate) fn begin_entry(&mut self, entry: Entry, scope: ElementInstanceKey) {
        if !self.takes_in(scope) {
            return;
        }
        if self.state().len() >= limits::ELEMENT_INSTANCES {
            return incidents::raise(self, scope, too_many_alive());
        }
        let key = self.create(entry.element, scope, Vec::new());
        if !entry.inside.is_empty() {
            self.emit(Event::EntryChosen { key, inside: entry.inside });
        }
        for (name, value) in &entry.variables {
            mappings::set(self, key, name, value);
        }
        self.activate(key);
    }

    /// Queues what was chosen to begin in a container; `false` when it begins as always.
    pub(crate) fn push_chosen(&mut self, key: ElementInstanceKey) -> bool {
        let inside = self.instance(key).map(|i| i.inside().to_vec()).unwrap_or_default();
        let chosen = !inside.is_empty();
        for entry in inside {
            self.push(Work::Begin { entry: Box::new(entry), scope: key });
        }
        chosen
    }
}
