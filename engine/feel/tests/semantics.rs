//! What expressions mean: tables of expressions with their values, by chapter of the specification.

use std::collections::BTreeMap;

use hosk_feel::{
    ConstantTests, Environment, EvaluationError, Expression, Function, Json, Limits, Names, Overlay,
    Parameter, Type, Value,
};

fn json(text: &str) -> Json {
    Json::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn variables() -> BTreeMap<String, Json> {
    let documents = [
        ("amount", "1500.50"),
        (
            "customer",
            r#"{"name": "Ani", "country": "AM", "tags": ["a", "b"], "nothing": null, "first name": "A"}"#,
        ),
        ("items", r#"[{"qty": 2, "price": 1.5}, {"qty": 1, "price": 3}, {"qty": 4}]"#),
        ("date", "\"2024-12-31\""),
        ("count", "7"),
        ("precise", "12345678901234567890123456789012345678901"),
        ("spelled", "1.50e3"),
    ];
    documents.into_iter().map(|(name, text)| (name.to_owned(), json(text))).collect()
}

fn outcome(text: &str) -> hosk_feel::Outcome {
    let expression =
        Expression::compile(text, &Names::default()).unwrap_or_else(|errors| panic!("{text}: {}", errors[0]));
    expression.evaluate(&variables(), &Environment::at(0)).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Each expression has the value that the other one has.
fn check(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        let (got, wanted) = (outcome(text).value, outcome(expected).value);
        assert_eq!(format!("{got:?}"), format!("{wanted:?}"), "{text}");
        assert_eq!(got.type_name(), wanted.type_name(), "{text}");
    }
}

#[test]
fn operators_bind_in_the_order_of_the_grammar() {
    check(&[
        ("1 + 2 * 3 ** 2", "19"),
        ("2 ** 3 ** 2", "64"),
        ("-3 ** 2", "9"),
        ("10 - 4 - 3", "3"),
        ("8 / 4 / 2", "1"),
        ("1 + 1 = 2 and 2 > 1 or false", "true"),
        ("true or false and false", "true"),
        ("not(true) or true", "true"),
        ("if true then 1 else 2 + 10", "1"),
        ("1 in [1, 2] and 5 in [1..3]", "false"),
        ("- amount < 0", "true"),
        ("1 + 2 instance of number", "true"),
        ("(1 < 2) = true", "true"),
        ("amount > 1000 and customer.country = \"AM\"", "true"),
    ]);
}

#[test]
fn three_valued_logic() {
    check(&[
        ("true and null", "null"),
        ("false and null", "false"),
        ("null and false", "false"),
        ("true or null", "true"),
        ("null or true", "true"),
        ("false or null", "null"),
        ("1 and true", "null"),
        ("not(null)", "null"),
        ("not(1)", "null"),
        ("some x in [1, null] satisfies x > 1", "null"),
        ("some x in [2, null] satisfies x > 1", "true"),
        ("every x in [1, null] satisfies x > 1", "false"),
        ("every x in [2, null] satisfies x > 1", "null"),
        ("every x in [] satisfies x", "true"),
        ("if null then 1 else 2", "2"),
    ]);
}

#[test]
fn equality_and_order() {
    check(&[
        ("1 = 1.0", "true"),
        ("null = 1", "false"),
        ("null != null", "false"),
        ("1 = true", "null"),
        ("1 < null", "null"),
        ("[1, 2] = [1, 2]", "true"),
        ("[1] = [\"1\"]", "false"),
        ("{a: 1, b: 2} = {b: 2, a: 1}", "true"),
        ("{a: 1} = {a: 1, b: 2}", "false"),
        ("\"a\" < \"b\"", "true"),
        ("[1..2] = [1..2]", "true"),
        ("[1..2] = [1..2)", "false"),
        ("@\"2024-01-01T10:00:00Z\" = @\"2024-01-01T12:00:00+02:00\"", "true"),
        ("@\"2024-01-01T10:00:00Z\" = @\"2024-01-01T10:00:00\"", "false"),
        ("@\"2024-01-01T10:00:00Z\" < @\"2024-01-01T11:00:00\"", "null"),
        ("@\"10:00:00Z\" > @\"11:00:00+02:00\"", "true"),
        ("@\"P1D\" = @\"PT24H\"", "true"),
        ("@\"P1Y\" = @\"P12M\"", "true"),
        ("@\"P1Y\" = @\"P365D\"", "null"),
        ("@\"2024-01-01\" = @\"2024-01-01T00:00:00\"", "null"),
    ]);
}

#[test]
fn tests_right_of_in() {
    check(&[
        ("5 in (1, 5)", "true"),
        ("5 in (> 6, < 3)", "false"),
        ("5 in = 5", "true"),
        ("5 in != 5", "false"),
        ("5 in ]1..5[", "false"),
        ("1 in ]1..5] or 5 in ]1..5]", "true"),
        ("5 in [[1..3], [4..6]]", "true"),
        ("[1, 2] in [[1, 2], [3]]", "true"),
        ("\"b\" in [\"a\"..\"c\"]", "true"),
        ("5 in [1..\"a\"]", "null"),
        ("null in [1..10]", "null"),
        ("null in (1, null)", "true"),
        ("\"x\" in [1..10]", "null"),
        ("5 in (? > 3)", "true"),
        ("[1, 5][item in [2..6]]", "[5]"),
    ]);
}

#[test]
fn paths_and_filters() {
    check(&[
        ("items.qty", "[2, 1, 4]"),
        ("items[price > 1].qty", "[2, 1]"),
        ("items[qty = count]", "[]"),
        ("items[item.qty > 1][1].price", "1.5"),
        ("items[-1].qty", "4"),
        ("items[count(items)].qty", "4"),
        ("items[0]", "null"),
        ("[1, 2, 3][true]", "[1, 2, 3]"),
        ("1[1]", "1"),
        ("null[1]", "null"),
        ("null[item > 1]", "[]"),
        ("customer.`first name`", "\"A\""),
        ("customer.nothing", "null"),
        ("[{item: 1}, {item: 2}][item >= 2]", "[{item: 2}]"),
        ("[{a: [1, 2]}, {a: [3]}].a", "[[1, 2], [3]]"),
        ("[[1, 2], [3]][count(item) = 1]", "[[3]]"),
        ("[{a: 1, l: [1, 2]}, {a: 2, l: [2]}][count(l[item = a]) > 0].a", "[1, 2]"),
        ("{a: 1, b: {c: a + 1}}.b.c", "2"),
    ]);
}

#[test]
fn names() {
    check(&[
        ("{ Monthly Fee: 10, yearly: Monthly Fee * 12 }.yearly", "120"),
        ("{ a+b: 1, c: a + b }.c", "1"),
        ("(function(Loan Amount) Loan Amount + 1)(1)", "2"),
        ("for Some Item in [1, 2] return Some Item * 2", "[2, 4]"),
        ("{ \"first name\": \"A\" }.first name", "\"A\""),
        ("count", "7"),
        ("count([1])", "1"),
        ("date", "\"2024-12-31\""),
        ("date(date).year", "2024"),
        ("{ f: string length, n: f(\"abc\") }.n", "3"),
        ("{ sum: function(a) a, r: sum(5) }.r", "5"),
        ("{ if: 1, then: 2 }", "{ \"if\": 1, \"then\": 2 }"),
        ("if nope then 1 else 2", "2"),
    ]);
    let names = Names::new(["Applicant's Age", "Pre-Bureau Risk", "Credit Score and Rating"]);
    let values = BTreeMap::from([
        ("Applicant's Age".to_owned(), Value::from(30)),
        ("Pre-Bureau Risk".to_owned(), Value::from("LOW")),
        ("Credit Score and Rating".to_owned(), Value::from(1)),
    ]);
    let text = "Applicant's Age > 18 and Pre-Bureau Risk = \"LOW\" and Credit Score and Rating = 1";
    let expression = Expression::compile(text, &names).unwrap();
    assert_eq!(expression.evaluate(&values, &Environment::at(0)).unwrap().value.as_bool(), Some(true));
    assert_eq!(expression.variables(), ["Applicant's Age", "Credit Score and Rating", "Pre-Bureau Risk"]);
}

#[test]
fn functions_and_closures() {
    check(&[
        ("{ add: function(a) function(b) a + b, r: add(1)(2) }.r", "3"),
        ("for f in (for i in 1..3 return function(x) x + i) return f(10)", "[11, 12, 13]"),
        ("[1, 2][(function(x) x > 1)(item)]", "[2]"),
        ("(function(a: number) a)(\"x\")", "null"),
        ("(function(a: number) a)([5])", "5"),
        ("(function(a: list<number>) count(a))(5)", "1"),
        ("(function(a) a)()", "null"),
        ("(function(a, b) a - b)(b: 1, a: 5)", "4"),
        ("(function(a) a)(b: 1)", "null"),
        ("substring(string: \"foobar\", start position: 3)", "\"obar\""),
        ("substring(start position: 3, string: \"foobar\", length: 2)", "\"ob\""),
        ("substring(\"foobar\")", "null"),
        ("nope(1)", "null"),
        ("{ even: function(n) if n = 0 then true else not(even(n - 1)), r: even(10) }.r", "true"),
    ]);
}

#[test]
fn dates_and_durations() {
    check(&[
        ("@\"2024-02-29\" + @\"P1Y\"", "@\"2025-02-28\""),
        ("@\"2024-03-31\" - @\"P1M\"", "@\"2024-02-29\""),
        ("@\"2024-03-01\" - @\"2024-02-01\"", "@\"P29D\""),
        ("@\"2024-01-01\" - @\"PT1H\"", "@\"2023-12-31\""),
        ("@\"23:00:00\" + @\"PT2H\"", "@\"01:00:00\""),
        ("@\"2024-10-27T01:30:00@Europe/Berlin\" + @\"PT2H\"", "@\"2024-10-27T02:30:00@Europe/Berlin\""),
        ("@\"2024-01-01T00:00:00Z\" - @\"2023-12-31T22:00:00-02:00\"", "@\"PT0S\""),
        ("@\"PT1H\" * 2.5", "@\"PT2H30M\""),
        ("@\"P1Y\" / @\"P1M\"", "12"),
        ("@\"P1D\" / 2", "@\"PT12H\""),
        ("@\"P1Y\" + @\"P1D\"", "null"),
        ("-@\"P1Y\"", "@\"-P1Y\""),
        ("@\"2024-12-30\".weekday", "1"),
        ("@\"10:30:00+01:00\".time offset", "@\"PT1H\""),
        ("@\"2024-07-01T00:00:00@Europe/Berlin\".time offset", "@\"PT2H\""),
        ("@\"-PT90M\".minutes", "-30"),
        ("string(@\"PT0.5S\")", "\"PT0.5S\""),
        ("string(@\"PT36H\")", "\"P1DT12H\""),
        ("now()", "@\"1970-01-01T00:00:00Z\""),
        ("today() + @\"P1D\"", "@\"1970-01-02\""),
    ]);
}

#[test]
fn nulls_are_explained() {
    for (text, offset, what) in [
        ("1 + nope", 4, "there is no variable `nope`"),
        ("1 + \"a\"", 4, "`+` cannot be applied to the number 1 and the string \"a\""),
        ("1 / 0", 4, "division by zero"),
        (
            "customer.surname",
            8,
            "the context has no member `surname`, but name, country, tags, nothing, first name",
        ),
        ("date(\"2024-13-01\")", 0, "date: `2024-13-01` is no date; write for example `2024-12-31`"),
        ("[1, 2][5]", 6, "the position is 5, but the list has 2 items"),
        ("amount < \"5\"", 0, "`<` cannot compare the number 1500.5 with the string \"5\""),
        ("sum([1, null])", 0, "sum: item 2 is null, not a number"),
        ("items[colour = 1]", 6, "neither the item nor the variables have `colour`"),
    ] {
        let outcome = outcome(text);
        let warning = outcome.warnings.first().unwrap_or_else(|| panic!("{text} has no warning"));
        assert_eq!((warning.position.offset, warning.what.as_str()), (offset, what), "{text}");
    }
    for text in
        ["null", "customer.nothing", "get or else(customer.surname, 1)", "is defined(nope)", "null and true"]
    {
        assert!(outcome(text).warnings.is_empty(), "{text}: {:?}", outcome(text).warnings);
    }
}

#[test]
fn json_passes_through_exactly() {
    let exact = [
        ("precise", "12345678901234567890123456789012345678901"),
        ("spelled", "1.50e3"),
        ("amount", "1500.50"),
        (
            "customer",
            r#"{"name": "Ani", "country": "AM", "tags": ["a", "b"], "nothing": null, "first name": "A"}"#,
        ),
        ("customer.tags", r#"["a", "b"]"#),
        ("{a: precise}", r#"{"a":12345678901234567890123456789012345678901}"#),
        ("amount * 2", "3001"),
        ("spelled + 0", "1500"),
        ("@\"2024-01-01\"", "\"2024-01-01\""),
        ("[1..3]", "\"[1..3]\""),
        ("function(a) a", "\"function(a)\""),
        ("\"a\\\"\\n\"", r#""a\"\n""#),
    ];
    for (text, json) in exact {
        assert_eq!(outcome(text).value.to_json().text(), json, "{text}");
    }
}

#[test]
fn unary_tests() {
    let passes = |tests: &str, input: &str| {
        let expression = Expression::compile_unary_tests(tests, &Names::default())
            .unwrap_or_else(|e| panic!("{tests}: {}", e[0]));
        let input = BTreeMap::from([("?".to_owned(), outcome(input).value)]);
        let variables = Overlay { first: input, rest: variables() };
        expression.evaluate(&variables, &Environment::at(0)).unwrap().value.as_bool()
    };
    for (tests, input, expected) in [
        ("-", "1", true),
        (" - ", "null", true),
        ("5", "5", true),
        ("1, 2, 3", "2", true),
        ("not(1, 2)", "3", true),
        ("not(1, 2)", "2", false),
        ("not(true)", "false", true),
        ("< 5", "3", true),
        ("[1..5), > 10", "5", false),
        ("\"a\", \"b\"", "\"b\"", true),
        ("? > 3 and ? < 10", "5", true),
        ("? > 3 and ? < 10", "11", false),
        ("amount > 1000", "5", true),
        ("count", "7", true),
        ("[1, 2, 3]", "2", true),
        ("customer.tags", "\"b\"", true),
        ("null", "null", true),
        ("5", "null", false),
        ("< 5", "null", false),
        ("true", "true", true),
        ("true", "false", false),
        ("not(contains(?, \"x\"))", "\"abc\"", true),
        ("-5", "-5", true),
        ("@\"2024-01-01\", >= @\"2024-06-01\"", "@\"2024-07-01\"", true),
    ] {
        assert_eq!(passes(tests, input), Some(expected), "{input} in {tests}");
    }
    for tests in ["", "not(", "1,", "-, 1", "< "] {
        assert!(Expression::compile_unary_tests(tests, &Names::default()).is_err(), "{tests}");
    }
}

#[test]
fn constant_tests_are_taken_apart() {
    let taken = |tests: &str| match Expression::compile_unary_tests(tests, &Names::default())
        .unwrap()
        .constant_tests()
    {
        None => "none".to_owned(),
        Some(ConstantTests::All) => "all".to_owned(),
        Some(ConstantTests::AnyOf(values)) => format!("any of {values:?}"),
        Some(ConstantTests::NoneOf(values)) => format!("none of {values:?}"),
    };
    assert_eq!(taken("-"), "all");
    assert_eq!(taken("1, -2, \"x\""), "any of [1, -2, x]");
    assert_eq!(taken("< 5, [1..3), date(\"2024-01-01\")"), "any of [< 5, [1..3), 2024-01-01]");
    assert_eq!(taken("not(\"a\", 1 + 1)"), "none of [a, 2]");
    assert_eq!(taken("true"), "any of [true]");
    assert_eq!(taken("? > 3"), "none");
    assert_eq!(taken("1, amount"), "none");
    let (one, list) = (outcome("1").value, outcome("[1, @\"10:00:00Z\"]").value);
    assert!(one.equals(&outcome("1.0").value) && list.equals(&outcome("[1, @\"11:00:00+01:00\"]").value));
    assert!(!one.equals(&list) && one.order(&outcome("2").value) == Some(std::cmp::Ordering::Less));
}

#[test]
fn limits_and_assertions_stop_an_evaluation() {
    let run = |text: &str, limits: Limits| {
        let mut environment = Environment::at(0);
        environment.limits = limits;
        Expression::compile(text, &Names::default())
            .unwrap()
            .evaluate(&(), &environment)
            .map(|outcome| outcome.value)
    };
    let few = Limits { steps: 100, ..Limits::default() };
    assert!(matches!(
        run("sum(for i in 1..1000 return i)", few),
        Err(EvaluationError::StepsExceeded { limit: 100 })
    ));
    let flat = Limits { depth: 3, ..Limits::default() };
    assert!(matches!(
        run("((nope + 1) * 2 + 1) * 3 - 5 * (1 + (2 + x))", flat),
        Err(EvaluationError::DepthExceeded { .. })
    ));
    let small = Limits { collection: 10, ..Limits::default() };
    assert!(matches!(
        run("for i in 1..11 return i", small),
        Err(EvaluationError::TooLarge { limit: 10, .. })
    ));
    let short = Limits { string: 10, ..Limits::default() };
    assert!(matches!(
        run("string join(for i in 1..11 return \"x\")", short),
        Err(EvaluationError::TooLarge { limit: 10, .. })
    ));
    let failed = run("assert(x, x > 1, \"x must be more than 1\")", Limits::default());
    assert_eq!(failed.unwrap_err().to_string(), "assertion failed: x must be more than 1");
}

#[test]
fn host_functions_share_the_budget() {
    let body = Expression::compile("a * 2 + nope", &Names::default()).unwrap();
    let double = Function::host(
        vec![Parameter { name: "a".into(), of: Type::Number }],
        Type::Number,
        move |call, arguments| {
            call.evaluate(
                &body,
                &BTreeMap::from([
                    ("a".to_owned(), arguments[0].clone()),
                    ("nope".to_owned(), Value::from(1)),
                ]),
            )
        },
    );
    let variables = BTreeMap::from([("double".to_owned(), Value::Function(double))]);
    let run = |text: &str| {
        Expression::compile(text, &Names::default()).unwrap().evaluate(&variables, &Environment::at(0))
    };
    assert_eq!(run("double(4)").unwrap().value.as_number(), Some(9.into()));
    assert_eq!(run("double(a: [4])").unwrap().value.as_number(), Some(9.into()));
    assert!(run("double(\"x\")").unwrap().value.is_null());
    assert!(run("for i in 1..10000000 return double(i)").is_err());
}

#[test]
fn the_same_seed_gives_the_same_chance() {
    let run = |seed: u64| {
        let mut environment = Environment::at(0);
        environment.seed = seed;
        let expression = Expression::compile("[uuid(), random number(), uuid()]", &Names::default()).unwrap();
        expression.evaluate(&(), &environment).unwrap().value.to_json().text().to_owned()
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}

#[test]
fn an_expression_knows_its_variables() {
    let text = "a.b + (for x in c return x + d)[item > e] + f(g) + {h: i, j: h}.j";
    let expression = Expression::compile(text, &Names::default()).unwrap();
    assert_eq!(expression.variables(), ["a", "c", "d", "e", "f", "g", "i"]);
    shared_between_threads(&expression);
}

fn shared_between_threads<T: Clone + Send + Sync>(_: &T) {}
