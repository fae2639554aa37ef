//! `hosk dmn`: evaluates one decision of a file, without a server, and says how it came about.

use std::collections::BTreeMap;

use hosk_dmn::{DecisionModel, EvaluatedDecision, Evaluation, Strictness, Warning};
use hosk_feel::Json;
use serde_json::{Value, json};

use crate::cli::DmnArgs;
use crate::failure::Failure;
use crate::{files, print, surroundings};

pub(crate) fn run(args: &DmnArgs, as_json: bool) -> Result<(), Failure> {
    let model = model(args)?;
    let variables: BTreeMap<String, Json> = match files::object(args.variables.as_deref())? {
        Value::Object(entries) => {
            entries.into_iter().map(|(name, value)| (name, Json::from(value))).collect()
        }
        _ => BTreeMap::new(),
    };
    let id = decision(&model, args.decision.as_deref())?;
    let environment = surroundings::now();
    let evaluation =
        model.evaluate(&id, &variables, &environment, Strictness::Strict).map_err(|failure| {
            failure.decisions.iter().for_each(explain);
            failure.warnings.iter().for_each(note);
            Failure::Refused(failure.to_string())
        })?;
    if as_json {
        print::json(&report(&evaluation));
    } else {
        evaluation.decisions.iter().for_each(explain);
        print::line(evaluation.output.text());
        evaluation.warnings.iter().for_each(note);
    }
    Ok(())
}

/// The model of the file and of those it imports.
fn model(args: &DmnArgs) -> Result<DecisionModel, Failure> {
    let main = files::read(&args.file)?;
    let imported = args.import.iter().map(|path| files::read(path)).collect::<Result<Vec<_>, _>>()?;
    let imported: Vec<&[u8]> = imported.iter().map(Vec::as_slice).collect();
    let name = args.file.display().to_string();
    let (model, found) = match DecisionModel::compile_with_imports(&main, &imported) {
        Ok(compiled) => (Some(compiled.model), compiled.warnings),
        Err(found) => (None, found),
    };
    if !found.is_empty() {
        print::note(hosk_model::render(&found, &name, &main));
    }
    model.ok_or(Failure::Found)
}

/// The id of the decision that was asked for, by id or name; the only one when none was named.
fn decision(model: &DecisionModel, wanted: Option<&str>) -> Result<String, Failure> {
    let known: Vec<(&str, &str)> = model.invocables().map(|(id, name, _)| (id, name)).collect();
    let by = |matches: fn(&(&str, &str), &str) -> bool, wanted: &str| {
        known.iter().find(|one| matches(one, wanted)).map(|(id, _)| (*id).to_owned())
    };
    let found = match (wanted, &*known) {
        (Some(wanted), _) => {
            by(|(id, _), w| *id == w, wanted).or_else(|| by(|(_, name), w| *name == w, wanted))
        }
        (None, [(id, _)]) => Some((*id).to_owned()),
        (None, _) => None,
    };
    found.ok_or_else(|| {
        let ids: Vec<&str> = known.iter().map(|(id, _)| *id).collect();
        let asked = wanted.map_or_else(
            || "the file has several decisions; choose one with --decision".to_owned(),
            |wanted| format!("the file has no decision `{wanted}`"),
        );
        Failure::Refused(format!("{asked}: {}", ids.join(", ")))
    })
}

fn note(warning: &Warning) {
    print::note(format!("warning: {warning}"));
}

/// The inputs and the rules of one decision, for a person.
fn explain(decision: &EvaluatedDecision) {
    print::note(format!("{} = {}", decision.decision_name, decision.output));
    for input in &decision.inputs {
        print::note(format!("  {}: {}", input.name, input.value));
    }
    for rule in &decision.matched_rules {
        let outputs: Vec<String> = rule.outputs.iter().map(|output| output.value.to_string()).collect();
        print::note(format!("  rule {}: {}", rule.rule_index, outputs.join(", ")));
    }
}

fn report(evaluation: &Evaluation) -> Value {
    let decisions = evaluation.decisions.iter().map(|decision| {
        json!({
            "decisionId": decision.decision_id,
            "decisionName": decision.decision_name,
            "decisionType": decision.kind.as_str(),
            "output": decision.output.value(),
            "evaluatedInputs": decision.inputs.iter().map(|input| {
                json!({"inputId": input.id, "inputName": input.name, "inputValue": input.value.value()})
            }).collect::<Vec<_>>(),
            "matchedRules": decision.matched_rules.iter().map(|rule| json!({
                "ruleId": rule.rule_id,
                "ruleIndex": rule.rule_index,
                "evaluatedOutputs": rule.outputs.iter().map(|output| {
                    json!({"outputId": output.id, "outputName": output.name, "outputValue": output.value.value()})
                }).collect::<Vec<_>>(),
            })).collect::<Vec<_>>(),
        })
    });
    let warnings: Vec<String> = evaluation.warnings.iter().map(ToString::to_string).collect();
    json!({
        "output": evaluation.output.value(),
        "decisions": decisions.collect::<Vec<_>>(),
        "warnings": warnings,
    })
}
