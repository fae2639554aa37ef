//! What expressions cost: compiling, a condition, a sum over items, a long loop, dates, patterns.

use std::collections::BTreeMap;
use std::fmt::Write;

use divan::{Bencher, black_box};
use hosk_feel::{Environment, Expression, Json, Names};

const CONDITION: &str = "amount > 1000 and customer.country = \"AM\"";
const TOTAL: &str = "{total: sum(for i in items return i.qty * i.price)}";

fn main() {
    divan::main();
}

fn compiled(text: &str) -> Expression {
    Expression::compile(text, &Names::default()).unwrap_or_else(|errors| panic!("{}", errors[0]))
}

fn documents() -> Vec<(String, String)> {
    let mut items = String::from("[");
    for i in 1..=10 {
        let _ = write!(
            items,
            r#"{}{{"sku": "A-{i}", "qty": {i}, "price": {i}.25}}"#,
            if i > 1 { "," } else { "" }
        );
    }
    items.push(']');
    let customer =
        r#"{"id": "c-17", "name": "Ani", "country": "AM", "address": {"city": "Yerevan", "zip": "0010"}}"#;
    vec![
        ("amount".into(), "1500.50".into()),
        ("customer".into(), customer.into()),
        ("items".into(), items),
        ("due".into(), "\"2024-02-28\"".into()),
    ]
}

fn variables() -> BTreeMap<String, Json> {
    let parse = |(name, text): (String, String)| (name, Json::parse(text).unwrap_or_else(|_| Json::null()));
    documents().into_iter().map(parse).collect()
}

fn evaluate(bencher: Bencher<'_, '_>, text: &str) {
    let (expression, variables, environment) =
        (compiled(text), variables(), Environment::at(1_700_000_000_000));
    bencher.bench_local(|| black_box(expression.evaluate(black_box(&variables), &environment)));
}

/// Parses the documents in every round, as when variables have just come in.
fn evaluate_fresh(bencher: Bencher<'_, '_>, text: &str) {
    let (expression, documents, environment) =
        (compiled(text), documents(), Environment::at(1_700_000_000_000));
    bencher.bench_local(|| {
        let parse = |(name, text): &(String, String)| Some((name.clone(), Json::parse(text.as_str()).ok()?));
        let variables: BTreeMap<String, Json> = documents.iter().filter_map(parse).collect();
        black_box(expression.evaluate(&variables, &environment))
    });
}

#[divan::bench(args = [CONDITION, TOTAL])]
fn compile(bencher: Bencher<'_, '_>, text: &str) {
    bencher.bench_local(|| compiled(black_box(text)));
}

#[divan::bench(args = [CONDITION, TOTAL])]
fn evaluation(bencher: Bencher<'_, '_>, text: &str) {
    evaluate(bencher, text);
}

#[divan::bench(args = [CONDITION, TOTAL])]
fn evaluation_with_fresh_json(bencher: Bencher<'_, '_>, text: &str) {
    evaluate_fresh(bencher, text);
}

#[divan::bench(args = ["date(due) + duration(\"P1M\") > @\"2024-03-01\"", "(date(due) - @\"2020-01-01\").days"])]
fn dates(bencher: Bencher<'_, '_>, text: &str) {
    evaluate(bencher, text);
}

#[divan::bench]
fn pattern(bencher: Bencher<'_, '_>) {
    evaluate(bencher, "matches(customer.id, \"^c-[0-9]+$\")");
}

#[divan::bench(args = [1_000, 10_000, 100_000])]
fn long_loop(bencher: Bencher<'_, '_>, count: usize) {
    evaluate(bencher, &format!("sum(for i in 1..{count} return i * 2)"));
}

#[divan::bench(args = [1_000, 10_000, 100_000])]
fn loop_with_partial(bencher: Bencher<'_, '_>, count: usize) {
    evaluate(bencher, &format!("count(for i in 1..{count} return if i = 1 then 1 else partial[-1] + 1)"));
}

#[divan::bench(args = [1_000, 10_000, 100_000])]
fn filter(bencher: Bencher<'_, '_>, count: usize) {
    evaluate(bencher, &format!("count((for i in 1..{count} return {{a: i}})[a > 10])"));
}
