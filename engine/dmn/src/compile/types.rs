//! Item definitions to FEEL types (DMN 1.5, 7.3.2 and 7.3.3).
//!
//! `allowedValues` restrict the items, `typeConstraint` the whole value. A definition that contains itself is not
//! checked below the place where it comes again.

use std::collections::BTreeMap;
use std::sync::Arc;

use hosk_feel::{Expression, Names, Restriction, Type};
use hosk_xml::{DiagnosticCode, Document, Node, quoted};
use rustc_hash::FxHashMap;

use super::findings::{Findings, label};
use super::texts;
use super::unit::Unit;
use crate::limits::MAX_NESTING;

/// Compiles item definitions, each when it is needed.
struct Types<'u, 'd> {
    doc: &'d Document,
    definitions: FxHashMap<&'d str, &'d Node>,
    done: BTreeMap<String, Type>,
    open: Vec<&'d str>,
    names: Names,
    findings: &'u mut Findings,
}

/// The types of a file by name; those of imported files are `import.type`.
pub(super) fn compile(
    unit: &Unit<'_>,
    units: &[Unit<'_>],
    findings: &mut Findings,
) -> BTreeMap<String, Type> {
    let doc = unit.doc;
    let mut done = BTreeMap::new();
    for (import, number) in &unit.imports {
        for (name, of) in &units[*number].types {
            let name = if import.is_empty() { name.clone() } else { format!("{import}.{name}") };
            done.insert(name, of.clone());
        }
    }
    let nodes = doc.own_children(doc.root(), "itemDefinition");
    let definitions = nodes.filter_map(|node| Some((node.value("name")?, node))).collect();
    let mut types = Types { doc, definitions, done, open: Vec::new(), names: Names::default(), findings };
    for node in doc.own_children(doc.root(), "itemDefinition") {
        if let Some(name) = node.value("name") {
            types.named(name);
        }
    }
    types.done
}

impl<'d> Types<'_, 'd> {
    /// The type with a name, if there is one.
    fn named(&mut self, name: &str) -> Option<Type> {
        if let Some(of) = self.done.get(name) {
            return Some(of.clone());
        }
        let Some((name, node)) = self.definitions.get_key_value(name).map(|(name, node)| (*name, *node))
        else {
            return simple(name);
        };
        if self.open.contains(&name) {
            return Some(Type::Any);
        }
        self.open.push(name);
        let of = self.item(node, 0);
        self.open.pop();
        self.done.insert(name.to_owned(), of.clone());
        Some(of)
    }

    /// The type of an item definition or component.
    fn item(&mut self, node: &'d Node, depth: usize) -> Type {
        if depth + self.open.len() > MAX_NESTING {
            let message = format!("The {} nests deeper than {MAX_NESTING} levels.", label(self.doc, node));
            let remedy = "Make it flatter.";
            self.findings.error(self.doc, node, DiagnosticCode::ModelTooLarge, message, remedy);
            return Type::Any;
        }
        let mut of = self.unrestricted(node, depth);
        if let Some(tests) = self.tests(node, "allowedValues") {
            of = Type::Restricted(Arc::new(Restriction { of, tests }));
        }
        if matches!(node.value("isCollection"), Some("true" | "1")) {
            of = Type::List(Arc::new(of));
        }
        if let Some(tests) = self.tests(node, "typeConstraint") {
            of = Type::Restricted(Arc::new(Restriction { of, tests }));
        }
        of
    }

    fn unrestricted(&mut self, node: &'d Node, depth: usize) -> Type {
        let doc = self.doc;
        if let Some(function) = doc.own_child(node, "functionItem") {
            let parameters: Vec<Type> = doc
                .own_children(function, "parameters")
                .map(|parameter| self.reference(node, parameter.value("typeRef")))
                .collect();
            let result = self.reference(node, function.value("outputTypeRef"));
            return Type::Function(parameters.into(), Arc::new(result));
        }
        if let Some(reference) = doc.own_child(node, "typeRef") {
            return self.reference(node, reference.trimmed_text());
        }
        let components: Vec<(Arc<str>, Type)> = doc
            .own_children(node, "itemComponent")
            .filter_map(|component| Some((component.value("name")?.into(), self.item(component, depth + 1))))
            .collect();
        if components.is_empty() { Type::Any } else { Type::Context(components.into()) }
    }

    fn reference(&mut self, node: &Node, name: Option<&str>) -> Type {
        let Some(name) = name else { return Type::Any };
        let found = self.named(name).or_else(|| self.named(without_prefix(name)));
        found.unwrap_or_else(|| {
            unknown(self.doc, node, name, self.findings);
            Type::Any
        })
    }

    fn tests(&mut self, node: &'d Node, tag: &'d str) -> Option<Expression> {
        let values = self.doc.own_child(node, tag)?;
        texts::unary_tests(self.doc, values, &self.names, self.findings).map(|cell| cell.expression)
    }
}

/// The type that a `typeRef` of an element of the file means; none is any.
pub(super) fn of(unit: &Unit<'_>, node: &Node, findings: &mut Findings) -> Type {
    let Some(name) = node.value("typeRef") else { return Type::Any };
    find(unit, name).unwrap_or_else(|| {
        unknown(unit.doc, node, name, findings);
        Type::Any
    })
}

/// The type that a boxed expression says its value has. One that is not defined says nothing, and does no harm.
pub(super) fn of_expression(unit: &Unit<'_>, node: &Node, findings: &mut Findings) -> Type {
    let Some(name) = node.value("typeRef") else { return Type::Any };
    find(unit, name).unwrap_or_else(|| {
        let message = format!(
            "An expression of the {} has the type `{}`, which is not defined; it is not checked.",
            label(unit.doc, node),
            quoted(name, 80)
        );
        let remedy = "Define the type as an item definition, or remove the attribute.";
        findings.warn(unit.doc, node, DiagnosticCode::UnknownType, message, remedy);
        Type::Any
    })
}

fn find(unit: &Unit<'_>, name: &str) -> Option<Type> {
    let find = |name: &str| unit.types.get(name).cloned().or_else(|| simple(name));
    find(name).or_else(|| find(without_prefix(name)))
}

fn unknown(doc: &Document, node: &Node, name: &str, findings: &mut Findings) {
    let message =
        format!("The {} has the type `{}`, which is not defined.", label(doc, node), quoted(name, 80));
    let remedy = "Define the type as an item definition, or use one of FEEL's: string, number, boolean, date, time, \
                  date and time, days and time duration, years and months duration, Any.";
    findings.error(doc, node, DiagnosticCode::UnknownType, message, remedy);
}

/// DMN 1.1 writes qualified names: `feel:number`.
fn without_prefix(name: &str) -> &str {
    name.split_once(':').map_or(name, |(_, local)| local)
}

/// FEEL's own types, in the spellings of DMN 1.1 and of modelers as well.
fn simple(name: &str) -> Option<Type> {
    Some(match name {
        "Any" | "any" => Type::Any,
        "Null" => Type::Null,
        "string" => Type::String,
        "number" | "integer" | "long" | "double" => Type::Number,
        "boolean" => Type::Boolean,
        "date" => Type::Date,
        "time" => Type::Time,
        "date and time" | "dateTime" => Type::DateTime,
        "days and time duration" | "dayTimeDuration" => Type::DaysDuration,
        "years and months duration" | "yearMonthDuration" => Type::YearsDuration,
        "context" => Type::Context(Arc::new([])),
        "list" => Type::List(Arc::new(Type::Any)),
        "function" => Type::AnyFunction,
        _ => return None,
    })
}
