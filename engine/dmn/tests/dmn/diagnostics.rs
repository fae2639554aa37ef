//! What is wrong with a model is said all at once, with place and remedy, and on a page.

use std::path::Path;

use hosk_dmn::DecisionModel;
use hosk_xml::{Diagnostic, DiagnosticCode};

use crate::common::definitions;

fn found(xml: &[u8]) -> Vec<Diagnostic> {
    match DecisionModel::compile(xml) {
        Ok(compiled) => compiled.warnings,
        Err(diagnostics) => diagnostics,
    }
}

#[test]
fn everything_is_said_at_once_with_its_place() {
    let xml = definitions(
        "<decision id='a' name='a'><variable name='a' typeRef='nope'/>\n\
         <literalExpression><text>1 +\n  * 2</text></literalExpression></decision>\n\
         <decision id='a' name='b'><informationRequirement><requiredDecision href='#gone'/></informationRequirement>\n\
         <literalExpression expressionLanguage='groovy'><text>1</text></literalExpression></decision>",
    );
    let found = found(xml.as_bytes());
    let places: Vec<_> = found.iter().map(|d| (d.code.as_str(), d.position.line)).collect();
    assert_eq!(
        places,
        [
            ("unknown-type", 2),
            ("feel-syntax-error", 4),
            ("duplicate-id", 5),
            ("dangling-reference", 5),
            ("unsupported-expression-language", 6),
        ]
    );
    assert!(found.iter().all(|d| d.element_id.as_deref() == Some("a") && !d.remedy.is_empty()));
}

#[test]
fn every_version_and_prefix_is_read() {
    for namespace in [
        "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
        "http://www.omg.org/spec/DMN/20180521/MODEL/",
        "https://www.omg.org/spec/DMN/20191111/MODEL/",
        "https://www.omg.org/spec/DMN/20211108/MODEL/",
        "https://www.omg.org/spec/DMN/20230324/MODEL/",
    ] {
        let xml = format!(
            "\u{feff}<?xml version='1.0'?><x:definitions xmlns:x='{namespace}'><x:decision id='d' name='d'>\
             <x:literalExpression><x:text>1</x:text></x:literalExpression></x:decision></x:definitions>"
        );
        assert_eq!(
            DecisionModel::compile(xml.as_bytes()).unwrap().model.decisions().count(),
            1,
            "{namespace}"
        );
    }
}

#[test]
fn entities_are_refused() {
    let bomb = "<!DOCTYPE d [<!ENTITY a 'aaaaaaaa'>]><definitions>&a;</definitions>";
    assert_eq!(found(bomb.as_bytes())[0].code, DiagnosticCode::DtdRefused);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test reads the documentation, the crate reads no file")]
fn the_example_of_every_page_leads_to_its_code() {
    let mut examples = 0;
    for code in DiagnosticCode::ALL {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../docs/problems/{code}.md"));
        let page = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let Some((_, fenced)) = page.split_once("```dmn") else { continue };
        let (kind, rest) = fenced.split_once('\n').unwrap();
        let (body, _) = rest.split_once("\n```").unwrap();
        let xml = if kind == " file" { body.to_owned() } else { definitions(body) };
        let found = found(xml.as_bytes());
        assert!(found.iter().any(|d| d.code == *code), "{code}: {found:#?}");
        examples += 1;
    }
    assert!(examples >= 9);
}
