//! Which tokens can still reach a join (BPMN 13.4.3): reverse search from each incoming flow, stopping at the join.
//!
//! Tokens are taken flows and active elements. An element with a token can go on by its outgoing flows and by its
//! boundary events; a container stands for what is inside it, so the search stays within the join's scope.

use std::collections::BTreeSet;

use crate::definition::{ElementIndex, ElementKind, ProcessDefinition, Reachability};

impl ProcessDefinition {
    /// For each incoming flow of `join`: every flow of its scope from which a token can get to it without passing the
    /// join. The flow itself is among them.
    pub fn reachability_of(&self, join: ElementIndex) -> Reachability {
        let incoming = self.element(join).incoming.iter();
        Reachability { from: incoming.map(|flow| (*flow, flows_towards(self, join, *flow))).collect() }
    }

    /// Whether a token at an active element can get to incoming flow `flow` of `join` without passing the join.
    pub fn element_reaches(
        &self,
        reachability: &Reachability,
        element: ElementIndex,
        flow: ElementIndex,
    ) -> bool {
        let Some((_, flows)) = reachability.from.iter().find(|(incoming, _)| *incoming == flow) else {
            return false;
        };
        let element = self.element(element);
        let exits = element.boundary_events.iter().flat_map(|b| &self.element(*b).outgoing);
        element.outgoing.iter().chain(exits).any(|out| flows.binary_search(out).is_ok())
    }
}

fn flows_towards(process: &ProcessDefinition, join: ElementIndex, flow: ElementIndex) -> Vec<ElementIndex> {
    let mut found = BTreeSet::new();
    let mut todo = vec![flow];
    while let Some(flow) = todo.pop() {
        if !found.insert(flow) {
            continue;
        }
        let Some(source) = process.flow(flow).map(|f| f.source) else { continue };
        if source == join {
            continue;
        }
        let element = process.element(source);
        todo.extend(&element.incoming);
        if let ElementKind::BoundaryEvent { attached_to, .. } = element.kind
            && attached_to != join
        {
            todo.extend(&process.element(attached_to).incoming);
        }
    }
    found.into_iter().collect()
}
