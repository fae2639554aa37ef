//! Ours. The input comes as JSON text in every run, one document per variable as the engine stores them.

use std::collections::BTreeMap;

use hosk_dmn::{DecisionModel, Strictness};
use hosk_feel::{Environment, Expression, Json, Names};
use serde_json::value::RawValue;

use crate::cases;
use crate::measure::{COMPILE, EVALUATE, measure};

/// Measures everything.
pub(crate) fn run() {
    for table in cases::tables() {
        let model = DecisionModel::compile(table.xml.as_bytes()).expect("a model").model;
        let environment = Environment::at(1_700_000_000_000);
        let documents = documents(&table.input);
        let evaluate = move || {
            model.evaluate("d", &variables(&documents), &environment, Strictness::Strict).expect("an output")
        };
        assert_eq!(*evaluate().output.value(), table.expected, "{}", table.name);
        measure(table.name, EVALUATE, evaluate);
        measure(table.name, COMPILE, move || DecisionModel::compile(table.xml.as_bytes()).is_ok());
    }
    for case in cases::expressions() {
        let names = Names::default();
        let expression = Expression::compile(&case.expression, &names).expect("FEEL");
        let environment = Environment::at(1_700_000_000_000);
        let documents = documents(&case.input);
        let evaluate = move || {
            let value = expression.evaluate(&variables(&documents), &environment).expect("a value").value;
            value.to_json()
        };
        assert_eq!(*evaluate().value(), case.expected, "{}", case.name);
        measure(case.name, EVALUATE, evaluate);
        measure(case.name, COMPILE, move || Expression::compile(&case.expression, &names).is_ok());
    }
}

/// The members of a JSON object as texts of their own.
fn documents(input: &str) -> Vec<(String, String)> {
    let members: BTreeMap<String, Box<RawValue>> = serde_json::from_str(input).expect("an object");
    members.into_iter().map(|(name, text)| (name, text.get().to_owned())).collect()
}

fn variables(documents: &[(String, String)]) -> BTreeMap<String, Json> {
    let read = |(name, text): &(String, String)| (name.clone(), Json::parse(text.as_str()).expect("JSON"));
    documents.iter().map(read).collect()
}
