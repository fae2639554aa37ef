//! Hit policies, aggregation, defaults, and the index of large tables.

use hosk_dmn::{FailureReason, Strictness};
use hosk_feel::Environment;

use crate::common::{evaluate, model, output, table, variables};

const ONE: &str = "<output id='o' name='discount'/>";

#[test]
fn unique_gives_the_rule_with_its_explanation() {
    let model =
        model(&table("", &["age", "vip"], ONE, &["< 18; - -> 0", ">= 18; false -> 5", ">= 18; true -> 10"]));
    let evaluation = evaluate(&model, "d", r#"{"age": 20, "vip": true}"#).unwrap();
    assert_eq!(evaluation.output.text(), "10");
    let decision = evaluation.decisions.last().unwrap();
    assert_eq!(decision.kind.as_str(), "DECISION_TABLE");
    let inputs: Vec<_> = decision.inputs.iter().map(|i| (&*i.id, &*i.name, i.value.text())).collect();
    assert_eq!(inputs, [("i0", "age", "20"), ("i1", "vip", "true")]);
    let rule = &decision.matched_rules[0];
    assert_eq!((&*rule.rule_id, rule.rule_index), ("r3", 3));
    assert_eq!(
        (&*rule.outputs[0].id, &*rule.outputs[0].name, rule.outputs[0].value.text()),
        ("o", "discount", "10")
    );
    assert!(evaluation.warnings.is_empty());
}

#[test]
fn contradictions_are_null_or_fail() {
    for (policy, rules) in [("UNIQUE", ["> 1 -> 1", "> 2 -> 1"]), ("ANY", ["> 1 -> 1", "> 2 -> 2"])] {
        let model = model(&table(&format!("hitPolicy='{policy}'"), &["x"], ONE, &rules));
        let evaluation = evaluate(&model, "d", r#"{"x": 3}"#).unwrap();
        assert_eq!(evaluation.output.text(), "null");
        assert!(evaluation.warnings[0].what.contains(policy), "{:?}", evaluation.warnings);
        assert_eq!(evaluation.decisions[0].matched_rules.len(), 2);
        let strict = model.evaluate("d", &variables(r#"{"x": 3}"#), &Environment::at(0), Strictness::Strict);
        let failure = strict.unwrap_err();
        assert_eq!((failure.reason.clone(), &*failure.decision_id), (FailureReason::HitPolicy, "d"));
        assert!(failure.message.contains(policy), "{failure}");
    }
}

#[test]
fn every_hit_policy_and_aggregation() {
    let rules = ["> 1 -> 20", "> 2 -> 10", "> 3 -> 30", "> 9 -> 1"];
    let listed = "<output><outputValues><text>30, 10, 20</text></outputValues></output>";
    for (attributes, expected) in [
        ("hitPolicy='FIRST'", "20"),
        ("hitPolicy='PRIORITY'", "30"),
        ("hitPolicy='RULE ORDER'", "[20,10,30]"),
        ("hitPolicy='OUTPUT ORDER'", "[30,10,20]"),
        ("hitPolicy='COLLECT'", "[20,10,30]"),
        ("hitPolicy='COLLECT' aggregation='SUM'", "60"),
        ("hitPolicy='COLLECT' aggregation='MIN'", "10"),
        ("hitPolicy='COLLECT' aggregation='MAX'", "30"),
        ("hitPolicy='COLLECT' aggregation='COUNT'", "3"),
    ] {
        assert_eq!(
            output(&table(attributes, &["x"], listed, &rules), r#"{"x": 5}"#),
            expected,
            "{attributes}"
        );
    }
    assert_eq!(output(&table("hitPolicy='ANY'", &["x"], ONE, &["> 1 -> 7", "> 2 -> 7"]), r#"{"x": 5}"#), "7");
}

#[test]
fn without_match_there_are_defaults() {
    let with_default = "<output><defaultOutputEntry><text>\"none\"</text></defaultOutputEntry></output>";
    let nothing = r#"{"x": 0}"#;
    assert_eq!(output(&table("", &["x"], ONE, &["> 1 -> 1"]), nothing), "null");
    assert_eq!(output(&table("", &["x"], with_default, &["> 1 -> 1"]), nothing), "\"none\"");
    assert_eq!(output(&table("hitPolicy='COLLECT'", &["x"], ONE, &["> 1 -> 1"]), nothing), "[]");
    let counted = table("hitPolicy='COLLECT' aggregation='COUNT'", &["x"], ONE, &["> 1 -> 1"]);
    assert_eq!(output(&counted, nothing), "0");
}

#[test]
fn several_outputs_are_a_context() {
    let outputs = "<output name='a'/><output name='the b'/>";
    assert_eq!(
        output(&table("", &["x"], outputs, &["1 -> 1; x + 1"]), r#"{"x": 1}"#),
        r#"{"a":1,"the b":2}"#
    );
}

#[test]
fn tests_may_read_the_input_and_other_variables() {
    let rules = ["starts with(?, prefix) -> 1", "not(\"b\") -> 2", "- -> 3"];
    let table = table("hitPolicy='FIRST'", &["name"], ONE, &rules);
    assert_eq!(output(&table, r#"{"name": "abc", "prefix": "ab"}"#), "1");
    assert_eq!(output(&table, r#"{"name": "xyz", "prefix": "ab"}"#), "2");
    assert_eq!(output(&table, r#"{"name": "b", "prefix": "ab"}"#), "3");
}

#[test]
fn values_outside_of_the_allowed_ones_are_null() {
    let table = table("", &["x"], ONE, &["- -> 1"]).replace(
        "</inputExpression>",
        "</inputExpression><inputValues><text>\"a\", \"b\"</text></inputValues>",
    );
    assert_eq!(output(&table, r#"{"x": "a"}"#), "1");
    let evaluation = evaluate(&model(&table), "d", r#"{"x": "c"}"#).unwrap();
    assert_eq!(evaluation.output.text(), "null");
    assert!(evaluation.warnings[0].what.contains("allowed values"), "{:?}", evaluation.warnings);
}

/// The same rules with and without index give the same outputs.
#[test]
fn the_index_changes_nothing() {
    let mut rules: Vec<String> = (0..60)
        .map(|n| {
            format!("[{}..{}), {}; \"{}\" -> {n}", n * 10, n * 10 + 15, 5_000 + n, ["a", "b", "c"][n % 3])
        })
        .collect();
    rules.push("null; - -> 100".to_owned());
    rules.push("not(5); \"a\" -> 101".to_owned());
    rules.push("> 550; - -> 102".to_owned());
    rules.push("<= 3; \"a\", \"b\" -> 103".to_owned());
    let all: Vec<&str> = rules.iter().map(String::as_str).collect();
    let whole = model(&table("hitPolicy='COLLECT'", &["x", "y"], ONE, &all));
    for x in ["0", "3", "5", "12", "15", "149.5", "555", "599", "5007", "-1", "null", "\"a\"", "[12]", "true"]
    {
        for y in ["\"a\"", "\"b\"", "\"z\"", "null", "1"] {
            let given = format!("{{\"x\": {x}, \"y\": {y}}}");
            let expected: Vec<String> = all
                .chunks(10)
                .map(|part| output(&table("hitPolicy='COLLECT'", &["x", "y"], ONE, part), &given))
                .map(|list| list.trim_matches(['[', ']']).to_owned())
                .filter(|list| !list.is_empty())
                .collect();
            let got = evaluate(&whole, "d", &given).unwrap();
            assert_eq!(got.output.text(), format!("[{}]", expected.join(",")), "{given}");
        }
    }
}
