//! Boxed expressions.

use crate::common::{decision, evaluate, model, output};

fn literal(text: &str) -> String {
    format!("<literalExpression><text>{}</text></literalExpression>", text.replace('<', "&lt;"))
}

fn entry(name: &str, text: &str) -> String {
    format!("<contextEntry><variable name='{name}'/>{}</contextEntry>", literal(text))
}

#[test]
fn contexts_see_earlier_entries() {
    let entries = [entry("net-price", "100"), entry("with tax", "net-price * 1.2")].concat();
    let context = decision(&format!("<context>{entries}</context>"));
    assert_eq!(output(&context, "{}"), r#"{"net-price":100,"with tax":120}"#);
    let result = format!("<contextEntry>{}</contextEntry>", literal("with tax + 1"));
    assert_eq!(output(&decision(&format!("<context>{entries}{result}</context>")), "{}"), "121");
}

#[test]
fn lists_relations_conditionals() {
    let list = format!("<list>{}{}</list>", literal("1"), literal("x"));
    assert_eq!(output(&decision(&list), r#"{"x": 2}"#), "[1,2]");
    let relation = format!(
        "<relation><column name='a'/><column name='b'/><row>{}{}</row><row>{}{}</row></relation>",
        literal("1"),
        literal("2"),
        literal("x"),
        literal("\"t\"")
    );
    assert_eq!(output(&decision(&relation), r#"{"x": 3}"#), r#"[{"a":1,"b":2},{"a":3,"b":"t"}]"#);
    let conditional = format!(
        "<conditional><if>{}</if><then>{}</then><else>{}</else></conditional>",
        literal("x > 1"),
        literal("\"more\""),
        literal("\"less\"")
    );
    assert_eq!(output(&decision(&conditional), r#"{"x": 3}"#), "\"more\"");
    assert_eq!(output(&decision(&conditional), r#"{"x": null}"#), "\"less\"");
}

#[test]
fn filters_and_iterators() {
    let filter =
        format!("<filter><in>{}</in><match>{}</match></filter>", literal("orders"), literal("total > least"));
    let given = r#"{"least": 5, "orders": [{"total": 3}, {"total": 9}]}"#;
    assert_eq!(output(&decision(&filter), given), r#"[{"total":9}]"#);
    let repeat = format!(
        "<for iteratorVariable='i'><in>{}</in><return>{}</return></for>",
        literal("1..4"),
        literal("i * 2")
    );
    assert_eq!(output(&decision(&repeat.replace("1..4", "[1..4]")), "{}"), "[2,4,6,8]");
    let running = repeat.replace("1..4", "[1..4]").replace("i * 2", "i + sum(concatenate([0], partial))");
    assert_eq!(output(&decision(&running), "{}"), "[1,3,7,15]");
    for (kind, expected) in [("some", "true"), ("every", "false")] {
        let quantified = format!(
            "<{kind} iteratorVariable='i'><in>{}</in><satisfies>{}</satisfies></{kind}>",
            literal("[1, 2]"),
            literal("i > 1")
        );
        assert_eq!(output(&decision(&quantified), "{}"), expected);
    }
}

#[test]
fn functions_capture_and_are_invoked() {
    let function = format!(
        "<functionDefinition><formalParameter name='n' typeRef='number'/>{}</functionDefinition>",
        literal("n * factor")
    );
    let invocation = format!(
        "<invocation>{}<binding><parameter name='n'/>{}</binding></invocation>",
        literal("scale"),
        literal("4")
    );
    let context = format!(
        "<context>{}<contextEntry><variable name='scale'/>{function}</contextEntry>\
         <contextEntry><variable name='scaled'/>{invocation}</contextEntry>{}<contextEntry>{}</contextEntry></context>",
        entry("factor", "3"),
        entry("named", "scale(n: 5)"),
        literal("[scaled, named]")
    );
    assert_eq!(output(&decision(&context), "{}"), "[12,15]");
}

#[test]
fn what_cannot_be_invoked_is_null_with_the_reason() {
    let invocation = format!("<invocation>{}</invocation>", literal("x"));
    let evaluation = evaluate(&model(&decision(&invocation)), "d", r#"{"x": 1}"#).unwrap();
    assert_eq!(evaluation.output.text(), "null");
    assert!(evaluation.warnings[0].what.contains("no function"), "{:?}", evaluation.warnings);
}
