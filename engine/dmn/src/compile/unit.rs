//! One file of a model: what stands in it, and which other files it imports (DMN 1.5, 6.3.3).

use std::collections::BTreeMap;
use std::sync::Arc;

use hosk_feel::{Names, Type};
use hosk_xml::{Diagnostic, DiagnosticCode, Document, Namespace, Node, load};
use rustc_hash::FxHashMap;

use super::findings::{Findings, label};
use super::types;
use crate::limits::MAX_ID_CHARACTERS;

/// A file and what its expressions may name.
pub(super) struct Unit<'d> {
    pub(super) doc: &'d Document,
    /// Its name, for findings.
    pub(super) label: String,
    pub(super) namespace: &'d str,
    /// Imported files by the name of the import, which may be empty.
    pub(super) imports: Vec<(Arc<str>, usize)>,
    /// Elements that can be required, by id.
    pub(super) by_id: FxHashMap<&'d str, &'d Node>,
    /// Its types by name, imported ones as `import.type`.
    pub(super) types: BTreeMap<String, Type>,
    /// Names that are one name everywhere in the file, and its types.
    pub(super) names: Names,
}

/// The elements of the requirements graph.
const ELEMENTS: [&str; 4] = ["decision", "businessKnowledgeModel", "inputData", "decisionService"];

/// Reads a DMN file.
pub(super) fn document(bytes: &[u8]) -> Result<Document, Diagnostic> {
    let document = load(bytes, "the file", "Split the model into several files that import each other.")?;
    let root = document.root();
    if root.namespace == Namespace::Dmn && &*root.tag == "definitions" {
        return Ok(document);
    }
    let message = format!("The root element is `{}`, not DMN `definitions`.", root.tag);
    let position = document.source.position(root.offset);
    let remedy = "Upload a DMN file of version 1.1 to 1.5, with the namespace of its version.";
    Err(Diagnostic::of_file(DiagnosticCode::NotDmn, message, position, remedy))
}

/// The files with their imports resolved and their types compiled; the first is the main one.
pub(super) fn link<'d>(documents: &'d [Document], findings: &mut Findings) -> Vec<Unit<'d>> {
    let mut units: Vec<Unit<'d>> = documents.iter().map(unit).collect();
    let namespaces: Vec<&str> = units.iter().map(|unit| unit.namespace).collect();
    for (number, unit) in units.iter_mut().enumerate() {
        findings.enter(&unit.label, number == 0);
        register_ids(unit, findings);
        imports(unit, &namespaces, findings);
    }
    for number in types_first(&units) {
        findings.enter(&units[number].label, number == 0);
        let own = types::compile(&units[number], &units, findings);
        units[number].types = own;
    }
    for number in 0..units.len() {
        let names = names(&units[number], &units);
        units[number].names = names;
    }
    units
}

fn unit(doc: &Document) -> Unit<'_> {
    let root = doc.root();
    Unit {
        doc,
        label: root.value("name").unwrap_or_default().to_owned(),
        namespace: root.value("namespace").unwrap_or_default(),
        imports: Vec::new(),
        by_id: FxHashMap::default(),
        types: BTreeMap::new(),
        names: Names::default(),
    }
}

impl<'d> Unit<'d> {
    /// The elements of the requirements graph in document order.
    pub(super) fn elements(&self) -> impl Iterator<Item = &'d Node> + use<'d> {
        let doc = self.doc;
        doc.children(doc.root())
            .filter(|node| node.namespace == Namespace::Dmn && ELEMENTS.contains(&&*node.tag))
    }

    /// The file and id that a reference such as `#id` or `namespace#id` means.
    pub(super) fn resolve<'u>(
        &self,
        href: &str,
        units: &'u [Unit<'d>],
    ) -> Option<(Option<Arc<str>>, usize, &'d Node)>
    where
        'd: 'u,
    {
        let (namespace, id) = href.rsplit_once('#').unwrap_or(("", href));
        if (namespace.is_empty() || namespace == self.namespace)
            && let Some(node) = self.by_id.get(id)
        {
            let own = units.iter().position(|unit| std::ptr::eq(unit.doc, self.doc))?;
            return Some((None, own, node));
        }
        self.imports.iter().find_map(|(name, number)| {
            let unit = &units[*number];
            let node = unit.by_id.get(id).filter(|_| unit.namespace == namespace)?;
            Some((Some(name.clone()).filter(|name| !name.is_empty()), *number, *node))
        })
    }
}

