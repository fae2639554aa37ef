//! `hosk check`: every mistake in the given files, as a compiler prints them.

use std::path::Path;

use hosk_model::{Diagnostic, Severity};
use serde_json::{Value, json};

use crate::cli::CheckArgs;
use crate::failure::Failure;
use crate::{files, print};

pub(crate) fn run(args: &CheckArgs, as_json: bool) -> Result<(), Failure> {
    let paths = files::collect(&args.files, &[".bpmn", ".form"])?;
    let (mut errors, mut warnings, mut reports) = (0, 0, Vec::new());
    for path in &paths {
        let content = files::read(path)?;
        let name = path.display().to_string();
        let found = diagnose(&name, &content);
        errors += found.iter().filter(|one| one.severity == Severity::Error).count();
        warnings += found.iter().filter(|one| one.severity == Severity::Warning).count();
        if as_json {
            reports.extend(found.iter().map(|one| report(&name, one)));
        } else if !found.is_empty() {
            print::line(hosk_model::render(&found, &name, &content));
        }
    }
    if as_json {
        print::json(
            &json!({"files": paths.len(), "errors": errors, "warnings": warnings, "diagnostics": reports}),
        );
    } else {
        print::line(format!(
            "{}, {}, {}",
            count(paths.len(), "file"),
            count(errors, "error"),
            count(warnings, "warning")
        ));
    }
    if errors > 0 || (args.strict && warnings > 0) { Err(Failure::Found) } else { Ok(()) }
}

fn diagnose(name: &str, content: &[u8]) -> Vec<Diagnostic> {
    if Path::new(name).extension().is_some_and(|ending| ending == "form") {
        return hosk_model::compile_form(content, name).err().unwrap_or_default();
    }
    hosk_model::compile(content, name).diagnostics
}

fn report(file: &str, diagnostic: &Diagnostic) -> Value {
    json!({
        "file": file,
        "line": diagnostic.position.line,
        "column": diagnostic.position.column,
        "severity": match diagnostic.severity { Severity::Error => "error", Severity::Warning => "warning" },
        "code": diagnostic.code.as_str(),
        "elementId": diagnostic.element_id,
        "message": diagnostic.message,
        "remedy": diagnostic.remedy,
    })
}

pub(crate) fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
