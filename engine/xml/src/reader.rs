//! Reads a source text into a [`Document`]: namespaces resolved, well-formedness checked, bounds kept, DTDs refused.

use quick_xml::NsReader;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;

use crate::diagnostic::Diagnostic;
use crate::diagnostic_code::DiagnosticCode;
use crate::document::{Attribute, Document, Namespace, Node, NodeIndex};
use crate::limits::{MAX_ATTRIBUTES, MAX_DEPTH, MAX_FILE_BYTES, MAX_NAME_CHARACTERS, MAX_XML_ELEMENTS};
use crate::located::{BadText, Located, is_xml_char};
use crate::source::{self, Position, Source};

/// Why reading stopped.
struct Stop {
    code: DiagnosticCode,
    offset: usize,
    message: String,
    remedy: &'static str,
}

const MALFORMED: &str = "Correct the XML; a modeler writes it well-formed.";
const TOO_LARGE: &str = "Split the model into several files joined by call activities.";
const NO_DTD: &str = "Remove the document type and write the characters themselves.";

/// Reads the bytes of a file; `when_large` is the remedy for one with too many of them.
pub fn load(bytes: &[u8], resource_name: &str, when_large: &str) -> Result<Document, Diagnostic> {
    if bytes.len() > MAX_FILE_BYTES {
        let message = format!("`{resource_name}` has {} bytes; {MAX_FILE_BYTES} are allowed.", bytes.len());
        let start = Position { line: 1, column: 1 };
        return Err(Diagnostic::of_file(DiagnosticCode::FileTooLarge, message, start, when_large));
    }
    let source = source::decode(bytes).map_err(|error| {
        let (code, remedy) = (DiagnosticCode::UnsupportedEncoding, "Save the file as UTF-8.");
        Diagnostic::of_file(code, error.message, error.position, remedy)
    })?;
    read(source)
}

/// Reads a text; the error is the one diagnostic about what is not XML.
pub fn read(source: Source) -> Result<Document, Diagnostic> {
    match Builder::new(&source.text).run() {
        Ok(nodes) => Ok(Document { source, nodes }),
        Err(stop) => {
            let position = source.position(stop.offset);
            Err(Diagnostic::of_file(stop.code, stop.message, position, stop.remedy))
        }
    }
}

struct Builder<'s> {
    source: &'s str,
    reader: NsReader<&'s [u8]>,
    nodes: Vec<Node>,
    open: Vec<NodeIndex>,
}

impl<'s> Builder<'s> {
    fn new(source: &'s str) -> Self {
        let mut reader = NsReader::from_str(source);
        reader.config_mut().check_comments = true;
        Self { source, reader, nodes: Vec::new(), open: Vec::new() }
    }

    fn run(mut self) -> Result<Vec<Node>, Stop> {
        if let Some((offset, _)) = self.source.char_indices().find(|(_, c)| !is_xml_char(*c)) {
            return Err(malformed(offset, "The file contains a control character that XML does not allow."));
        }
        loop {
            let before = self.reader.buffer_position() as usize;
            let event = match self.reader.read_event() {
                Ok(event) => event,
                Err(error) => {
                    let offset = self.reader.error_position() as usize;
                    return Err(malformed(offset, &format!("The XML is broken: {error}.")));
                }
            };
            match event {
                Event::Start(start) => {
                    let index = self.element(&start)?;
                    self.open.push(index);
                }
                Event::Empty(start) => {
                    self.element(&start)?;
                }
                Event::End(_) => self.close(),
                Event::Text(text) => self.text(text.into_inner().as_ref(), before)?,
                Event::CData(data) => self.text(data.into_inner().as_ref(), before)?,
                Event::GeneralRef(reference) => self.reference(reference.into_inner().as_ref(), before)?,
                Event::DocType(_) => {
                    return Err(Stop {
                        code: DiagnosticCode::DtdRefused,
                        offset: before,
                        message: "The file declares a document type.".to_owned(),
                        remedy: NO_DTD,
                    });
                }
                Event::Decl(_) if before > 0 => {
                    return Err(malformed(
                        before,
                        "An XML declaration may only stand at the very beginning.",
                    ));
                }
                Event::Decl(_) | Event::Comment(_) | Event::PI(_) => {}
                Event::Eof => break,
            }
        }
        self.finish()
    }

