//! Sentences by which clients of Camunda know the commonest warnings of FEEL. They stand beside ours, which also tell the
//! place; a warning that is not here has only ours.

/// The sentence for a warning of ours, where there is one.
pub(super) fn known_as(what: &str) -> Option<String> {
    variable(what).or_else(|| sum_of(what)).or_else(|| call(what))
}

fn variable(what: &str) -> Option<String> {
    let name = what.strip_prefix("there is no variable `")?.strip_suffix('`')?;
    Some(format!("No variable found with name '{name}'"))
}

fn sum_of(what: &str) -> Option<String> {
    let (left, right) = what.strip_prefix("`+` cannot be applied to ")?.split_once(" and ")?;
    Some(format!("Can't add '{}' to '{}'", bare(right), bare(left)))
}

fn call(what: &str) -> Option<String> {
    let (function, why) = what.split_once(": ")?;
    let failed =
        if let Some((date, _)) = why.strip_prefix('`').and_then(|why| why.split_once("` is no date;")) {
            format!("Failed to parse date from '{date}'")
        } else {
            let (_, given) = why.strip_suffix(", not a number")?.split_once(" is ")?;
            format!("expected number but found '{}'", bare(given))
        };
    Some(format!("Failed to invoke function '{function}': {failed}"))
}

/// A described value without what it is.
fn bare(described: &str) -> &str {
    let of = |kind| described.strip_prefix(kind);
    of("the number ").or_else(|| of("the string ")).unwrap_or(described)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use hosk_feel::{Environment, Expression, Json, Names};

    use super::known_as;

    /// What is said of an expression over `x`.
    fn said(text: &str, x: &str) -> Vec<String> {
        let variables = BTreeMap::from([("x".to_owned(), Json::parse(x).unwrap())]);
        let expression = Expression::compile(text, &Names::new(variables.keys().cloned())).unwrap();
        let outcome = expression.evaluate(&variables, &Environment::at(0)).unwrap();
        outcome.warnings.iter().filter_map(|warning| known_as(&warning.what)).collect()
    }

    #[test]
    fn the_commonest_are_known() {
        for (text, x, expected) in [
            ("y + 1", "1", vec!["No variable found with name 'y'", "Can't add '1' to 'null'"]),
            ("x + 1", "null", vec!["Can't add '1' to 'null'"]),
            ("x + 1", r#""foo""#, vec![r#"Can't add '1' to '"foo"'"#]),
            (
                "sum(x)",
                r#"["a", "b"]"#,
                vec![r#"Failed to invoke function 'sum': expected number but found '"a"'"#],
            ),
            (
                "date(x)",
                r#""2024-13-01""#,
                vec!["Failed to invoke function 'date': Failed to parse date from '2024-13-01'"],
            ),
            ("x - true", "1", vec![]),
            ("x + 1", "1", vec![]),
        ] {
            assert_eq!(said(text, x), expected, "{text}");
        }
    }
}
