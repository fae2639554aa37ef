//! Cycles in which nothing waits: a token going round would never give the instance back.
//!
//! Strongly connected components (Tarjan 1972) of the flow nodes that pass straight through, without recursion.

use super::{Check, is_flow_node};
use crate::definition::{
    BusinessRuleTask, Element, ElementIndex, ElementKind, MessageTrigger, ProcessDefinition, ScriptTask,
    SendTask, Trigger,
};
use crate::diagnostic_code::DiagnosticCode;

pub(super) fn check(check: &mut Check<'_, '_>) {
    let process = check.process;
    let passes = passing(process);
    for mut cycle in components(process, &passes) {
        cycle.sort_unstable();
        let first = cycle[0];
        let names: Vec<String> =
            cycle.iter().take(5).map(|i| format!("`{}`", process.element(*i).id)).collect();
        let more = if cycle.len() > 5 { " …" } else { "" };
        let message = format!("Nothing waits in the cycle through {}{more}.", names.join(", "));
        let remedy =
            "Make sure that its condition ends it soon, or put a timer, a task or a message into it.";
        check.warn(DiagnosticCode::CycleWithoutWaitState, first, message, remedy);
    }
}

/// Which elements a token passes without waiting. A sub-process waits if anything directly in it or deeper does.
fn passing(process: &ProcessDefinition) -> Vec<bool> {
    let mut passes: Vec<bool> = process.elements.iter().map(|e| is_flow_node(e) && !waits(e)).collect();
    // Inner elements have higher numbers than the container they stand in.
    for element in process.elements.iter().rev() {
        let is_waiting = is_flow_node(element) && !passes[element.index.0 as usize];
        let is_boundary = matches!(element.kind, ElementKind::BoundaryEvent { .. });
        if is_waiting && !is_boundary {
            passes[element.scope.0 as usize] = false;
        }
    }
    passes
}

fn waits(element: &Element) -> bool {
    match &element.kind {
        ElementKind::ServiceTask(_)
        | ElementKind::SendTask(SendTask::Job(_))
        | ElementKind::BusinessRuleTask(BusinessRuleTask::Job(_))
        | ElementKind::ScriptTask(ScriptTask::Job(_))
        | ElementKind::UserTask(_)
        | ElementKind::ReceiveTask(_)
        | ElementKind::CallActivity(_)
        | ElementKind::AdHocSubProcess(_)
        | ElementKind::EventBasedGateway { .. }
        | ElementKind::IntermediateCatchEvent { .. }
        | ElementKind::BoundaryEvent { .. }
        | ElementKind::IntermediateThrowEvent {
            trigger: Some(Trigger::Message(MessageTrigger { job: Some(_), .. })),
        } => true,
        ElementKind::Process { .. }
        | ElementKind::StartEvent { .. }
        | ElementKind::EndEvent { .. }
        | ElementKind::IntermediateThrowEvent { .. }
        | ElementKind::SendTask(SendTask::Publish(_))
        | ElementKind::Task
        | ElementKind::ManualTask
        | ElementKind::BusinessRuleTask(BusinessRuleTask::Decision(_))
        | ElementKind::ScriptTask(ScriptTask::Feel { .. })
        | ElementKind::SubProcess
        | ElementKind::Transaction
        | ElementKind::EventSubProcess
        | ElementKind::ExclusiveGateway
        | ElementKind::ParallelGateway
        | ElementKind::InclusiveGateway
        | ElementKind::ComplexGateway { .. }
        | ElementKind::EventDefinition { .. }
        | ElementKind::SequenceFlow
        | ElementKind::NotExecuted { .. } => false,
    }
}

const UNSEEN: u32 = u32::MAX;

struct Search<'p> {
    process: &'p ProcessDefinition,
    passes: &'p [bool],
    order: Vec<u32>,
    low: Vec<u32>,
    on_stack: Vec<bool>,
    stack: Vec<ElementIndex>,
    next: u32,
    found: Vec<Vec<ElementIndex>>,
}

/// The components with a cycle.
fn components(process: &ProcessDefinition, passes: &[bool]) -> Vec<Vec<ElementIndex>> {
    let count = process.elements.len();
    let mut search = Search {
        process,
        passes,
        order: vec![UNSEEN; count],
        low: vec![0; count],
        on_stack: vec![false; count],
        stack: Vec::new(),
        next: 0,
        found: Vec::new(),
    };
    for (slot, passes) in passes.iter().enumerate() {
        if *passes && search.order[slot] == UNSEEN {
            search.from(ElementIndex(slot as u32));
        }
    }
    search.found
}

impl Search<'_> {
    fn from(&mut self, root: ElementIndex) {
        // Each frame is an element and how many of its flows were followed.
        let mut frames = vec![(root, 0)];
        self.enter(root);
        while let Some((at, followed)) = frames.last_mut() {
            let at = *at;
            let flow = self.process.element(at).outgoing.get(*followed).and_then(|f| self.process.flow(*f));
            if *followed >= self.process.element(at).outgoing.len() {
                frames.pop();
                self.leave(at, frames.last().map(|(parent, _)| *parent));
                continue;
            }
            *followed += 1;
            let Some(target) = flow.map(|f| f.target) else { continue };
            let (from, to) = (at.0 as usize, target.0 as usize);
            if !self.passes[to] {
                continue;
            }
            if self.order[to] == UNSEEN {
                self.enter(target);
                frames.push((target, 0));
            } else if self.on_stack[to] {
                self.low[from] = self.low[from].min(self.order[to]);
            }
        }
    }

    fn enter(&mut self, index: ElementIndex) {
        let slot = index.0 as usize;
        self.order[slot] = self.next;
        self.low[slot] = self.next;
        self.next += 1;
        self.on_stack[slot] = true;
        self.stack.push(index);
    }

    fn leave(&mut self, index: ElementIndex, parent: Option<ElementIndex>) {
        let slot = index.0 as usize;
        if let Some(parent) = parent {
            let parent = parent.0 as usize;
            self.low[parent] = self.low[parent].min(self.low[slot]);
        }
        if self.low[slot] != self.order[slot] {
            return;
        }
        let mut component = Vec::new();
        while let Some(member) = self.stack.pop() {
            self.on_stack[member.0 as usize] = false;
            component.push(member);
            if member == index {
                break;
            }
        }
        let loops_to_itself = || {
            let element = self.process.element(index);
            element.outgoing.iter().filter_map(|f| self.process.flow(*f)).any(|f| f.target == index)
        };
        if component.len() > 1 || loops_to_itself() {
            self.found.push(component);
        }
    }
}
