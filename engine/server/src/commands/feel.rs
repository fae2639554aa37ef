//! `hosk feel`: evaluates one expression and says why a value came out as null.

use std::collections::BTreeMap;

use hosk_feel::{Expression, Json, Names};
use serde_json::json;

use crate::cli::FeelArgs;
use crate::failure::Failure;
use crate::{files, print, surroundings};

pub(crate) fn run(args: &FeelArgs, as_json: bool) -> Result<(), Failure> {
    let text = args.expression.strip_prefix('=').unwrap_or(&args.expression);
    let expression = Expression::compile(text, &Names::default()).map_err(|errors| {
        let lines: Vec<String> =
            errors.iter().map(|error| format!("{}\n{error}", marked(text, error))).collect();
        Failure::Refused(lines.join("\n"))
    })?;
    let variables: BTreeMap<String, Json> = match files::object(args.variables.as_deref())? {
        serde_json::Value::Object(entries) => {
            entries.into_iter().map(|(name, value)| (name, Json::from(value))).collect()
        }
        _ => BTreeMap::new(),
    };
    let environment = surroundings::now();
    let outcome = expression
        .evaluate(&variables, &environment)
        .map_err(|error| Failure::Refused(format!("the expression cannot be evaluated: {error}")))?;
    let value = outcome.value.to_json();
    if as_json {
        let warnings: Vec<String> = outcome.warnings.iter().map(ToString::to_string).collect();
        print::json(&json!({"result": value.value(), "warnings": warnings}));
    } else {
        print::line(value.text());
        for warning in &outcome.warnings {
            print::note(format!("warning: {warning}"));
        }
    }
    Ok(())
}

/// The expression's line with a caret under the place.
fn marked(text: &str, error: &hosk_feel::SyntaxError) -> String {
    let line = text.lines().nth((error.position.line as usize).saturating_sub(1)).unwrap_or_default();
    format!("{line}\n{}^", " ".repeat((error.position.column as usize).saturating_sub(1)))
}
