//! Decision tables (DMN 1.5, 8.3).

use std::sync::Arc;

use hosk_feel::{ConstantTests, Expression, Names, Type, Value};
use hosk_xml::{DiagnosticCode, Document, Node};
use rustc_hash::FxHashMap;

use super::findings::{Findings, label};
use super::unit::Unit;
use super::{texts, types};
use crate::logic::{Cell, Logic};
use crate::table::{HitPolicy, Index, Input, Output, Rule, Table, Test};

/// Compiles one table. Cells with the same text are compiled once.
struct Tables<'u, 'd> {
    unit: &'u Unit<'d>,
    doc: &'d Document,
    names: &'u Names,
    findings: &'u mut Findings,
    tests: FxHashMap<&'d str, (Expression, Option<Arc<ConstantTests>>)>,
    outputs: FxHashMap<&'d str, Expression>,
    /// Why it is refused, the first reason.
    refused: Option<String>,
}

pub(super) fn compile<'d>(unit: &Unit<'d>, node: &'d Node, names: &Names, findings: &mut Findings) -> Logic {
    let doc = unit.doc;
    let (tests, outputs) = (FxHashMap::default(), FxHashMap::default());
    let mut tables = Tables { unit, doc, names, findings, tests, outputs, refused: None };
    let table = tables.table(node);
    match tables.refused {
        None => Logic::Table(Box::new(table)),
        Some(why) => texts::broken(doc, node, &why),
    }
}

