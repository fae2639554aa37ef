//! Small texts for huge values: values share their parts, so writing or walking over one may take for ever.

use std::fmt::Write as _;

use hosk_feel::{EvaluationError, MAX_VALUE_BYTES, Type};

use crate::{End, end_of, is_limited, value_of};

fn is_too_large(text: &str) {
    let end = end_of(text);
    let too_large = |limit: usize| limit as u64 == MAX_VALUE_BYTES;
    let End::Limit(EvaluationError::TooLarge { limit, .. }) = end else {
        panic!("{text:.120}… ends in {end:?}")
    };
    assert!(too_large(limit), "{text:.120}… reaches {limit}");
}

#[test]
fn doubling_values_end() {
    let doubled = |body: &str| format!("for i in 1..60 return if i = 1 then [1] else {body}");
    for body in [
        "[partial[-1], partial[-1]]",
        "{a: partial[-1], b: partial[-1]}",
        "[{a: partial[-1]}, [partial[-1]]][item != 0 or true]",
        "append(partial[-1], partial[-1])",
        "context put({a: partial[-1]}, \"b\", partial[-1])",
        "get entries({a: partial[-1], b: partial[-1]})",
        "insert before([partial[-1]], 1, partial[-1])",
        "list replace([partial[-1], 0], 2, partial[-1])",
        "{p: partial[-1], r: for x in [1, 2] return p}.r",
    ] {
        is_limited(&doubled(body));
    }
    is_too_large(&doubled("[partial[-1], partial[-1]]"));
    is_too_large("{f: function(x, n) if n = 0 then x else f([x, x], n - 1), r: f([1], 60)}.r");
    let mut chain = String::from("{a0: [1, 1]");
    for n in 1..60 {
        let _ = write!(chain, ", a{n}: [a{}, a{}]", n - 1, n - 1);
    }
    is_too_large(&format!("{chain}}}"));
    is_too_large(&format!("string({chain}, r: a59}}.r)"));
    // The same parts many times over are fine while nobody needs them written.
    assert_eq!(format!("{:?}", value_of("count({a: [1, 1], b: [a, a], c: [b, b], d: [c, c]}.d)")), "2");
}

#[test]
fn long_numbers_count_by_their_digits() {
    is_too_large("for i in 1..1000000 return 1e6000");
    is_too_large("for i in 1..1000000 return 1e-6000");
    is_limited("string join(for i in 1..100000 return string(1e6000))");
    is_limited("for i in 1..1000000 return {number: 1e6000 + i}");
    assert!(value_of("string length(string(1e6000))").as_number() == Some(6_001.into()));
}

#[test]
fn long_texts_count_once_per_place() {
    let letters = "a".repeat(100_000);
    is_too_large(&format!("for i in 1..1000 return \"{letters}\""));
    is_too_large(&format!("{{a: \"{letters}\", b: for i in 1..1000 return a}}"));
    assert_eq!(format!("{:?}", value_of(&format!("count(for i in 1..100 return \"{letters}\")"))), "100");
}

/// A type of twice a type of twice a type.
fn doubled_type() -> Type {
    (0..60).fold(Type::Number, |of, _| {
        Type::Context(std::sync::Arc::new([("a".into(), of.clone()), ("b".into(), of)]))
    })
}

#[test]
fn doubling_types_end() {
    let (one, two) = (doubled_type(), doubled_type());
    let shown = one.to_string();
    assert!(shown.len() < 2_000 && shown.contains('…'), "{shown}");
    assert!(one.is_within(&one.clone()));
    // Too large to be compared.
    assert!(!one.is_within(&two));
    let mut names = hosk_feel::Names::default();
    names.add_type("huge", one);
    for (text, expected) in [
        ("{a: 1} instance of huge", "false"),
        ("1 instance of list<huge>", "false"),
        ("(function(x: huge) 1)(2)", "null"),
        ("function(x: huge) 1 instance of function<huge> -> number", "function(x)"),
    ] {
        let expression = hosk_feel::Expression::compile(text, &names).unwrap();
        let outcome = expression.evaluate(&(), &hosk_feel::Environment::at(0)).unwrap();
        assert_eq!(format!("{:?}", outcome.value), expected, "{text}");
        assert!(outcome.warnings.iter().all(|warning| warning.what.len() < 2_000));
    }
}
