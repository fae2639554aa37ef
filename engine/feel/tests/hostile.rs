//! Inputs meant to hang, abort or exhaust the engine. Each ends soon with a value, a syntax error or a limit; a stack
//! overflow, a panic or an endless loop would end the test run.

use std::collections::BTreeMap;

use hosk_feel::{Environment, EvaluationError, Expression, Json, Names, Value};

/// What became of a text.
#[derive(Debug)]
enum End {
    Syntax,
    Limit,
    Value(Value),
}

fn end_of(text: &str) -> End {
    let environment = Environment::at(1_700_000_000_000);
    match Expression::compile(text, &Names::default()) {
        Err(errors) => {
            assert!(!errors[0].to_string().is_empty());
            End::Syntax
        }
        Ok(expression) => match expression.evaluate(&(), &environment) {
            Ok(outcome) => End::Value(outcome.value),
            Err(EvaluationError::Assertion { cause }) => panic!("{cause}"),
            Err(_) => End::Limit,
        },
    }
}

fn value_of(text: &str) -> Value {
    match end_of(text) {
        End::Value(value) => value,
        other => panic!("{text:.80}… ends in {other:?}"),
    }
}

fn is_limited(text: &str) {
    let end = end_of(text);
    assert!(matches!(end, End::Limit), "{text:.80}… ends in {end:?}");
}

fn is_refused(text: &str) {
    let end = end_of(text);
    assert!(matches!(end, End::Syntax), "{text:.80}… ends in {end:?}");
}

const MANY: usize = 100_000;

#[test]
fn deep_nesting_is_refused() {
    for (open, close) in [
        ("(", ")"),
        ("[", "]"),
        ("{a:", "}"),
        ("if true then ", " else 1"),
        ("if ", " then 1 else 1"),
        ("not(", ")"),
        ("f(", ")"),
        ("a[", "]"),
        ("function(x) ", ""),
        ("for x in ", " return x"),
        ("some x in ", " satisfies x"),
        ("1 in (", ")"),
        ("[1..", "]"),
        ("]1..", "]"),
        ("(<", ")"),
    ] {
        let text = format!("{}1{}", open.repeat(MANY), close.repeat(MANY));
        is_refused(&text);
        is_refused(&open.repeat(MANY));
    }
    is_refused(&format!("1 instance of {}number{}", "list<".repeat(MANY), ">".repeat(MANY)));
    is_refused(&format!("1 instance of {}", "context<a:".repeat(MANY)));
    is_refused(&format!("1{}", " = 1".repeat(MANY)));
    is_refused(&format!("1{}", " in 1".repeat(MANY)));
    is_refused(&format!("1{}", " instance of number".repeat(MANY)));
    is_refused(&format!("1{}", " between 1 and 1".repeat(MANY)));
}

#[test]
fn nesting_up_to_the_limit_evaluates() {
    let depth = hosk_feel::MAX_NESTING - 1;
    let nested = |open: &str, inner: &str, close: &str| {
        value_of(&format!("{}{inner}{}", open.repeat(depth), close.repeat(depth)))
    };
    assert_eq!(format!("{:?}", nested("(", "1", ")")), "1");
    assert_eq!(format!("{:?}", nested("if nope then 2 else ", "1", "")), "1");
    assert_eq!(nested("[", "1", "]").type_name(), "list");
    assert_eq!(nested("{a: ", "x", "}").type_name(), "context");
    assert_eq!(nested("not(", "true", ")").type_name(), "boolean");
    assert_eq!(nested("1 + 2 * (", "x", ")").type_name(), "null");
}

