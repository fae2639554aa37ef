//! Which tokens can still reach a join (BPMN 13.4.3, 13.4.5): reverse search from each incoming flow, stopping at the join.
//!
//! Tokens are taken flows and active elements. An element with a token can go on by its outgoing flows and by its
//! boundary events; a container stands for what is inside it, so the search stays within the join's scope. The answer
//! is one set of bits per incoming flow, so that at run time a token costs a look-up.

use rustc_hash::FxHashMap;

use crate::definition::{Element, ElementIndex, ElementKind, ProcessDefinition, Reachability};

/// A set of slots of one process: a bit each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SlotSet(Vec<u64>);

impl SlotSet {
    /// Whether a slot is in it.
    pub fn contains(&self, slot: ElementIndex) -> bool {
        self.0.get(slot.0 as usize / 64).is_some_and(|word| word >> (slot.0 % 64) & 1 == 1)
    }

    /// The slots in it, in order.
    pub fn iter(&self) -> impl Iterator<Item = ElementIndex> + '_ {
        (0..self.0.len() as u32 * 64).map(ElementIndex).filter(|slot| self.contains(*slot))
    }

    fn for_slots(count: usize) -> Self {
        Self(vec![0; count.div_ceil(64)])
    }

    /// Adds a slot; whether it is new.
    fn insert(&mut self, slot: ElementIndex) -> bool {
        let Some(word) = self.0.get_mut(slot.0 as usize / 64) else { return false };
        let bit = 1 << (slot.0 % 64);
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }
}

impl ProcessDefinition {
    /// For each incoming flow of `join`: every flow and element of its scope from which a token can get to it without
    /// passing the join. The flow itself is among them.
    pub fn reachability_of(&self, join: ElementIndex) -> Reachability {
        let incoming = self.element(join).incoming.iter();
        Reachability { from: incoming.map(|flow| (*flow, towards(self, join, *flow))).collect() }
    }

    /// The reachability of every join whose rule looks upstream.
    pub(crate) fn upstream_joins(&self) -> FxHashMap<ElementIndex, Reachability> {
        let looks_upstream = |element: &&Element| match element.kind {
            ElementKind::InclusiveGateway => element.incoming.len() > 1,
            // Also with one incoming flow it has a reset.
            ElementKind::ComplexGateway { .. } => !element.incoming.is_empty(),
            _ => false,
        };
        let joins = self.elements.iter().filter(looks_upstream);
        joins.map(|join| (join.index, self.reachability_of(join.index))).collect()
    }
}

fn towards(process: &ProcessDefinition, join: ElementIndex, flow: ElementIndex) -> SlotSet {
    let mut found = SlotSet::for_slots(process.elements.len());
    let mut todo = vec![flow];
    while let Some(flow) = todo.pop() {
        if !found.insert(flow) {
            continue;
        }
        let Some(source) = process.flow(flow).map(|f| f.source) else { continue };
        // What leaves the join is on its way; how it came there is not, and the join itself has no token to wait for.
        if source == join {
            found.insert(join);
        } else {
            leave(process, &mut found, &mut todo, source);
        }
    }
    found
}

/// A token at `source` can get there: so can one that is on its way to it, and one at an activity it stands on.
fn leave(
    process: &ProcessDefinition,
    found: &mut SlotSet,
    todo: &mut Vec<ElementIndex>,
    source: ElementIndex,
) {
    found.insert(source);
    let element = process.element(source);
    todo.extend(&element.incoming);
    for (throwing, _) in process.links.iter().filter(|(_, catching)| **catching == source) {
        if found.insert(*throwing) {
            todo.extend(&process.element(*throwing).incoming);
        }
    }
    if let ElementKind::BoundaryEvent { attached_to, .. } = element.kind
        && found.insert(attached_to)
    {
        todo.extend(&process.element(attached_to).incoming);
    }
}