    fn finish(self) -> Result<Vec<Node>, Stop> {
        if let Some(open) = self.open.last() {
            let node = &self.nodes[open.0 as usize];
            return Err(malformed(node.offset, &format!("The element `{}` is never closed.", node.tag)));
        }
        if self.nodes.is_empty() {
            return Err(malformed(self.source.len(), "The file contains no XML element."));
        }
        Ok(self.nodes)
    }

    fn element(&mut self, start: &BytesStart<'_>) -> Result<NodeIndex, Stop> {
        let offset = offset_of(self.source, start.name().0).saturating_sub(1);
        if self.open.len() >= MAX_DEPTH {
            return Err(too_large(offset, &format!("Elements are nested deeper than {MAX_DEPTH} levels.")));
        }
        if self.nodes.len() >= MAX_XML_ELEMENTS {
            return Err(too_large(offset, &format!("The file has more than {MAX_XML_ELEMENTS} elements.")));
        }
        if self.open.is_empty() && !self.nodes.is_empty() {
            return Err(malformed(offset, "The file has more than one root element."));
        }
        if !is_name(start.name().0) {
            return Err(malformed(offset, "A tag has no valid name."));
        }
        let (namespace, tag) = self.reader.resolver().resolve_element(start.name());
        let namespace = known(&namespace).map_err(|prefix| undeclared(offset, &prefix))?;
        let tag = tag.into_inner().into();
        let attributes = self.attributes(start, namespace, offset)?;
        let index = NodeIndex(self.nodes.len() as u32);
        let parent = self.open.last().copied();
        if let Some(parent) = parent {
            self.nodes[parent.0 as usize].children.push(index);
        }
        let (text, children) = (Located::default(), Vec::new());
        self.nodes.push(Node { index, parent, namespace, tag, offset, attributes, text, children });
        Ok(index)
    }

    fn attributes(
        &self,
        start: &BytesStart<'_>,
        element: Namespace,
        offset: usize,
    ) -> Result<Vec<Attribute>, Stop> {
        let mut attributes = Vec::new();
        for (count, attribute) in start.attributes().enumerate() {
            if count >= MAX_ATTRIBUTES {
                return Err(too_large(
                    offset,
                    &format!("An element has more than {MAX_ATTRIBUTES} attributes."),
                ));
            }
            let attribute =
                attribute.map_err(|e| malformed(offset, &format!("An attribute is broken: {e}.")))?;
            let place = offset_of(self.source, attribute.key.0);
            if !is_name(attribute.key.0) {
                return Err(malformed(place, "An attribute has no valid name."));
            }
            let value_at = offset_of(self.source, attribute.value.as_ref());
            let value = Located::attribute(&attribute.value, value_at).map_err(bad_text)?;
            if attribute.key.as_namespace_binding().is_some() {
                continue;
            }
            let (namespace, name) = self.reader.resolver().resolve_attribute(attribute.key);
            let namespace = known(&namespace).map_err(|prefix| undeclared(place, &prefix))?;
            if element != Namespace::Other {
                attributes.push(Attribute { namespace, name: name.into_inner().into(), value });
            }
        }
        Ok(attributes)
    }

    fn close(&mut self) {
        if let Some(closed) = self.open.pop() {
            self.nodes[closed.0 as usize].text.drop_blank();
        }
    }

    fn text(&mut self, raw: &str, before: usize) -> Result<(), Stop> {
        let offset = if raw.is_empty() { before } else { offset_of(self.source, raw) };
        match self.open.last() {
            Some(open) => {
                let node = &mut self.nodes[open.0 as usize];
                if node.namespace != Namespace::Other
                    && !(raw.trim().is_empty() && node.text.value().is_empty())
                {
                    node.text.push_lines(raw, offset);
                }
                Ok(())
            }
            None if raw.trim().is_empty() => Ok(()),
            None => Err(malformed(offset, "There is text outside the root element.")),
        }
    }

    fn reference(&mut self, name: &str, before: usize) -> Result<(), Stop> {
        let Some(open) = self.open.last() else {
            return Err(malformed(before, "There is text outside the root element."));
        };
        let text = &mut self.nodes[open.0 as usize].text;
        text.push_reference(&format!("&{name};"), before).map_err(bad_text)
    }
}

/// Where a part borrowed from the source starts.
fn offset_of(source: &str, part: &str) -> usize {
    let offset = part.as_ptr().addr().wrapping_sub(source.as_ptr().addr());
    if offset <= source.len() { offset } else { 0 }
}

