//! What a conversion works with: what is taken out of the file, what comes in, and what is said about it.

use std::collections::{BTreeMap, BTreeSet};

use super::edits::Edits;
use super::element::Zeebe;
use super::juel::{self, Translated};
use super::tree::{Node, Tree};
use super::{Conversion, ConvertedForm, Note, NoteKind, write};
use crate::compile::string_literal;
use crate::xml::Namespace;
use crate::xml::Source;

/// Extension elements of one BPMN element, put together from several places.
#[derive(Default)]
pub(super) struct Extensions {
    pub(super) elements: Vec<Zeebe>,
    pub(super) inputs: Vec<Zeebe>,
    pub(super) outputs: Vec<Zeebe>,
    pub(super) headers: Vec<Zeebe>,
}

pub(super) struct Work<'t> {
    pub(super) source: &'t Source,
    pub(super) tree: &'t Tree,
    pub(super) edits: Edits,
    /// `camunda:*` elements that were converted or dropped.
    pub(super) taken: BTreeSet<usize>,
    /// `camunda:*` attributes likewise, by element and name.
    taken_attributes: BTreeSet<(usize, String)>,
    /// What stays and was said already: elements, and attributes of elements.
    listed: BTreeSet<(usize, Option<String>)>,
    /// By the element they belong to.
    pub(super) added: BTreeMap<usize, Extensions>,
    pub(super) forms: Vec<ConvertedForm>,
    notes: Vec<Note>,
}

