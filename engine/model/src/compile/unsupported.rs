//! What BPMN defines and hosk does not execute: refused by name, with a way out; and elements nobody knows.
//!
//! To support one: remove its line here, compile it in a file of its own, and add it to `element::compile` or
//! `triggers::verdict`.

use super::context::Context;
use crate::diagnostic_code::DiagnosticCode;
use crate::xml::{Namespace, Node};

const VARIABLES: &str = "Pass data as variables, with `zeebe:ioMapping`.";
const STREAM: &str = "Pass all of the data at the beginning and the end.";
pub(super) const CHOREOGRAPHY: &str = "Choreographies are not executable; model the processes.";

/// Elements inside a process that have execution semantics we do not have.
pub(super) const REFUSED: &[(&str, &str)] = &[
    ("implicitThrowEvent", "Use an intermediate throw event."),
    ("ioBinding", VARIABLES),
    ("whileExecutingInputRefs", STREAM),
    ("whileExecutingOutputRefs", STREAM),
    ("callChoreography", CHOREOGRAPHY),
    ("subChoreography", CHOREOGRAPHY),
    ("choreographyTask", CHOREOGRAPHY),
];

/// Elements of a process that are executed, or carry no execution semantics.
const KNOWN: &[&str] = &[
    "process",
    "documentation",
    "extensionElements",
    "incoming",
    "outgoing",
    "sequenceFlow",
    "conditionExpression",
    "startEvent",
    "endEvent",
    "intermediateCatchEvent",
    "intermediateThrowEvent",
    "boundaryEvent",
    "messageEventDefinition",
    "timerEventDefinition",
    "errorEventDefinition",
    "terminateEventDefinition",
    "signalEventDefinition",
    "escalationEventDefinition",
    "conditionalEventDefinition",
    "compensateEventDefinition",
    "cancelEventDefinition",
    "linkEventDefinition",
    "eventDefinitionRef",
    "operationRef",
    "timeDate",
    "timeDuration",
    "timeCycle",
    "condition",
    "source",
    "target",
    "task",
    "manualTask",
    "serviceTask",
    "sendTask",
    "businessRuleTask",
    "scriptTask",
    "receiveTask",
    "userTask",
    "callActivity",
    "subProcess",
    "transaction",
    "adHocSubProcess",
    "script",
    "rendering",
    "multiInstanceLoopCharacteristics",
    "loopCardinality",
    "loopDataInputRef",
    "loopDataOutputRef",
    "inputDataItem",
    "outputDataItem",
    "completionCondition",
    "complexBehaviorDefinition",
    "event",
    "exclusiveGateway",
    "parallelGateway",
    "inclusiveGateway",
    "complexGateway",
    "activationCondition",
    "eventBasedGateway",
    "standardLoopCharacteristics",
    "loopCondition",
    "laneSet",
    "lane",
    "flowNodeRef",
    "childLaneSet",
    "partitionElement",
    "textAnnotation",
    "text",
    "group",
    "association",
    "category",
    "categoryValue",
    "categoryValueRef",
    "dataStoreReference",
    "dataObject",
    "dataObjectReference",
    "dataState",
    "property",
    "ioSpecification",
    "dataInput",
    "dataOutput",
    "inputSet",
    "outputSet",
    "dataInputRefs",
    "dataOutputRefs",
    "optionalInputRefs",
    "optionalOutputRefs",
    "inputSetRefs",
    "outputSetRefs",
    "transformation",
    "assignment",
    "from",
    "to",
    "resourceRole",
    "performer",
    "humanPerformer",
    "potentialOwner",
    "resourceRef",
    "resourceParameterBinding",
    "resourceAssignmentExpression",
    "formalExpression",
    "expression",
    "supportedInterfaceRef",
    "correlationSubscription",
    "correlationPropertyBinding",
    "dataPath",
    "globalTask",
    "globalManualTask",
    "globalUserTask",
    "globalScriptTask",
    "globalBusinessRuleTask",
    "dataInputAssociation",
    "dataOutputAssociation",
    "sourceRef",
    "targetRef",
    "auditing",
    "monitoring",
    "supports",
    "relationship",
];

/// Reports everything in a process that is refused.
pub(super) fn check<'d>(cx: &mut Context<'d>, process: &'d Node) {
    for node in cx.doc.subtree(process).filter(|n| n.namespace == Namespace::Bpmn) {
        let tag = &*node.tag;
        if let Some((_, remedy)) = REFUSED.iter().find(|(name, _)| *name == tag) {
            let message = format!("The {} is not executed.", cx.label(node));
            cx.error(DiagnosticCode::UnsupportedElement, node, message, *remedy);
        } else if !KNOWN.contains(&tag) {
            let message = format!("`{tag}` is no BPMN 2.0 element that can stand here.");
            let remedy = "Correct its name, or remove it.";
            cx.error(DiagnosticCode::UnknownElement, node, message, remedy);
        }
    }
}

/// The way around a trigger that is not executed.
pub(super) const TRIGGER: &str = "Use a timer, message, signal, condition, error or escalation event.";
