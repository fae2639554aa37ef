//! Runs every example of `docs/feel.md`, and checks that the page has every built-in function.

use hosk_feel::{Environment, Expression, Names, Value, built_in_functions};

const PAGE: &str = include_str!("../../../docs/feel.md");

/// The examples: lines of `feel` blocks, and code in tables, that have an arrow.
fn examples() -> Vec<(String, String)> {
    let mut examples = Vec::new();
    let mut in_block = false;
    for line in PAGE.lines() {
        if line.starts_with("```") {
            in_block = line == "```feel";
            continue;
        }
        // A bar inside a table's cell is escaped.
        let line = line.replace("\\|", "\u{1}");
        let parts: Vec<String> = match (in_block, line.starts_with('|')) {
            (true, _) => vec![line],
            (_, true) => line.split('|').map(|cell| cell.trim().trim_matches('`').to_owned()).collect(),
            _ => continue,
        };
        for part in parts {
            if let Some((expression, value)) = part.replace('\u{1}', "|").split_once(" → ") {
                examples.push((expression.trim().to_owned(), value.trim().to_owned()));
            }
        }
    }
    examples
}

fn evaluate(text: &str) -> Value {
    let expression =
        Expression::compile(text, &Names::default()).unwrap_or_else(|errors| panic!("{text}: {}", errors[0]));
    expression
        .evaluate(&(), &Environment::at(1_700_000_000_000))
        .unwrap_or_else(|error| panic!("{text}: {error}"))
        .value
}

#[test]
fn every_example_gives_what_the_page_says() {
    let examples = examples();
    assert!(examples.len() > 140, "only {} examples were found", examples.len());
    for (expression, value) in examples {
        let (got, wanted) = (evaluate(&expression), evaluate(&value));
        assert_eq!(format!("{got:?}"), format!("{wanted:?}"), "{expression}");
        assert_eq!(got.type_name(), wanted.type_name(), "{expression}");
    }
}

#[test]
fn every_function_is_on_the_page() {
    for function in built_in_functions() {
        assert!(
            PAGE.contains(&format!("`{}(", function.name)),
            "`{}` is missing in docs/feel.md",
            function.name
        );
        let called =
            examples().iter().any(|(expression, _)| expression.contains(&format!("{}(", function.name)));
        assert!(called, "`{}` has no example in docs/feel.md", function.name);
    }
}