#[test]
fn long_chains_take_linear_time() {
    assert_eq!(format!("{:?}", value_of(&format!("1{}", " + 1".repeat(MANY)))), "100001");
    assert_eq!(format!("{:?}", value_of(&format!("1{}", " * 1".repeat(MANY)))), "1");
    assert_eq!(format!("{:?}", value_of(&format!("1{}", " ** 1".repeat(MANY)))), "1");
    assert_eq!(format!("{:?}", value_of(&format!("1{}", " + 1 * 1".repeat(MANY)))), "100001");
    assert_eq!(format!("{:?}", value_of(&format!("true{}", " and true".repeat(MANY)))), "true");
    assert_eq!(format!("{:?}", value_of(&format!("true and x{}", " or false and x".repeat(MANY)))), "null");
    assert_eq!(format!("{:?}", value_of(&format!("{}1", "-".repeat(MANY)))), "1");
    assert_eq!(format!("{:?}", value_of(&format!("{}1", "-".repeat(MANY + 1)))), "-1");
    assert_eq!(format!("{:?}", value_of(&format!("x{}", ".a".repeat(MANY)))), "null");
    assert_eq!(format!("{:?}", value_of(&format!("[1]{}", "[true]".repeat(MANY)))), "[1]");
    assert_eq!(format!("{:?}", value_of(&format!("count([{}1])", "1,".repeat(MANY)))), "100001");
    assert_eq!(format!("{:?}", value_of(&format!("1 in ({}1)", "2,".repeat(MANY)))), "true");
    let members = (0..MANY).map(|i| format!("a b{i}: {i}, ")).collect::<Vec<_>>().concat();
    assert_eq!(format!("{:?}", value_of(&format!("{{ {members} z: a b7 }}.z"))), "7");
    is_refused(&format!("1{}", " +".repeat(MANY)));
    is_refused(&"a ".repeat(MANY));
    is_refused(&"\"".repeat(MANY + 1));
}

#[test]
fn endless_recursion_ends() {
    is_limited("{f: function(x) f(x), r: f(1)}.r");
    is_limited("{f: function(x) f(x + 1) + 1, r: f(1)}.r");
    is_limited("{f: function(x) [f(x)], r: f(1)}.r");
    is_limited("{f: function(x) for i in [1] return f(x), r: f(1)}.r");
    is_limited("{f: function(x) sort([1, 2], function(a, b) f(a)), r: f(1)}.r");
    is_limited("{y: function(g) g(g), r: y(y)}.r");
    is_limited("{f: function(n) if n < 2 then n else f(n - 1) + f(n - 2), r: f(60)}.r");
    assert_eq!(
        format!("{:?}", value_of("{f: function(n) if n = 0 then 1 else n * f(n - 1), r: f(20)}.r")),
        "2432902008176640000"
    );
}

#[test]
fn endless_loops_end() {
    is_limited("for i in 1..1000000000000 return i");
    is_limited("for i in 1000000000000..1 return i");
    is_limited("for i in -9223372036854775808..9223372036854775807 return i");
    is_limited("some i in 1..1000000000000 satisfies i < 0");
    is_limited("every i in 1..1000000000000 satisfies i > 0");
    is_limited("count(for a in 1..1000, b in 1..1000, c in 1..1000 return 1)");
    is_limited("for i in 1..100000 return partial");
    is_limited("for i in 1..100000 return [partial]");
    is_limited("for i in 1..100000 return function() partial");
    is_limited("for i in 1..100000 return [partial[-1]]");
    is_limited("for i in 1..100000 return {a: partial[-1]}");
    is_limited("for i in 1..64 return if i = 1 then \"0123456789abcdef\" else partial[-1] + partial[-1]");
    is_limited("for i in 1..64 return if i = 1 then [1] else concatenate(partial[-1], partial[-1])");
    is_limited("for i in 1..100000 return for j in 1..100000 return \"x\"");
    assert_eq!(value_of("count(for i in @\"-9999-01-01\"..@\"-9998-01-01\" return i)").type_name(), "number");
    assert_eq!(format!("{:?}", value_of("sum(for i in 1..100000 return i)")), "5000050000");
    assert_eq!(
        format!("{:?}", value_of("(for i in 1..50000 return if i = 1 then 1 else partial[-1] + 1)[-1]")),
        "50000"
    );
    assert_eq!(format!("{:?}", value_of("5 in [1..1000000000000]")), "true");
    assert_eq!(format!("{:?}", value_of("count([1..1000000000000])")), "1");
}

