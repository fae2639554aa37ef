//! Message flows between the pools of a file, and the correlation of what they carry.

use std::sync::Arc;

use hosk_model::{
    CorrelationKey, Dynamic, Element, ElementKind, MessagePublication, MessageTrigger, ProcessDefinition,
    SendTask, compile,
};

use crate::common::{check, definitions, element, findings};

/// Pool `a`: start, send task `send`, end; pool `b`: start, receive task `receive`, end; one message flow from `send`
/// to `receive`.
struct Pools<'t> {
    roots: &'t str,
    collaboration: &'t str,
    send: (&'t str, &'t str),
    receive: (&'t str, &'t str),
    more: &'t str,
}

const PLAIN: Pools<'static> =
    Pools { roots: "", collaboration: "", send: ("", ""), receive: ("", ""), more: "" };

const MESSAGE: &str = "<bpmn:message id='M' name='m'/>";
const WITH_KEY: &str = "<bpmn:message id='M' name='m'><bpmn:extensionElements>\
                        <zeebe:subscription correlationKey='=order'/></bpmn:extensionElements></bpmn:message>";
const REFERS: &str = "messageRef='M'";

impl Pools<'_> {
    fn text(&self) -> String {
        let Pools { roots, collaboration, send, receive, more } = self;
        let pool = |id: &str, task: &str, (attributes, content): (&str, &str), more: &str| {
            let kind = if id == "a" { "sendTask" } else { "receiveTask" };
            format!(
                "<bpmn:process id='{id}' isExecutable='true'><bpmn:startEvent id='{id}s'/>\
                 <bpmn:{kind} id='{task}' {attributes}>{content}</bpmn:{kind}><bpmn:endEvent id='{id}e'/>\
                 <bpmn:sequenceFlow id='{id}1' sourceRef='{id}s' targetRef='{task}'/>\
                 <bpmn:sequenceFlow id='{id}2' sourceRef='{task}' targetRef='{id}e'/>{more}</bpmn:process>"
            )
        };
        definitions(&format!(
            "{roots}<bpmn:collaboration id='c'><bpmn:participant id='pa' processRef='a'/>\
             <bpmn:participant id='pb' processRef='b'/>\
             <bpmn:messageFlow id='mf' sourceRef='send' targetRef='receive'/>{collaboration}</bpmn:collaboration>{}{}",
            pool("a", "send", *send, ""),
            pool("b", "receive", *receive, more)
        ))
    }

    /// What is published and what is awaited, of a model without findings.
    fn compiled(&self) -> (Arc<ProcessDefinition>, Arc<ProcessDefinition>) {
        let compiled = compile(self.text().as_bytes(), "pools.bpmn");
        assert_eq!(findings(&compiled), Vec::<String>::new(), "{}", self.text());
        let [a, b] = &compiled.processes[..] else { panic!("two processes") };
        (a.clone(), b.clone())
    }
}

fn published(element: &Element) -> &MessagePublication {
    let ElementKind::SendTask(SendTask::Publish(publication)) = &element.kind else { panic!("{element:?}") };
    publication
}

fn awaited(element: &Element) -> &MessageTrigger {
    let ElementKind::ReceiveTask(message) = &element.kind else { panic!("{element:?}") };
    message
}

fn text(value: &Dynamic) -> String {
    match value {
        Dynamic::Static(text) => text.to_string(),
        Dynamic::Expression(expression) => format!("={}", expression.text()),
    }
}

fn key(key: Option<&CorrelationKey>) -> String {
    match key {
        Some(CorrelationKey::Given(value)) => text(value),
        Some(CorrelationKey::Conversation) => "the conversation".into(),
        None => "none".into(),
    }
}

