//! Whatever the text: compiling and evaluating end without a panic, and what compiles evaluates the same twice.

use std::collections::BTreeMap;

use hosk_feel::{Environment, Expression, Json, Limits, Names, Number, Value};
use proptest::prelude::*;

fn environment() -> Environment {
    let mut environment = Environment::at(1_700_000_000_000);
    environment.limits = Limits { steps: 20_000, ..Limits::default() };
    environment
}

fn document() -> Json {
    Json::parse(r#"[{"b": 1.5}, {"b": "x"}, [1, null]]"#).unwrap_or_else(|error| panic!("{error}"))
}

fn run(text: &str) -> Option<String> {
    let expression = Expression::compile(text, &Names::new(["a b", "x-y"])).ok()?;
    let variables = BTreeMap::from([("a".to_owned(), document())]);
    let outcome = expression.evaluate(&variables, &environment()).ok()?;
    let json = outcome.value.to_json();
    assert!(Json::parse(json.text()).is_ok(), "{text} gives invalid JSON {json}");
    Some(format!("{json} {:?}", outcome.warnings))
}

/// Pieces of the language, between bars.
const PIECES: &str = "1|0|-|2.5|1e400|\"a\"|\"\"|null|true|false|a|a b|x-y|item|?|partial|@\"2024-02-29\"|@\"P1M\"|\
    @\"PT36H\"|@\"10:00:00Z\"|@\"9999-12-31T23:59:59@Asia/Tokyo\"|+|-|*|/|**|=|!=|<|<=|>|>=|and|or|not(|in|between|\
    instance of|number|list<|date|(|)|[|]|{|}|,|:|.|..|if|then|else|for|i in|return|some|every|satisfies|function(|\
    function(x)|x|b:|count(|sum(|sort(|substring(|date(|duration(|range(|matches(|replace(|string(|get value(|\
    context put(|sublist(|modulo(|overlaps(|before(|mode(|is defined(|`q r`|/* c */|string join(|flatten(|partition(";

/// Texts made of the language's own pieces get further than random letters.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(PIECES.split('|').collect::<Vec<_>>());
    prop::collection::vec(piece, 1..25).prop_map(|pieces| pieces.join(" "))
}

/// Balanced expressions, so that evaluation is reached every time.
fn expressions() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "1",
        "-7",
        "0",
        "0.1",
        "1e6000",
        "1e-6000",
        "null",
        "true",
        "\"abc\"",
        "\"é🐎\"",
        "a",
        "nope",
        "@\"2024-02-29\"",
        "@\"-9999-01-01\"",
        "@\"P1Y2M\"",
        "@\"-P3DT4H\"",
        "@\"23:59:59+14:00\"",
        "@\"2024-03-31T02:30:00@Europe/Berlin\"",
        "[]",
        "{}",
        "[1..5)",
        "item",
        "x",
        "function(x) x",
    ]);
    leaf.prop_map(str::to_owned).prop_recursive(5, 40, 4, |inner| {
        let functions: Vec<String> =
            hosk_feel::built_in_functions().map(|function| function.name.to_owned()).collect();
        let operator =
            prop::sample::select(vec!["+", "-", "*", "/", "**", "=", "!=", "<", ">=", "and", "or", "in"]);
        prop_oneof![
            (inner.clone(), operator, inner.clone()).prop_map(|(a, op, b)| format!("({a} {op} {b})")),
            (prop::sample::select(functions), prop::collection::vec(inner.clone(), 0..4))
                .prop_map(|(name, arguments)| format!("{name}({})", arguments.join(", "))),
            prop::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(", "))),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{{a: {a}, x: {b}, y: a}}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a}[{b}]")),
            inner.clone().prop_map(|a| format!("{a}.start")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("(for x in {a} return {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("(some x in {a} satisfies {b})")),
            (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(a, b, c)| format!("(if {a} then {b} else {c})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("((function(x) {a})({b}))")),
            (inner.clone(), inner).prop_map(|(a, b)| format!("({a} between {b} and {a})")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, ..ProptestConfig::default() })]

    #[test]
    fn any_text_ends(text in "\\PC{0,60}") {
        let _ = run(&text);
    }

    #[test]
    fn any_pieces_end(text in pieces()) {
        let _ = run(&text);
        let _ = Expression::compile_unary_tests(&text, &Names::default());
    }

    #[test]
    fn any_expression_gives_the_same_twice(text in expressions()) {
        prop_assert_eq!(run(&text), run(&text));
    }

    #[test]
    fn numbers_keep_their_digits(whole in any::<i64>(), places in 0u32..18) {
        let text = format!("{whole}e-{places}");
        let number = Number::parse(&text).unwrap();
        prop_assert_eq!(Number::parse(&number.to_string()), Some(number));
        prop_assert_eq!(number.minus(number), Some(Number::ZERO));
        prop_assert_eq!(number.plus(Number::ONE).and_then(|n| n.minus(Number::ONE)), Some(number));
        prop_assert_eq!(Value::from(number).to_json().value().to_string(), number.to_string());
    }

    #[test]
    fn division_undoes_multiplication(a in -1_000_000_000_000i64..1_000_000_000_000, b in 1i64..1_000_000_000_000) {
        let (x, y) = (Number::from(a), Number::from(b));
        prop_assert_eq!(x.multiply(y).and_then(|product| product.divide(y)), Some(x));
        let rest = x.modulo(y).unwrap();
        prop_assert_eq!(rest.to_i64(), Some(a.rem_euclid(b)));
    }
}
