//! The XML of a model as a small tree with positions: first phase of compiling, bounded and without recursion.

mod located;
mod reader;

pub(crate) use located::Located;
pub(crate) use reader::read;

use crate::source::Source;

/// The namespaces that mean something to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Namespace {
    /// No namespace: attributes without prefix.
    None,
    /// BPMN 2.0.
    Bpmn,
    /// `zeebe:*`.
    Zeebe,
    /// `camunda:*` of Camunda 7.
    CamundaSeven,
    /// Anything else; tolerated, not read.
    Other,
}

impl Namespace {
    pub(crate) fn of(uri: &str) -> Self {
        match uri {
            "http://www.omg.org/spec/BPMN/20100524/MODEL" => Self::Bpmn,
            "http://camunda.org/schema/zeebe/1.0" => Self::Zeebe,
            "http://camunda.org/schema/1.0/bpmn" => Self::CamundaSeven,
            _ => Self::Other,
        }
    }
}

/// The number of a node in its document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct NodeIndex(pub(crate) u32);

/// An XML element.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) index: NodeIndex,
    pub(crate) parent: Option<NodeIndex>,
    pub(crate) namespace: Namespace,
    /// Local name.
    pub(crate) tag: Box<str>,
    /// Byte offset of its `<` in the source.
    pub(crate) offset: usize,
    attributes: Vec<Attribute>,
    /// Its own text, CDATA included; empty when it is only white space.
    text: Located,
    children: Vec<NodeIndex>,
}

/// An attribute of a node.
#[derive(Debug)]
pub(crate) struct Attribute {
    namespace: Namespace,
    name: Box<str>,
    value: Located,
}

/// A whole file: nodes in document order, the root first.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) source: Source,
    nodes: Vec<Node>,
}

impl Node {
    pub(crate) fn is_bpmn(&self, tag: &str) -> bool {
        self.namespace == Namespace::Bpmn && &*self.tag == tag
    }

    /// An attribute without prefix (or with the element's own one).
    pub(crate) fn attribute(&self, name: &str) -> Option<&Located> {
        self.attributes
            .iter()
            .find(|a| &*a.name == name && (a.namespace == Namespace::None || a.namespace == self.namespace))
            .map(|a| &a.value)
    }

    /// The attribute's value without surrounding white space; `None` when absent or blank.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.attribute(name).map(|a| a.value().trim()).filter(|v| !v.is_empty())
    }

    pub(crate) fn id(&self) -> Option<&str> {
        self.value("id")
    }

    pub(crate) fn has_attribute_of(&self, namespace: Namespace) -> bool {
        self.attributes.iter().any(|a| a.namespace == namespace)
    }

    /// The text with the white space around it.
    pub(crate) fn text(&self) -> &Located {
        &self.text
    }

    /// The text without surrounding white space; `None` when blank.
    pub(crate) fn trimmed_text(&self) -> Option<&str> {
        Some(self.text.value().trim()).filter(|t| !t.is_empty())
    }
}

impl Document {
    pub(crate) fn root(&self) -> &Node {
        &self.nodes[0]
    }

    pub(crate) fn node(&self, index: NodeIndex) -> &Node {
        &self.nodes[index.0 as usize]
    }

    pub(crate) fn parent(&self, node: &Node) -> Option<&Node> {
        node.parent.map(|p| self.node(p))
    }

    pub(crate) fn children<'d>(&'d self, node: &'d Node) -> impl Iterator<Item = &'d Node> {
        node.children.iter().map(|c| self.node(*c))
    }

    /// Children of the BPMN namespace with this tag.
    pub(crate) fn bpmn_children<'d>(
        &'d self,
        node: &'d Node,
        tag: &'d str,
    ) -> impl Iterator<Item = &'d Node> {
        self.children(node).filter(move |c| c.is_bpmn(tag))
    }

    /// The first such child.
    pub(crate) fn bpmn_child<'d>(&'d self, node: &'d Node, tag: &'d str) -> Option<&'d Node> {
        self.children(node).find(|c| c.is_bpmn(tag))
    }

    /// The node and everything inside it, in document order.
    pub(crate) fn subtree<'d>(&'d self, node: &'d Node) -> impl Iterator<Item = &'d Node> {
        let first = node.index.0 as usize;
        // Nodes are numbered in document order, so a subtree is a run that ends at the first node outside it.
        let inside =
            self.nodes[first + 1..].iter().take_while(move |n| n.parent.is_some_and(|p| p >= node.index));
        std::iter::once(node).chain(inside)
    }

    /// Every node, in document order.
    pub(crate) fn nodes(&self) -> &[Node] {
        &self.nodes
    }
}
