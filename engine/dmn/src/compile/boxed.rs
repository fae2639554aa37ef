//! Boxed expressions (DMN 1.5, 7.3 and 10.2.1), from XML.

use std::sync::Arc;

use hosk_feel::{Names, Parameter, Type};
use hosk_xml::{DiagnosticCode, Document, Namespace, Node};

use super::findings::{Findings, label};
use super::unit::Unit;
use super::{tables, texts, types};
use crate::limits::MAX_NESTING;
use crate::logic::{Entry, FunctionLogic, Invocation, IteratorKind, IteratorLogic, Logic, Relation, Typed};

const EXPRESSIONS: [&str; 12] = [
    "literalExpression",
    "decisionTable",
    "context",
    "invocation",
    "list",
    "relation",
    "functionDefinition",
    "conditional",
    "filter",
    "for",
    "some",
    "every",
];

/// Compiles the expressions of one element.
pub(super) struct Boxed<'u, 'd> {
    pub(super) unit: &'u Unit<'d>,
    pub(super) names: &'u Names,
    pub(super) findings: &'u mut Findings,
    pub(super) depth: usize,
}

/// The expressions right inside a node.
pub(super) fn expressions<'d>(doc: &'d Document, node: &'d Node) -> impl Iterator<Item = &'d Node> {
    doc.children(node).filter(|child| child.namespace == Namespace::Dmn && EXPRESSIONS.contains(&&*child.tag))
}

