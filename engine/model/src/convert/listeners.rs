//! Listeners: a class or bean becomes a listener whose job type is named after it.

use super::element::Zeebe;
use super::jobs::bean;
use super::tree::Node;
use super::work::Work;

/// The elements of which hosk runs execution listeners.
fn listens(node: &Node) -> bool {
    let tag = &*node.tag;
    tag == "process"
        || tag.ends_with("Event")
        || tag.ends_with("Gateway")
        || tag.ends_with("ask")
        || matches!(tag, "callActivity" | "subProcess" | "transaction" | "adHocSubProcess")
}

pub(super) fn execution<'t>(work: &mut Work<'t>, node: &'t Node) {
    if listens(node) {
        let events = |event: &str| matches!(event, "start" | "end").then(|| event.to_owned());
        convert(work, node, "executionListener", "executionListeners", &events);
    }
}

pub(super) fn task<'t>(work: &mut Work<'t>, node: &'t Node) {
    let events = |event: &str| {
        let known = match event {
            "create" => "creating",
            "assignment" => "assigning",
            "update" => "updating",
            "complete" => "completing",
            _ => return None,
        };
        Some(known.to_owned())
    };
    convert(work, node, "taskListener", "taskListeners", &events);
}

fn convert<'t>(
    work: &mut Work<'t>,
    node: &'t Node,
    tag: &'static str,
    wrapper: &'static str,
    event_of: &dyn Fn(&str) -> Option<String>,
) {
    let tree = work.tree;
    let mut listeners = Zeebe::new(wrapper);
    for listener in tree.extensions(node, tag) {
        let event = listener.value("event").unwrap_or_default();
        let Some(known) = event_of(event) else {
            work.left(listener, format!("A listener on `{event}` has no equivalent."));
            continue;
        };
        let what =
            ["class", "delegateExpression", "expression"].into_iter().find_map(|name| listener.value(name));
        let Some(what) = what else {
            work.left(listener, "A listener that is a script has no equivalent; write a worker.");
            continue;
        };
        let job_type = bean(what);
        let new = Zeebe::new(tag).with("eventType", known).with("type", job_type.clone());
        if !listeners.has(&new) {
            listeners.child(new);
        }
        work.review(
            listener,
            format!("The listener `{what}` becomes a job of type `{job_type}`; write a worker that does it."),
        );
        work.take_element(listener);
    }
    if !listeners.is_bare() {
        work.add(node, listeners);
    }
}
