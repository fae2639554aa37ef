//! Activities without people: tasks done by jobs, scripts, messages and nobody, call activities, sub-processes.

use super::context::Context;
use super::element::Body;
use super::extensions::Extensions;
use super::jobs::{job_definition, required_job};
use super::values::is_feel;
use super::{data, forms, multi_instance, publications, triggers};
use crate::definition::{Binding, CallActivity, Dynamic, ElementKind, JobDefinition, ScriptTask, SendTask};
use crate::diagnostic_code::DiagnosticCode;
use crate::xml::Node;

/// Tasks that pass through.
pub(super) fn simple<'d>(cx: &mut Context<'d>, node: &'d Node, kind: ElementKind) -> Body {
    let extensions = Extensions::of(cx, node, &["executionListeners"]);
    let body = Body::plain(kind).with(cx, &extensions, false);
    multi_instance::around(cx, node, body)
}

/// Tasks that are a job and nothing else.
pub(super) fn job<'d>(cx: &mut Context<'d>, node: &'d Node, kind: fn(JobDefinition) -> ElementKind) -> Body {
    let allowed =
        ["taskDefinition", "taskHeaders", "jobPriorityDefinition", "ioMapping", "executionListeners"];
    let extensions = Extensions::of(cx, node, &allowed);
    let job = required_job(cx, node, &extensions);
    let body = Body::of(node, job.map(kind)).with(cx, &extensions, true);
    multi_instance::around(cx, node, body)
}

/// Send task: `zeebe:publishMessage`, or a job.
pub(super) fn send<'d>(cx: &mut Context<'d>, node: &'d Node) -> Body {
    let allowed = [
        "publishMessage",
        "taskDefinition",
        "taskHeaders",
        "jobPriorityDefinition",
        "ioMapping",
        "executionListeners",
    ];
    let extensions = Extensions::of(cx, node, &allowed);
    let send = if publications::publishes(cx, node, &extensions) {
        publications::publication(cx, node, node, &extensions).map(SendTask::Publish)
    } else {
        required_job(cx, node, &extensions).map(SendTask::Job)
    };
    let body = Body::of(node, send.map(ElementKind::SendTask)).with(cx, &extensions, true);
    multi_instance::around(cx, node, body)
}

/// Script task: `zeebe:script`, or a job.
pub(super) fn script<'d>(cx: &mut Context<'d>, node: &'d Node) -> Body {
    let allowed = [
        "script",
        "taskDefinition",
        "taskHeaders",
        "jobPriorityDefinition",
        "ioMapping",
        "executionListeners",
    ];
    let extensions = Extensions::of(cx, node, &allowed);
    let script = extensions.one(cx, "script");
    let kind = match (script, extensions.has("taskDefinition")) {
        (Some(script), true) => {
            let message =
                format!("The {} has both `zeebe:script` and `zeebe:taskDefinition`.", cx.label(node));
            cx.error(DiagnosticCode::ConflictingExtensions, script, message, "Keep one of them.");
            None
        }
        (Some(script), false) => feel_script(cx, script),
        (None, true) => job_definition(cx, &extensions).map(ScriptTask::Job),
        (None, false) => standard_script(cx, node),
    };
    let body = Body::of(node, kind.map(ElementKind::ScriptTask)).with(cx, &extensions, true);
    multi_instance::around(cx, node, body)
}

fn feel_script<'d>(cx: &mut Context<'d>, script: &'d Node) -> Option<ScriptTask> {
    cx.required(script, "expression");
    cx.required(script, "resultVariable");
    let expression = cx.feel_attribute(script, "expression");
    let result_variable = cx.variable(script, "resultVariable");
    Some(ScriptTask::Feel { expression: expression?, result_variable: Some(result_variable?) })
}

/// `scriptFormat` and `script` of BPMN (10.3.3). The value is the only data output; with none or several it is a
/// context whose entries are variables.
fn standard_script<'d>(cx: &mut Context<'d>, node: &'d Node) -> Option<ScriptTask> {
    let doc = cx.doc;
    let Some(script) = doc.bpmn_child(node, "script").filter(|script| script.trimmed_text().is_some()) else {
        let message = format!("The {} has neither a script nor `zeebe:taskDefinition`.", cx.label(node));
        let remedy = "Write a FEEL expression with a result variable, or set the job type of your worker.";
        cx.error(DiagnosticCode::MissingAttribute, node, message, remedy);
        return None;
    };
    // A global script task calls the same thing a language.
    let format = ["scriptFormat", "scriptLanguage"].into_iter().find(|name| node.value(name).is_some());
    match format.and_then(|name| Some((name, node.value(name)?))) {
        Some((_, language)) if is_feel(language) => {
            let expression = cx.feel(script, script.text())?;
            Some(ScriptTask::Feel { expression, result_variable: data::only_output(cx, node) })
        }
        Some((name, language)) => {
            let message = format!("The script of the {} is written in `{language}`.", cx.label(node));
            let remedy = "Write it in FEEL with `scriptFormat=\"application/feel\"`, or give the task a \
                          `zeebe:taskDefinition` and run the script in a worker.";
            cx.error_at(DiagnosticCode::UnsupportedElement, node, name, message, remedy);
            None
        }
        None => {
            let message = format!("The {} does not say in which language its script is.", cx.label(node));
            let remedy = "Set `scriptFormat=\"application/feel\"`.";
            cx.error(DiagnosticCode::MissingAttribute, node, message, remedy);
            None
        }
    }
}

