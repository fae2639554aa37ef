//! How long compiling and evaluating decision tables takes: `cargo bench -p hosk-dmn`.

#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::collections::BTreeMap;
use std::fmt::Write;

use divan::{Bencher, black_box};
use hosk_dmn::{DecisionModel, Strictness};
use hosk_feel::{Environment, Json};

fn main() {
    divan::main();
}

/// A table of bands of an amount and two kinds of customers.
fn table(rules: usize) -> String {
    let mut xml = "<definitions xmlns='https://www.omg.org/spec/DMN/20230324/MODEL/' namespace='n' id='m' name='m'>\
        <decision id='d' name='d'><decisionTable><input><inputExpression><text>amount</text></inputExpression></input>\
        <input><inputExpression><text>customer.kind</text></inputExpression></input><output name='discount'/>"
        .to_owned();
    for n in 0..rules / 2 {
        for kind in ["new", "old"] {
            write!(
                xml,
                "<rule><inputEntry><text>[{}..{})</text></inputEntry><inputEntry><text>\"{kind}\"</text></inputEntry>\
                 <outputEntry><text>{n}</text></outputEntry></rule>",
                n * 10,
                n * 10 + 10
            )
            .unwrap();
        }
    }
    xml + "</decisionTable></decision></definitions>"
}

#[divan::bench(args = [10, 10_000])]
fn compile(bencher: Bencher<'_, '_>, rules: usize) {
    let xml = table(rules);
    bencher.bench(|| DecisionModel::compile(black_box(xml.as_bytes())).is_ok());
}

#[divan::bench(args = [10, 10_000])]
fn evaluate(bencher: Bencher<'_, '_>, rules: usize) {
    let model = DecisionModel::compile(table(rules).as_bytes()).unwrap().model;
    let environment = Environment::at(0);
    let amount = rules * 5 - 5;
    bencher.bench(|| {
        let given = BTreeMap::from([
            ("amount".to_owned(), Json::parse(amount.to_string()).unwrap()),
            ("customer".to_owned(), Json::parse("{\"kind\": \"old\"}").unwrap()),
        ]);
        model.evaluate("d", black_box(&given), &environment, Strictness::Strict).unwrap()
    });
}
