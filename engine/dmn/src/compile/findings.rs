//! Where findings go: sentence, place, element, remedy.

use hosk_xml::{Diagnostic, DiagnosticCode, Document, Namespace, Node, Position, Severity, sentence};

use crate::limits::MAX_COLLECTED;

/// The findings so far, and the file they are about.
#[derive(Default)]
pub(super) struct Findings {
    diagnostics: Vec<Diagnostic>,
    collected: usize,
    /// How an imported file is called; empty for the file itself.
    file: String,
}

impl Findings {
    /// What follows is about this file.
    pub(super) fn enter(&mut self, label: &str, is_main: bool) {
        self.file = if is_main { String::new() } else { format!("In the imported model `{label}`: ") };
    }

    pub(super) fn take(&mut self) -> Vec<Diagnostic> {
        std::mem::take(&mut self.diagnostics)
    }

    /// An error at the start of a node.
    pub(super) fn error(
        &mut self,
        doc: &Document,
        node: &Node,
        code: DiagnosticCode,
        message: String,
        remedy: &str,
    ) {
        self.report(doc, node, node.offset, Severity::Error, code, message, remedy);
    }

    /// A warning at the start of a node.
    pub(super) fn warn(
        &mut self,
        doc: &Document,
        node: &Node,
        code: DiagnosticCode,
        message: String,
        remedy: &str,
    ) {
        self.report(doc, node, node.offset, Severity::Warning, code, message, remedy);
    }

    /// A finding at any byte offset.
    #[expect(clippy::too_many_arguments, reason = "a finding has that many sides")]
    #[expect(clippy::needless_pass_by_value, reason = "messages are made for this")]
    pub(super) fn report(
        &mut self,
        doc: &Document,
        node: &Node,
        offset: usize,
        severity: Severity,
        code: DiagnosticCode,
        message: String,
        remedy: &str,
    ) {
        self.collected += 1;
        if self.collected > MAX_COLLECTED {
            return;
        }
        let position = if self.file.is_empty() {
            doc.source.position(offset)
        } else {
            // The place in another file would mislead; the element says where to look.
            Position { line: 1, column: 1 }
        };
        let message = sentence(format!("{}{message}", self.file));
        let element_id = owner(doc, node).and_then(Node::id).map(str::to_owned);
        let remedy = sentence(remedy.to_owned());
        self.diagnostics.push(Diagnostic { code, severity, message, element_id, position, remedy });
    }
}

/// The innermost element with an id that a node belongs to.
pub(super) fn owner<'d>(doc: &'d Document, node: &'d Node) -> Option<&'d Node> {
    let mut at = Some(node);
    while let Some(node) = at {
        if node.namespace == Namespace::Dmn && node.id().is_some() {
            return Some(node);
        }
        at = doc.parent(node);
    }
    None
}

/// The decision, knowledge model or other named part a node belongs to, as spoken of: "decision `Dish`".
pub(super) fn label(doc: &Document, node: &Node) -> String {
    let mut at = Some(node);
    while let Some(node) = at {
        let spoken = match &*node.tag {
            "decision" => "decision",
            "businessKnowledgeModel" => "business knowledge model",
            "decisionService" => "decision service",
            "inputData" => "input data",
            "itemDefinition" => "item definition",
            "import" => "import",
            _ => {
                at = doc.parent(node);
                continue;
            }
        };
        let name = node.value("name").or(node.id()).unwrap_or_default();
        return format!("{spoken} `{}`", hosk_xml::quoted(name, hosk_xml::limits::MAX_QUOTED));
    }
    "model".to_owned()
}
