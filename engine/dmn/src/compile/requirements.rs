//! References become nodes of the graph; cycles are refused (DMN 1.5, 6.2.1.3).

use std::sync::{Arc, OnceLock};

use hosk_xml::{DiagnosticCode, quoted};
use rustc_hash::FxHashMap;

use super::elements::Compiled;
use super::findings::{Findings, label};
use super::unit::{Unit, id};
use crate::graph::{Graph, Node, NodeIndex, NodeKind, Requirement};
use crate::limits::{MAX_ELEMENTS, MAX_IMPORT_DEPTH};

/// The names of the imports that lead to an element.
type Path = Arc<[Arc<str>]>;

/// Makes nodes when they are first referred to.
struct Builder<'u, 'd> {
    units: &'u [Unit<'d>],
    /// Elements by file, and their places by id.
    elements: &'u [Vec<Compiled<'d>>],
    places: Vec<FxHashMap<&'d str, usize>>,
    nodes: Vec<Node>,
    /// The file and place of each node.
    sources: Vec<(usize, usize)>,
    known: FxHashMap<(Path, usize, usize), NodeIndex>,
    is_full: bool,
    findings: &'u mut Findings,
}

pub(super) fn graph(units: &[Unit<'_>], elements: &[Vec<Compiled<'_>>], findings: &mut Findings) -> Graph {
    let places = elements
        .iter()
        .map(|own| own.iter().enumerate().filter_map(|(place, c)| Some((id(c.node)?, place))).collect())
        .collect();
    let (nodes, sources, known) = (Vec::new(), Vec::new(), FxHashMap::default());
    let mut builder = Builder { units, elements, places, nodes, sources, known, is_full: false, findings };
    let outermost: Path = Arc::new([]);
    let own: Vec<NodeIndex> =
        (0..elements[0].len()).filter_map(|place| builder.node(&outermost, 0, place)).collect();
    let mut next = 0;
    while next < builder.nodes.len() {
        builder.refer(next);
        next += 1;
    }
    let root = units[0].doc.root();
    let by_id =
        own.iter().map(|index| (builder.nodes[index.0 as usize].element.id.clone(), *index)).collect();
    let mut graph = Graph {
        id: root.id().unwrap_or_default().into(),
        name: root.value("name").unwrap_or_default().into(),
        nodes: builder.nodes,
        own,
        by_id,
    };
    let sources = builder.sources;
    refuse_cycles(&mut graph, &sources, units, elements, findings);
    graph
}

impl Builder<'_, '_> {
    /// The node of an element of a file that is reached through imports of these names.
    fn node(&mut self, path: &Path, file: usize, place: usize) -> Option<NodeIndex> {
        let key = (path.clone(), file, place);
        if let Some(index) = self.known.get(&key) {
            return Some(*index);
        }
        if self.nodes.len() >= MAX_ELEMENTS || path.len() > MAX_IMPORT_DEPTH {
            if !std::mem::replace(&mut self.is_full, true) {
                let unit = &self.units[0];
                let message = format!(
                    "The model has more than {MAX_ELEMENTS} elements, imported ones included, or imports nest \
                     deeper than {MAX_IMPORT_DEPTH} levels."
                );
                let remedy = "Split the model; models must not import each other in a circle.";
                self.findings.error(
                    unit.doc,
                    unit.doc.root(),
                    DiagnosticCode::ModelTooLarge,
                    message,
                    remedy,
                );
            }
            return None;
        }
        let index = NodeIndex(self.nodes.len() as u32);
        self.nodes.push(Node {
            element: self.elements[file][place].element.clone(),
            path: path.clone(),
            requires: Vec::new(),
            order: OnceLock::new(),
            inputs: Vec::new(),
            outputs: Vec::new(),
        });
        self.sources.push((file, place));
        self.known.insert(key, index);
        Some(index)
    }

