//! `hosk convert`: models of Camunda 7 as models that hosk runs, and a list of what needs a hand.
//!
//! Each result is checked at once: what still keeps it from being deployed is printed as `hosk check` prints it.

use std::path::Path;

use anyhow::Context as _;
use hosk_model::Diagnostic;
use hosk_model::convert::{Conversion, NoteKind};
use serde_json::{Value, json};

use crate::cli::ConvertArgs;
use crate::commands::check::count;
use crate::failure::Failure;
use crate::{files, print};

pub(crate) fn run(args: &ConvertArgs, as_json: bool) -> Result<(), Failure> {
    let paths = files::collect(&args.files, &[".bpmn"])?;
    if args.out.is_none() && (paths.len() > 1 || as_json) {
        let what = "say with --out where the converted models go";
        return Err(Failure::Refused(what.to_owned()));
    }
    let (mut unfinished, mut left, mut reports) = (0, 0, Vec::new());
    for path in &paths {
        let name = path.display().to_string();
        let content = files::read(path)?;
        let conversion = match hosk_model::convert::convert(&content, &name) {
            Ok(conversion) => conversion,
            Err(diagnostic) => {
                unfinished += 1;
                refuse(&name, &content, diagnostic, as_json, &mut reports);
                continue;
            }
        };
        let errors = errors(&conversion, &name);
        let here = conversion.notes.iter().filter(|note| note.kind == NoteKind::Left).count();
        left += here;
        unfinished += usize::from(here > 0 || !errors.is_empty());
        match &args.out {
            Some(folder) => save(folder, path, &conversion)?,
            None => print::line(conversion.xml.trim_end()),
        }
        if as_json {
            reports.push(report(&name, &conversion, &errors));
        } else {
            tell(&name, &conversion, &errors);
        }
    }
    if as_json {
        print::json(&json!({"files": paths.len(), "unfinished": unfinished, "models": reports}));
    } else {
        let [files, things] = [count(paths.len(), "file"), count(left, "thing")];
        print::note(format!(
            "{files} converted, {unfinished} to be finished by hand, {things} without equivalent"
        ));
    }
    if unfinished > 0 { Err(Failure::Found) } else { Ok(()) }
}

fn errors(conversion: &Conversion, name: &str) -> Vec<Diagnostic> {
    let compiled = hosk_model::compile(conversion.xml.as_bytes(), name);
    compiled.diagnostics.into_iter().filter(Diagnostic::is_error).collect()
}

fn refuse(name: &str, content: &[u8], diagnostic: Diagnostic, as_json: bool, reports: &mut Vec<Value>) {
    if as_json {
        let position = diagnostic.position;
        reports.push(json!({
            "file": name,
            "refused": {"code": diagnostic.code.as_str(), "message": diagnostic.message, "line": position.line, "column": position.column},
        }));
    } else {
        print::note(hosk_model::render(&[diagnostic], name, content));
    }
}

fn save(folder: &Path, path: &Path, conversion: &Conversion) -> Result<(), Failure> {
    let write = |name: &str, text: &str| {
        let target = folder.join(name);
        std::fs::write(&target, text).with_context(|| format!("{} cannot be written", target.display()))
    };
    std::fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    write(&files::name(path), &conversion.xml)?;
    for form in &conversion.forms {
        // The name comes from an id of the model; only its last part may name a file.
        write(&files::name(Path::new(&form.file)), &form.json)?;
    }
    Ok(())
}

/// Notes for people go to standard error: the model itself may be on standard output.
fn tell(name: &str, conversion: &Conversion, errors: &[Diagnostic]) {
    for note in &conversion.notes {
        let element = note.element_id.as_ref().map(|id| format!(" `{id}`:")).unwrap_or_default();
        print::note(format!("{name}:{}: {}:{element} {}", note.position, note.kind.as_str(), note.message));
    }
    if !errors.is_empty() {
        print::note("What still keeps the converted model from being deployed:");
        print::note(hosk_model::render(errors, name, conversion.xml.as_bytes()));
    }
}

fn report(name: &str, conversion: &Conversion, errors: &[Diagnostic]) -> Value {
    let notes = conversion.notes.iter().map(|note| {
        json!({
            "kind": note.kind.as_str(),
            "message": note.message,
            "elementId": note.element_id,
            "line": note.position.line,
            "column": note.position.column,
        })
    });
    let errors = errors
        .iter()
        .map(|one| json!({"code": one.code.as_str(), "message": one.message, "elementId": one.element_id}));
    json!({
        "file": name,
        "forms": conversion.forms.iter().map(|form| &form.file).collect::<Vec<_>>(),
        "notes": notes.collect::<Vec<_>>(),
        "errors": errors.collect::<Vec<_>>(),
    })
}
