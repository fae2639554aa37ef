//! The sequence flows an instance took, read from its history: by the definition it ran at that time.

use std::sync::Arc;

use hosk_core::{Event, ProcessDefinitionKey};
use hosk_model::ElementIndex;
use rustc_hash::FxHashSet;

/// Flows per definition, in the order they were first taken.
#[derive(Default)]
pub(crate) struct FlowsTaken {
    found: Vec<(ProcessDefinitionKey, Vec<ElementIndex>)>,
    seen: FxHashSet<ElementIndex>,
}

impl FlowsTaken {
    /// Looks at the next event.
    pub(crate) fn take(&mut self, event: &Event) {
        match event {
            Event::InstanceCreated(created) => self.found.push((created.definition, Vec::new())),
            Event::InstanceMigrated { definition, .. } => {
                self.found.push((*definition, Vec::new()));
                self.seen.clear();
            }
            Event::FlowTaken { flow, .. } => {
                if let Some((_, flows)) = self.found.last_mut()
                    && self.seen.insert(*flow)
                {
                    flows.push(*flow);
                }
            }
            _ => {}
        }
    }

    /// The flows of one definition after another.
    pub(crate) fn by_definition(self) -> impl Iterator<Item = (ProcessDefinitionKey, Vec<ElementIndex>)> {
        self.found.into_iter().filter(|(_, flows)| !flows.is_empty())
    }
}

/// The ids without repetitions, in the order they came first: versions of a process share ids.
pub(crate) fn once_each(ids: Vec<Arc<str>>) -> Vec<Arc<str>> {
    let mut seen = FxHashSet::default();
    ids.into_iter().filter(|id| seen.insert(id.clone())).collect()
}
