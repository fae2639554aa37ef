//! When the timer start events of an upload are first due: counted from the deployment, so one that cannot be evaluated
//! is a mistake in the file, found before anything is stored.

use hosk_core::{Due, start_due};
use hosk_feel::Environment;
use hosk_model::{Diagnostic, DiagnosticCode, ElementIndex, ProcessDefinition, Severity, Start};

use super::deploy::Content;
use crate::Finding;

/// Per file, per process in it: its timer start events with their first run.
pub(super) fn evaluate(
    files: &[(String, Vec<u8>)],
    contents: &[Content],
    environment: &Environment,
    findings: &mut Vec<Finding>,
) -> Vec<Vec<Vec<(ElementIndex, Due)>>> {
    let mut starts = Vec::with_capacity(contents.len());
    for ((name, _), content) in files.iter().zip(contents) {
        let of_file = content.processes().iter().map(|process| {
            let (due, wrong) = of(process, environment);
            let found = |diagnostic| Finding { resource: name.as_str().into(), diagnostic };
            findings.extend(wrong.into_iter().map(found));
            due
        });
        starts.push(of_file.collect());
    }
    starts
}

fn of(process: &ProcessDefinition, environment: &Environment) -> (Vec<(ElementIndex, Due)>, Vec<Diagnostic>) {
    let (mut due, mut wrong) = (Vec::new(), Vec::new());
    for (index, start) in process.starts() {
        let Start::Timer(timer) = start else { continue };
        let start = process.element(index);
        match start_due(timer, environment) {
            Ok(run) => due.push((index, run)),
            Err(why) => wrong.push(Diagnostic {
                code: DiagnosticCode::InvalidTimer,
                severity: Severity::Error,
                message: format!("The timer of the start event `{}` cannot be evaluated: {why}", start.id),
                element_id: Some(start.id.to_string()),
                position: start.position,
                remedy: "No instance is there yet, so it can read no variables: write a date, a duration, a cycle, \
                         or FEEL that needs none."
                    .to_owned(),
            }),
        }
    }
    (due, wrong)
}
