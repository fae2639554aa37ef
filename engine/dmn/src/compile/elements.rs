//! Decisions, business knowledge models, input data and decision services (DMN 1.5, 6.3), each compiled once.

use std::borrow::Cow;
use std::sync::Arc;

use hosk_feel::{Names, Type};
use hosk_xml::{DiagnosticCode, Document, Namespace, Node};

use super::boxed::{Boxed, expressions};
use super::findings::{Findings, label};
use super::unit::{Unit, declared, has_signs, id};
use super::{texts, types};
use crate::graph::{DecisionElement, Element, KnowledgeElement, NodeKind};
use crate::logic::Logic;

/// An element with what it refers to.
pub(super) struct Compiled<'d> {
    pub(super) element: Arc<Element>,
    pub(super) node: &'d Node,
    /// Information and knowledge requirements: the node to blame, and the reference.
    pub(super) requires: Vec<(&'d Node, &'d str)>,
    /// Parameters and outputs of a service.
    pub(super) inputs: Vec<(&'d Node, &'d str)>,
    pub(super) outputs: Vec<(&'d Node, &'d str)>,
}

/// The elements of a file in document order.
pub(super) fn compile<'d>(unit: &Unit<'d>, units: &[Unit<'d>], findings: &mut Findings) -> Vec<Compiled<'d>> {
    unit.elements()
        .filter(|node| id(node).is_some())
        .map(|node| element(unit, units, node, findings))
        .collect()
}

/// The names that expressions of an element know: those of the file, and those with signs that are declared in the
/// element or come from what it requires.
fn names<'u>(unit: &'u Unit<'_>, units: &[Unit<'_>], node: &Node) -> Cow<'u, Names> {
    let doc = unit.doc;
    let mut names = Cow::Borrowed(&unit.names);
    let mut add = |node: &Node| {
        for name in declared(node).into_iter().filter(|name| has_signs(name)) {
            names.to_mut().add(name);
        }
    };
    doc.subtree(node).for_each(&mut add);
    for (_, href) in requirements(doc, node) {
        if let Some((_, file, required)) = unit.resolve(href, units) {
            add(required);
            units[file].doc.own_children(required, "variable").for_each(&mut add);
        }
    }
    names
}

fn element<'d>(unit: &Unit<'d>, units: &[Unit<'d>], node: &'d Node, findings: &mut Findings) -> Compiled<'d> {
    let doc = unit.doc;
    let names = names(unit, units, node);
    let variable = doc.own_child(node, "variable");
    let id: Arc<str> = id(node).unwrap_or_default().into();
    let name: Arc<str> = node.value("name").map_or_else(|| id.clone(), Arc::from);
    let named = variable.and_then(|variable| variable.value("name"));
    let of = variable.map_or(Type::Any, |variable| types::of(unit, variable, findings));
    let (mut inputs, mut outputs) = (Vec::new(), Vec::new());
    let kind = match &*node.tag {
        "decision" => NodeKind::Decision(DecisionElement {
            logic: decision(unit, &names, node, findings),
            version_tag: version_tag(doc, node),
        }),
        "businessKnowledgeModel" => NodeKind::Knowledge(Arc::new(knowledge(unit, &names, node, findings))),
        "decisionService" => {
            // In this order they are the parameters of the service as a function (table 34).
            inputs = references(doc, node, &["inputData"]);
            inputs.extend(references(doc, node, &["inputDecision"]));
            outputs = references(doc, node, &["outputDecision"]);
            NodeKind::Service
        }
        _ => NodeKind::Input,
    };
    let requires = requirements(doc, node);
    let variable = named.map_or_else(|| name.clone(), Arc::from);
    // The variable of a knowledge model or service may have the type of the function.
    let of = match (of, &kind) {
        (Type::Function(_, result), NodeKind::Knowledge(_) | NodeKind::Service) => (*result).clone(),
        (of, _) => of,
    };
    Compiled { element: Arc::new(Element { id, name, variable, of, kind }), node, requires, inputs, outputs }
}

fn decision<'d>(unit: &Unit<'d>, names: &Names, node: &'d Node, findings: &mut Findings) -> Logic {
    let doc = unit.doc;
    let Some(expression) = expressions(doc, node).next() else {
        let message = format!("The {} has no logic; its output is null.", label(doc, node));
        let remedy = "Add a decision table or an expression.";
        findings.warn(doc, node, DiagnosticCode::MissingExpression, message, remedy);
        return Logic::Undefined(texts::origin(doc, node));
    };
    Boxed { unit, names, findings, depth: 0 }.logic(expression)
}

fn knowledge<'d>(
    unit: &Unit<'d>,
    names: &Names,
    node: &'d Node,
    findings: &mut Findings,
) -> KnowledgeElement {
    let doc = unit.doc;
    let Some(logic) = doc.own_child(node, "encapsulatedLogic") else {
        let message = format!("The {} has no logic; it gives null.", label(doc, node));
        let remedy = "Add its encapsulated logic.";
        findings.warn(doc, node, DiagnosticCode::MissingExpression, message, remedy);
        return KnowledgeElement {
            parameters: Vec::new(),
            body: texts::broken(doc, node, "the business knowledge model has no logic"),
        };
    };
    let (parameters, body) = Boxed { unit, names, findings, depth: 0 }.signature(logic);
    KnowledgeElement { parameters, body }
}

/// `<zeebe:versionTag value="…"/>` among the extension elements.
fn version_tag(doc: &Document, node: &Node) -> Option<Arc<str>> {
    let extensions = doc.own_child(node, "extensionElements")?;
    let tag = doc
        .children(extensions)
        .find(|child| child.namespace == Namespace::Zeebe && &*child.tag == "versionTag")?;
    tag.value("value").map(Arc::from)
}

fn requirements<'d>(doc: &'d Document, node: &'d Node) -> Vec<(&'d Node, &'d str)> {
    let mut all = Vec::new();
    for requirement in doc.children(node).filter(|child| child.namespace == Namespace::Dmn) {
        match &*requirement.tag {
            "informationRequirement" => {
                all.extend(references(doc, requirement, &["requiredDecision", "requiredInput"]));
            }
            "knowledgeRequirement" => all.extend(references(doc, requirement, &["requiredKnowledge"])),
            _ => {}
        }
    }
    all
}

fn references<'d>(doc: &'d Document, node: &'d Node, tags: &[&str]) -> Vec<(&'d Node, &'d str)> {
    doc.children(node)
        .filter(|child| child.namespace == Namespace::Dmn && tags.contains(&&*child.tag))
        .map(|child| (child, child.value("href").unwrap_or_default()))
        .collect()
}
