//! The file as it is written: every element with the places of its tags and attributes, so that edits touch nothing
//! else. Well-formedness was checked by `xml::read` before.

use std::ops::Range;

use quick_xml::NsReader;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;

use crate::xml::{Located, Namespace};

/// An attribute.
pub(super) struct Attribute {
    pub(super) namespace: Namespace,
    /// Local name.
    pub(super) name: String,
    /// The value, references resolved.
    pub(super) value: String,
    /// From the white space before it to its closing quote.
    pub(super) span: Range<usize>,
    /// Between the quotes.
    pub(super) inside: Range<usize>,
}

/// An element.
pub(super) struct Node {
    pub(super) index: usize,
    pub(super) parent: Option<usize>,
    pub(super) children: Vec<usize>,
    pub(super) namespace: Namespace,
    /// The tag with its prefix, as written.
    pub(super) written: String,
    /// Local name.
    pub(super) tag: String,
    pub(super) attributes: Vec<Attribute>,
    /// From `<` to behind the last `>`.
    pub(super) span: Range<usize>,
    /// The start tag, or the whole of an empty element.
    pub(super) start: Range<usize>,
    /// Whether it is written `<a/>`.
    pub(super) is_empty: bool,
    /// Its own text, CDATA included, references resolved.
    pub(super) text: String,
}

impl Node {
    pub(super) fn is_bpmn(&self, tag: &str) -> bool {
        self.namespace == Namespace::Bpmn && self.tag == tag
    }

    pub(super) fn is_camunda(&self, tag: &str) -> bool {
        self.namespace == Namespace::CamundaSeven && self.tag == tag
    }

    /// An attribute without prefix (or with the element's own); none when blank.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        let plain = |a: &&Attribute| {
            a.name == name && (a.namespace == Namespace::None || a.namespace == self.namespace)
        };
        self.attributes.iter().find(plain).map(|a| a.value.trim()).filter(|v| !v.is_empty())
    }

    /// A `camunda:*` attribute.
    pub(super) fn camunda(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|a| a.namespace == Namespace::CamundaSeven && a.name == name)
    }
}

/// Every element in document order; the root first.
pub(super) struct Tree {
    pub(super) nodes: Vec<Node>,
}

impl Tree {
    pub(super) fn read(source: &str) -> Self {
        let mut reader = NsReader::from_str(source);
        let mut tree = Self { nodes: Vec::new() };
        let mut open: Vec<usize> = Vec::new();
        loop {
            let before = reader.buffer_position() as usize;
            // The text was read without an error before; whatever comes is the end.
            let Ok(event) = reader.read_event() else { break };
            let after = reader.buffer_position() as usize;
            match event {
                Event::Start(start) => {
                    let index = tree.add(source, &reader, &start, open.last().copied(), before..after, false);
                    open.push(index);
                }
                Event::Empty(start) => {
                    tree.add(source, &reader, &start, open.last().copied(), before..after, true);
                }
                Event::End(_) => {
                    if let Some(index) = open.pop() {
                        tree.nodes[index].span.end = after;
                    }
                }
                Event::Text(text) => tree.text(&open, text.into_inner().as_ref()),
                Event::CData(text) => tree.text(&open, text.into_inner().as_ref()),
                Event::GeneralRef(name) => {
                    let raw = format!("&{};", name.into_inner());
                    let text = Located::attribute(&raw, 0).map(|t| t.value().to_owned()).unwrap_or(raw);
                    tree.text(&open, &text);
                }
                Event::Eof => break,
                Event::Decl(_) | Event::Comment(_) | Event::PI(_) | Event::DocType(_) => {}
            }
        }
        tree
    }

    fn add(
        &mut self,
        source: &str,
        reader: &NsReader<&[u8]>,
        start: &BytesStart<'_>,
        parent: Option<usize>,
        span: Range<usize>,
        is_empty: bool,
    ) -> usize {
        let (namespace, tag) = reader.resolver().resolve_element(start.name());
        let index = self.nodes.len();
        let attributes = start.attributes().flatten().map(|attribute| {
            let (namespace, name) = reader.resolver().resolve_attribute(attribute.key);
            let raw: &str = &attribute.value;
            let at = offset_of(source, raw);
            let key = offset_of(source, attribute.key.0);
            let blank = source[..key].len() - source[..key].trim_end().len();
            Attribute {
                namespace: known(&namespace),
                name: name.into_inner().to_string(),
                value: Located::attribute(raw, 0).map(|t| t.value().to_owned()).unwrap_or_default(),
                span: key - blank..at + raw.len() + 1,
                inside: at..at + raw.len(),
            }
        });
        let node = Node {
            index,
            parent,
            children: Vec::new(),
            namespace: known(&namespace),
            written: start.name().0.to_string(),
            tag: tag.into_inner().to_string(),
            attributes: attributes.collect(),
            span: span.clone(),
            start: span,
            is_empty,
            text: String::new(),
        };
        self.nodes.push(node);
        if let Some(parent) = parent {
            self.nodes[parent].children.push(index);
        }
        index
    }

    fn text(&mut self, open: &[usize], text: &str) {
        if let Some(index) = open.last() {
            self.nodes[*index].text.push_str(text);
        }
    }

    pub(super) fn children<'t>(&'t self, node: &'t Node) -> impl Iterator<Item = &'t Node> {
        node.children.iter().map(|index| &self.nodes[*index])
    }

    pub(super) fn bpmn_child<'t>(&'t self, node: &'t Node, tag: &'t str) -> Option<&'t Node> {
        self.children(node).find(|child| child.is_bpmn(tag))
    }

    pub(super) fn camunda_child<'t>(&'t self, node: &'t Node, tag: &'t str) -> Option<&'t Node> {
        self.children(node).find(|child| child.is_camunda(tag))
    }

    /// The `camunda:*` extension elements of a node with this tag.
    pub(super) fn extensions<'t>(&'t self, node: &'t Node, tag: &'t str) -> impl Iterator<Item = &'t Node> {
        let wrappers = self.children(node).filter(|child| child.is_bpmn("extensionElements"));
        wrappers.flat_map(|wrapper| self.children(wrapper)).filter(move |child| child.is_camunda(tag))
    }
}

fn known(resolved: &ResolveResult<'_>) -> Namespace {
    match resolved {
        ResolveResult::Bound(namespace) => Namespace::of(namespace.0),
        ResolveResult::Unbound => Namespace::None,
        ResolveResult::Unknown(_) => Namespace::Other,
    }
}

/// Where a part borrowed from the source starts.
fn offset_of(source: &str, part: &str) -> usize {
    let offset = part.as_ptr().addr().wrapping_sub(source.as_ptr().addr());
    if offset <= source.len() { offset } else { 0 }
}
