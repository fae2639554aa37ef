//! JUEL, the expression language of Camunda 7, to FEEL: comparisons, logic, arithmetic, paths, the conditional operator.
//!
//! Calls of methods and beans have no counterpart and are refused, except `execution.getVariable("x")`, which is `x`.
//! JUEL takes a missing variable for false and for an empty text; FEEL gives null there, and a condition that is null
//! is an incident.

mod lexer;
mod parser;

use crate::compile::string_literal;

/// What a text of a Camunda 7 attribute says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Translated {
    /// A text without expression.
    Literal(String),
    /// FEEL, without `=`.
    Feel(String),
}

/// Translates a text that may hold `${…}` or `#{…}`, alone or between other text.
///
/// # Errors
/// What has no counterpart, for a sentence that begins with the expression.
pub(super) fn translate(text: &str) -> Result<Translated, String> {
    let mut parts: Vec<String> = Vec::new();
    let mut rest = text.trim();
    let mut is_only = false;
    let mut expressions = 0;
    while let Some(at) = rest.find("${").into_iter().chain(rest.find("#{")).min() {
        if at > 0 {
            parts.push(string_literal(&rest[..at]));
        }
        let end = end_of(&rest[at..]).ok_or_else(|| "the expression does not end".to_owned())? + at;
        let feel = expression(&rest[at + 2..end])?;
        is_only = at == 0 && end + 1 == rest.len() && parts.is_empty();
        parts.push(if is_only { feel } else { format!("string({feel})") });
        expressions += 1;
        rest = &rest[end + 1..];
    }
    if expressions == 0 {
        return Ok(Translated::Literal(text.trim().to_owned()));
    }
    if !rest.is_empty() {
        parts.push(string_literal(rest));
    }
    if is_only && parts.len() == 1 {
        return Ok(Translated::Feel(parts.remove(0)));
    }
    Ok(Translated::Feel(parts.join(" + ")))
}

/// Translates the inside of `${…}`.
///
/// # Errors
/// What has no counterpart.
pub(super) fn expression(text: &str) -> Result<String, String> {
    parser::parse(&lexer::tokens(text)?)
}

/// The place of the `}` that ends an expression which begins at the start of `text`; those in texts do not count.
fn end_of(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, character) in text.char_indices().skip(2) {
        match quote {
            Some(open) if character == open => quote = None,
            None if character == '\'' || character == '"' => quote = Some(character),
            None if character == '}' => return Some(at),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feel(text: &str) -> String {
        match translate(text) {
            Ok(Translated::Feel(feel)) => {
                let compiled = hosk_feel::Expression::compile(&feel, &hosk_feel::Names::default());
                assert!(compiled.is_ok(), "{feel}: {compiled:?}");
                feel
            }
            Ok(Translated::Literal(text)) => format!("literal {text}"),
            Err(why) => format!("error {why}"),
        }
    }

    #[test]
    fn simple_expressions_become_feel() {
        for (juel, expected) in [
            ("${amount > 100 && !blocked}", "amount > 100 and not(blocked)"),
            ("#{a eq 'x' or b ne \"y\"}", "a = \"x\" or b != \"y\""),
            ("${order.customer.name}", "order.customer.name"),
            ("${lines[0].price * 2 + 1}", "lines[1].price * 2 + 1"),
            ("${order['total']}", "order.total"),
            ("${order['a b']}", "get value(order, \"a b\")"),
            ("${empty name}", "(name = null or name = \"\" or name = [])"),
            ("${not empty name}", "not((name = null or name = \"\" or name = []))"),
            ("${a ? 'yes' : 'no'}", "if a then \"yes\" else \"no\""),
            ("${(a + b) * c}", "(a + b) * c"),
            ("${a - (b - c)}", "a - (b - c)"),
            ("${x % 2 == 0}", "modulo(x, 2) = 0"),
            ("${-x}", "-x"),
            ("${execution.getVariable('total')}", "total"),
            ("${a == null}", "a = null"),
            ("${true}", "true"),
            ("${a le 1.5 and (b or c)}", "a <= 1.5 and (b or c)"),
            ("Order ${id} of ${customer}", "\"Order \" + string(id) + \" of \" + string(customer)"),
            ("${a}${b}", "string(a) + string(b)"),
            ("${a == '}'}", "a = \"}\""),
            ("plain", "literal plain"),
        ] {
            assert_eq!(feel(juel), expected, "{juel}");
        }
    }

    #[test]
    fn what_has_no_counterpart_is_said() {
        for (juel, what) in [
            ("${bean.run(order)}", "calls a method"),
            ("${now()}", "calls a method"),
            ("${a[i]}", "index"),
            ("${a +}", "ends"),
            ("${a b}", "`b`"),
            ("${a", "does not end"),
            ("${a = 1}", "`=`"),
            ("${for}", "FEEL"),
        ] {
            let found = feel(juel);
            assert!(found.starts_with("error") && found.contains(what), "{juel}: {found}");
        }
    }
}
