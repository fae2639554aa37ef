//! The dsntk crates. The input comes as JSON text in every run. It is read in two ways: as dsntk's own service reads it,
//! which evaluates the JSON as a FEEL context, and by serde_json into such a context, which is faster.

use std::str::FromStr as _;

use dsntk_common::Jsonify as _;
use dsntk_feel::context::FeelContext;
use dsntk_feel::values::Value as Feel;
use dsntk_feel::{FeelNumber, FeelScope, Name};
use dsntk_feel_evaluator::{evaluate_context, prepare};
use dsntk_feel_parser::parse_expression;
use dsntk_model_evaluator::ModelEvaluator;
use serde_json::Value;

use crate::cases;
use crate::measure::{COMPILE, EVALUATE, begin, measure};

/// Makes the input's context.
pub(crate) type Reader = fn(&str) -> FeelContext;

/// As dsntk's service does.
pub(crate) fn as_feel(json: &str) -> FeelContext {
    evaluate_context(&FeelScope::default(), json).expect("a context")
}

/// As a user of the crates could do.
pub(crate) fn as_json(json: &str) -> FeelContext {
    match serde_json::from_str(json).expect("JSON") {
        Value::Object(members) => members_of(members),
        _ => FeelContext::new(),
    }
}

/// Measures everything.
pub(crate) fn run(context: Reader) {
    for table in cases::tables() {
        let xml = table.xml;
        let compile = move || {
            let definitions = dsntk_model::parse(&xml).expect("a model");
            ModelEvaluator::new(&[definitions]).expect("an evaluator")
        };
        let model = compile();
        let input = table.input.clone();
        let evaluate =
            move || model.evaluate_invocable("https://hosk.dev/bench", "m", "d", &context(&input)).jsonify();
        check(table.name, &evaluate(), &table.expected);
        measure(table.name, EVALUATE, evaluate);
        measure(table.name, COMPILE, compile);
    }
    for case in cases::expressions() {
        // Names are told apart by what the scope has, so even parsing needs a context.
        let scope: FeelScope = context(&case.input).into();
        let text = case.expression.clone();
        let parse = move || prepare(&parse_expression(&scope, &text, false).expect("FEEL"));
        let evaluator = parse();
        let input = case.input.clone();
        let evaluate = move || {
            let scope: FeelScope = context(&input).into();
            evaluator(&scope).jsonify()
        };
        measure(case.name, COMPILE, parse);
        begin(case.name, EVALUATE);
        check(case.name, &evaluate(), &case.expected);
        measure(case.name, EVALUATE, evaluate);
    }
}

fn check(name: &str, got: &str, expected: &Value) {
    let got: Value = serde_json::from_str(got).unwrap_or_else(|error| panic!("{name}: {got}: {error}"));
    assert_eq!(got, *expected, "{name}");
}

fn members_of(members: serde_json::Map<String, Value>) -> FeelContext {
    let mut context = FeelContext::new();
    for (name, member) in members {
        context.set_entry(&Name::from(name), value(member));
    }
    context
}

fn value(json: Value) -> Feel {
    match json {
        Value::Null => Feel::Null(None),
        Value::Bool(value) => Feel::Boolean(value),
        Value::Number(number) => Feel::Number(FeelNumber::from_str(&number.to_string()).expect("a number")),
        Value::String(text) => Feel::String(text),
        Value::Array(items) => Feel::List(items.into_iter().map(value).collect()),
        Value::Object(members) => Feel::Context(members_of(members)),
    }
}
