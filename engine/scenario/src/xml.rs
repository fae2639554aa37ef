//! Writing the BPMN XML of drawn elements. One table says which word of the notation is which element.

use std::fmt::Write as _;

use crate::data;
use crate::document::Roots;
use crate::drawing::{Flow, Node, attribute};
use crate::notation::NotationError;
use crate::triggers;

/// Word of the notation, BPMN tag, and what else the word implies.
const KINDS: &[(&str, &str, Implied)] = &[
    ("start", "startEvent", Implied::Trigger),
    ("end", "endEvent", Implied::Trigger),
    ("catch", "intermediateCatchEvent", Implied::Trigger),
    ("throw", "intermediateThrowEvent", Implied::Trigger),
    ("boundary", "boundaryEvent", Implied::Trigger),
    ("task", "task", Implied::Nothing),
    ("manualTask", "manualTask", Implied::Nothing),
    ("serviceTask", "serviceTask", Implied::Job),
    ("sendTask", "sendTask", Implied::Send),
    ("businessRuleTask", "businessRuleTask", Implied::Rule),
    ("scriptTask", "scriptTask", Implied::Script),
    ("userTask", "userTask", Implied::UserTask),
    ("receiveTask", "receiveTask", Implied::Receive),
    ("callActivity", "callActivity", Implied::Call),
    ("subProcess", "subProcess", Implied::Nothing),
    ("transaction", "transaction", Implied::Nothing),
    ("adHocSubProcess", "adHocSubProcess", Implied::AdHoc),
    ("eventSubProcess", "subProcess", Implied::TriggeredByEvent),
    ("dataObject", "dataObject", Implied::Nothing),
    ("exclusiveGateway", "exclusiveGateway", Implied::Nothing),
    ("parallelGateway", "parallelGateway", Implied::Nothing),
    ("inclusiveGateway", "inclusiveGateway", Implied::Nothing),
    ("complexGateway", "complexGateway", Implied::Nothing),
    ("eventBasedGateway", "eventBasedGateway", Implied::Nothing),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Implied {
    Nothing,
    Trigger,
    Job,
    Send,
    Script,
    Rule,
    UserTask,
    Receive,
    Call,
    TriggeredByEvent,
    AdHoc,
}

/// Escapes a text for an attribute or a body.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

pub(crate) fn contents(out: &mut String, scope: &Node, roots: &mut Roots) -> Result<(), NotationError> {
    for node in &scope.children {
        element(out, node, roots)?;
    }
    for flow in &scope.flows {
        sequence_flow(out, flow);
    }
    Ok(())
}

fn sequence_flow(out: &mut String, flow: &Flow) {
    out.push_str("<bpmn:sequenceFlow");
    attribute(out, "id", &flow.id);
    attribute(out, "sourceRef", &flow.source);
    attribute(out, "targetRef", &flow.target);
    match &flow.condition {
        Some(condition) => {
            let _ = writeln!(
                out,
                "><bpmn:conditionExpression>={}</bpmn:conditionExpression></bpmn:sequenceFlow>",
                escape(condition)
            );
        }
        None => out.push_str("/>\n"),
    }
}

fn element(out: &mut String, node: &Node, roots: &mut Roots) -> Result<(), NotationError> {
    let Some((_, tag, implied)) = KINDS.iter().find(|(word, ..)| *word == node.kind) else {
        let known: Vec<&str> = KINDS.iter().map(|(word, ..)| *word).collect();
        return Err(NotationError::new(
            node.line,
            format!("`{}` is no kind of element; kinds: {}", node.kind, known.join(", ")),
        ));
    };
    let _ = write!(out, "<bpmn:{tag}");
    attributes(out, node, *implied);
    if (*implied == Implied::Receive || (*implied == Implied::Send && publishes(node)))
        && let Some(id) = message(node, roots)?
    {
        attribute(out, "messageRef", &id);
    }
    out.push_str(">\n");
    // The message flow says what happens to what it carries, unless more is said.
    let carried = roots.joined.contains(&node.id) && !node.flag("type") && !node.flag("key");
    let implied = match implied {
        Implied::Send if carried => &Implied::Nothing,
        implied => implied,
    };
    extensions(out, node, *implied, carried);
    if *implied == Implied::Trigger {
        triggers::write(out, node, roots)?;
    }
    if let Some(condition) = node.option("activation") {
        let _ = writeln!(out, "<bpmn:activationCondition>={}</bpmn:activationCondition>", escape(condition));
    }
    data::write(out, node);
    if let Some(collection) = node.option("each") {
        multi_instance(out, node, collection, roots);
    }
    if node.flag("while") || node.flag("atMost") {
        standard_loop(out, node);
    }
    contents(out, node, roots)?;
    if let Some(condition) = node.option("enough").filter(|_| *implied == Implied::AdHoc) {
        let _ = writeln!(out, "<bpmn:completionCondition>={}</bpmn:completionCondition>", escape(condition));
    }
    let _ = writeln!(out, "</bpmn:{tag}>");
    if let Some(event) = node.option("undoes") {
        out.push_str("<bpmn:association");
        attribute(out, "id", &format!("{event}-{}", node.id));
        attribute(out, "sourceRef", event);
        attribute(out, "targetRef", &node.id);
        out.push_str("/>\n");
    }
    Ok(())
}

/// What is written at the element itself, without references to root elements.
fn attributes(out: &mut String, node: &Node, implied: Implied) {
    attribute(out, "id", &node.id);
    if let Some(name) = node.option("name") {
        attribute(out, "name", name);
    }
    if let Some(default) = node.option("default") {
        attribute(out, "default", default);
    }
    if let Some(host) = node.option("on") {
        attribute(out, "attachedToRef", host);
        attribute(out, "cancelActivity", if node.flag("nonInterrupting") { "false" } else { "true" });
    } else if node.flag("nonInterrupting") {
        attribute(out, "isInterrupting", "false");
    }
    if node.flag("undoes") {
        attribute(out, "isForCompensation", "true");
    }
    if implied == Implied::TriggeredByEvent {
        attribute(out, "triggeredByEvent", "true");
    }
    if implied == Implied::AdHoc {
        attribute(out, "ordering", if node.flag("ordered") { "Sequential" } else { "Parallel" });
        attribute(out, "cancelRemainingInstances", if node.flag("keeps") { "false" } else { "true" });
    }
    if node.flag("instantiate") {
        attribute(out, "instantiate", "true");
    }
    if node.flag("parallel") {
        attribute(out, "parallelMultiple", "true");
    }
    for (option, name) in
        [("gateway", "eventGatewayType"), ("tokensIn", "startQuantity"), ("tokensOut", "completionQuantity")]
    {
        if let Some(value) = node.option(option) {
            attribute(out, name, value);
        }
    }
}

fn extensions(out: &mut String, node: &Node, implied: Implied, carried: bool) {
    out.push_str("<bpmn:extensionElements>");
    match implied {
        Implied::Send | Implied::Trigger if publishes(node) && !carried => publication(out, node),
        Implied::Job | Implied::Send => job(out, node),
        Implied::Rule if !node.flag("decision") => job(out, node),
        Implied::Rule => {
            out.push_str("<zeebe:calledDecision");
            attribute(out, "decisionId", node.option("decision").unwrap_or_default());
            attribute(out, "resultVariable", node.option("result").unwrap_or("result"));
            if let Some(tag) = node.option("tag") {
                attribute(out, "bindingType", "versionTag");
                attribute(out, "versionTag", tag);
            }
            out.push_str("/>");
        }
        Implied::Script | Implied::Trigger if node.flag("type") => job(out, node),
        Implied::Script => {
            out.push_str("<zeebe:script");
            attribute(out, "expression", &format!("={}", node.option("script").unwrap_or("null")));
            attribute(out, "resultVariable", node.option("result").unwrap_or("result"));
            out.push_str("/>");
        }
        Implied::UserTask => user_task(out, node),
        Implied::Call => {
            out.push_str("<zeebe:calledElement");
            attribute(out, "processId", node.option("process").unwrap_or_default());
            for (option, name) in
                [("downAll", "propagateAllParentVariables"), ("upAll", "propagateAllChildVariables")]
            {
                if let Some(value) = node.option(option) {
                    attribute(out, name, value);
                }
            }
            out.push_str("/>");
        }
        Implied::AdHoc => ad_hoc(out, node),
        Implied::Nothing | Implied::Trigger | Implied::Receive | Implied::TriggeredByEvent => {}
    }
    mappings(out, node);
    listeners(out, node);
    out.push_str("</bpmn:extensionElements>\n");
}

/// A message that the engine publishes, not a job.
fn publishes(node: &Node) -> bool {
    matches!(&*node.kind, "sendTask" | "throw" | "end") && node.flag("message") && !node.flag("type")
}

fn publication(out: &mut String, node: &Node) {
    out.push_str("<zeebe:publishMessage");
    if let Some(key) = node.option("key") {
        attribute(out, "correlationKey", &format!("={key}"));
    }
    for (option, name) in [("id", "messageId"), ("ttl", "timeToLive")] {
        if let Some(value) = node.option(option) {
            attribute(out, name, value);
        }
    }
    out.push_str("/>");
}

fn ad_hoc(out: &mut String, node: &Node) {
    out.push_str("<zeebe:adHoc");
    if let Some(active) = node.option("active") {
        attribute(out, "activeElementsCollection", &format!("={active}"));
    }
    if let Some((target, source)) = node.option("results").and_then(|text| text.split_once(':')) {
        attribute(out, "outputCollection", target);
        attribute(out, "outputElement", &format!("={source}"));
    }
    out.push_str("/>");
    if node.flag("type") {
        job(out, node);
    }
}

fn job(out: &mut String, node: &Node) {
    out.push_str("<zeebe:taskDefinition");
    attribute(out, "type", node.option("type").unwrap_or(&node.id));
    if let Some(retries) = node.option("retries") {
        attribute(out, "retries", retries);
    }
    out.push_str("/>");
}

fn user_task(out: &mut String, node: &Node) {
    out.push_str("<zeebe:userTask/>");
    if node.flag("assignee") || node.flag("groups") || node.flag("users") {
        out.push_str("<zeebe:assignmentDefinition");
        for (option, name) in
            [("assignee", "assignee"), ("groups", "candidateGroups"), ("users", "candidateUsers")]
        {
            if let Some(value) = node.option(option) {
                attribute(out, name, value);
            }
        }
        out.push_str("/>");
    }
}

fn mappings(out: &mut String, node: &Node) {
    let of = |direction: &str| -> Vec<(String, String)> {
        node.options
            .iter()
            .filter_map(|(name, value)| Some((name.strip_prefix(direction)?.to_owned(), value.clone())))
            .collect()
    };
    let (inputs, outputs) = (of("in."), of("out."));
    if inputs.is_empty() && outputs.is_empty() {
        return;
    }
    out.push_str("<zeebe:ioMapping>");
    for (tag, mappings) in [("input", inputs), ("output", outputs)] {
        for (target, source) in mappings {
            let _ = write!(out, "<zeebe:{tag}");
            attribute(out, "source", &format!("={source}"));
            attribute(out, "target", &target);
            out.push_str("/>");
        }
    }
    out.push_str("</zeebe:ioMapping>");
}

fn listeners(out: &mut String, node: &Node) {
    let listeners: Vec<(&str, &str)> = [("onStart", "start"), ("onEnd", "end")]
        .iter()
        .filter_map(|(option, event)| Some((*event, node.option(option)?)))
        .collect();
    if listeners.is_empty() {
        return;
    }
    out.push_str("<zeebe:executionListeners>");
    for (event, job_type) in listeners {
        out.push_str("<zeebe:executionListener");
        attribute(out, "eventType", event);
        attribute(out, "type", job_type);
        out.push_str("/>");
    }
    out.push_str("</zeebe:executionListeners>");
}

/// Declares the element's message; the id to refer to. At a message flow it may go without.
pub(crate) fn message(node: &Node, roots: &mut Roots) -> Result<Option<String>, NotationError> {
    let joined = roots.joined.contains(&node.id);
    let Some(name) = node.option("message") else {
        if joined {
            return Ok(None);
        }
        return Err(NotationError::new(
            node.line,
            format!("`{}` needs message=NAME (and key=EXPRESSION where it waits)", node.id),
        ));
    };
    let key = node.option("key").filter(|_| !publishes(node));
    // Both ends of a message flow speak of one message.
    let id = if joined && key.is_none() { format!("message-{name}") } else { format!("message-{}", node.id) };
    Ok(Some(message_root(id, name, key, roots)))
}

/// A message at the root, by its id; with a key it is correlated by that.
pub(crate) fn message_root(id: String, name: &str, key: Option<&str>, roots: &mut Roots) -> String {
    let mut root = String::from("<bpmn:message");
    attribute(&mut root, "id", &id);
    attribute(&mut root, "name", name);
    root.push('>');
    if let Some(key) = key {
        root.push_str("<bpmn:extensionElements><zeebe:subscription");
        attribute(&mut root, "correlationKey", &format!("={key}"));
        root.push_str("/></bpmn:extensionElements>");
    }
    root.push_str("</bpmn:message>");
    roots.elements.insert(id.clone(), root);
    id
}

fn standard_loop(out: &mut String, node: &Node) {
    out.push_str("<bpmn:standardLoopCharacteristics");
    if node.flag("testBefore") {
        attribute(out, "testBefore", "true");
    }
    if let Some(maximum) = node.option("atMost") {
        attribute(out, "loopMaximum", maximum);
    }
    out.push('>');
    if let Some(condition) = node.option("while") {
        let _ = write!(out, "<bpmn:loopCondition>={}</bpmn:loopCondition>", escape(condition));
    }
    out.push_str("</bpmn:standardLoopCharacteristics>\n");
}

fn multi_instance(out: &mut String, node: &Node, collection: &str, roots: &mut Roots) {
    out.push_str("<bpmn:multiInstanceLoopCharacteristics");
    attribute(out, "isSequential", if node.flag("sequential") { "true" } else { "false" });
    let mut event = String::new();
    let throws = node.option("throws");
    if let Some(behavior) = throws.filter(|text| !text.contains(':')) {
        attribute(out, "behavior", behavior);
    }
    if let Some((behavior, code)) = throws.and_then(|text| text.split_once(':')) {
        attribute(out, "behavior", behavior);
        match code.split_once(':') {
            Some(("signal", name)) => triggers::signal(&mut event, name, roots),
            Some(("message", name)) => triggers::named_message(&mut event, node, name, roots),
            _ => triggers::coded(&mut event, "escalation", code, roots),
        }
        if let Some(name) = [("None", "noneBehaviorEventRef"), ("One", "oneBehaviorEventRef")]
            .iter()
            .find_map(|(known, name)| (*known == behavior).then_some(name))
        {
            let id = format!("{}-throws", node.id);
            roots
                .elements
                .insert(id.clone(), event.replacen("Definition", &format!("Definition id=\"{id}\""), 1));
            attribute(out, name, &id);
        }
    }
    out.push_str("><bpmn:extensionElements><zeebe:loopCharacteristics");
    attribute(out, "inputCollection", &format!("={collection}"));
    if let Some(item) = node.option("as") {
        attribute(out, "inputElement", item);
    }
    if let Some((target, source)) = node.option("collect").and_then(|text| text.split_once(':')) {
        attribute(out, "outputCollection", target);
        attribute(out, "outputElement", &format!("={source}"));
    }
    out.push_str("/></bpmn:extensionElements>");
    if let Some(condition) = node.option("until") {
        let _ = write!(out, "<bpmn:completionCondition>={}</bpmn:completionCondition>", escape(condition));
    }
    if let Some(condition) = node.option("when") {
        let _ = write!(
            out,
            "<bpmn:complexBehaviorDefinition><bpmn:condition>={}</bpmn:condition><bpmn:event>{event}</bpmn:event></bpmn:complexBehaviorDefinition>",
            escape(condition)
        );
    }
    out.push_str("</bpmn:multiInstanceLoopCharacteristics>\n");
}
