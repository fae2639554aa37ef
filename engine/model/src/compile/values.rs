//! Attribute values: text, FEEL, booleans, numbers; each finding at its place inside the attribute.

use std::sync::Arc;

use hosk_feel::{Environment, Expression, Names};

use super::context::{Context, quoted};
use crate::definition::Dynamic;
use crate::diagnostic::Severity;
use crate::diagnostic_code::DiagnosticCode;
use crate::limits::MAX_QUOTED;
use crate::xml::{Located, Node};

impl<'d> Context<'d> {
    /// An optional attribute that may be FEEL.
    pub(crate) fn dynamic(&mut self, node: &'d Node, attribute: &str) -> Option<Dynamic> {
        self.dynamic_text(node, node.attribute(attribute)?)
    }

    /// A required attribute that may be FEEL.
    pub(crate) fn required_dynamic(&mut self, node: &'d Node, attribute: &str) -> Option<Dynamic> {
        self.required(node, attribute)?;
        self.dynamic(node, attribute)
    }

    /// A required attribute's text.
    pub(crate) fn required(&mut self, node: &'d Node, attribute: &str) -> Option<&'d str> {
        let value = node.value(attribute);
        if value.is_none() {
            let message = format!("The {} has no `{attribute}`.", self.label(node));
            self.error(DiagnosticCode::MissingAttribute, node, message, format!("Set `{attribute}`."));
        }
        value
    }

    /// A text that is FEEL when it starts with `=`; `None` when blank or wrong.
    pub(crate) fn dynamic_text(&mut self, node: &'d Node, text: &'d Located) -> Option<Dynamic> {
        let trimmed = text.value().trim();
        if trimmed.is_empty() {
            None
        } else if trimmed.starts_with('=') {
            self.feel(node, text).map(Dynamic::Expression)
        } else {
            Some(Dynamic::Static(trimmed.into()))
        }
    }

    /// An attribute that has to be known before there is an instance, such as the name of what starts a process: FEEL in
    /// it may read no variable, and is evaluated now.
    pub(crate) fn known_now(
        &mut self,
        element: &'d Node,
        node: &'d Node,
        attribute: &'static str,
        value: Dynamic,
    ) -> Option<Dynamic> {
        let Dynamic::Expression(expression) = &value else { return Some(value) };
        if expression.variables().is_empty()
            && let Ok(outcome) = expression.evaluate(&(), &Environment::at(0))
            && let Some(text) = outcome.value.as_str().filter(|text| !text.trim().is_empty())
        {
            return Some(Dynamic::Static(text.trim().into()));
        }
        let message = format!(
            "The {} starts the process by the {}, whose `{attribute}` is an expression that is no text before there is an \
             instance.",
            self.label(element),
            self.label(node)
        );
        let remedy = "Write the text itself, or FEEL that reads no variable.";
        self.error_at(DiagnosticCode::InvalidAttribute, node, attribute, message, remedy);
        None
    }

    /// A text that is FEEL with or without `=`.
    pub(crate) fn feel(&mut self, node: &'d Node, text: &'d Located) -> Option<Expression> {
        let value = text.value();
        let indent = value.len() - value.trim_start().len();
        let start = if value[indent..].starts_with('=') { indent + 1 } else { indent };
        if value[indent..].starts_with("${") || value[indent..].starts_with("#{") {
            let message = format!("An expression of the {} is written in JUEL.", self.owner_label(node));
            let remedy = "Write it in FEEL; `hosk convert` does so for simple expressions.";
            let offset = text.source_offset(indent);
            self.report(
                Severity::Error,
                DiagnosticCode::FeelSyntaxError,
                node,
                offset,
                message,
                remedy.to_owned(),
            );
            return None;
        }
        match Expression::compile(&value[start..], &Names::default()) {
            Ok(expression) => Some(expression),
            Err(errors) => {
                for error in errors {
                    let offset = text.source_offset(start + error.position.offset as usize);
                    self.syntax_error(node, offset, &error);
                }
                None
            }
        }
    }

    /// The text of an expression element (BPMN 8.4.6) as FEEL, with or without `=`; another `language` is refused.
    pub(crate) fn formal_expression(&mut self, node: &'d Node) -> Option<Expression> {
        if let Some(language) = node.value("language").filter(|language| !is_feel(language)) {
            let owner = self.owner_label(node);
            let message =
                format!("An expression of the {owner} is written in `{}`.", quoted(language, MAX_QUOTED));
            let remedy =
                "Write it in FEEL and remove `language`; `hosk convert` does so for simple expressions.";
            self.error_at(DiagnosticCode::UnsupportedElement, node, "language", message, remedy);
            return None;
        }
        self.feel(node, node.text())
    }

    fn syntax_error(&mut self, node: &Node, offset: usize, error: &hosk_feel::SyntaxError) {
        let owner = self.owner_label(node);
        let what = error.what.trim_end_matches('.');
        let message = format!("An expression of the {owner} does not parse: {what}.");
        let remedy = match &error.hint {
            Some(hint) => format!("Correct the FEEL text: {}.", hint.trim_end_matches('.')),
            None => "Correct the FEEL text.".to_owned(),
        };
        self.report(Severity::Error, DiagnosticCode::FeelSyntaxError, node, offset, message, remedy);
    }

    /// An attribute that is FEEL; static text is a literal string.
    pub(crate) fn feel_or_literal(&mut self, node: &'d Node, attribute: &str) -> Option<Expression> {
        match self.dynamic(node, attribute)? {
            Dynamic::Expression(expression) => Some(expression),
            Dynamic::Static(text) => Expression::compile(&string_literal(&text), &Names::default()).ok(),
        }
    }

    /// An attribute that must be FEEL, starting with `=`.
    pub(crate) fn feel_attribute(&mut self, node: &'d Node, attribute: &str) -> Option<Expression> {
        match self.dynamic(node, attribute)? {
            Dynamic::Expression(expression) => Some(expression),
            Dynamic::Static(text) => {
                let message =
                    format!("`{attribute}` of the {} is not an expression.", self.owner_label(node));
                let remedy = format!("Write it as FEEL, starting with `=`: `={text}`.");
                self.error_at(DiagnosticCode::InvalidAttribute, node, attribute, message, remedy);
                None
            }
        }
    }

    /// A boolean attribute.
    pub(crate) fn boolean(&mut self, node: &'d Node, attribute: &str, default: bool) -> bool {
        match node.value(attribute) {
            None => default,
            Some("true" | "1") => true,
            Some("false" | "0") => false,
            Some(other) => {
                let message = format!("`{attribute}` of the {} is `{other}`.", self.owner_label(node));
                let remedy = "Write `true` or `false`.";
                self.error_at(DiagnosticCode::InvalidAttribute, node, attribute, message, remedy);
                default
            }
        }
    }

    /// Checks that static text is a whole number within bounds; FEEL is checked when evaluated.
    pub(crate) fn check_number(
        &mut self,
        node: &'d Node,
        attribute: &str,
        value: &Dynamic,
        min: i64,
        max: i64,
    ) {
        let Dynamic::Static(text) = value else { return };
        if !text.parse::<i64>().is_ok_and(|n| (min..=max).contains(&n)) {
            let message = format!("`{attribute}` of the {} is `{text}`.", self.owner_label(node));
            let remedy = format!("Write a whole number from {min} to {max}, or FEEL starting with `=`.");
            self.error_at(DiagnosticCode::InvalidAttribute, node, attribute, message, remedy);
        }
    }

    /// An optional attribute that names a variable.
    pub(crate) fn variable(&mut self, node: &'d Node, attribute: &str) -> Option<Arc<str>> {
        let name = node.value(attribute)?;
        if is_variable_name(name) {
            return Some(name.into());
        }
        let message =
            format!("`{attribute}` of the {} is `{name}`, no variable name.", self.owner_label(node));
        self.error_at(DiagnosticCode::InvalidAttribute, node, attribute, message, VARIABLE_NAME);
        None
    }
}

/// Whether the name of an expression or script language (a word, media type or URI) means FEEL.
pub(crate) fn is_feel(language: &str) -> bool {
    language.to_ascii_lowercase().contains("feel")
}

pub(crate) const VARIABLE_NAME: &str = "A variable name starts with a letter or `_` and goes on with letters, \
                                        digits and `_`; FEEL keywords are no names.";

/// Names that FEEL expressions can read without quoting.
pub(crate) fn is_variable_name(name: &str) -> bool {
    const KEYWORDS: [&str; 16] = [
        "null", "true", "false", "function", "if", "then", "else", "for", "between", "instance", "of", "not",
        "in", "return", "some", "every",
    ];
    let mut characters = name.chars();
    characters.next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && characters.all(|c| c.is_alphanumeric() || c == '_')
        && !KEYWORDS.contains(&name)
}

/// A FEEL string literal.
pub(crate) fn string_literal(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push('"');
    for character in text.chars() {
        match character {
            '"' => literal.push_str("\\\""),
            '\\' => literal.push_str("\\\\"),
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            other => literal.push(other),
        }
    }
    literal.push('"');
    literal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variable_names() {
        for good in ["a", "_x", "orderTotal2", "größe", "հոսք"] {
            assert!(is_variable_name(good), "{good}");
        }
        for bad in ["", "1a", "a b", "a-b", "null", "a.b", "a$"] {
            assert!(!is_variable_name(bad), "{bad}");
        }
    }

    #[test]
    fn literals_are_escaped() {
        assert_eq!(string_literal("a\"b\\c\n"), r#""a\"b\\c\n""#);
    }
}
