//! Second phase: from the XML tree to compiled processes, one file per family of elements.

mod activities;
mod ad_hoc;
mod ad_hoc_elements;
mod behavior;
mod business_rule_task;
mod codes;
mod collaboration;
mod compensation;
mod conditions;
mod context;
mod correlation;
mod data;
mod definitions;
mod element;
mod events;
mod extensions;
mod flows;
mod forms;
mod gateways;
mod globals;
mod jobs;
mod lanes;
mod listeners;
mod mappings;
mod multi_instance;
mod process;
mod publications;
mod quantities;
mod resources;
mod retention;
mod roots;
mod rules;
mod signals;
mod slots;
mod standard_loop;
mod timers;
mod triggers;
mod unsupported;
mod user_task;
mod values;

use std::sync::Arc;

use crate::definition::ProcessDefinition;
use crate::diagnostic::{Diagnostic, in_order};
use crate::diagnostic_code::DiagnosticCode;
use crate::xml::{self, Document, Namespace};

pub(crate) use context::{Context, quoted};
pub use retention::HISTORY_TIME_TO_LIVE;
pub use rules::{TriggerRule, refused, trigger_rules};
pub use triggers::Place;
pub(crate) use values::{is_variable_name, string_literal};

/// What a file compiles to.
#[derive(Debug)]
pub struct Compiled {
    /// The executable processes in document order; empty when any diagnostic is an error.
    pub processes: Vec<Arc<ProcessDefinition>>,
    /// Everything found, by position.
    pub diagnostics: Vec<Diagnostic>,
}

impl Compiled {
    /// Whether the file is refused.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

/// Compiles a BPMN 2.0 XML file. Never panics, whatever the bytes are; all findings come at once.
///
/// `resource_name` is the file's name, as findings about the whole file mention it.
pub fn compile(bytes: &[u8], resource_name: &str) -> Compiled {
    let document = match document(bytes, resource_name) {
        Ok(document) => document,
        Err(diagnostic) => return Compiled { processes: Vec::new(), diagnostics: vec![diagnostic] },
    };
    let mut cx = Context::new(&document);
    let processes = definitions(&mut cx, resource_name);
    let diagnostics = in_order(cx.diagnostics);
    let refused = diagnostics.iter().any(Diagnostic::is_error);
    Compiled { processes: if refused { Vec::new() } else { processes }, diagnostics }
}

/// The XML tree of a file; the error says why it is none of BPMN.
pub(crate) fn document(bytes: &[u8], resource_name: &str) -> Result<Document, Diagnostic> {
    let document =
        xml::load(bytes, resource_name, "Split the model into several files joined by call activities.")?;
    let root = document.root();
    if !root.is_bpmn("definitions") {
        let message =
            format!("The root element of `{resource_name}` is `{}`, not BPMN 2.0 `definitions`.", root.tag);
        let position = document.source.position(root.offset);
        let remedy = "Upload a BPMN 2.0 file, with the namespace \
                      `http://www.omg.org/spec/BPMN/20100524/MODEL`.";
        return Err(Diagnostic::of_file(DiagnosticCode::NotBpmn, message, position, remedy));
    }
    Ok(document)
}

fn definitions(cx: &mut Context<'_>, resource_name: &str) -> Vec<Arc<ProcessDefinition>> {
    if !roots::register_ids(cx) {
        return Vec::new();
    }
    roots::check(cx);
    correlation::register(cx);
    collaboration::register(cx);
    lanes::register(cx);
    data::register(cx);
    other_engines(cx);
    let doc = cx.doc;
    let mut processes = Vec::new();
    let mut any = false;
    let is_callable = |node: &&xml::Node| node.is_bpmn("process") || globals::is_global_task(node);
    for node in doc.children(doc.root()).filter(is_callable) {
        if globals::is_global_task(node) {
            any = true;
            processes.extend(globals::compile(cx, node).map(Arc::new));
        } else if cx.boolean(node, "isExecutable", false) {
            any = true;
            processes.extend(process::compile(cx, node).map(Arc::new));
        } else {
            let message = format!("The {} is not executable and is skipped.", cx.label(node));
            let remedy = "Set `isExecutable=\"true\"` if it should run.";
            cx.warn(DiagnosticCode::ProcessNotExecutable, node, message, remedy);
        }
    }
    if !any {
        let message = format!("`{resource_name}` contains no executable process.");
        let remedy = "Set `isExecutable=\"true\"` on the process.";
        cx.error(DiagnosticCode::NoExecutableProcess, doc.root(), message, remedy);
    }
    processes
}

/// Extensions of other engines are another language; silently dropping them would change what the model does.
fn other_engines(cx: &mut Context<'_>) {
    let seven = (
        Namespace::CamundaSeven,
        DiagnosticCode::CamundaSevenExtension,
        "`camunda:*` extensions of Camunda 7",
        "Run `hosk convert`, which says the same with `zeebe:*` extensions.",
    );
    let others = (
        Namespace::OtherEngine,
        DiagnosticCode::ForeignExtension,
        "extensions of another engine (Activiti, Flowable, jBPM)",
        "Say in standard BPMN or with `zeebe:*` extensions what they are for.",
    );
    let doc = cx.doc;
    for (namespace, code, what, remedy) in [seven, others] {
        let is_foreign = |n: &&crate::xml::Node| n.namespace == namespace || n.has_attribute_of(namespace);
        let mut found = doc.nodes().iter().filter(is_foreign);
        if let Some(first) = found.next() {
            let message = format!("{} elements carry {what}, which are not read.", found.count() + 1);
            cx.warn(code, first, message, remedy);
        }
    }
}
