//! Every diagnostic code has its page, and the example on the page leads to that code.
//!
//! The info string of an example's fence says how much of a file it is: `xml file` all of it, `xml root` what stands
//! in `definitions`, `xml process` what stands in an executable process, `json` a form, `dmn` a decision model, `text` no file at all.

use std::path::Path;

use hosk_model::{DiagnosticCode, compile, compile_form};

#[expect(clippy::disallowed_methods, reason = "the test reads the documentation, the crate reads no file")]
fn page(code: DiagnosticCode) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../docs/problems/{code}.md"));
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

#[test]
fn every_code_has_a_complete_page() {
    for code in DiagnosticCode::ALL {
        let page = page(*code);
        assert!(page.starts_with(&format!("# {code}\n")), "{code}");
        for heading in ["## What happened", "## Why", "## What to do", "## Example"] {
            assert!(page.contains(heading), "{code} lacks `{heading}`");
        }
    }
}

#[test]
fn every_example_leads_to_its_code() {
    for code in DiagnosticCode::ALL {
        let page = page(*code);
        let (_, example) = page.split_once("## Example").unwrap();
        let (_, fenced) = example.split_once("```").unwrap();
        let (kind, rest) = fenced.split_once('\n').unwrap();
        let (body, _) = rest.split_once("\n```").unwrap();
        let diagnostics = match kind {
            // Decision models have a test of their own.
            "text" | "dmn" | "dmn file" => continue,
            "json" => compile_form(body.as_bytes(), "example.form").unwrap_err(),
            "xml file" => compile(body.as_bytes(), "example.bpmn").diagnostics,
            "xml root" => compile(crate::common::definitions(body).as_bytes(), "example.bpmn").diagnostics,
            "xml process" => compile(crate::common::process(body).as_bytes(), "example.bpmn").diagnostics,
            other => panic!("{code}: unknown kind of example `{other}`"),
        };
        assert!(diagnostics.iter().any(|d| d.code == *code), "{code}: {diagnostics:#?}");
    }
}
