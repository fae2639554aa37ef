//! Numbers the elements of a process: one slot per BPMN element with an id, in document order, the process first. After
//! them come slots for the definitions of events that have several: what waits needs a number for each.
//!
//! The history of running instances refers to these numbers, so they may depend on nothing but the file.

use rustc_hash::FxHashMap;

use super::context::Context;
use super::definitions;
use crate::definition::ElementIndex;
use crate::xml::{Namespace, Node, NodeIndex};

/// The slots of one process.
pub(super) struct Slots<'d> {
    /// The node of each slot.
    pub(super) nodes: Vec<&'d Node>,
    by_node: FxHashMap<NodeIndex, ElementIndex>,
    /// Per event with several definitions the first of their slots.
    definitions: FxHashMap<NodeIndex, ElementIndex>,
    /// How many slots are elements.
    pub(super) elements: usize,
}

impl<'d> Slots<'d> {
    pub(super) fn number(cx: &Context<'d>, process: &'d Node) -> Self {
        let mut slots = Self {
            nodes: Vec::new(),
            by_node: FxHashMap::default(),
            definitions: FxHashMap::default(),
            elements: 0,
        };
        for node in cx.doc.subtree(process) {
            let is_process = node.index == process.index;
            if is_process || node.namespace == Namespace::Bpmn && node.id().is_some() {
                slots.by_node.insert(node.index, ElementIndex(slots.nodes.len() as u32));
                slots.nodes.push(node);
            }
        }
        slots.elements = slots.nodes.len();
        for at in 0..slots.elements {
            let event = slots.nodes[at];
            let own = definitions::nodes(cx, event);
            if own.len() > 1 {
                slots.definitions.insert(event.index, ElementIndex(slots.nodes.len() as u32));
                slots.nodes.extend(own);
            }
        }
        slots
    }

    /// The slot of one of several definitions of an event.
    pub(super) fn of_definition(&self, event: &Node, place: usize) -> Option<ElementIndex> {
        let first = self.definitions.get(&event.index)?;
        Some(ElementIndex(first.0 + place as u32))
    }

    /// The slot of a node, if it is in this process and has an id.
    pub(super) fn of(&self, node: &Node) -> Option<ElementIndex> {
        self.by_node.get(&node.index).copied()
    }

    /// The slot of the process or sub-process a node stands in; the process stands in itself.
    pub(super) fn scope(&self, cx: &Context<'d>, node: &'d Node) -> ElementIndex {
        let mut at = cx.scope_of(node);
        while let Some(index) = at {
            if let Some(slot) = self.by_node.get(&index) {
                return *slot;
            }
            // A sub-process without id has no slot; that it lacks one is reported, so any scope will do.
            at = cx.scope_of(cx.doc.node(index));
        }
        ElementIndex::PROCESS
    }
}
