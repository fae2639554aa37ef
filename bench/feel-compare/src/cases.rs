//! What is measured: expressions with their JSON, and decision tables.

use std::fmt::Write as _;

use serde_json::{Value, json};

/// An expression with the variables it reads, as one JSON object.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) expression: String,
    pub(crate) input: String,
    /// What it gives, as JSON.
    pub(crate) expected: Value,
}

/// A decision table of so many rules.
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) xml: String,
    pub(crate) input: String,
    pub(crate) expected: Value,
}

/// Every expression.
pub(crate) fn expressions() -> Vec<Case> {
    let loop_of = |name, count: u64| Case {
        name,
        expression: format!("sum(for i in 1..{count} return i * 2)"),
        input: order(),
        expected: json!(count * (count + 1)),
    };
    vec![
        Case {
            name: "condition",
            expression: r#"amount > 1000 and customer.country = "AM""#.into(),
            input: order(),
            expected: json!(true),
        },
        Case {
            name: "total of 10 items",
            expression: "{total: sum(for i in items return i.qty * i.price)}".into(),
            input: order(),
            expected: json!({"total": 398.75}),
        },
        Case {
            name: "date arithmetic",
            expression: r#"date(due) + duration("P1M") > date("2024-03-01")"#.into(),
            input: order(),
            expected: json!(true),
        },
        loop_of("for over 1,000", 1_000),
        loop_of("for over 10,000", 10_000),
        loop_of("for over 100,000", 100_000),
    ]
}

/// Every decision table.
pub(crate) fn tables() -> Vec<Table> {
    let table = |name, rules: usize| Table {
        name,
        xml: bands(rules),
        // The last but one band: somebody who looks from the top finds it late.
        input: json!({"amount": rules * 5 - 15, "customer": {"kind": "old"}}).to_string(),
        expected: json!(rules / 2 - 2),
    };
    vec![table("table of 10 rules", 10), table("table of 10,000 rules", 10_000)]
}

/// An order: two kilobytes of JSON, of which an expression reads a little.
fn order() -> String {
    let items: Vec<Value> = (1..=10)
        .map(|i| json!({"sku": format!("A-{i}"), "title": "Something to be sold", "qty": i, "price": f64::from(i) + 0.25}))
        .collect();
    let order = json!({
        "id": "o-2024-000173",
        "amount": 1500.5,
        "due": "2024-02-28",
        "customer": {
            "id": "c-17", "name": "Ani", "country": "AM",
            "address": {"street": "Abovyan 1", "city": "Yerevan", "zip": "0010"},
            "tags": ["new", "web", "newsletter"]
        },
        "items": items,
        "notes": "Please ring twice; the bell is broken, but the door is not locked before eight."
    });
    order.to_string()
}

/// Bands of an amount for two kinds of customers.
fn bands(rules: usize) -> String {
    let mut xml = r##"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" namespace="https://hosk.dev/bench" id="m" name="m">
<inputData id="i1" name="amount"><variable name="amount" typeRef="number"/></inputData>
<inputData id="i2" name="customer"><variable name="customer" typeRef="tCustomer"/></inputData>
<itemDefinition name="tCustomer"><itemComponent name="kind"><typeRef>string</typeRef></itemComponent></itemDefinition>
<decision id="d" name="d"><variable name="d" typeRef="number"/>
<informationRequirement id="r1"><requiredInput href="#i1"/></informationRequirement>
<informationRequirement id="r2"><requiredInput href="#i2"/></informationRequirement>
<decisionTable id="t" hitPolicy="UNIQUE"><input id="c1"><inputExpression typeRef="number"><text>amount</text></inputExpression></input>
<input id="c2"><inputExpression typeRef="string"><text>customer.kind</text></inputExpression></input><output id="o" typeRef="number"/>
"##
    .to_owned();
    for band in 0..rules / 2 {
        for kind in ["new", "old"] {
            let (low, high) = (band * 10, band * 10 + 10);
            let _ = writeln!(
                xml,
                "<rule id=\"r{band}{kind}\"><inputEntry id=\"a{band}{kind}\"><text>[{low}..{high})</text></inputEntry>\
                 <inputEntry id=\"b{band}{kind}\"><text>\"{kind}\"</text></inputEntry>\
                 <outputEntry id=\"c{band}{kind}\"><text>{band}</text></outputEntry></rule>"
            );
        }
    }
    xml + "</decisionTable></decision></definitions>\n"
}

/// The expressions for engines in other languages.
pub(crate) fn as_json() -> Value {
    let cases: Vec<Value> = expressions()
        .into_iter()
        .map(|case| {
            json!({"name": case.name, "expression": case.expression, "input": case.input, "expected": case.expected})
        })
        .collect();
    Value::from(cases)
}