/// XML 1.0 production 5, loosely: enough that no tag or attribute has an endless name or one made of punctuation.
fn is_name(name: &str) -> bool {
    let mut characters = name.chars();
    name.chars().nth(MAX_NAME_CHARACTERS).is_none()
        && characters.next().is_some_and(|c| c.is_alphabetic() || matches!(c, '_' | ':'))
        && characters.all(|c| c.is_alphanumeric() || matches!(c, '_' | ':' | '-' | '.' | '·'))
}

fn known(resolved: &ResolveResult<'_>) -> Result<Namespace, String> {
    match resolved {
        ResolveResult::Unbound => Ok(Namespace::None),
        ResolveResult::Bound(namespace) => Ok(Namespace::of(namespace.0)),
        ResolveResult::Unknown(prefix) => Err(prefix.clone()),
    }
}

fn malformed(offset: usize, message: &str) -> Stop {
    Stop { code: DiagnosticCode::MalformedXml, offset, message: message.to_owned(), remedy: MALFORMED }
}

fn too_large(offset: usize, message: &str) -> Stop {
    Stop { code: DiagnosticCode::ModelTooLarge, offset, message: message.to_owned(), remedy: TOO_LARGE }
}

fn undeclared(offset: usize, prefix: &str) -> Stop {
    let prefix: String = prefix.chars().take(40).collect();
    malformed(offset, &format!("The namespace prefix `{prefix}` is not declared."))
}

fn bad_text(bad: BadText) -> Stop {
    let (code, remedy) = if bad.is_entity {
        (DiagnosticCode::DtdRefused, NO_DTD)
    } else {
        (DiagnosticCode::MalformedXml, MALFORMED)
    };
    Stop { code, offset: bad.offset, message: bad.message, remedy }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Document, (DiagnosticCode, u32, u32)> {
        read(Source::new(text.to_owned())).map_err(|d| (d.code, d.position.line, d.position.column))
    }

    #[test]
    fn prefixes_cdata_comments_and_references_make_one_tree() {
        let text = "<?xml version='1.0'?>\n<x:a xmlns:x='http://www.omg.org/spec/BPMN/20100524/MODEL'>\n\
                    <!-- c --><x:b id='1'>one <![CDATA[<two>]]> &amp; three</x:b><y/></x:a>";
        let document = parse(text).unwrap();
        let root = document.root();
        assert!(root.is_bpmn("a"));
        let b = document.bpmn_child(root, "b").unwrap();
        assert_eq!(b.trimmed_text(), Some("one <two> & three"));
        assert_eq!(b.id(), Some("1"));
        let three = b.text().value().find("three").unwrap();
        assert_eq!(b.text().source_offset(three), text.find("three").unwrap());
        let tags: Vec<_> = document.subtree(root).map(|n| n.tag.to_string()).collect();
        assert_eq!(tags, ["a", "b", "y"]);
    }

    #[test]
    fn what_is_not_well_formed_has_its_place() {
        use DiagnosticCode::{DtdRefused, MalformedXml, ModelTooLarge};
        let many_attributes = (0..200).fold(String::new(), |all, i| all + &format!(" a{i}=''"));
        let deep = "<a>".repeat(300);
        for (text, code, line, column) in [
            ("", MalformedXml, 1, 1),
            ("hello", MalformedXml, 1, 1),
            ("<a>\n <b>\n</a>", MalformedXml, 3, 1),
            ("<a>\n  <b>", MalformedXml, 2, 3),
            ("<a/><b/>", MalformedXml, 1, 5),
            ("<a/> text", MalformedXml, 1, 5),
            ("<a x=1/>", MalformedXml, 1, 1),
            ("<a x='1' x='2'/>", MalformedXml, 1, 1),
            ("<a>\u{1}</a>", MalformedXml, 1, 4),
            ("<a>\n<p:b/></a>", MalformedXml, 2, 1),
            ("<a p:b=''/>", MalformedXml, 1, 4),
            ("<a b='x &lt y'/>", MalformedXml, 1, 9),
            ("\n<?xml version='1.0'?><a/>", MalformedXml, 2, 1),
            ("<a>&bomb;</a>", DtdRefused, 1, 4),
            ("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", DtdRefused, 1, 1),
            (&format!("<a{many_attributes}/>"), ModelTooLarge, 1, 1),
            (&deep, ModelTooLarge, 1, 769),
        ] {
            let found = parse(text).map(|_| ()).unwrap_err();
            assert_eq!(found, (code, line, column), "{text:.60}");
        }
    }
}
