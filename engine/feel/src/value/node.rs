//! A list or object inside a JSON document, expanded one level when something looks inside.

use std::sync::{Arc, OnceLock};

use super::context::Members;
use super::{Extent, Value};
use crate::Json;

/// The text of one array or object and, once needed, what stands in it.
pub(crate) struct Node<T> {
    /// The text alone: a document that held nodes that hold the document would never be freed.
    document: Arc<str>,
    start: usize,
    end: usize,
    depth: u16,
    content: OnceLock<T>,
}

impl<T> Node<T> {
    pub(super) fn text(&self) -> &str {
        &self.document[self.start..self.end]
    }

    pub(super) fn extent(&self) -> Extent {
        Extent::of_json(self.depth, self.end - self.start)
    }
}

impl Node<Vec<Value>> {
    #[inline]
    pub(super) fn items(&self) -> &[Value] {
        self.content.get_or_init(|| {
            let mut reader =
                Reader { document: &self.document, bytes: self.document.as_bytes(), at: self.start + 1 };
            let mut items = Vec::new();
            while reader.peek() != b']' && !reader.is_at_end() {
                items.push(reader.value());
                reader.skip_separator();
            }
            items
        })
    }
}

impl Node<Members> {
    #[inline]
    pub(super) fn members(&self) -> &Members {
        self.content.get_or_init(|| {
            let mut reader =
                Reader { document: &self.document, bytes: self.document.as_bytes(), at: self.start + 1 };
            let mut members = Members::default();
            while reader.peek() != b'}' && !reader.is_at_end() {
                let name = reader.string();
                reader.skip_separator();
                let value = reader.value();
                members.put(name, value);
                reader.skip_separator();
            }
            members
        })
    }
}

/// The value of a whole document.
pub(super) fn read(document: &Json) -> Value {
    let document = document.shared_text();
    Reader { document, bytes: document.as_bytes(), at: 0 }.value()
}

/// Reads a text that is known to be valid JSON; on any other it gives some value, but stays inside the text.
struct Reader<'a> {
    document: &'a Arc<str>,
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn is_at_end(&self) -> bool {
        self.at >= self.bytes.len()
    }

    /// The next byte that is no white space.
    fn peek(&mut self) -> u8 {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.bytes.get(self.at) {
            self.at += 1;
        }
        self.bytes.get(self.at).copied().unwrap_or_default()
    }

    /// Passes a comma or colon.
    fn skip_separator(&mut self) {
        if let b',' | b':' = self.peek() {
            self.at += 1;
        }
    }

    fn value(&mut self) -> Value {
        match self.peek() {
            b'"' => Value::String(self.string()),
            b'[' => {
                let (start, end, depth) = self.brackets();
                Value::List(super::List::from_node(self.node(start, end, depth)))
            }
            b'{' => {
                let (start, end, depth) = self.brackets();
                Value::Context(super::Context::from_node(self.node(start, end, depth)))
            }
            _ => self.scalar(),
        }
    }

    fn node<T>(&self, start: usize, end: usize, depth: u16) -> Node<T> {
        Node { document: self.document.clone(), start, end, depth, content: OnceLock::new() }
    }

    fn scalar(&mut self) -> Value {
        let start = self.at;
        while let Some(byte) = self.bytes.get(self.at)
            && !matches!(byte, b',' | b']' | b'}' | b':' | b' ' | b'\n' | b'\r' | b'\t')
        {
            self.at += 1;
        }
        match &self.document[start..self.at] {
            "true" => Value::Boolean(true),
            "false" => Value::Boolean(false),
            text => super::json::number(text),
        }
    }

    /// The string at the current place, and passes it.
    fn string(&mut self) -> Arc<str> {
        self.peek();
        let start = self.at;
        let escaped = self.skip_string();
        let text = &self.document[start..self.at];
        if escaped {
            // A lone surrogate is the only valid JSON string that is no Unicode text.
            return serde_json::from_str::<String>(text).unwrap_or_else(|_| "\u{fffd}".into()).into();
        }
        text.get(1..text.len().saturating_sub(1)).unwrap_or_default().into()
    }

    /// Passes a string; says whether it has escapes.
    fn skip_string(&mut self) -> bool {
        let mut escaped = false;
        self.at += 1;
        while let Some(byte) = self.bytes.get(self.at) {
            match byte {
                b'"' => {
                    self.at += 1;
                    return escaped;
                }
                b'\\' => {
                    escaped = true;
                    self.at += 2;
                }
                _ => self.at += 1,
            }
        }
        self.at = self.bytes.len();
        escaped
    }

    /// Passes an array or object: where it starts and ends, and how deep it nests.
    fn brackets(&mut self) -> (usize, usize, u16) {
        let start = self.at;
        let (mut level, mut deepest) = (0u16, 0u16);
        while let Some(byte) = self.bytes.get(self.at) {
            match byte {
                b'"' => {
                    self.skip_string();
                    continue;
                }
                b'[' | b'{' => {
                    level += 1;
                    deepest = deepest.max(level);
                }
                b']' | b'}' => level -= 1,
                _ => {}
            }
            self.at += 1;
            if level == 0 {
                break;
            }
        }
        (start, self.at.min(self.bytes.len()), deepest)
    }
}
