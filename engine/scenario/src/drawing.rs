//! A process drawn in words, turned into BPMN XML, so that scenarios pass through the same compiler as uploads.
//!
//! ```text
//! process order
//!   start s
//!   userTask pick groups=warehouse
//!   boundary late on=pick timer=PT15M nonInterrupting
//!   s -> pick
//!   pick -> done
//! ```
//! Indentation nests; `kind id option=value flag …`; values with spaces stand in double quotes; `a -> b` is a
//! sequence flow, `a -name-> b if CONDITION` a named one. A `collaboration` holds processes as its pools, and `a ~> b`
//! in it is a message flow.

use std::fmt::Write as _;

use crate::document::document;
use crate::notation::NotationError;
use crate::xml::escape;

/// One drawn element.
pub(crate) struct Node {
    pub(crate) line: usize,
    pub(crate) kind: String,
    pub(crate) id: String,
    pub(crate) options: Vec<(String, String)>,
    pub(crate) children: Vec<Node>,
    pub(crate) flows: Vec<Flow>,
    /// Message flows of a collaboration: from an element to one in another pool.
    pub(crate) messages: Vec<(String, String)>,
}

/// One drawn sequence flow.
pub(crate) struct Flow {
    pub(crate) id: String,
    pub(crate) source: String,
    pub(crate) target: String,
    pub(crate) condition: Option<String>,
}

impl Node {
    /// The value of an option.
    pub(crate) fn option(&self, name: &str) -> Option<&str> {
        self.options.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether a flag is given.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.option(name).is_some()
    }
}

/// Turns the lines of one process section into BPMN XML. `first` is the number of its first line.
pub(crate) fn to_bpmn(lines: &[&str], first: usize) -> Result<String, NotationError> {
    let mut stack: Vec<(usize, Node)> = Vec::new();
    for (offset, line) in lines.iter().enumerate() {
        let text = line.trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let number = first + offset;
        let depth = line.len() - line.trim_start().len();
        while stack.len() > 1 && stack.last().is_some_and(|(above, _)| *above >= depth) {
            close(&mut stack);
        }
        if let Some((source, target)) = text.split_once(" ~> ") {
            let Some((_, around)) = stack.first_mut().filter(|(_, top)| top.kind == "collaboration") else {
                return Err(NotationError::new(number, "a message flow stands in a collaboration"));
            };
            around.messages.push((source.trim().to_owned(), target.trim().to_owned()));
        } else if let Some(flow) = flow(text, number)? {
            let Some((_, scope)) = stack.iter_mut().rev().find(|(above, _)| *above < depth) else {
                return Err(NotationError::new(number, "a flow stands inside a process: indent it"));
            };
            scope.flows.push(flow);
        } else {
            stack.push((depth, node(text, number)?));
        }
    }
    while stack.len() > 1 {
        close(&mut stack);
    }
    let Some((_, process)) = stack.pop() else {
        return Err(NotationError::new(first, "an empty process: draw at least a start event"));
    };
    document(&process)
}

fn close(stack: &mut Vec<(usize, Node)>) {
    if let Some((_, node)) = stack.pop()
        && let Some((_, parent)) = stack.last_mut()
    {
        parent.children.push(node);
    }
}

fn node(text: &str, line: usize) -> Result<Node, NotationError> {
    let mut words = words(text).into_iter();
    let (Some(kind), Some(id)) = (words.next(), words.next()) else {
        return Err(NotationError::new(
            line,
            format!("`{text}`: write `kind id option=value …` or `a -> b`"),
        ));
    };
    let options = words
        .map(|word| match word.split_once('=') {
            Some((name, value)) => (name.to_owned(), value.to_owned()),
            None => (word, String::new()),
        })
        .collect();
    Ok(Node { line, kind, id, options, children: Vec::new(), flows: Vec::new(), messages: Vec::new() })
}

/// `a -> b`, `a -name-> b`, each with ` if condition`.
fn flow(text: &str, line: usize) -> Result<Option<Flow>, NotationError> {
    let (ends, condition) = match text.split_once(" if ") {
        Some((ends, condition)) => (ends, Some(condition.trim().to_owned())),
        None => (text, None),
    };
    let Some((left, target)) = ends.split_once("-> ") else { return Ok(None) };
    let (source, name) = match left.trim_end().split_once(" -") {
        Some((source, name)) => (source.trim(), Some(name.trim_end_matches('-').trim())),
        None => (left.trim(), None),
    };
    let target = target.trim();
    if source.is_empty() || target.is_empty() || source.contains(' ') || target.contains(' ') {
        return Err(NotationError::new(
            line,
            format!("`{text}`: write `a -> b`, `a -name-> b` or `a -> b if x > 1`"),
        ));
    }
    let id = match name {
        Some(name) if !name.is_empty() => name.to_owned(),
        _ => format!("{source}-{target}"),
    };
    Ok(Some(Flow { id, source: source.to_owned(), target: target.to_owned(), condition }))
}

/// Splits at spaces outside double quotes; the quotes go.
fn words(text: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted, mut any) = (Vec::new(), String::new(), false, false);
    for character in text.chars() {
        match character {
            '"' => {
                quoted = !quoted;
                any = true;
            }
            ' ' if !quoted => {
                if any || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                any = false;
            }
            other => word.push(other),
        }
    }
    if any || !word.is_empty() {
        words.push(word);
    }
    words
}

/// ` name="value"`.
pub(crate) fn attribute(out: &mut String, name: &str, value: &str) {
    let _ = write!(out, " {name}=\"{}\"", escape(value));
}