#[test]
fn huge_numbers_are_null() {
    for text in [
        "10 ** 1000000",
        "10 ** 10 ** 10 ** 100",
        "9999999999999999999999999999999999 ** 9999999999999999999999999999999999",
        "2 ** 1e6000",
        "exp(1e6000)",
        "exp(1000000)",
        "1e6144 * 10",
        "decimal(1, 1e30)",
        "1 / 1e-6176 / 1e-6176",
        "[1][1e30]",
        "substring(\"a\", 1e30)",
        "date(1e30, 1, 1)",
        "time(1e30, 1, 1)",
        "sublist([1], 1e30)",
    ] {
        assert!(value_of(text).is_null(), "{text}");
    }
    assert_eq!(format!("{:?}", value_of("10 ** -1000000")), "0");
    assert_eq!(format!("{:?}", value_of("modulo(1e6000, 7)")), "1");
    assert_eq!(format!("{:?}", value_of("1e6000 > 1e5999")), "true");
    is_refused("1e6145");
    is_refused("1e999999999999999999999");
    is_refused(&"9".repeat(MANY));
    assert_eq!(value_of(&format!("0.{}", "9".repeat(MANY))).type_name(), "number");
}

#[test]
fn patterns_take_linear_time() {
    let letters = "a".repeat(50_000);
    assert_eq!(format!("{:?}", value_of(&format!("matches(\"{letters}!\", \"(a+)+$\")"))), "false");
    assert_eq!(format!("{:?}", value_of(&format!("matches(\"{letters}!\", \"(a|aa)+$\")"))), "false");
    assert_eq!(
        format!("{:?}", value_of(&format!("matches(\"{letters}\", \"(.*)(.*)(.*)(.*)(.*)[^a]\")"))),
        "false"
    );
    for pattern in
        ["(a{1000}){1000}", "((((a{99}){99}){99}){99})", "[", "(", "a{999999999}", "\\\\", "\\p{IsX", "(?<"]
    {
        assert!(value_of(&format!("matches(\"a\", \"{pattern}\")")).is_null(), "{pattern}");
    }
    assert!(value_of(&format!("matches(\"a\", \"{}a{}\")", "(".repeat(MANY), ")".repeat(MANY))).is_null());
    assert_eq!(value_of(&format!("split(\"{letters}\", \"\")")).type_name(), "list");
    is_limited("count(for i in 1..1000000 return matches(\"x\", \"a{\" + string(i) + \"}\"))");
    is_limited(&format!("count(for i in 1..100000 return matches(\"{letters}\", \"[^b]*b\" + string(i)))"));
    assert!(value_of(&format!("replace(\"{letters}\", \"a\", \"{}\")", "b".repeat(50))).as_str().is_some());
    is_limited(&format!("replace(\"{letters}\", \"a\", \"{}\")", "b".repeat(5_000)));
}

#[test]
fn extreme_dates_and_durations_are_null_or_exact() {
    for text in [
        "date(\"99999-01-01\")",
        "date(\"2023-02-29\")",
        "date(2023, 13, 1)",
        "@\"9999-12-31\" + @\"P1D\"",
        "@\"-9999-01-01\" - @\"P1D\"",
        "@\"9999-12-31\" + @\"P999999999Y\"",
        "@\"2024-01-01\" + @\"P106751991167300D\"",
        "duration(\"P9999999999999999999D\")",
        "duration(\"P99999999999999999999999999999999Y\")",
        "@\"P100000000000000Y\" * 1e30",
        "@\"P1D\" * 1e30",
        "@\"P1D\" / 0",
        "date and time(\"2024-01-01T00:00:00@Nowhere/Land\")",
        "time(\"24:00:00\")",
        "time(\"23:59:60\")",
        "time(\"12:00:00+99:00\")",
        "date and time(@\"9999-12-31T23:59:59-12:00\", \"Asia/Tokyo\")",
    ] {
        assert!(value_of(text).is_null(), "{text} is {:?}", value_of(text));
    }
    assert_eq!(value_of("-@\"P106751991167300D\"").type_name(), "days and time duration");
    assert_eq!(
        value_of("@\"9999-12-31T23:59:59@Pacific/Kiritimati\" - @\"-9999-01-01T00:00:00@Asia/Tokyo\"")
            .type_name(),
        "days and time duration"
    );
    assert_eq!(format!("{:?}", value_of("last day of month(@\"9999-12-31\")")), "9999-12-31");
    assert_eq!(format!("{:?}", value_of("week of year(@\"-9999-01-01\")")), "1");
    is_refused("@\"nonsense\"");
}

