//! Writing the BPMN document of a drawn process, or of a collaboration with its pools and message flows.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::drawing::{Node, attribute};
use crate::notation::NotationError;
use crate::xml::{contents, escape};

/// What is collected on the way, and what elements have to know of the whole.
#[derive(Default)]
pub(crate) struct Roots {
    /// Root elements: id → XML.
    pub(crate) elements: BTreeMap<String, String>,
    /// Elements at the ends of message flows: their messages need no name and no key, and they send without a job.
    pub(crate) joined: BTreeSet<String>,
}

/// The whole document of one process or collaboration.
pub(crate) fn document(drawn: &Node) -> Result<String, NotationError> {
    let (mut roots, mut body) = (Roots::default(), String::new());
    match &*drawn.kind {
        "process" => process(&mut body, drawn, &mut roots)?,
        "collaboration" => collaboration(&mut body, drawn, &mut roots)?,
        _ => {
            let what = "a section starts with `process ID` or `collaboration ID`";
            return Err(NotationError::new(drawn.line, what));
        }
    }
    let mut out = String::from(concat!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<bpmn:definitions",
        " xmlns:bpmn=\"http://www.omg.org/spec/BPMN/20100524/MODEL\"",
        " xmlns:zeebe=\"http://camunda.org/schema/zeebe/1.0\" targetNamespace=\"http://hosk.dev/scenario\">\n"
    ));
    for root in roots.elements.values() {
        let _ = writeln!(out, "{root}");
    }
    let _ = writeln!(out, "{body}</bpmn:definitions>");
    Ok(out)
}

fn process(out: &mut String, process: &Node, roots: &mut Roots) -> Result<(), NotationError> {
    let _ = writeln!(out, "<bpmn:process id=\"{}\" isExecutable=\"true\">", escape(&process.id));
    contents(out, process, roots)?;
    out.push_str("</bpmn:process>\n");
    Ok(())
}

/// Pools are the processes; what message flows join is known before the processes are written.
fn collaboration(out: &mut String, drawn: &Node, roots: &mut Roots) -> Result<(), NotationError> {
    let _ = writeln!(out, "<bpmn:collaboration id=\"{}\">", escape(&drawn.id));
    for pool in &drawn.children {
        if pool.kind != "process" {
            return Err(NotationError::new(pool.line, "a collaboration holds processes: `process ID`"));
        }
        out.push_str("<bpmn:participant");
        attribute(out, "id", &format!("pool-{}", pool.id));
        attribute(out, "processRef", &pool.id);
        out.push_str("/>\n");
    }
    for (source, target) in &drawn.messages {
        out.push_str("<bpmn:messageFlow");
        attribute(out, "id", &format!("{source}~{target}"));
        attribute(out, "sourceRef", source);
        attribute(out, "targetRef", target);
        out.push_str("/>\n");
        roots.joined.extend([source.clone(), target.clone()]);
    }
    out.push_str("</bpmn:collaboration>\n");
    drawn.children.iter().try_for_each(|pool| process(out, pool, roots))
}
