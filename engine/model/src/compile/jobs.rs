//! Jobs: `zeebe:taskDefinition`, `zeebe:taskHeaders`, `zeebe:jobPriorityDefinition`.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::context::Context;
use super::extensions::{Extensions, parts};
use crate::definition::{Dynamic, JobDefinition, RETRY_BACKOFF_HEADER};
use crate::diagnostic_code::DiagnosticCode;
use crate::timer::parse_duration;
use crate::xml::Node;

/// Retries when the model names none.
const DEFAULT_RETRIES: &str = "3";

/// Key and value pairs, in order.
pub(super) type Headers = Arc<Vec<(String, String)>>;

/// The job an element asks for; `None` and nothing said when it asks for none.
pub(super) fn job_definition<'d>(cx: &mut Context<'d>, extensions: &Extensions<'d>) -> Option<JobDefinition> {
    let definition = extensions.one(cx, "taskDefinition")?;
    let job_type = cx.required_dynamic(definition, "type");
    let retries = retries(cx, definition);
    let priority = priority(cx, extensions).or_else(|| cx.process_priority.clone());
    Some(JobDefinition { job_type: job_type?, retries, priority })
}

/// The job an element must ask for.
pub(super) fn required_job<'d>(
    cx: &mut Context<'d>,
    node: &'d Node,
    extensions: &Extensions<'d>,
) -> Option<JobDefinition> {
    if !extensions.has("taskDefinition") {
        if let Some(reference) = node.value("operationRef") {
            return operation(cx, node, reference);
        }
        let message = format!("The {} has no `zeebe:taskDefinition`, so nobody would do it.", cx.label(node));
        let remedy = if matches!(&*node.tag, "sendTask" | "endEvent" | "intermediateThrowEvent") {
            "Publish its message with `zeebe:publishMessage`, choose a connector template, or set the job type of \
             your worker."
        } else {
            "Choose a connector template, or set the job type of your worker. A step that nobody does is a plain task."
        };
        cx.error(DiagnosticCode::MissingAttribute, node, message, remedy);
        return None;
    }
    job_definition(cx, extensions)
}

/// The operation of an interface (BPMN 8.4.3) as a job: its name is the job type, its `implementationRef` and id the
/// next best.
fn operation<'d>(cx: &mut Context<'d>, node: &'d Node, reference: &str) -> Option<JobDefinition> {
    let operation = cx.reference(node, "operationRef", reference, &["operation"])?;
    let local = |qualified: &'d str| qualified.rsplit_once(':').map_or(qualified, |(_, local)| local);
    let name = operation.value("name").or_else(|| operation.value("implementationRef").map(local));
    let job_type = Dynamic::Static(name.or(operation.id())?.into());
    let retries = Dynamic::Static(DEFAULT_RETRIES.into());
    Some(JobDefinition { job_type, retries, priority: cx.process_priority.clone() })
}

/// `zeebe:jobPriorityDefinition`.
pub(super) fn priority<'d>(cx: &mut Context<'d>, extensions: &Extensions<'d>) -> Option<Dynamic> {
    let definition = extensions.one(cx, "jobPriorityDefinition")?;
    let priority = cx.required_dynamic(definition, "priority")?;
    cx.check_number(definition, "priority", &priority, i64::from(i32::MIN), i64::from(i32::MAX));
    Some(priority)
}

/// `retries` of a task definition or listener.
pub(super) fn retries<'d>(cx: &mut Context<'d>, definition: &'d Node) -> Dynamic {
    let retries = cx.dynamic(definition, "retries");
    if let Some(retries) = &retries {
        cx.check_number(definition, "retries", retries, 0, i64::from(i32::MAX));
    }
    retries.unwrap_or_else(|| Dynamic::Static(DEFAULT_RETRIES.into()))
}

/// `zeebe:taskHeaders` of an element.
pub(super) fn headers<'d>(cx: &mut Context<'d>, extensions: &Extensions<'d>) -> Headers {
    extensions.one(cx, "taskHeaders").map(|wrapper| header_list(cx, wrapper)).unwrap_or_default()
}

/// The `zeebe:header` children of a `zeebe:taskHeaders`.
pub(super) fn header_list<'d>(cx: &mut Context<'d>, wrapper: &'d Node) -> Headers {
    let mut list: Vec<(String, String)> = Vec::new();
    let mut seen = BTreeSet::new();
    for header in parts(cx, wrapper, "header") {
        let Some(key) = cx.required(header, "key") else { continue };
        if !seen.insert(key) {
            let message = format!("The header `{key}` of the {} is given twice.", cx.owner_label(header));
            cx.error(DiagnosticCode::ConflictingExtensions, header, message, "Keep one of them.");
            continue;
        }
        let value = header.attribute("value").map(|v| v.value().to_owned()).unwrap_or_default();
        if key == RETRY_BACKOFF_HEADER && parse_duration(&value).is_err() {
            let message = format!("The header `{key}` of the {} is no duration.", cx.owner_label(header));
            let remedy = "Write an ISO 8601 duration such as `PT30S`.";
            cx.error_at(DiagnosticCode::InvalidAttribute, header, "value", message, remedy);
        }
        list.push((key.to_owned(), value));
    }
    Arc::new(list)
}