#[test]
fn odd_unicode_is_taken_as_it_is() {
    assert_eq!(value_of("\"\u{202e}abc\"").as_str(), Some("\u{202e}abc"));
    assert_eq!(format!("{:?}", value_of("string length(\"\u{1f3f3}\u{fe0f}\u{200d}\u{1f308}\")")), "4");
    assert_eq!(value_of("substring(\"a\u{1f40e}b\", 2, 1)").as_str(), Some("\u{1f40e}"));
    assert_eq!(value_of("{\u{1f40e}: \"horse\"}.\u{1f40e}").as_str(), Some("horse"));
    assert_eq!(value_of("\"\\uD83D\\uDC0E\\U01F40E\"").as_str(), Some("\u{1f40e}\u{1f40e}"));
    assert_eq!(value_of("\"\\uD83D\"").as_str(), Some("\\uD83D"));
    assert_eq!(format!("{:?}", value_of("1\u{a0}+\u{3000}1\u{feff}")), "2");
    assert_eq!(value_of("upper case(\"ß\")").as_str(), Some("SS"));
    is_refused("1 + \u{0}");
    is_refused("\u{fffe}");
    is_refused("‘x’");
    is_refused("1 \u{301}");
    for c in ['\u{d7ff}', '\u{e000}', '\u{10ffff}', '\u{0}', '\u{7f}'] {
        // Any end will do.
        let _ = (
            end_of(&c.to_string()),
            end_of(&format!("\"{c}\"")),
            end_of(&format!("a{c}b")),
            end_of(&format!("`{c}`")),
        );
    }
}

#[test]
fn half_texts_are_refused() {
    for text in [
        "",
        " ",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        ".",
        "..",
        "1 +",
        "+ 1",
        "1 1",
        "a b",
        "if",
        "if 1 then",
        "if 1 then 2",
        "for",
        "for x",
        "for x in",
        "for x in y",
        "some x in y",
        "function",
        "function(",
        "function(x",
        "{a}",
        "{a:}",
        "{a: 1,",
        "{a: 1 b: 2}",
        "{a: 1, a: 2}",
        "[1,",
        "[1,]",
        "[1 2]",
        "[1..",
        "[1..2",
        "f(",
        "f(1",
        "f(1,",
        "f(a:",
        "f(a: 1, 2)",
        "a.",
        "a.1",
        "@",
        "@1",
        "\"a",
        "`a",
        "/* a",
        "1 between 2",
        "1 between 2 and",
        "1 in",
        "1 in (",
        "1 instance",
        "1 instance of",
        "1 instance of 1",
        "1 instance of nope",
        "a = = b",
        "a == b",
        "a && b",
        "a || b",
        "!a",
        "'a'",
        "a; b",
        "1 instance of list<",
        "1 instance of function<number>",
        "function(x) external {java: {}}",
    ] {
        is_refused(text);
    }
}

#[test]
fn deep_and_wide_documents_are_read_where_needed() {
    let deep = format!("{}1{}", "[".repeat(100), "]".repeat(100));
    let wide = (0..MANY).map(|i| format!("\"k{i}\": {i},")).collect::<Vec<_>>().concat();
    let variables = BTreeMap::from([
        ("deep".to_owned(), Json::parse(deep).unwrap()),
        ("wide".to_owned(), Json::parse(format!("{{{wide} \"end\": {{\"a\": 1}}}}")).unwrap()),
    ]);
    let environment = Environment::at(0);
    let run =
        |text: &str| Expression::compile(text, &Names::default()).unwrap().evaluate(&variables, &environment);
    assert_eq!(format!("{:?}", run("wide.end.a + wide.k99999").unwrap().value), "100000");
    assert_eq!(run("count(flatten(deep))").unwrap().value.type_name(), "number");
    assert!(run("deep = deep").unwrap().value.as_bool().unwrap());
    assert!(run(&format!("{}deep{}", "[".repeat(50), "]".repeat(50))).is_err(), "150 levels are too many");
    assert!(run("count(distinct values(get entries(wide)))").is_ok());
}