impl<'d> Tables<'_, 'd> {
    fn table(&mut self, node: &'d Node) -> Table {
        let doc = self.doc;
        let hit_policy = self.hit_policy(node);
        let inputs: Box<[Input]> =
            doc.own_children(node, "input").filter_map(|input| self.input(input)).collect();
        let outputs: Box<[Output]> =
            doc.own_children(node, "output").map(|output| self.output(output)).collect();
        if outputs.is_empty() {
            self.refuse(node, "has no output column", "Add an output.");
        }
        if outputs.len() > 1 && outputs.iter().any(|output| output.name.is_empty()) {
            let what = "has several outputs, but one of them has no name";
            self.refuse(node, what, "Name every output; the names are the members of the result.");
        }
        let rules: Box<[Rule]> =
            doc.own_children(node, "rule").map(|rule| self.rule(rule, &inputs, &outputs)).collect();
        let index = Index::new(&rules, inputs.len());
        Table { id: texts::origin(doc, node), hit_policy, inputs, outputs, rules, index }
    }

    fn hit_policy(&mut self, node: &Node) -> HitPolicy {
        let (policy, aggregation) = (node.value("hitPolicy"), node.value("aggregation"));
        HitPolicy::read(policy, aggregation).unwrap_or_else(|| {
            let what = format!(
                "has the hit policy `{}`{}",
                policy.unwrap_or("UNIQUE"),
                aggregation.map(|a| format!(" with the aggregation `{a}`")).unwrap_or_default()
            );
            let remedy = "Use UNIQUE, ANY, PRIORITY, FIRST, RULE ORDER, OUTPUT ORDER or COLLECT; with COLLECT the \
                          aggregations are SUM, MIN, MAX and COUNT.";
            self.refuse(node, &what, remedy);
            HitPolicy::Unique
        })
    }

    fn refuse(&mut self, node: &Node, what: &str, remedy: &str) {
        let message = format!("A decision table of the {} {what}.", label(self.doc, node));
        self.findings.error(self.doc, node, DiagnosticCode::InvalidDecisionTable, message, remedy);
        self.refused.get_or_insert_with(|| format!("the decision table {what}"));
    }

    fn input(&mut self, node: &'d Node) -> Option<Input> {
        let doc = self.doc;
        let Some(expression) = doc.own_child(node, "inputExpression") else {
            self.refuse(node, "has an input without expression", "Write what the input is.");
            return None;
        };
        let Some(text) = texts::text(doc, expression) else {
            self.refuse(node, "has an input with an empty expression", "Write what the input is.");
            return None;
        };
        let cell = texts::cell(doc, expression, self.names, self.findings);
        let of = types::of(self.unit, expression, self.findings);
        let allowed = doc.own_child(node, "inputValues");
        let allowed = allowed.and_then(|v| texts::unary_tests(doc, v, self.names, self.findings));
        let name = node.value("label").unwrap_or(text.value().trim()).into();
        match cell {
            Ok(expression) => {
                Some(Input { id: node.id().unwrap_or_default().into(), name, expression, of, allowed })
            }
            Err(why) => {
                self.refused.get_or_insert(why);
                None
            }
        }
    }

    fn output(&mut self, node: &'d Node) -> Output {
        let doc = self.doc;
        let of = types::of(self.unit, node, self.findings);
        let listed = doc.own_child(node, "outputValues");
        let listed = listed.and_then(|v| texts::unary_tests(doc, v, self.names, self.findings));
        let listed = listed.map(|cell| cell.expression);
        let restriction =
            if let Type::Restricted(restriction) = &of { Some(&restriction.tests) } else { None };
        let priorities = listed.as_ref().or(restriction).and_then(values);
        let default =
            doc.own_child(node, "defaultOutputEntry").filter(|entry| texts::text(doc, entry).is_some());
        let default = default.map(|entry| texts::cell(doc, entry, self.names, self.findings));
        let default = default.and_then(|cell| self.kept(cell));
        let id = node.id().unwrap_or_default().into();
        let name = node.value("name").or(node.value("label")).unwrap_or_default().into();
        Output { id, name, of, priorities, default }
    }

    /// The cell, or `None` with the reason noted.
    fn kept(&mut self, cell: Result<Cell, String>) -> Option<Cell> {
        match cell {
            Ok(cell) => Some(cell),
            Err(why) => {
                self.refused.get_or_insert(why);
                None
            }
        }
    }

    fn rule(&mut self, node: &'d Node, inputs: &[Input], outputs: &[Output]) -> Rule {
        let doc = self.doc;
        let tests: Box<[Test]> =
            doc.own_children(node, "inputEntry").filter_map(|entry| self.test(entry)).collect();
        let cells: Box<[Cell]> =
            doc.own_children(node, "outputEntry").filter_map(|entry| self.entry(entry)).collect();
        if self.refused.is_none() && (tests.len() != inputs.len() || cells.len() != outputs.len()) {
            let what = format!(
                "has a rule with {} input and {} output entries, but {} inputs and {} outputs",
                tests.len(),
                cells.len(),
                inputs.len(),
                outputs.len()
            );
            self.refuse(node, &what, "Give every rule one entry per column.");
        }
        Rule { id: node.id().unwrap_or_default().into(), tests, outputs: cells }
    }

    /// An empty cell passes always, as `-` does.
    fn test(&mut self, node: &'d Node) -> Option<Test> {
        let doc = self.doc;
        let text = texts::text(doc, node).map_or("-", |text| text.value());
        let origin = texts::origin(doc, node);
        if let Some((expression, constant)) = self.tests.get(text) {
            return Some(Test::new(Cell { expression: expression.clone(), origin }, constant.clone()));
        }
        let compiled = if texts::text(doc, node).is_some() {
            texts::tests(doc, node, self.names, self.findings)
        } else {
            let expression = Expression::compile_unary_tests("-", self.names);
            expression.map(|expression| Cell { expression, origin }).map_err(|_| String::new())
        };
        let cell = self.kept(compiled)?;
        let constant = cell.expression.constant_tests().map(Arc::new);
        self.tests.insert(text, (cell.expression.clone(), constant.clone()));
        Some(Test::new(cell, constant))
    }

    /// An empty cell is null.
    fn entry(&mut self, node: &'d Node) -> Option<Cell> {
        let doc = self.doc;
        let text = texts::text(doc, node).map_or("null", |text| text.value());
        let origin = texts::origin(doc, node);
        if let Some(expression) = self.outputs.get(text) {
            return Some(Cell { expression: expression.clone(), origin });
        }
        let compiled = if texts::text(doc, node).is_some() {
            texts::cell(doc, node, self.names, self.findings)
        } else {
            let expression = Expression::compile("null", self.names);
            expression.map(|expression| Cell { expression, origin }).map_err(|_| String::new())
        };
        let cell = self.kept(compiled)?;
        self.outputs.insert(text, cell.expression.clone());
        Some(cell)
    }
}

/// The values that tests enumerate.
fn values(tests: &Expression) -> Option<Vec<Value>> {
    match tests.constant_tests()? {
        ConstantTests::AnyOf(values) => Some(values),
        ConstantTests::All | ConstantTests::NoneOf(_) => None,
    }
}