/// Name and key as sent, name and key as awaited.
#[track_caller]
fn delivered(pools: &Pools<'_>, expected: [&str; 4]) {
    let (a, b) = pools.compiled();
    let (sent, waits) = (published(element(&a, "send")), awaited(element(&b, "receive")));
    let found = [
        text(&sent.name),
        key(sent.correlation_key.as_ref()),
        text(&waits.name),
        key(waits.correlation_key.as_ref()),
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_flow_without_messages_joins_instances_of_one_conversation() {
    delivered(&PLAIN, ["b/receive", "the conversation", "b/receive", "the conversation"]);
    let (a, _) = PLAIN.compiled();
    let lives = published(element(&a, "send")).time_to_live.as_ref().map(text);
    assert_eq!(lives.as_deref(), Some(hosk_model::limits::MESSAGE_FLOW_TIME_TO_LIVE));
}

#[test]
fn either_end_or_the_flow_may_name_the_message() {
    let expected = ["m", "the conversation", "m", "the conversation"];
    delivered(&Pools { roots: MESSAGE, receive: (REFERS, ""), ..PLAIN }, expected);
    delivered(&Pools { roots: MESSAGE, send: (REFERS, ""), ..PLAIN }, expected);
    delivered(&Pools { roots: MESSAGE, send: (REFERS, ""), receive: (REFERS, ""), ..PLAIN }, expected);
}

#[test]
fn the_key_of_the_message_counts_on_both_sides() {
    delivered(&Pools { roots: WITH_KEY, receive: (REFERS, ""), ..PLAIN }, ["m", "=order", "m", "=order"]);
}

#[test]
fn a_publication_of_its_own_keeps_its_key_and_its_time() {
    let publish =
        "<bpmn:extensionElements><zeebe:publishMessage correlationKey='=id'/></bpmn:extensionElements>";
    let pools = Pools { roots: WITH_KEY, send: (REFERS, publish), receive: (REFERS, ""), ..PLAIN };
    delivered(&pools, ["m", "=id", "m", "=order"]);
    let without =
        "<bpmn:extensionElements><zeebe:publishMessage timeToLive='PT1H'/></bpmn:extensionElements>";
    let pools = Pools { roots: MESSAGE, send: ("", without), receive: (REFERS, ""), ..PLAIN };
    delivered(&pools, ["m", "the conversation", "m", "the conversation"]);
}

const PROPERTIES: &str = "<bpmn:correlationProperty id='P1'><bpmn:correlationPropertyRetrievalExpression \
     messageRef='M'><bpmn:messagePath>number</bpmn:messagePath></bpmn:correlationPropertyRetrievalExpression>\
     </bpmn:correlationProperty><bpmn:correlationProperty id='P2'><bpmn:correlationPropertyRetrievalExpression \
     messageRef='M'><bpmn:messagePath>= region</bpmn:messagePath></bpmn:correlationPropertyRetrievalExpression>\
     </bpmn:correlationProperty>";

fn keyed(properties: &[&str]) -> String {
    let (before, after) = ("<bpmn:correlationPropertyRef>", "</bpmn:correlationPropertyRef>");
    let refs = properties.join(&format!("{after}{before}"));
    format!("<bpmn:correlationKey id='K'>{before}{refs}{after}</bpmn:correlationKey>")
}

#[test]
fn standard_correlation_has_one_path_on_each_side() {
    let roots = format!("{MESSAGE}{PROPERTIES}");
    let (one, both) = (keyed(&["P1"]), keyed(&["P1", "P2"]));
    let pools = Pools { roots: &roots, collaboration: &one, receive: (REFERS, ""), ..PLAIN };
    delivered(&pools, ["m", "=number", "m", "=number"]);
    let subscription = "<bpmn:correlationSubscription id='cs' correlationKeyRef='K'>\
         <bpmn:correlationPropertyBinding correlationPropertyRef='P1'><bpmn:dataPath>order.number</bpmn:dataPath>\
         </bpmn:correlationPropertyBinding></bpmn:correlationSubscription>";
    delivered(&Pools { more: subscription, ..pools }, ["m", "=number", "m", "=order.number"]);
    let several = "=if list contains([(number), (region)], null) then null else string([(number), (region)])";
    delivered(&Pools { collaboration: &both, ..pools }, ["m", several, "m", several]);
}

#[test]
fn a_standard_message_needs_no_message_flow() {
    let roots = format!("{MESSAGE}{PROPERTIES}");
    let alone = definitions(&format!(
        "{roots}<bpmn:collaboration id='c'><bpmn:participant id='pa' processRef='a'/>{}</bpmn:collaboration>\
         <bpmn:process id='a' isExecutable='true'><bpmn:startEvent id='s'/><bpmn:receiveTask id='receive' \
         messageRef='M'/><bpmn:sequenceFlow id='f' sourceRef='s' targetRef='receive'/></bpmn:process>",
        keyed(&["P1"])
    ));
    let compiled = compile(alone.as_bytes(), "alone.bpmn");
    assert_eq!(findings(&compiled), Vec::<String>::new());
    assert_eq!(key(awaited(element(&compiled.processes[0], "receive")).correlation_key.as_ref()), "=number");
}

#[test]
fn refused_flows() {
    let publish =
        "<bpmn:extensionElements><zeebe:publishMessage correlationKey='=id'/></bpmn:extensionElements>";
    let job = "<bpmn:extensionElements><zeebe:taskDefinition type='send'/></bpmn:extensionElements>";
    let flow = |source: &str, target: &str| {
        format!("<bpmn:messageFlow id='x' sourceRef='{source}' targetRef='{target}'/>")
    };
    let with = |source: &str, target: &str| Pools { collaboration: &flow(source, target), ..PLAIN }.text();
    check(&[
        ("out of a start event", with("as", "receive"), &["misplaced-message-flow x"]),
        ("into an end event", with("send", "be"), &["misplaced-message-flow x"]),
        ("from a sequence flow", with("a1", "receive"), &["misplaced-message-flow x"]),
        ("inside a pool", with("bs", "receive"), &["misplaced-message-flow x"]),
        ("inside a pool by its border", with("pb", "receive"), &["misplaced-message-flow x"]),
        ("to nothing", with("send", "gone"), &["dangling-reference x"]),
        ("to the border of a pool", with("send", "pb"), &["message-flow-not-delivered x"]),
        ("to a start event without trigger", with("send", "bs"), &["message-flow-not-delivered x"]),
        (
            "from a job to who does not know a key",
            Pools { roots: MESSAGE, send: ("", job), receive: (REFERS, ""), ..PLAIN }.text(),
            &["message-flow-not-delivered mf", "missing-attribute receive"],
        ),
        (
            "two messages",
            Pools {
                roots: "<bpmn:message id='M' name='m'/><bpmn:message id='N' name='n'/>",
                send: ("messageRef='N'", ""),
                receive: (REFERS, ""),
                ..PLAIN
            }
            .text(),
            &["message-flow-mismatch mf"],
        ),
        (
            "a key that the receiver does not know",
            Pools { roots: MESSAGE, send: (REFERS, publish), receive: (REFERS, ""), ..PLAIN }.text(),
            &["message-flow-mismatch send"],
        ),
    ]);
}

#[test]
fn refused_correlation() {
    let roots = format!("{MESSAGE}{PROPERTIES}");
    let subscription = |content: &str| {
        let more = format!("<bpmn:correlationSubscription id='cs' {content}</bpmn:correlationSubscription>");
        let pools = Pools { roots: &roots, collaboration: &keyed(&["P1"]), receive: (REFERS, ""), ..PLAIN };
        Pools { more: &more, ..pools }.text()
    };
    let property = |content: &str| {
        let roots = format!("{MESSAGE}<bpmn:correlationProperty id='P'>{content}</bpmn:correlationProperty>");
        Pools { roots: &roots, receive: (REFERS, ""), ..PLAIN }.text()
    };
    check(&[
        ("no key", subscription(">"), &["missing-attribute cs"]),
        ("no such key", subscription("correlationKeyRef='X'>"), &["dangling-reference cs"]),
        ("no binding", subscription("correlationKeyRef='K'>"), &["missing-attribute cs"]),
        (
            "a binding without path",
            subscription(
                "correlationKeyRef='K'><bpmn:correlationPropertyBinding correlationPropertyRef='P1'/>",
            ),
            &["missing-attribute cs"],
        ),
        (
            "a property of another message",
            property(
                "<bpmn:correlationPropertyRetrievalExpression messageRef='X'><bpmn:messagePath>a</bpmn:messagePath>\
                 </bpmn:correlationPropertyRetrievalExpression>",
            ),
            &["dangling-reference P"],
        ),
        (
            "a path in another language",
            property(
                "<bpmn:correlationPropertyRetrievalExpression messageRef='M'>\
                 <bpmn:messagePath language='http://www.w3.org/1999/XPath'>//a</bpmn:messagePath>\
                 </bpmn:correlationPropertyRetrievalExpression>",
            ),
            &["unsupported-element P"],
        ),
        (
            "a key of what is no property",
            Pools { roots: MESSAGE, collaboration: &keyed(&["M"]), receive: (REFERS, ""), ..PLAIN }.text(),
            &["missing-attribute K", "invalid-reference K"],
        ),
    ]);
}

#[test]
fn entries_that_contradict_the_flows() {
    let process = |entries: &str| {
        crate::common::process(&format!(
            "<bpmn:startEvent id='s'/><bpmn:userTask id='t'>{entries}</bpmn:userTask><bpmn:endEvent id='e'/>\
             <bpmn:sequenceFlow id='f1' sourceRef='s' targetRef='t'/>\
             <bpmn:sequenceFlow id='f2' sourceRef='t' targetRef='e'/>"
        ))
    };
    check(&[
        ("right", process("<bpmn:incoming>f1</bpmn:incoming><bpmn:outgoing>f2</bpmn:outgoing>"), &[]),
        ("the wrong way round", process("<bpmn:incoming>f2</bpmn:incoming>"), &["contradictory-flow t"]),
        ("of nothing", process("<bpmn:outgoing>gone</bpmn:outgoing>"), &["contradictory-flow t"]),
    ]);
}
