//! One file of cases against its model.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use hosk_dmn::{DecisionModel, Strictness};
use hosk_feel::{Environment, Value};

use crate::values;
use crate::xml::{self, Element};

/// A case and what was wrong with it.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) failures: Vec<String>,
}

/// The files with cases below a folder, sorted.
pub(crate) fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        let entries = std::fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if path.is_dir() {
                waiting.push(path);
            } else if name.contains("-test-") && path.extension().is_some_and(|ending| ending == "xml") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Runs the cases of a file.
pub(crate) fn run(file: &Path) -> Result<Vec<Case>> {
    let text = std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    let root = xml::parse(text.trim_start_matches('\u{feff}'))
        .with_context(|| format!("parsing {}", file.display()))?;
    let model = model(file, &root)?;
    root.all("testCase").map(|case| one(case, model.as_ref())).collect()
}

/// The model of the cases with all other models of its folder, as it may import them; the error is why it cannot be
/// read.
fn model(file: &Path, root: &Element) -> Result<Result<DecisionModel, String>> {
    let folder = file.parent().context("a file is in a folder")?;
    let name = root.child("modelName").map(|name| name.text.trim().to_owned()).context("a modelName")?;
    let main = std::fs::read(folder.join(&name)).with_context(|| format!("reading {name}"))?;
    let mut others = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "dmn") && !path.ends_with(&name) {
            others.push((path.clone(), std::fs::read(&path)?));
        }
    }
    others.sort();
    let others: Vec<&[u8]> = others.iter().map(|(_, bytes)| bytes.as_slice()).collect();
    let compiled = DecisionModel::compile_leniently(&main, &others);
    Ok(compiled
        .map(|lenient| lenient.model)
        .map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")))
}

fn one(case: &Element, model: Result<&DecisionModel, &String>) -> Result<Case> {
    let name = case.attribute("id").unwrap_or_default().to_owned();
    let mut inputs = BTreeMap::new();
    for input in case.all("inputNode") {
        inputs.insert(input.attribute("name").unwrap_or_default().to_owned(), values::read(input)?);
    }
    let mut failures = Vec::new();
    for result in case.all("resultNode") {
        let expected = match result.child("expected") {
            Some(expected) => values::read(expected)?,
            None => Value::Null,
        };
        let got = model.map_err(String::clone).and_then(|model| evaluate(model, case, result, &inputs));
        let wants_error = result.attribute("errorResult") == Some("true");
        let node = result.attribute("name").unwrap_or_default();
        match got {
            Ok((got, _)) if values::is_expected(&expected, &got) => {}
            Ok((Value::Null, _)) | Err(_) if wants_error => {}
            Ok((got, why)) => {
                failures.push(format!("{node}: expected {expected:?}, got {got:?}{why}"));
            }
            Err(why) => failures.push(format!("{node}: expected {expected:?}, got an error: {why}")),
        }
    }
    Ok(Case { name, failures })
}

/// The value of a result, and the warnings as a text.
fn evaluate(
    model: &DecisionModel,
    case: &Element,
    result: &Element,
    inputs: &BTreeMap<String, Value>,
) -> Result<(Value, String), String> {
    let invocable = case.attribute("invocableName");
    let node = result.attribute("name").unwrap_or_default();
    let wanted = invocable.unwrap_or(node);
    let found = model.invocables().find(|(_, name, _)| *name == wanted);
    let (id, _, kind) = found.ok_or_else(|| format!("there is no `{wanted}` in the model"))?;
    // The kit's clock is any; cases that read it expect true statements about it.
    let environment = Environment::at(1_700_000_000_000);
    let evaluation = model
        .evaluate(id, inputs, &environment, Strictness::Standard)
        .map_err(|failure| failure.message.clone())?;
    let mut value = evaluation.value;
    // A service with several outputs gives a context of them; each has a result of its own.
    if kind == hosk_dmn::DecisionKind::DecisionService
        && case.all("resultNode").count() > 1
        && let Some(member) = value.as_context().and_then(|context| context.get(node)).cloned()
    {
        value = member;
    }
    let warnings: Vec<String> = evaluation.warnings.iter().map(ToString::to_string).collect();
    let why = if warnings.is_empty() { String::new() } else { format!("; {}", warnings.join("; ")) };
    Ok((value, why))
}