/// Receive task: waits for a message.
pub(super) fn receive<'d>(cx: &mut Context<'d>, node: &'d Node) -> Body {
    let extensions = Extensions::of(cx, node, &["ioMapping", "executionListeners"]);
    // One that starts the process does not wait; neither does one behind a gateway that does.
    let starts = cx.boolean(node, "instantiate", false) || super::gateways::starts_alone(cx, node);
    let message = triggers::catching_message(cx, node, node, !starts);
    let body = Body::of(node, message.map(ElementKind::ReceiveTask)).with(cx, &extensions, false);
    multi_instance::around(cx, node, body)
}

/// Call activity: `zeebe:calledElement`, or the `calledElement` of BPMN.
pub(super) fn call<'d>(cx: &mut Context<'d>, node: &'d Node) -> Body {
    let extensions = Extensions::of(cx, node, &["calledElement", "ioMapping", "executionListeners"]);
    let called = if let Some(called) = extensions.one(cx, "calledElement") {
        called_element(cx, called)
    } else {
        standard_called_element(cx, node)
    };
    let body = Body::of(node, called.map(ElementKind::CallActivity)).with(cx, &extensions, true);
    multi_instance::around(cx, node, body)
}

fn called_element<'d>(cx: &mut Context<'d>, called: &'d Node) -> Option<CallActivity> {
    let legacy = called.attribute("processIdExpression").filter(|t| !t.value().trim().is_empty());
    let process_id = match legacy {
        // Before `processId` could be FEEL, a second attribute held the expression, without `=`.
        Some(text) if called.value("processId").is_none() => cx.feel(called, text).map(Dynamic::Expression),
        _ => cx.required_dynamic(called, "processId"),
    };
    let binding = forms::binding(cx, called);
    let propagate_all_child_variables = cx.boolean(called, "propagateAllChildVariables", true);
    let propagate_all_parent_variables = cx.boolean(called, "propagateAllParentVariables", true);
    let business_id = cx.dynamic(called, "businessId");
    Some(CallActivity {
        process_id: process_id?,
        binding: binding?,
        propagate_all_child_variables,
        propagate_all_parent_variables,
        business_id,
    })
}

/// `calledElement` names a process or global task, of this file or deployed otherwise, perhaps with a prefix. With an
/// `ioSpecification` the called one sees its inputs alone (10.3.5); else, as with `zeebe:calledElement`, everything.
fn standard_called_element<'d>(cx: &mut Context<'d>, node: &'d Node) -> Option<CallActivity> {
    let Some(reference) = node.value("calledElement") else {
        let message = format!("The {} does not say what it calls.", cx.label(node));
        let remedy = "Set the id of the process to call, in `zeebe:calledElement` or `calledElement`.";
        cx.error(DiagnosticCode::MissingAttribute, node, message, remedy);
        return None;
    };
    if reference.starts_with("${") || reference.starts_with("#{") {
        let message = format!("The {} calls what an expression in JUEL says.", cx.label(node));
        let remedy =
            "Write the expression in FEEL into `processId` of `zeebe:calledElement`; `hosk convert` does so.";
        cx.error_at(DiagnosticCode::InvalidAttribute, node, "calledElement", message, remedy);
        return None;
    }
    let callable = |tag: &str| tag == "process" || tag.starts_with("global");
    let found = cx.resolve(reference);
    if let Some(other) = found.filter(|other| !callable(&other.tag)) {
        let message = format!("The {} calls the {}, which it cannot.", cx.label(node), cx.label(other));
        let remedy = "Call a process or a global task.";
        cx.error_at(DiagnosticCode::InvalidReference, node, "calledElement", message, remedy);
        return None;
    }
    let doc = cx.doc;
    let local = reference.rsplit_once(':').map_or(reference, |(_, local)| local);
    let id = found.and_then(Node::id).unwrap_or(local);
    Some(CallActivity {
        process_id: Dynamic::Static(id.into()),
        binding: Binding::default(),
        propagate_all_child_variables: true,
        propagate_all_parent_variables: doc.bpmn_child(node, "ioSpecification").is_none(),
        business_id: None,
    })
}

/// Embedded or event sub-process.
pub(super) fn sub_process<'d>(cx: &mut Context<'d>, node: &'d Node) -> Body {
    let extensions = Extensions::of(cx, node, &["ioMapping", "executionListeners"]);
    if cx.boolean(node, "triggeredByEvent", false) {
        let doc = cx.doc;
        let loops = ["multiInstanceLoopCharacteristics", "standardLoopCharacteristics"];
        if let Some(repetition) = loops.iter().find_map(|tag| doc.bpmn_child(node, tag)) {
            let message = format!("The event {} cannot be repeated.", cx.label(node));
            let remedy = "Put a multi-instance activity into it.";
            cx.error(DiagnosticCode::UnsupportedElement, repetition, message, remedy);
        }
        return Body::plain(ElementKind::EventSubProcess).with(cx, &extensions, true);
    }
    let body = Body::plain(ElementKind::SubProcess).with(cx, &extensions, true);
    multi_instance::around(cx, node, body)
}

/// Transaction: an embedded sub-process that a cancel end event gives up (BPMN 10.3.5). Its protocol is the engine's.
pub(super) fn transaction<'d>(cx: &mut Context<'d>, node: &'d Node) -> Body {
    let extensions = Extensions::of(cx, node, &["ioMapping", "executionListeners"]);
    let body = Body::plain(ElementKind::Transaction).with(cx, &extensions, true);
    multi_instance::around(cx, node, body)
}
