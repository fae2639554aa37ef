//! From DMN XML to the graph: bytes → trees with positions, each element compiled once, then requirements resolved.

mod boxed;
mod elements;
mod findings;
mod requirements;
mod tables;
mod texts;
mod types;
mod unit;

use hosk_xml::{Diagnostic, Document, in_order};

use crate::DecisionModel;
use findings::Findings;

/// A file that is accepted.
#[derive(Debug)]
pub struct Compiled {
    /// The model.
    pub model: DecisionModel,
    /// What may surprise, by position.
    pub warnings: Vec<Diagnostic>,
}

/// A file that was compiled as far as possible.
#[derive(Debug)]
pub struct Lenient {
    /// The model; what is wrong with it evaluates to null.
    pub model: DecisionModel,
    /// Errors and warnings, by position.
    pub diagnostics: Vec<Diagnostic>,
}

pub(crate) fn strict(xml: &[u8], imported: &[&[u8]]) -> Result<Compiled, Vec<Diagnostic>> {
    let Lenient { model, diagnostics } = lenient(xml, imported)?;
    if diagnostics.iter().any(Diagnostic::is_error) {
        return Err(diagnostics);
    }
    Ok(Compiled { model, warnings: diagnostics })
}

pub(crate) fn lenient(xml: &[u8], imported: &[&[u8]]) -> Result<Lenient, Vec<Diagnostic>> {
    let mut documents: Vec<Document> = Vec::with_capacity(imported.len() + 1);
    for (number, bytes) in std::iter::once(&xml).chain(imported).enumerate() {
        let document = unit::document(bytes).map_err(|mut diagnostic| {
            if number > 0 {
                diagnostic.message = format!("An imported file: {}", diagnostic.message);
            }
            vec![diagnostic]
        })?;
        documents.push(document);
    }
    let mut findings = Findings::default();
    let units = unit::link(&documents, &mut findings);
    let elements = units.iter().enumerate().map(|(number, unit)| {
        findings.enter(&unit.label, number == 0);
        elements::compile(unit, &units, &mut findings)
    });
    let elements: Vec<_> = elements.collect();
    findings.enter("", true);
    let graph = requirements::graph(&units, &elements, &mut findings);
    Ok(Lenient { model: DecisionModel::new(graph), diagnostics: in_order(findings.take()) })
}
