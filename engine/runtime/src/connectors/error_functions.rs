//! `bpmnError(code, message, variables)` and `jobError(message, variables, retries, retryBackoff)`: what an
//! `errorExpression` says with. Trailing arguments may be left out, as existing models do; FEEL functions want all of
//! theirs, so the missing ones are filled in with null before the text is compiled.

use hosk_feel::{Environment, Expression, Names, Value};

/// Names with their number of parameters.
const FUNCTIONS: [(&str, usize); 2] = [("bpmnError", 3), ("jobError", 4)];

/// The functions as values, by name.
pub(super) fn functions() -> Vec<(&'static str, Value)> {
    let texts = [
        r#"function(code, message, variables) {errorType: "bpmnError", code: code, message: message, variables: variables}"#,
        r#"function(message, variables, retries, retryBackoff) {errorType: "jobError", message: message, variables: variables, retries: retries, retryBackoff: retryBackoff}"#,
    ];
    let evaluate = |text: &str| {
        let expression = Expression::compile(text, &Names::default()).ok()?;
        Some(expression.evaluate(&(), &Environment::at(0)).ok()?.value)
    };
    let named = FUNCTIONS.iter().zip(texts);
    named.filter_map(|((name, _), text)| Some((*name, evaluate(text)?))).collect()
}

/// The text with every call of such a function given all its arguments.
pub(super) fn filled_in(text: &str) -> String {
    let mut filled = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        if character == '"' {
            let end = string_end(rest);
            filled.push_str(&rest[..end]);
            rest = &rest[end..];
        } else if is_name(character) {
            let end = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            filled.push_str(name);
            rest = after;
            let parameters =
                FUNCTIONS.iter().find(|(function, _)| *function == name).map(|(_, count)| *count);
            if let Some(parameters) = parameters
                && let Some((arguments, after)) = arguments(after)
            {
                let given = count(arguments);
                let inside = filled_in(arguments);
                filled.push('(');
                filled.push_str(if given == 0 { "null" } else { &inside });
                (given.max(1)..parameters).for_each(|_| filled.push_str(", null"));
                filled.push(')');
                rest = after;
            }
        } else {
            filled.push(character);
            rest = &rest[character.len_utf8()..];
        }
    }
    filled
}

fn is_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// Where a string literal at the start of `text` ends.
fn string_end(text: &str) -> usize {
    let mut escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// What stands between the parentheses that follow, and what comes after them.
fn arguments(text: &str) -> Option<(&str, &str)> {
    let open = text.find(|character: char| !character.is_whitespace())?;
    let inside = text[open..].strip_prefix('(')?;
    let mut depth = 1_usize;
    let mut at = 0;
    while let Some(character) = inside[at..].chars().next() {
        match character {
            '"' => {
                at += string_end(&inside[at..]);
                continue;
            }
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((&inside[..at], &inside[at + 1..]));
        }
        at += character.len_utf8();
    }
    None
}

/// How many arguments these are.
fn count(arguments: &str) -> usize {
    if arguments.trim().is_empty() {
        return 0;
    }
    let (mut depth, mut commas, mut at) = (0_usize, 0, 0);
    while let Some(character) = arguments[at..].chars().next() {
        match character {
            '"' => {
                at += string_end(&arguments[at..]);
                continue;
            }
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => commas += 1,
            _ => {}
        }
        at += character.len_utf8();
    }
    commas + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_arguments_are_filled_in() {
        for (text, filled) in [
            (r#"bpmnError("A", "b")"#, r#"bpmnError("A", "b", null)"#),
            (
                r#"if x then bpmnError ("A)", f(1, 2)) else null"#,
                r#"if x then bpmnError("A)", f(1, 2), null) else null"#,
            ),
            (r#"jobError("m", {a: [1, 2]})"#, r#"jobError("m", {a: [1, 2]}, null, null)"#),
            (r#"bpmnError("A", "b", {c: 1})"#, r#"bpmnError("A", "b", {c: 1})"#),
            (r#"myBpmnError("A")"#, r#"myBpmnError("A")"#),
            (r#""bpmnError(1)""#, r#""bpmnError(1)""#),
            ("bpmnError(", "bpmnError("),
            ("jobError()", "jobError(null, null, null, null)"),
        ] {
            assert_eq!(filled_in(text), filled);
        }
    }
}
