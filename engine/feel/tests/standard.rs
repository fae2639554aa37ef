//! What the standard says, by its parts: every line of `standard.txt` is an expression and what it gives, as JSON.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use hosk_feel::{Environment, Expression, Names};

const LINES: &str = include_str!("standard.txt");

/// What the expression gives as JSON; what is not FEEL is said so.
fn given(expression: &str) -> String {
    // 2026-11-26T10:00:00Z
    let environment = Environment::at(1_795_687_200_000);
    match Expression::compile(expression, &Names::default()) {
        Ok(compiled) => compiled.evaluate(&(), &environment).unwrap().value.to_json().text().to_owned(),
        Err(_) => "no FEEL".to_owned(),
    }
}

#[test]
fn every_expression_gives_what_the_standard_says() {
    let lines = LINES.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut count = 0;
    let wrong: Vec<String> = lines
        .filter_map(|line| {
            count += 1;
            let (expression, expected) = line.split_once("  →  ").expect("a line is `expression  →  JSON`");
            let got = given(&expression.replace("⏎", "\n"));
            (got != expected).then(|| format!("{expression}\n  gives   {got}\n  but not {expected}"))
        })
        .collect();
    assert!(count > 250, "only {count} lines");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
