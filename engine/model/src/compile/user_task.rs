//! User tasks: managed by the engine, or (older models, without `zeebe:userTask`) a job with headers.

use std::sync::Arc;

use super::context::Context;
use super::element::Body;
use super::extensions::{Extensions, has_any};
use super::listeners::task_listeners;
use super::{forms, multi_instance, resources};
use crate::definition::{Dynamic, ElementKind, Form, JobDefinition, NativeUserTask, UserTask};
use crate::diagnostic_code::DiagnosticCode;
use crate::timer::parse_date;
use crate::xml::Node;

/// The job type of user tasks that the engine does not manage.
const USER_TASK_JOB: &str = "io.camunda.zeebe:userTask";
/// Such a job is offered once: no program retries a person's work.
const USER_TASK_JOB_RETRIES: &str = "1";

const EXTENSIONS: [&str; 9] = [
    "userTask",
    "formDefinition",
    "assignmentDefinition",
    "taskSchedule",
    "priorityDefinition",
    "taskListeners",
    "taskHeaders",
    "ioMapping",
    "executionListeners",
];

pub(super) fn compile<'d>(cx: &mut Context<'d>, node: &'d Node) -> Body {
    let is_bare = !has_any(cx, node);
    let extensions = Extensions::of(cx, node, &EXTENSIONS);
    let body = if is_bare || extensions.has("userTask") {
        let _ = extensions.one(cx, "userTask");
        let task = native(cx, node, &extensions);
        let kind = ElementKind::UserTask(UserTask::Native(Box::new(task)));
        Body::plain(kind).with(cx, &extensions, true)
    } else {
        as_job(cx, node, &extensions)
    };
    multi_instance::around(cx, node, body)
}

fn native<'d>(cx: &mut Context<'d>, node: &'d Node, extensions: &Extensions<'d>) -> NativeUserTask {
    let mut task = NativeUserTask {
        assignee: None,
        candidate_groups: None,
        candidate_users: None,
        due_date: None,
        follow_up_date: None,
        priority: None,
        form: None,
        listeners: task_listeners(cx, extensions),
    };
    if let Some(assignment) = extensions.one(cx, "assignmentDefinition") {
        task.assignee = cx.dynamic(assignment, "assignee");
        task.candidate_groups = cx.dynamic(assignment, "candidateGroups");
        task.candidate_users = cx.dynamic(assignment, "candidateUsers");
    }
    if !extensions.has("assignmentDefinition") {
        resources::assign(cx, node, &mut task);
    }
    if task.assignee.is_none() && task.candidate_groups.is_none() && task.candidate_users.is_none() {
        task.candidate_groups = node.id().and_then(|id| cx.lane_groups.get(id)).cloned();
    }
    if let Some(schedule) = extensions.one(cx, "taskSchedule") {
        task.due_date = date(cx, schedule, "dueDate");
        task.follow_up_date = date(cx, schedule, "followUpDate");
    }
    if let Some(definition) = extensions.one(cx, "priorityDefinition") {
        task.priority = cx.required_dynamic(definition, "priority");
        if let Some(priority) = &task.priority {
            cx.check_number(definition, "priority", priority, 0, 100);
        }
    }
    if let Some(definition) = extensions.one(cx, "formDefinition") {
        task.form = forms::form(cx, definition, &["formId", "externalReference"]);
    }
    task
}

fn date<'d>(cx: &mut Context<'d>, schedule: &'d Node, attribute: &str) -> Option<Dynamic> {
    let value = cx.dynamic(schedule, attribute)?;
    if let Dynamic::Static(text) = &value
        && let Err(error) = parse_date(text)
    {
        let message = format!("`{attribute}` of the {} is `{text}`: {error}.", cx.owner_label(schedule));
        let remedy = "Write such a date, or FEEL starting with `=`, such as `=now() + duration(\"P2D\")`.";
        cx.error_at(DiagnosticCode::InvalidAttribute, schedule, attribute, message, remedy);
    }
    Some(value)
}

fn as_job<'d>(cx: &mut Context<'d>, node: &'d Node, extensions: &Extensions<'d>) -> Body {
    for tag in ["taskListeners", "priorityDefinition"] {
        if let Some(extension) = extensions.one(cx, tag) {
            let message = format!("`zeebe:{tag}` has no effect on the {}, which is a job.", cx.label(node));
            let remedy = "Add `zeebe:userTask`, so that the engine manages the task.";
            cx.warn(DiagnosticCode::ExtensionWithoutEffect, extension, message, remedy);
        }
    }
    let job = JobDefinition {
        job_type: Dynamic::Static(USER_TASK_JOB.into()),
        retries: Dynamic::Static(USER_TASK_JOB_RETRIES.into()),
        priority: None,
    };
    let mut body = Body::plain(ElementKind::UserTask(UserTask::Job(job))).with(cx, extensions, true);
    let mut headers = body.headers.as_ref().clone();
    if let Some(definition) = extensions.one(cx, "formDefinition") {
        let key = match forms::form(cx, definition, &["formId", "formKey"]) {
            Some(Form::Linked { form_id, .. }) => Some(form_id),
            Some(Form::Key(key)) => Some(key),
            Some(Form::External(_)) | None => None,
        };
        headers.extend(key.map(|k| ("io.camunda.zeebe:formKey".to_owned(), k.to_string())));
    }
    for (tag, attributes) in [
        ("assignmentDefinition", &["assignee", "candidateGroups", "candidateUsers"][..]),
        ("taskSchedule", &["dueDate", "followUpDate"][..]),
    ] {
        if let Some(extension) = extensions.one(cx, tag) {
            for attribute in attributes {
                headers.extend(static_header(cx, extension, attribute));
            }
        }
    }
    body.headers = Arc::new(headers);
    body
}

/// What workers of job-based user tasks read; candidates are JSON lists there.
fn static_header<'d>(cx: &mut Context<'d>, extension: &'d Node, attribute: &str) -> Option<(String, String)> {
    let key = format!("io.camunda.zeebe:{attribute}");
    match cx.dynamic(extension, attribute)? {
        Dynamic::Static(text) if attribute.starts_with("candidate") => {
            let names: Vec<&str> = text.split(',').map(str::trim).filter(|n| !n.is_empty()).collect();
            serde_json::to_string(&names).ok().map(|list| (key, list))
        }
        Dynamic::Static(text) => Some((key, text.to_string())),
        Dynamic::Expression(_) => {
            let message = format!(
                "`{attribute}` of the {}, which is a job, is an expression.",
                cx.owner_label(extension)
            );
            let remedy = "Add `zeebe:userTask`, so that the engine manages the task.";
            cx.error_at(DiagnosticCode::UnsupportedElement, extension, attribute, message, remedy);
            None
        }
    }
}
