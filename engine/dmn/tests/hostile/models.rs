//! Models that are deep, long, cyclic or written in odd letters.

use std::collections::BTreeMap;
use std::fmt::Write;

use hosk_dmn::{DecisionModel, Strictness};
use hosk_feel::{Environment, Json, Value};

use crate::{definitions, literal, survives};

#[test]
fn deep_nesting() {
    let mut boxed = literal("1");
    for _ in 0..80 {
        boxed = format!("<list>{boxed}</list>");
    }
    assert_eq!(survives(&format!("<decision id='d' name='d'>{boxed}</decision>")), 1);
    let text = format!("{}1{}", "(".repeat(100_000), ")".repeat(100_000));
    survives(&format!("<decision id='d' name='d'>{}</decision>", literal(&text)));
    let deep = "<context><contextEntry>".repeat(100_000);
    survives(&format!("<decision id='d' name='d'>{deep}</decision>"));
    let mut items = "<typeRef>string</typeRef>".to_owned();
    for _ in 0..200 {
        items = format!("<itemComponent name='a'>{items}</itemComponent>");
    }
    survives(&format!("<itemDefinition name='t'>{items}</itemDefinition>"));
}

#[test]
fn long_chains() {
    let sum = format!("1{}", " + 1".repeat(100_000));
    let tests = format!("1{}", ", 1".repeat(100_000));
    let table = format!(
        "<decisionTable><input><inputExpression><text>x</text></inputExpression></input><output/>\
         <rule><inputEntry><text>{tests}</text></inputEntry><outputEntry><text>1</text></outputEntry></rule></decisionTable>"
    );
    survives(&format!(
        "<decision id='a' name='a'>{}</decision><decision id='b' name='b'>{table}</decision>",
        literal(&sum)
    ));
}

#[test]
fn a_chain_of_ten_thousand_decisions() {
    let mut body = format!("<decision id='d0' name='d0'>{}</decision>", literal("1"));
    for n in 1..10_000 {
        let before = n - 1;
        write!(
            body,
            "<decision id='d{n}' name='d{n}'><informationRequirement><requiredDecision href='#d{before}'/>\
             </informationRequirement>{}</decision>",
            literal(&format!("d{before} + 1"))
        )
        .unwrap();
    }
    let model = DecisionModel::compile(definitions(&body).as_bytes()).unwrap().model;
    let evaluation = model
        .evaluate("d9999", &BTreeMap::<String, Json>::new(), &Environment::at(0), Strictness::Strict)
        .unwrap();
    assert_eq!(evaluation.output.text(), "10000");
}

#[test]
fn cycles_everywhere() {
    let cyclic = "
      <decision id='a' name='a'><informationRequirement><requiredDecision href='#b'/></informationRequirement>
        <literalExpression><text>b</text></literalExpression></decision>
      <decision id='b' name='b'><informationRequirement><requiredDecision href='#a'/></informationRequirement>
        <literalExpression><text>a</text></literalExpression></decision>
      <decision id='self' name='self'><informationRequirement><requiredDecision href='#self'/></informationRequirement>
        <literalExpression><text>self</text></literalExpression></decision>
      <businessKnowledgeModel id='f' name='f'><encapsulatedLogic>
        <literalExpression><text>f()</text></literalExpression></encapsulatedLogic></businessKnowledgeModel>
      <decision id='c' name='c'><knowledgeRequirement><requiredKnowledge href='#s'/></knowledgeRequirement>
        <literalExpression><text>s()</text></literalExpression></decision>
      <decisionService id='s' name='s'><outputDecision href='#c'/></decisionService>
      <itemDefinition name='t'><itemComponent name='t'><typeRef>t</typeRef></itemComponent></itemDefinition>
      <inputData id='i' name='x'><variable name='x' typeRef='t'/></inputData>";
    assert_eq!(survives(cyclic), 6);
    let found = DecisionModel::compile(definitions(cyclic).as_bytes()).unwrap_err();
    assert_eq!(found.iter().filter(|d| d.code.as_str() == "cyclic-requirement").count(), 2, "{found:#?}");
}

#[test]
fn imports_in_a_circle() {
    let kind = "importType='https://www.omg.org/spec/DMN/20230324/MODEL/'";
    let file = |own: &str, other: &str| {
        definitions(&format!(
            "<import name='{other}' namespace='{other}' {kind}/><decision id='{own}' name='{own}'>\
             <informationRequirement><requiredDecision href='{other}#{other}'/></informationRequirement>{}</decision>",
            literal(&format!("{other}.{other}"))
        ))
        .replace("namespace='n'", &format!("namespace='{own}'"))
    };
    let (one, two) = (file("one", "two"), file("two", "one"));
    assert!(DecisionModel::compile_with_imports(one.as_bytes(), &[two.as_bytes()]).is_err());
}

#[test]
fn odd_texts() {
    for text in [
        "\u{202e}",
        "\u{feff}1",
        "a\u{0301}b",
        "🐎 + 1",
        "@\"999999999-12-31\"",
        "`",
        "\"\\uD800\"",
        "?",
        "-",
    ] {
        survives(&format!("<decision id='{0}' name='🐎'>{0}{1}</decision>", "é", literal(text)));
    }
    for text in [
        "date(\"9999-12-31\") + duration(\"P1D\")",
        "date(\"-9999-01-01\") - duration(\"P9999Y\")",
        "duration(\"P999999999999Y\")",
        "10 ** 6144 * 10",
        "for i in 1..1000000000000 return i",
        "matches(string join(for i in 1..1000 return \"a\"), \"(a+)+$\")",
    ] {
        survives(&format!("<decision id='d' name='d'>{}</decision>", literal(text)));
    }
    for bytes in [&b""[..], b"\xff\xfe", b"<", b"<a/>", b"<definitions/>", b"\x00\x00\xfe\xff"] {
        assert!(DecisionModel::compile(bytes).is_err());
    }
}

#[test]
fn ten_thousand_rules_are_looked_up() {
    let mut rules = String::new();
    for n in 0..10_000 {
        write!(
            rules,
            "<rule><inputEntry><text>[{}..{})</text></inputEntry><outputEntry><text>{n}</text></outputEntry></rule>",
            n * 10,
            n * 10 + 10
        )
        .unwrap();
    }
    let body = format!(
        "<decision id='d' name='d'><decisionTable><input><inputExpression><text>x</text></inputExpression></input>\
         <output/>{rules}</decisionTable></decision>"
    );
    let model = DecisionModel::compile(definitions(&body).as_bytes()).unwrap().model;
    let mut environment = Environment::at(0);
    // Scanning would take ten times as many steps.
    environment.limits.steps = 1_000;
    let given = BTreeMap::from([("x".to_owned(), Value::from(54_321))]);
    let evaluation = model.evaluate("d", &given, &environment, Strictness::Strict).unwrap();
    assert_eq!(evaluation.output.text(), "5432");
    assert_eq!(evaluation.decisions[0].matched_rules[0].rule_index, 5_433);
}