impl<'t> Work<'t> {
    pub(super) fn new(source: &'t Source, tree: &'t Tree) -> Self {
        Self {
            source,
            tree,
            edits: Edits::default(),
            taken: BTreeSet::new(),
            taken_attributes: BTreeSet::new(),
            listed: BTreeSet::new(),
            added: BTreeMap::new(),
            forms: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// What is to be added to an element.
    pub(super) fn added(&mut self, node: &Node) -> &mut Extensions {
        self.added.entry(node.index).or_default()
    }

    pub(super) fn add(&mut self, node: &Node, element: Zeebe) {
        self.added(node).elements.push(element);
    }

    pub(super) fn input(&mut self, node: &Node, source: String, target: &str) {
        let mapping = Zeebe::new("input").with("source", source).with("target", target);
        self.added(node).inputs.push(mapping);
    }

    pub(super) fn output(&mut self, node: &Node, source: String, target: &str) {
        let mapping = Zeebe::new("output").with("source", source).with("target", target);
        self.added(node).outputs.push(mapping);
    }

    pub(super) fn header(&mut self, node: &Node, key: &str, value: impl Into<String>) {
        let header = Zeebe::new("header").with("key", key).with("value", value);
        self.added(node).headers.push(header);
    }

    /// Takes a `camunda:*` attribute out of the file; none when absent or blank.
    pub(super) fn take(&mut self, node: &'t Node, name: &str) -> Option<&'t str> {
        let attribute = node.camunda(name)?;
        self.taken_attributes.insert((node.index, name.to_owned()));
        Some(attribute.value.trim()).filter(|value| !value.is_empty())
    }

    /// Takes a standard attribute out of the file.
    pub(super) fn take_plain(&mut self, node: &'t Node, name: &str) {
        if let Some(attribute) =
            node.attributes.iter().find(|a| a.name == name && a.namespace == Namespace::None)
        {
            self.edits.delete(attribute.span.clone());
        }
    }

    pub(super) fn is_taken(&self, node: &Node, attribute: &str) -> bool {
        self.taken_attributes.contains(&(node.index, attribute.to_owned()))
    }

    /// Takes an element out of the file.
    pub(super) fn take_element(&mut self, node: &'t Node) {
        if self.taken.insert(node.index) {
            self.edits.delete_element(&self.source.text, &node.span);
        }
    }

    /// Puts back an attribute that was taken and cannot be converted after all; says why.
    pub(super) fn put_back(&mut self, node: &Node, name: &str, message: impl Into<String>) {
        self.taken_attributes.remove(&(node.index, name.to_owned()));
        self.listed.insert((node.index, Some(name.to_owned())));
        let offset = node.camunda(name).map_or(node.span.start, |attribute| attribute.inside.start);
        self.note_at(NoteKind::Left, node, offset, message.into());
    }

    /// Whether something that stays, or something in it, was said already.
    pub(super) fn is_listed(&self, node: &Node, attribute: Option<&str>) -> bool {
        if attribute.is_some() {
            return self.listed.contains(&(node.index, attribute.map(str::to_owned)));
        }
        let nodes = &self.tree.nodes;
        self.listed.iter().any(|(index, _)| {
            std::iter::successors(nodes.get(*index), |n| n.parent.map(|p| &nodes[p]))
                .any(|n| n.index == node.index)
        })
    }

    fn note_at(&mut self, kind: NoteKind, node: &Node, offset: usize, message: String) {
        let element_id = self.owner(node).and_then(|owner| owner.value("id")).map(str::to_owned);
        let position = self.source.position(offset);
        self.notes.push(Note { kind, message, element_id, position });
    }

    pub(super) fn left(&mut self, node: &Node, message: impl Into<String>) {
        if node.namespace == Namespace::CamundaSeven {
            self.listed.insert((node.index, None));
        }
        self.note_at(NoteKind::Left, node, node.span.start, message.into());
    }

    pub(super) fn review(&mut self, node: &Node, message: impl Into<String>) {
        self.note_at(NoteKind::Review, node, node.span.start, message.into());
    }

    pub(super) fn dropped(&mut self, node: &Node, message: impl Into<String>) {
        self.note_at(NoteKind::Dropped, node, node.span.start, message.into());
    }

    /// The BPMN element with an id that a node belongs to.
    pub(super) fn owner<'n>(&'n self, node: &'n Node) -> Option<&'n Node> {
        let mut at = Some(node);
        while let Some(node) = at {
            let is_part = node.tag.ends_with("EventDefinition")
                || node.tag.ends_with("LoopCharacteristics")
                || node.tag.ends_with("Expression");
            if node.namespace == Namespace::Bpmn && node.value("id").is_some() && !is_part {
                return Some(node);
            }
            at = node.parent.map(|parent| &self.tree.nodes[parent]);
        }
        None
    }

    /// A text as a `zeebe:*` attribute: itself, or FEEL behind `=`. What has no counterpart is noted, and none.
    pub(super) fn dynamic(&mut self, node: &Node, text: &str) -> Option<String> {
        match juel::translate(text) {
            Ok(Translated::Literal(text)) => Some(text),
            Ok(Translated::Feel(feel)) => Some(format!("={feel}")),
            Err(why) => {
                self.no_counterpart(node, text, &why);
                None
            }
        }
    }

    /// A text as FEEL; plain text is a string.
    pub(super) fn feel(&mut self, node: &Node, text: &str) -> Option<String> {
        match juel::translate(text) {
            Ok(Translated::Literal(text)) if text.is_empty() => Some("null".to_owned()),
            Ok(Translated::Literal(text)) => Some(string_literal(&text)),
            Ok(Translated::Feel(feel)) => Some(feel),
            Err(why) => {
                self.no_counterpart(node, text, &why);
                None
            }
        }
    }

    fn no_counterpart(&mut self, node: &Node, text: &str, why: &str) {
        let shown = crate::compile::quoted(text.trim(), crate::limits::MAX_QUOTED);
        let message = format!("`{shown}` is not converted: {why}.");
        let is_it = |a: &&super::tree::Attribute| {
            a.namespace == Namespace::CamundaSeven && a.value.trim() == text.trim()
        };
        match node.attributes.iter().find(is_it) {
            Some(attribute) => self.put_back(node, &attribute.name, message),
            None => self.left(node, message),
        }
    }

    /// Replaces the text of an element.
    pub(super) fn set_text(&mut self, node: &Node, text: &str) {
        let whole = &self.source.text[node.span.clone()];
        let end = node.span.start + whole.rfind("</").unwrap_or(whole.len());
        if !node.is_empty && node.start.end <= end {
            self.edits.replace(node.start.end..end, super::element::escape(text));
        }
    }

    pub(super) fn finish(mut self) -> Conversion {
        for (index, name) in &self.taken_attributes {
            if let Some(attribute) = self.tree.nodes[*index].camunda(name) {
                self.edits.delete(attribute.span.clone());
            }
        }
        write::extensions(&mut self);
        let xml = self.edits.apply(&self.source.text);
        self.notes.sort_by_key(|note| (note.position, note.kind));
        Conversion { xml, forms: self.forms, notes: self.notes }
    }
}