/// The id of an element; what lacks one is known by its name.
pub(super) fn id(node: &Node) -> Option<&str> {
    node.id().or_else(|| node.value("name"))
}

fn register_ids(unit: &mut Unit<'_>, findings: &mut Findings) {
    let doc = unit.doc;
    for node in unit.elements() {
        if node.id().is_none() {
            let message = format!("The {} has no id.", label(doc, node));
            findings.error(doc, node, DiagnosticCode::MissingId, message, "Give it an `id`.");
        }
        let Some(id) = id(node) else { continue };
        if id.chars().count() > MAX_ID_CHARACTERS {
            let message =
                format!("The id of the {} has more than {MAX_ID_CHARACTERS} characters.", label(doc, node));
            findings.error(doc, node, DiagnosticCode::InvalidId, message, "Choose a shorter id.");
        }
        if unit.by_id.insert(id, node).is_some() {
            let message = format!("The id `{}` occurs twice.", hosk_xml::quoted(id, 80));
            findings.error(
                doc,
                node,
                DiagnosticCode::DuplicateId,
                message,
                "Give every element an id of its own.",
            );
        }
    }
}

fn imports(unit: &mut Unit<'_>, namespaces: &[&str], findings: &mut Findings) {
    let doc = unit.doc;
    for node in doc.own_children(doc.root(), "import") {
        let namespace = node.value("namespace").unwrap_or_default();
        let kind = node.value("importType").unwrap_or_default();
        let name = node.value("name").unwrap_or_default();
        if Namespace::of(kind) != Namespace::Dmn {
            let message = format!("The import `{name}` is of type `{kind}`, which is not read.");
            let remedy = "Import DMN files only; PMML and XML Schema are not supported.";
            findings.warn(doc, node, DiagnosticCode::UnresolvedImport, message, remedy);
            continue;
        }
        if let Some(number) = namespaces.iter().position(|own| *own == namespace) {
            unit.imports.push((name.into(), number));
            continue;
        }
        let message = format!("The imported model `{name}` with the namespace `{namespace}` is not there.");
        let remedy = "Give the imported file along with this one, or move its elements into this file.";
        findings.error(doc, node, DiagnosticCode::UnresolvedImport, message, remedy);
    }
}

/// The files in an order in which imported ones come first; files that import each other come in any order.
fn types_first(units: &[Unit<'_>]) -> Vec<usize> {
    let mut seen = vec![false; units.len()];
    let mut order = Vec::with_capacity(units.len());
    for start in 0..units.len() {
        let mut waiting = vec![(start, false)];
        while let Some((number, ready)) = waiting.pop() {
            if ready {
                order.push(number);
            } else if !std::mem::replace(&mut seen[number], true) {
                waiting.push((number, true));
                waiting.extend(units[number].imports.iter().map(|(_, imported)| (*imported, false)));
            }
        }
    }
    order
}

/// The name that a node declares for expressions.
pub(super) fn declared(node: &Node) -> Option<&str> {
    match &*node.tag {
        "variable"
        | "formalParameter"
        | "itemComponent"
        | "column"
        | "output"
        | "import"
        | "decision"
        | "inputData"
        | "businessKnowledgeModel"
        | "decisionService" => node.value("name"),
        "for" | "some" | "every" => node.value("iteratorVariable"),
        _ => None,
    }
}

/// Whether a name has signs, which mean something else in FEEL where the name is not known: `a-b`, `a.b`.
pub(super) fn has_signs(name: &str) -> bool {
    !name.chars().all(|c| c.is_alphanumeric() || c == '_' || c.is_whitespace())
}

/// The names that every expression of the file knows, those of what it imports among them: names of several words, as
/// two words in a row mean nothing else in FEEL, and names of members.
fn names(unit: &Unit<'_>, units: &[Unit<'_>]) -> Names {
    let mut names = Names::default();
    let imported = unit.imports.iter().map(|(_, number)| &units[*number]);
    for (number, unit) in std::iter::once(unit).chain(imported).enumerate() {
        for node in unit.doc.nodes().iter().filter(|node| node.namespace == Namespace::Dmn) {
            let is_member =
                number > 0 || matches!(&*node.tag, "itemComponent" | "column" | "output" | "import");
            if let Some(name) = declared(node).filter(|name| is_member || !has_signs(name)) {
                names.add(name);
            }
        }
    }
    for (name, of) in &unit.types {
        names.add_type(name.clone(), of.clone());
    }
    names
}
