//! Models of Camunda 7 (`camunda:*`, JUEL) as models that hosk runs (`zeebe:*`, FEEL).
//!
//! The text of the file is edited, not written anew: what has nothing to do with Camunda 7 (diagram, comments, ids, other
//! extensions) stays as it is, byte for byte, except that the result is always UTF-8. What has no equivalent stays in the
//! file, too, and is listed, so that nothing is lost without a word.
//!
//! One file per family: `jobs` (service-like tasks and scripts), `people` (user tasks and forms), `calls`, `events`,
//! `flows` (expressions in standard elements), `listeners`, `io`. `juel` translates expressions; `tree` and `edits`
//! read and change the text.

mod calls;
mod edits;
mod element;
mod events;
mod flows;
mod forms;
mod io;
mod jobs;
mod juel;
mod leftovers;
mod listeners;
mod people;
mod tree;
mod work;
mod write;

use crate::compile::document;
use crate::definition::Position;
use crate::diagnostic::Diagnostic;
use crate::xml::Namespace;
use tree::Tree;
use work::Work;

/// A converted model.
#[derive(Clone, Debug)]
pub struct Conversion {
    /// The file.
    pub xml: String,
    /// Forms that were written inside the model, as files of their own.
    pub forms: Vec<ConvertedForm>,
    /// What somebody should know, by place in the original file.
    pub notes: Vec<Note>,
}

impl Conversion {
    /// Whether something has no equivalent and is still in the file.
    pub fn is_complete(&self) -> bool {
        self.notes.iter().all(|note| note.kind != NoteKind::Left)
    }
}

/// A form taken out of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConvertedForm {
    /// Its file name: the form's id with `.form`.
    pub file: String,
    /// The form-js schema as JSON text.
    pub json: String,
}

/// Something to know about a conversion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What became of it.
    pub kind: NoteKind,
    /// What was found, as a sentence.
    pub message: String,
    /// The `id` of the BPMN element.
    pub element_id: Option<String>,
    /// Where it stands in the original file.
    pub position: Position,
}

/// What became of something of Camunda 7.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoteKind {
    /// It has no equivalent and stays in the file; somebody has to model it.
    Left,
    /// It was converted and does not mean quite the same.
    Review,
    /// It is not needed and was removed.
    Dropped,
}

impl NoteKind {
    /// `left`, `review` or `dropped`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Review => "review",
            Self::Dropped => "dropped",
        }
    }
}

/// Whether anything in a file is of Camunda 7: an extension, an expression in JUEL, or what its modeler says.
fn is_seven(text: &str, tree: &Tree) -> bool {
    let is_extension = |node: &tree::Node| {
        node.namespace == Namespace::CamundaSeven
            || node.attributes.iter().any(|a| a.namespace == Namespace::CamundaSeven)
    };
    let platform = |a: &tree::Attribute| a.name == "executionPlatform" && a.value == "Camunda Platform";
    tree.nodes.iter().any(is_extension)
        || tree.nodes.first().is_some_and(|root| root.attributes.iter().any(platform))
        || text.contains("${")
        || text.contains("#{")
}

/// Converts a model; one without anything of Camunda 7 comes back as it is.
///
/// # Errors
/// The diagnostic of a file that is no BPMN at all.
pub fn convert(bytes: &[u8], resource_name: &str) -> Result<Conversion, Diagnostic> {
    let document = document(bytes, resource_name)?;
    let tree = Tree::read(&document.source.text);
    let mut work = Work::new(&document.source, &tree);
    if !is_seven(&document.source.text, &tree) {
        return Ok(work.finish());
    }
    for node in tree.nodes.iter().filter(|node| node.namespace == Namespace::Bpmn) {
        match &*node.tag {
            "serviceTask" | "sendTask" | "businessRuleTask" => jobs::task(&mut work, node),
            "scriptTask" => jobs::script(&mut work, node),
            "userTask" => people::user_task(&mut work, node),
            "startEvent" => people::start_event(&mut work, node),
            "callActivity" => calls::call_activity(&mut work, node),
            "intermediateThrowEvent" | "endEvent" => events::throwing(&mut work, node),
            "message" | "signal" => events::named(&mut work, node),
            "conditionalEventDefinition" => events::conditional(&mut work, node),
            "process" => flows::process(&mut work, node),
            "sequenceFlow" => flows::sequence_flow(&mut work, node),
            "multiInstanceLoopCharacteristics" => flows::multi_instance(&mut work, node),
            "timeDate" | "timeDuration" | "timeCycle" => flows::timer(&mut work, node),
            _ => {}
        }
        io::parameters(&mut work, node);
        listeners::execution(&mut work, node);
        io::properties(&mut work, node);
    }
    leftovers::sweep(&mut work);
    Ok(work.finish())
}
