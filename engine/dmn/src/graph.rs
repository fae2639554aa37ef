//! The requirements graph (DMN 1.5, 6.2): decisions, input data, knowledge models and services, as compiled.
//!
//! An element of a file is compiled once. It has one node per way it is imported, because input data of an imported
//! model gets its value under the name of the import.

use std::sync::{Arc, OnceLock};

use hosk_feel::{Parameter, Type};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::DecisionKind;
use crate::limits::MAX_KEPT_ORDER;
use crate::logic::Logic;

/// The number of a node in its graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct NodeIndex(pub(crate) u32);

/// A compiled model.
#[derive(Debug)]
pub(crate) struct Graph {
    pub(crate) id: Arc<str>,
    pub(crate) name: Arc<str>,
    pub(crate) nodes: Vec<Node>,
    /// The nodes of the main file in document order.
    pub(crate) own: Vec<NodeIndex>,
    pub(crate) by_id: FxHashMap<Arc<str>, NodeIndex>,
}

/// An element, as imported in one way.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) element: Arc<Element>,
    /// The names of the imports that lead to it from the main file.
    pub(crate) path: Arc<[Arc<str>]>,
    /// What it requires, with the import's name if that is of another file.
    pub(crate) requires: Vec<Requirement>,
    /// See [`Graph::order`]; found at the first use.
    pub(crate) order: OnceLock<Arc<[NodeIndex]>>,
    /// Parameters of a service: input data, then input decisions.
    pub(crate) inputs: Vec<NodeIndex>,
    /// Output decisions of a service.
    pub(crate) outputs: Vec<NodeIndex>,
}

/// One required element.
#[derive(Clone, Debug)]
pub(crate) struct Requirement {
    pub(crate) import: Option<Arc<str>>,
    pub(crate) node: NodeIndex,
}

/// An element of a file.
#[derive(Debug)]
pub(crate) struct Element {
    pub(crate) id: Arc<str>,
    pub(crate) name: Arc<str>,
    /// The name of its variable; that of the element when it has none.
    pub(crate) variable: Arc<str>,
    /// What its value conforms to.
    pub(crate) of: Type,
    pub(crate) kind: NodeKind,
}

#[derive(Debug)]
pub(crate) enum NodeKind {
    Input,
    Decision(DecisionElement),
    Knowledge(Arc<KnowledgeElement>),
    Service,
}

#[derive(Debug)]
pub(crate) struct DecisionElement {
    pub(crate) logic: Logic,
    pub(crate) version_tag: Option<Arc<str>>,
}

/// A business knowledge model.
#[derive(Debug)]
pub(crate) struct KnowledgeElement {
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) body: Logic,
}

impl Graph {
    pub(crate) fn node(&self, index: NodeIndex) -> &Node {
        &self.nodes[index.0 as usize]
    }

    /// What must be evaluated to have the value of a node: decisions, required ones first, itself last. For a service,
    /// what it encapsulates: everything its outputs require but its input decisions.
    pub(crate) fn order(&self, index: NodeIndex) -> Arc<[NodeIndex]> {
        if let Some(order) = self.node(index).order.get() {
            return order.clone();
        }
        let order: Arc<[NodeIndex]> = self.find_order(index).into();
        if order.len() <= MAX_KEPT_ORDER {
            return self.node(index).order.get_or_init(|| order).clone();
        }
        order
    }

    /// Depth first, with a stack of its own.
    fn find_order(&self, index: NodeIndex) -> Vec<NodeIndex> {
        let asked = self.node(index);
        let mut seen: FxHashSet<NodeIndex> = asked.inputs.iter().copied().collect();
        let mut order = Vec::new();
        // A node comes twice: to look at what it requires, and then to be evaluated.
        let mut waiting: Vec<(NodeIndex, bool)> = match asked.element.kind {
            NodeKind::Service => asked.outputs.iter().rev().map(|output| (*output, false)).collect(),
            _ => vec![(index, false)],
        };
        while let Some((index, ready)) = waiting.pop() {
            if ready {
                order.push(index);
            } else if matches!(self.node(index).element.kind, NodeKind::Decision(_)) && seen.insert(index) {
                waiting.push((index, true));
                waiting.extend(self.node(index).requires.iter().rev().map(|required| (required.node, false)));
            }
        }
        order
    }
}

impl Element {
    /// What it is, if it can be evaluated by its id.
    pub(crate) fn invocable_kind(&self) -> Option<DecisionKind> {
        match &self.kind {
            NodeKind::Input => None,
            NodeKind::Decision(decision) => Some(decision.logic.kind()),
            NodeKind::Knowledge(_) => Some(DecisionKind::BusinessKnowledgeModel),
            NodeKind::Service => Some(DecisionKind::DecisionService),
        }
    }
}
