//! What every part of the compiler works with: the document, what stands at its root, and where findings go.

use hosk_feel::Expression;
use rustc_hash::FxHashMap;

use super::collaboration::MessageFlows;
use super::correlation::Correlation;
use super::data::DataNames;
use crate::definition::Dynamic;
use crate::diagnostic::{Diagnostic, Severity};
use crate::diagnostic_code::DiagnosticCode;
use crate::limits::MAX_COLLECTED;
use crate::xml::{Document, Namespace, Node, NodeIndex, sentence};

pub(crate) use crate::xml::quoted;

/// The compiler's working state for one file.
pub(crate) struct Context<'d> {
    pub(crate) doc: &'d Document,
    /// BPMN elements of the whole file by id (the first of each).
    pub(crate) by_id: FxHashMap<&'d str, &'d Node>,
    /// The candidate group of the lane a flow node stands in, by the flow node's id.
    pub(crate) lane_groups: FxHashMap<&'d str, Dynamic>,
    /// What data objects are called, and which are more than a picture.
    pub(crate) data: DataNames,
    /// Message flows along which the engine delivers.
    pub(crate) message_flows: MessageFlows<'d>,
    /// Keys of standard correlation.
    pub(crate) correlation: Correlation,
    /// Messages, errors and escalations at the root that were compiled already: many events may share one.
    pub(crate) messages: FxHashMap<NodeIndex, SharedMessage>,
    pub(crate) event_codes: FxHashMap<NodeIndex, Option<Dynamic>>,
    /// Names of signals at the root, compiled once however many events refer to them.
    pub(crate) signals: FxHashMap<NodeIndex, Option<Dynamic>>,
    /// `zeebe:jobPriorityDefinition` of the process being compiled: the default of its jobs.
    pub(crate) process_priority: Option<Dynamic>,
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// How many errors and warnings were collected.
    collected: [usize; 2],
}

/// A root message as its events need it.
#[derive(Clone)]
pub(crate) struct SharedMessage {
    pub(crate) name: Option<Dynamic>,
    pub(crate) correlation_key: Option<Expression>,
    pub(crate) has_subscription: bool,
}

impl<'d> Context<'d> {
    pub(crate) fn new(doc: &'d Document) -> Self {
        Self {
            doc,
            by_id: FxHashMap::default(),
            lane_groups: FxHashMap::default(),
            data: DataNames::default(),
            message_flows: MessageFlows::default(),
            correlation: Correlation::default(),
            messages: FxHashMap::default(),
            event_codes: FxHashMap::default(),
            signals: FxHashMap::default(),
            process_priority: None,
            diagnostics: Vec::new(),
            collected: [0; 2],
        }
    }

    /// Reports an error at the start of a node.
    pub(crate) fn error(
        &mut self,
        code: DiagnosticCode,
        node: &Node,
        message: String,
        remedy: impl Into<String>,
    ) {
        self.report(Severity::Error, code, node, node.offset, message, remedy.into());
    }

    /// Reports an error at an attribute of a node; at its start when the attribute is absent.
    pub(crate) fn error_at(
        &mut self,
        code: DiagnosticCode,
        node: &Node,
        attribute: &str,
        message: String,
        remedy: impl Into<String>,
    ) {
        let offset = node.attribute(attribute).map_or(node.offset, |a| a.source_offset(0));
        self.report(Severity::Error, code, node, offset, message, remedy.into());
    }

    /// Reports a warning at the start of a node.
    pub(crate) fn warn(
        &mut self,
        code: DiagnosticCode,
        node: &Node,
        message: String,
        remedy: impl Into<String>,
    ) {
        self.report(Severity::Warning, code, node, node.offset, message, remedy.into());
    }

    /// Reports at any byte offset of the source.
    pub(crate) fn report(
        &mut self,
        severity: Severity,
        code: DiagnosticCode,
        node: &Node,
        offset: usize,
        message: String,
        remedy: String,
    ) {
        let collected = &mut self.collected[usize::from(severity == Severity::Warning)];
        *collected += 1;
        if *collected > MAX_COLLECTED {
            return;
        }
        let position = self.doc.source.position(offset);
        let element_id = self.element_of(node).and_then(Node::id).map(str::to_owned);
        let (message, remedy) = (sentence(message), sentence(remedy));
        self.diagnostics.push(Diagnostic { code, severity, message, element_id, position, remedy });
    }

    /// The innermost BPMN element with an id that a node belongs to, event definitions and the like left out.
    fn element_of<'n>(&'n self, node: &'n Node) -> Option<&'n Node> {
        let mut at = Some(node);
        while let Some(node) = at {
            if node.namespace == Namespace::Bpmn && node.id().is_some() && !is_part(&node.tag) {
                return Some(node);
            }
            at = self.doc.parent(node);
        }
        None
    }

    /// The node a reference means; QName prefixes, which some exporters write, are tolerated.
    pub(crate) fn resolve(&self, reference: &str) -> Option<&'d Node> {
        let direct = self.by_id.get(reference);
        let found = direct.or_else(|| reference.split_once(':').and_then(|(_, local)| self.by_id.get(local)));
        found.copied()
    }

    /// How a node is spoken of: "service task `ship`".
    pub(crate) fn label(&self, node: &Node) -> String {
        match self.element_of(node) {
            Some(element) if element.index == node.index => name_with_id(node),
            Some(element) => format!("{} of the {}", words(&node.tag), name_with_id(element)),
            None => words(&node.tag),
        }
    }

    /// The element a node belongs to, as spoken of.
    pub(crate) fn owner_label(&self, node: &Node) -> String {
        self.element_of(node).map_or_else(|| words(&node.tag), name_with_id)
    }

    /// The nearest enclosing process or sub-process of a node, not the node itself.
    pub(crate) fn scope_of(&self, node: &'d Node) -> Option<NodeIndex> {
        let mut at = self.doc.parent(node);
        while let Some(node) = at {
            if node.namespace == Namespace::Bpmn && is_container(&node.tag) {
                return Some(node.index);
            }
            at = self.doc.parent(node);
        }
        None
    }
}

fn name_with_id(node: &Node) -> String {
    match node.id() {
        Some(id) => format!("{} `{id}`", words(&node.tag)),
        None => words(&node.tag),
    }
}

/// `intermediateCatchEvent` as people say it.
pub(crate) fn words(tag: &str) -> String {
    match tag {
        "subProcess" => "sub-process".to_owned(),
        "adHocSubProcess" => "ad-hoc sub-process".to_owned(),
        "multiInstanceLoopCharacteristics" => "multi-instance characteristics".to_owned(),
        _ => {
            let mut spoken = String::with_capacity(tag.len() + 4);
            for character in tag.chars() {
                if character.is_uppercase() && !spoken.is_empty() {
                    spoken.push(' ');
                }
                spoken.extend(character.to_lowercase());
            }
            spoken
        }
    }
}

/// Elements whose findings belong to the element around them.
fn is_part(tag: &str) -> bool {
    const PARTS: [&str; 6] = [
        "timeDate",
        "timeDuration",
        "timeCycle",
        "loopCardinality",
        "completionCondition",
        "activationCondition",
    ];
    tag.ends_with("EventDefinition")
        || tag.ends_with("LoopCharacteristics")
        || tag.ends_with("Expression")
        || tag.ends_with("BehaviorDefinition")
        || PARTS.contains(&tag)
}

/// Elements that flow nodes stand in.
pub(crate) fn is_container(tag: &str) -> bool {
    matches!(tag, "process" | "subProcess" | "transaction" | "adHocSubProcess")
}