    /// Resolves the references of a node.
    fn refer(&mut self, number: usize) {
        let (file, place) = self.sources[number];
        let elements = self.elements;
        let compiled = &elements[file][place];
        // An element with several nodes is complained about once.
        let loud = self.nodes[number].path.is_empty();
        let mut requires = Vec::with_capacity(compiled.requires.len());
        for (node, href) in &compiled.requires {
            requires.extend(self.requirement(number, node, href, loud));
        }
        let mut inputs = Vec::new();
        for (node, href) in &compiled.inputs {
            inputs.extend(self.requirement(number, node, href, loud).map(|found| found.node));
        }
        let mut outputs = Vec::new();
        for (node, href) in &compiled.outputs {
            outputs.extend(self.requirement(number, node, href, loud).map(|found| found.node));
        }
        let own = &mut self.nodes[number];
        (own.requires, own.inputs, own.outputs) = (requires, inputs, outputs);
    }

    fn requirement(
        &mut self,
        number: usize,
        node: &hosk_xml::Node,
        href: &str,
        loud: bool,
    ) -> Option<Requirement> {
        let (file, _) = self.sources[number];
        let unit = &self.units[file];
        let found = unit.resolve(href, self.units);
        let fits = |target: &hosk_xml::Node| match &*node.tag {
            "requiredKnowledge" => matches!(&*target.tag, "businessKnowledgeModel" | "decisionService"),
            "requiredInput" | "inputData" => &*target.tag == "inputData",
            _ => &*target.tag == "decision",
        };
        let is_known = found.is_some();
        let Some((import, other, target)) = found.filter(|(_, _, target)| fits(target)) else {
            if loud {
                let (code, what) = if is_known {
                    (DiagnosticCode::InvalidReference, "which is of another kind")
                } else {
                    (DiagnosticCode::DanglingReference, "which is not in the model")
                };
                let href = quoted(href, 80);
                let message =
                    format!("The {} refers to `{href}` as `{}`, {what}.", label(unit.doc, node), node.tag);
                self.findings.error(unit.doc, node, code, message, "Correct the reference, or remove it.");
            }
            return None;
        };
        let place = *self.places[other].get(id(target)?)?;
        let path = match &import {
            None => self.nodes[number].path.clone(),
            Some(import) => self.nodes[number].path.iter().chain([import]).cloned().collect(),
        };
        Some(Requirement { import, node: self.node(&path, other, place)? })
    }
}

/// Reports every decision and knowledge model that requires itself through others, and cuts the cycle. A knowledge
/// model that names itself is merely recursive.
fn refuse_cycles(
    graph: &mut Graph,
    sources: &[(usize, usize)],
    units: &[Unit<'_>],
    elements: &[Vec<Compiled<'_>>],
    findings: &mut Findings,
) {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        Open,
        Done,
    }
    let mut marks = vec![Mark::New; graph.nodes.len()];
    for start in 0..graph.nodes.len() {
        // A node, and the requirement to look at next.
        let mut path = vec![(start, 0)];
        if marks[start] != Mark::New {
            continue;
        }
        marks[start] = Mark::Open;
        while let Some((number, next)) = path.pop() {
            let Some(required) = graph.nodes[number].requires.get(next) else {
                marks[number] = Mark::Done;
                continue;
            };
            let target = required.node.0 as usize;
            let is_recursion =
                target == number && matches!(graph.nodes[number].element.kind, NodeKind::Knowledge(_));
            if is_recursion || (marks[target] == Mark::Open) {
                if !is_recursion {
                    let (file, place) = sources[number];
                    let (unit, node) = (&units[file], elements[file][place].node);
                    let message =
                        format!("The {} requires itself, directly or through others.", label(unit.doc, node));
                    let remedy = "Remove one of the requirements of the cycle.";
                    findings.error(unit.doc, node, DiagnosticCode::CyclicRequirement, message, remedy);
                }
                graph.nodes[number].requires.remove(next);
                path.push((number, next));
                continue;
            }
            path.push((number, next + 1));
            if marks[target] == Mark::New {
                marks[target] = Mark::Open;
                path.push((target, 0));
            }
        }
    }
}
