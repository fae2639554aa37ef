//! `zeebe:*` elements to be written.

use std::fmt::Write as _;

/// An extension element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Zeebe {
    pub(super) tag: &'static str,
    attributes: Vec<(&'static str, String)>,
    children: Vec<Zeebe>,
}

impl Zeebe {
    pub(super) fn new(tag: &'static str) -> Self {
        Self { tag, attributes: Vec::new(), children: Vec::new() }
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.attributes.push((name, value.into()));
        self
    }

    /// The attribute, where there is a value.
    pub(super) fn with_some(self, name: &'static str, value: Option<String>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    pub(super) fn child(&mut self, child: Self) {
        self.children.push(child);
    }

    pub(super) fn is_bare(&self) -> bool {
        self.attributes.is_empty() && self.children.is_empty()
    }

    pub(super) fn has(&self, child: &Self) -> bool {
        self.children.contains(child)
    }

    /// Writes it on lines of its own.
    pub(super) fn write(&self, out: &mut String, prefix: &str, indent: &str) {
        let _ = write!(out, "\n{indent}<{prefix}:{}", self.tag);
        for (name, value) in &self.attributes {
            let _ = write!(out, " {name}=\"{}\"", escape(value));
        }
        if self.children.is_empty() {
            out.push_str(" />");
            return;
        }
        out.push('>');
        for child in &self.children {
            child.write(out, prefix, &format!("{indent}  "));
        }
        let _ = write!(out, "\n{indent}</{prefix}:{}>", self.tag);
    }
}

/// A text as an attribute value or element text.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("&#10;"),
            '\r' => escaped.push_str("&#13;"),
            '\t' => escaped.push_str("&#9;"),
            other => escaped.push(other),
        }
    }
    escaped
}
