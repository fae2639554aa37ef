//! Business rule task: `zeebe:calledDecision`, or a job.

use super::context::Context;
use super::element::Body;
use super::extensions::Extensions;
use super::jobs::job_definition;
use super::{forms, multi_instance};
use crate::definition::{BusinessRuleTask, CalledDecision, ElementKind};
use crate::diagnostic_code::DiagnosticCode;
use crate::xml::Node;

const EXTENSIONS: [&str; 6] = [
    "calledDecision",
    "taskDefinition",
    "taskHeaders",
    "jobPriorityDefinition",
    "ioMapping",
    "executionListeners",
];

pub(super) fn compile<'d>(cx: &mut Context<'d>, node: &'d Node) -> Body {
    let extensions = Extensions::of(cx, node, &EXTENSIONS);
    let decision = extensions.one(cx, "calledDecision");
    let kind = match (decision, extensions.has("taskDefinition")) {
        (Some(decision), true) => {
            let message =
                format!("The {} has both `zeebe:calledDecision` and `zeebe:taskDefinition`.", cx.label(node));
            cx.error(DiagnosticCode::ConflictingExtensions, decision, message, "Keep one of them.");
            None
        }
        (Some(decision), false) => called_decision(cx, decision).map(BusinessRuleTask::Decision),
        (None, true) => job_definition(cx, &extensions).map(BusinessRuleTask::Job),
        (None, false) => {
            let message = format!(
                "The {} has neither `zeebe:calledDecision` nor `zeebe:taskDefinition`.",
                cx.label(node)
            );
            let remedy = "Set the id of the decision and a result variable, or the job type of your worker.";
            cx.error(DiagnosticCode::MissingAttribute, node, message, remedy);
            None
        }
    };
    let body = Body::of(node, kind.map(ElementKind::BusinessRuleTask)).with(cx, &extensions, true);
    multi_instance::around(cx, node, body)
}

fn called_decision<'d>(cx: &mut Context<'d>, called: &'d Node) -> Option<CalledDecision> {
    cx.required(called, "resultVariable");
    let decision_id = cx.required_dynamic(called, "decisionId");
    let binding = forms::binding(cx, called);
    let result_variable = cx.variable(called, "resultVariable");
    Some(CalledDecision { decision_id: decision_id?, binding: binding?, result_variable: result_variable? })
}
