//! Types of expressions, and what is found without data.

use std::collections::BTreeMap;
use std::sync::Arc;

use hosk_feel::{Expression, Names, Type, Types};

fn types() -> Types {
    let customer = Type::Context(Arc::new([("name".into(), Type::String), ("age".into(), Type::Number)]));
    let variables = BTreeMap::from([
        ("amount".to_owned(), Type::Number),
        ("name".to_owned(), Type::String),
        ("paid".to_owned(), Type::Boolean),
        ("due".to_owned(), Type::Date),
        ("unknown".to_owned(), Type::Any),
        ("customers".to_owned(), Type::List(Arc::new(customer.clone()))),
        ("customer".to_owned(), customer),
        ("?".to_owned(), Type::Number),
    ]);
    Types { variables, complete: true }
}

fn infer(text: &str) -> (String, Vec<String>) {
    let expression =
        Expression::compile(text, &Names::default()).unwrap_or_else(|errors| panic!("{text}: {}", errors[0]));
    let (of, findings) = expression.infer(&types());
    (
        of.to_string(),
        findings
            .into_iter()
            .map(|finding| format!("{}: {}", finding.position.offset, finding.what))
            .collect(),
    )
}

#[test]
fn types_follow_from_types() {
    for (text, of) in [
        ("amount + 1", "number"),
        ("name + \"x\"", "string"),
        ("due + @\"P1D\"", "date"),
        ("due - due", "days and time duration"),
        ("amount > 1 and paid", "boolean"),
        ("customers.name", "list<string>"),
        ("customers[age > 3]", "list<context<name: string, age: number>>"),
        ("customers[1].age", "number"),
        ("sum(for c in customers return c.age * 2)", "number"),
        ("{a: amount, b: {c: a + 1}}.b.c", "number"),
        ("if paid then 1 else \"x\"", "Any"),
        ("if paid then 1 else null", "number"),
        ("(function(x: number) x > 1)(amount)", "boolean"),
        ("split(name, \",\")[1]", "string"),
        ("[1..10].start", "number"),
        ("unknown.x[1].y + 1", "Any"),
        ("get or else(unknown, 1)", "Any"),
        ("{f: function(n) if n = 0 then 1 else n * f(n - 1)}.f(3)", "Any"),
        ("some c in customers satisfies c.age > 3", "boolean"),
    ] {
        assert_eq!(infer(text), (of.to_owned(), Vec::new()), "{text}");
    }
}

#[test]
fn what_cannot_be_right_is_found() {
    for (text, finding) in [
        ("amount = \"x\"", "0: `amount` is a number, compared with `\"x\"`, a string"),
        ("1 + name", "4: `+` cannot be applied to a number and a string"),
        ("if amount then 1 else 2", "3: `amount` is a number, but the condition of `if` should be a boolean"),
        ("paid and name", "9: `name` is a string, but an operand of `and` or `or` should be a boolean"),
        ("customer.surname", "8: the context has no member `surname`, but name, age"),
        ("customers.surname", "9: the context has no member `surname`, but name, age"),
        ("due.hour", "3: a date has no member `hour`"),
        ("nope + 1", "0: there is no variable `nope`"),
        ("-name", "1: a string cannot be negated"),
        ("paid < true", "0: `<` cannot compare, a boolean has no order"),
        ("amount in [\"a\"..\"b\"]", "10: `[\"a\"..\"b\"]` tests for a string, but the input is a number"),
        ("amount between 1 and \"x\"", "0: `amount` is a number, compared with `\"x\"`, a string"),
        ("upper case(amount)", "11: `amount` is a number, but `upper case` takes a string"),
        ("amount(1)", "6: a number is called as a function"),
        ("customers[name]", "10: a filter is a position or a condition, not a string"),
        ("(function(a) a)(1, 2)", "15: the function takes 1 arguments, but gets 2"),
        (
            "substring(name)",
            "0: it is called with 1 arguments, but is substring(string, start position, length?)",
        ),
    ] {
        assert_eq!(infer(text).1, [finding], "{text}");
    }
    let tests = Expression::compile_unary_tests("< \"x\", 5", &Names::default()).unwrap();
    let (of, findings) = tests.infer(&types());
    assert_eq!((of, findings.len()), (Type::Boolean, 1));
}