impl<'d> Boxed<'_, 'd> {
    fn doc(&self) -> &'d Document {
        self.unit.doc
    }

    /// The expression inside a node that must have one.
    fn inside(&mut self, node: &'d Node) -> Logic {
        let doc = self.doc();
        if let Some(expression) = expressions(doc, node).next() {
            return self.logic(expression);
        }
        let message = format!("A part of the {} (`{}`) has no expression.", label(doc, node), node.tag);
        let remedy = "Write the expression, or `null` if that is meant.";
        self.findings.warn(doc, node, DiagnosticCode::MissingExpression, message, remedy);
        texts::broken(doc, node, "the expression is missing")
    }

    /// The expression inside the child with a tag.
    fn part(&mut self, node: &'d Node, tag: &'d str) -> Logic {
        let doc = self.doc();
        self.inside(doc.own_child(node, tag).unwrap_or(node))
    }

    /// An expression.
    pub(super) fn logic(&mut self, node: &'d Node) -> Logic {
        let doc = self.doc();
        if self.depth >= MAX_NESTING {
            let message =
                format!("The expressions of the {} nest deeper than {MAX_NESTING} levels.", label(doc, node));
            let remedy = "Make inner parts decisions or business knowledge models of their own.";
            self.findings.error(doc, node, DiagnosticCode::ModelTooLarge, message, remedy);
            return texts::broken(doc, node, "the expressions nest too deep");
        }
        self.depth += 1;
        let logic = match &*node.tag {
            "decisionTable" => tables::compile(self.unit, node, self.names, self.findings),
            "context" => self.context(node),
            "invocation" => self.invocation(node),
            "list" => Logic::List(expressions(doc, node).map(|item| self.logic(item)).collect()),
            "relation" => self.relation(node),
            "functionDefinition" => self.function(node),
            "conditional" => Logic::Conditional(Box::new([
                self.part(node, "if"),
                self.part(node, "then"),
                self.part(node, "else"),
            ])),
            "filter" => Logic::Filter(Box::new([self.part(node, "in"), self.part(node, "match")])),
            "for" => self.iterator(node, IteratorKind::For),
            "some" => self.iterator(node, IteratorKind::Some),
            "every" => self.iterator(node, IteratorKind::Every),
            _ => texts::literal(doc, node, self.names, self.findings),
        };
        self.depth -= 1;
        self.typed(node, logic)
    }

    /// The expression with the type it says it has. That of a function is not checked: it is made of its parts.
    fn typed(&mut self, node: &'d Node, logic: Logic) -> Logic {
        if matches!(logic, Logic::Function(_) | Logic::Broken(..)) {
            return logic;
        }
        match types::of_expression(self.unit, node, self.findings) {
            Type::Any => logic,
            of => Logic::Typed(Box::new(Typed { logic, of, origin: texts::origin(self.doc(), node) })),
        }
    }

    fn context(&mut self, node: &'d Node) -> Logic {
        let doc = self.doc();
        let entries = doc.own_children(node, "contextEntry").map(|entry| {
            let variable = doc.own_child(entry, "variable");
            let name = variable.and_then(|variable| variable.value("name")).map(Arc::from);
            let of = variable.map_or(Type::Any, |variable| types::of(self.unit, variable, self.findings));
            Entry { name, of, origin: texts::origin(doc, entry), value: self.inside(entry) }
        });
        Logic::Context(entries.collect())
    }

    fn invocation(&mut self, node: &'d Node) -> Logic {
        let doc = self.doc();
        let callee = self.inside(node);
        let bindings = doc.own_children(node, "binding").map(|binding| {
            let parameter = doc.own_child(binding, "parameter");
            let name = parameter.and_then(|parameter| parameter.value("name")).map(Arc::from);
            let origin = texts::origin(doc, binding);
            let value = match expressions(doc, binding).next() {
                Some(expression) => self.logic(expression),
                None => texts::broken(doc, binding, "the binding has no expression"),
            };
            Entry { name, of: Type::Any, origin, value }
        });
        let bindings = bindings.collect();
        Logic::Invocation(Box::new(Invocation { callee, bindings, origin: texts::origin(doc, node) }))
    }

    fn relation(&mut self, node: &'d Node) -> Logic {
        let doc = self.doc();
        let columns: Box<[(Arc<str>, Type)]> = doc
            .own_children(node, "column")
            .map(|column| {
                let of = types::of(self.unit, column, self.findings);
                (column.value("name").unwrap_or_default().into(), of)
            })
            .collect();
        let mut rows = Vec::new();
        for row in doc.own_children(node, "row") {
            let cells: Box<[Logic]> = expressions(doc, row).map(|cell| self.logic(cell)).collect();
            if cells.len() != columns.len() {
                let message = format!(
                    "A relation of the {} has {} columns, but a row with {} cells.",
                    label(doc, row),
                    columns.len(),
                    cells.len()
                );
                let remedy = "Give every row one cell per column.";
                self.findings.error(doc, row, DiagnosticCode::InvalidBoxedExpression, message, remedy);
            }
            rows.push(cells);
        }
        Logic::Relation(Box::new(Relation { columns, rows: rows.into(), origin: texts::origin(doc, node) }))
    }

    /// The parameters of a function and its body.
    pub(super) fn signature(&mut self, node: &'d Node) -> (Vec<Parameter>, Logic) {
        let doc = self.doc();
        let parameters = doc
            .own_children(node, "formalParameter")
            .map(|parameter| Parameter {
                name: parameter.value("name").unwrap_or_default().into(),
                of: types::of(self.unit, parameter, self.findings),
            })
            .collect();
        let body = match node.value("kind") {
            None | Some("FEEL") => self.inside(node),
            Some(kind) => {
                let message = format!("A function of the {} is of kind `{kind}`.", label(doc, node));
                let remedy = "Write the function in FEEL; code outside of the model is not executed.";
                self.findings.error(doc, node, DiagnosticCode::ExternalFunction, message, remedy);
                texts::broken(doc, node, "functions outside of the model are not executed")
            }
        };
        (parameters, body)
    }

    fn function(&mut self, node: &'d Node) -> Logic {
        let (parameters, body) = self.signature(node);
        let result = types::of(self.unit, node, self.findings);
        // The type of a boxed function, if it has one, is that of the function and not of its result.
        let result = if let Type::Function(_, result) = result { (*result).clone() } else { Type::Any };
        let mut captures = Vec::new();
        body.names_read(&mut captures);
        captures.sort_unstable();
        captures.dedup();
        captures.retain(|name| !parameters.iter().any(|parameter| parameter.name == *name));
        Logic::Function(Arc::new(FunctionLogic { parameters, result, body, captures }))
    }

    fn iterator(&mut self, node: &'d Node, kind: IteratorKind) -> Logic {
        let doc = self.doc();
        let domain = self.part(node, "in");
        let of =
            doc.own_child(node, "in").map_or(Type::Any, |domain| types::of(self.unit, domain, self.findings));
        let body = self.part(node, if kind == IteratorKind::For { "return" } else { "satisfies" });
        let mut read = Vec::new();
        body.names_read(&mut read);
        let reads_partial = kind == IteratorKind::For && read.iter().any(|name| &**name == "partial");
        let variable = node.value("iteratorVariable").unwrap_or_default().into();
        let origin = texts::origin(doc, node);
        Logic::Iterator(Box::new(IteratorLogic { kind, variable, of, domain, body, reads_partial, origin }))
    }
}
