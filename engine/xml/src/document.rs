//! The XML of a model as a small tree with positions: first phase of compiling, bounded and without recursion.

use crate::located::Located;
use crate::source::Source;

/// The namespaces that mean something to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Namespace {
    /// No namespace: attributes without prefix.
    None,
    /// BPMN 2.0.
    Bpmn,
    /// DMN, any version.
    Dmn,
    /// `zeebe:*`.
    Zeebe,
    /// `camunda:*` of Camunda 7.
    CamundaSeven,
    /// What other engines execute: Activiti, Flowable, jBPM.
    OtherEngine,
    /// Anything else; tolerated, not read.
    Other,
}

impl Namespace {
    /// What a namespace name stands for.
    pub fn of(uri: &str) -> Self {
        match uri {
            "http://www.omg.org/spec/BPMN/20100524/MODEL" => Self::Bpmn,
            "http://www.omg.org/spec/DMN/20151101/dmn.xsd"
            | "http://www.omg.org/spec/DMN/20180521/MODEL/"
            | "https://www.omg.org/spec/DMN/20191111/MODEL/"
            | "http://www.omg.org/spec/DMN/20211108/MODEL/"
            | "https://www.omg.org/spec/DMN/20211108/MODEL/"
            | "https://www.omg.org/spec/DMN/20230324/MODEL/"
            | "https://www.omg.org/spec/DMN/20240513/MODEL/" => Self::Dmn,
            "http://camunda.org/schema/zeebe/1.0" => Self::Zeebe,
            "http://camunda.org/schema/1.0/bpmn" => Self::CamundaSeven,
            "http://activiti.org/bpmn" | "http://flowable.org/bpmn" | "http://www.jboss.org/drools" => {
                Self::OtherEngine
            }
            _ => Self::Other,
        }
    }
}

/// The number of a node in its document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeIndex(pub u32);

/// An XML element.
#[derive(Debug)]
pub struct Node {
    /// Its number.
    pub index: NodeIndex,
    /// The element around it.
    pub parent: Option<NodeIndex>,
    /// Its namespace.
    pub namespace: Namespace,
    /// Local name.
    pub tag: Box<str>,
    /// Byte offset of its `<` in the source.
    pub offset: usize,
    pub(crate) attributes: Vec<Attribute>,
    /// Its own text, CDATA included; empty when it is only white space.
    pub(crate) text: Located,
    pub(crate) children: Vec<NodeIndex>,
}

/// An attribute of a node.
#[derive(Debug)]
pub(crate) struct Attribute {
    pub(crate) namespace: Namespace,
    pub(crate) name: Box<str>,
    pub(crate) value: Located,
}

/// A whole file: nodes in document order, the root first.
#[derive(Debug)]
pub struct Document {
    /// The text.
    pub source: Source,
    pub(crate) nodes: Vec<Node>,
}

impl Node {
    /// Whether it is this element of BPMN.
    pub fn is_bpmn(&self, tag: &str) -> bool {
        self.namespace == Namespace::Bpmn && &*self.tag == tag
    }

    /// An attribute without prefix (or with the element's own one).
    pub fn attribute(&self, name: &str) -> Option<&Located> {
        self.attributes
            .iter()
            .find(|a| &*a.name == name && (a.namespace == Namespace::None || a.namespace == self.namespace))
            .map(|a| &a.value)
    }

    /// The attribute's value without surrounding white space; `None` when absent or blank.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.attribute(name).map(|a| a.value().trim()).filter(|v| !v.is_empty())
    }

    /// The `id`.
    pub fn id(&self) -> Option<&str> {
        self.value("id")
    }

    /// Whether any attribute is of this namespace.
    pub fn has_attribute_of(&self, namespace: Namespace) -> bool {
        self.attributes.iter().any(|a| a.namespace == namespace)
    }

    /// The text with the white space around it.
    pub fn text(&self) -> &Located {
        &self.text
    }

    /// The text without surrounding white space; `None` when blank.
    pub fn trimmed_text(&self) -> Option<&str> {
        Some(self.text.value().trim()).filter(|t| !t.is_empty())
    }
}

impl Document {
    /// The element around all others.
    pub fn root(&self) -> &Node {
        &self.nodes[0]
    }

    /// The element with this number.
    pub fn node(&self, index: NodeIndex) -> &Node {
        &self.nodes[index.0 as usize]
    }

    /// The element around a node.
    pub fn parent(&self, node: &Node) -> Option<&Node> {
        node.parent.map(|p| self.node(p))
    }

    /// The elements right inside a node.
    pub fn children<'d>(&'d self, node: &'d Node) -> impl Iterator<Item = &'d Node> {
        node.children.iter().map(|c| self.node(*c))
    }

    /// Children of the node's own namespace with this tag.
    pub fn own_children<'d>(&'d self, node: &'d Node, tag: &'d str) -> impl Iterator<Item = &'d Node> {
        self.children(node).filter(move |c| c.namespace == node.namespace && &*c.tag == tag)
    }

    /// The first such child.
    pub fn own_child<'d>(&'d self, node: &'d Node, tag: &'d str) -> Option<&'d Node> {
        self.children(node).find(|c| c.namespace == node.namespace && &*c.tag == tag)
    }

    /// Children of the BPMN namespace with this tag.
    pub fn bpmn_children<'d>(&'d self, node: &'d Node, tag: &'d str) -> impl Iterator<Item = &'d Node> {
        self.children(node).filter(move |c| c.is_bpmn(tag))
    }

    /// The first such child.
    pub fn bpmn_child<'d>(&'d self, node: &'d Node, tag: &'d str) -> Option<&'d Node> {
        self.children(node).find(|c| c.is_bpmn(tag))
    }

    /// The node and everything inside it, in document order.
    pub fn subtree<'d>(&'d self, node: &'d Node) -> impl Iterator<Item = &'d Node> {
        let first = node.index.0 as usize;
        // Nodes are numbered in document order, so a subtree is a run that ends at the first node outside it.
        let inside =
            self.nodes[first + 1..].iter().take_while(move |n| n.parent.is_some_and(|p| p >= node.index));
        std::iter::once(node).chain(inside)
    }

    /// Every node, in document order.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }
}
