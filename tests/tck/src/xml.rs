//! The XML of test cases as a small tree. The kit is trusted: what is malformed ends the run.

use anyhow::{Context, Result, bail};
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

/// An element; prefixes are dropped.
#[derive(Debug, Default)]
pub(crate) struct Element {
    pub(crate) tag: String,
    attributes: Vec<(String, String)>,
    pub(crate) text: String,
    pub(crate) children: Vec<Element>,
}

impl Element {
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn all<'e>(&'e self, tag: &'e str) -> impl Iterator<Item = &'e Element> {
        self.children.iter().filter(move |child| child.tag == tag)
    }

    pub(crate) fn child(&self, tag: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.tag == tag)
    }
}

/// The root element of a document.
pub(crate) fn parse(text: &str) -> Result<Element> {
    let mut reader = Reader::from_str(text);
    let mut open = vec![Element::default()];
    loop {
        match reader.read_event()? {
            Event::Start(start) => open.push(element(&start)?),
            Event::Empty(start) => {
                let element = element(&start)?;
                open.last_mut().context("an element")?.children.push(element);
            }
            Event::End(_) => {
                let closed = open.pop().context("an element")?;
                open.last_mut().context("an element around it")?.children.push(closed);
            }
            Event::Text(text) => open.last_mut().context("an element")?.text.push_str(text.as_ref()),
            Event::CData(text) => open.last_mut().context("an element")?.text.push_str(text.as_ref()),
            Event::GeneralRef(reference) => {
                let name: &str = reference.as_ref();
                let meant = quick_xml::escape::unescape(&format!("&{name};"))?.into_owned();
                open.last_mut().context("an element")?.text.push_str(&meant);
            }
            Event::Eof => break,
            _ => {}
        }
    }
    let root = open.pop().context("a document")?;
    match root.children.into_iter().next() {
        Some(root) if open.is_empty() => Ok(root),
        _ => bail!("no element"),
    }
}

fn element(start: &BytesStart<'_>) -> Result<Element> {
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute?;
        let value = quick_xml::escape::unescape(&attribute.value)?.into_owned();
        attributes.push((local(attribute.key.0), value));
    }
    Ok(Element { tag: local(start.name().0), attributes, ..Element::default() })
}

fn local(name: &str) -> String {
    name.rsplit(':').next().unwrap_or(name).to_owned()
}
