//! Rules about how elements stand together, checked on the compiled process.

mod ad_hoc;
mod cycles;
mod event_gateways;
mod flow_ends;
mod gateways;
mod handlers;
mod links;
mod reach;
mod starts;
mod structure;
mod transactions;

use crate::compile::Context;
use crate::definition::{Element, ElementIndex, ElementKind, ProcessDefinition};
use crate::diagnostic_code::DiagnosticCode;
use crate::xml::Node;

/// One process under check.
pub(crate) struct Check<'c, 'd> {
    pub(crate) cx: &'c mut Context<'d>,
    pub(crate) process: &'c ProcessDefinition,
    /// The node of each slot.
    pub(crate) nodes: &'c [&'d Node],
}

impl<'d> Check<'_, 'd> {
    pub(crate) fn node(&self, index: ElementIndex) -> &'d Node {
        self.nodes[index.0 as usize]
    }

    pub(crate) fn label(&self, index: ElementIndex) -> String {
        self.cx.label(self.node(index))
    }

    pub(crate) fn error(&mut self, code: DiagnosticCode, at: ElementIndex, message: String, remedy: &str) {
        let node = self.node(at);
        self.cx.error(code, node, message, remedy);
    }

    pub(crate) fn warn(&mut self, code: DiagnosticCode, at: ElementIndex, message: String, remedy: &str) {
        let node = self.node(at);
        self.cx.warn(code, node, message, remedy);
    }
}

/// Checks one process. What could not be compiled is skipped: it was reported.
pub(crate) fn check<'d>(cx: &mut Context<'d>, process: &ProcessDefinition, nodes: &[&'d Node]) {
    let mut check = Check { cx, process, nodes };
    starts::check(&mut check);
    ad_hoc::check(&mut check);
    transactions::check(&mut check);
    structure::check(&mut check);
    flow_ends::check(&mut check);
    gateways::check(&mut check);
    event_gateways::check(&mut check);
    links::check(&mut check);
    handlers::check(&mut check);
    reach::check(&mut check);
    cycles::check(&mut check);
}

/// The flow nodes of a process that tokens can be at.
pub(crate) fn is_flow_node(element: &Element) -> bool {
    match &element.kind {
        ElementKind::Process { .. }
        | ElementKind::EventDefinition { .. }
        | ElementKind::SequenceFlow
        | ElementKind::NotExecuted { .. } => false,
        ElementKind::StartEvent { .. }
        | ElementKind::EndEvent { .. }
        | ElementKind::IntermediateCatchEvent { .. }
        | ElementKind::IntermediateThrowEvent { .. }
        | ElementKind::BoundaryEvent { .. }
        | ElementKind::Task
        | ElementKind::ManualTask
        | ElementKind::ServiceTask(_)
        | ElementKind::SendTask(_)
        | ElementKind::BusinessRuleTask(_)
        | ElementKind::ScriptTask(_)
        | ElementKind::UserTask(_)
        | ElementKind::ReceiveTask(_)
        | ElementKind::CallActivity(_)
        | ElementKind::SubProcess
        | ElementKind::Transaction
        | ElementKind::AdHocSubProcess(_)
        | ElementKind::EventSubProcess
        | ElementKind::ExclusiveGateway
        | ElementKind::ParallelGateway
        | ElementKind::InclusiveGateway
        | ElementKind::ComplexGateway { .. }
        | ElementKind::EventBasedGateway { .. } => true,
    }
}
