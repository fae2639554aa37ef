//! FEEL texts of the model: expressions and unary tests, each finding at its place inside the text.

use std::sync::Arc;

use hosk_feel::{Expression, Names, SyntaxError};
use hosk_xml::{DiagnosticCode, Document, Located, Node, Severity, quoted};

use super::findings::{Findings, label, owner};
use crate::logic::{Cell, Logic};

type Compile = fn(&str, &Names) -> Result<Expression, Vec<SyntaxError>>;

/// The id of the element a node belongs to, as warnings name it.
pub(super) fn origin(doc: &Document, node: &Node) -> Arc<str> {
    owner(doc, node).and_then(Node::id).unwrap_or_default().into()
}

/// The logic of an element whose `text` is FEEL.
pub(super) fn literal(doc: &Document, node: &Node, names: &Names, findings: &mut Findings) -> Logic {
    if doc.own_child(node, "importedValues").is_some() {
        let message = format!("An expression of the {} imports its values.", label(doc, node));
        let remedy = "Write the values into the expression; imported values are not supported.";
        findings.error(doc, node, DiagnosticCode::UnsupportedElement, message, remedy);
        return broken(doc, node, "imported values are not supported");
    }
    match text(doc, node) {
        None => {
            let message = format!("An expression of the {} is empty; its value is null.", label(doc, node));
            let remedy = "Write the expression, or `null` if that is meant.";
            findings.warn(doc, node, DiagnosticCode::MissingExpression, message, remedy);
            Logic::Broken(origin(doc, node), "the expression is empty".into())
        }
        Some(_) => match cell(doc, node, names, findings) {
            Ok(cell) => Logic::Literal(cell),
            Err(why) => broken(doc, node, &why),
        },
    }
}

pub(super) fn broken(doc: &Document, node: &Node, why: &str) -> Logic {
    Logic::Broken(origin(doc, node), why.into())
}

/// The FEEL text of a node; `None` when it is blank.
pub(super) fn text<'d>(doc: &'d Document, node: &'d Node) -> Option<&'d Located> {
    doc.own_child(node, "text").map(Node::text).filter(|text| !text.value().trim().is_empty())
}

/// An expression whose text is not blank; the error is why there is none.
pub(super) fn cell(
    doc: &Document,
    node: &Node,
    names: &Names,
    findings: &mut Findings,
) -> Result<Cell, String> {
    compile(doc, node, names, findings, Expression::compile)
}

/// Unary tests; `None` when the text is blank or wrong.
pub(super) fn unary_tests(
    doc: &Document,
    node: &Node,
    names: &Names,
    findings: &mut Findings,
) -> Option<Cell> {
    text(doc, node)?;
    compile(doc, node, names, findings, Expression::compile_unary_tests).ok()
}

/// Unary tests whose text is not blank; the error is why there are none.
pub(super) fn tests(
    doc: &Document,
    node: &Node,
    names: &Names,
    findings: &mut Findings,
) -> Result<Cell, String> {
    compile(doc, node, names, findings, Expression::compile_unary_tests)
}

fn compile(
    doc: &Document,
    node: &Node,
    names: &Names,
    findings: &mut Findings,
    with: Compile,
) -> Result<Cell, String> {
    if let Some(language) = foreign_language(doc, node) {
        let language = quoted(language, 80);
        let message = format!("An expression of the {} is written in `{language}`.", label(doc, node));
        let remedy = "Write it in FEEL; no other expression language is executed.";
        findings.error(doc, node, DiagnosticCode::UnsupportedExpressionLanguage, message, remedy);
        return Err(format!("the expression language `{language}` is not supported"));
    }
    let Some(text) = text(doc, node) else { return Err("the expression is empty".to_owned()) };
    with(text.value(), names)
        .map(|expression| Cell { expression, origin: origin(doc, node) })
        .map_err(|errors| syntax_errors(doc, node, text, &errors, findings))
}

/// Reports syntax errors; gives the first as a sentence.
fn syntax_errors(
    doc: &Document,
    node: &Node,
    text: &Located,
    errors: &[SyntaxError],
    findings: &mut Findings,
) -> String {
    for error in errors {
        let offset = text.source_offset(error.position.offset as usize);
        let what = error.what.trim_end_matches('.');
        let message = format!("An expression of the {} does not parse: {what}.", label(doc, node));
        let remedy = match &error.hint {
            Some(hint) => format!("Correct the FEEL text: {}.", hint.trim_end_matches('.')),
            None => "Correct the FEEL text.".to_owned(),
        };
        let (code, severity) = (DiagnosticCode::FeelSyntaxError, Severity::Error);
        findings.report(doc, node, offset, severity, code, message, &remedy);
    }
    errors.first().map(|error| format!("the expression does not parse: {error}")).unwrap_or_default()
}

/// The expression language of a node, if it is not FEEL: its own, or that of the file.
fn foreign_language<'d>(doc: &'d Document, node: &'d Node) -> Option<&'d str> {
    let own = node.value("expressionLanguage");
    let language = own.or_else(|| doc.root().value("expressionLanguage"))?;
    (!language.to_ascii_lowercase().contains("feel")).then_some(language)
}
