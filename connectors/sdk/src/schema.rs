//! JSON Schema 2020-12, compiled once per operation.
//!
//! Schemas may come from third parties, so they never fetch anything, and patterns run on the linear-time engine.

use std::fmt;

use jsonschema::{Draft, PatternOptions, Validator};
use serde_json::Value;

/// Most violations reported for one document; more do not help the reader.
const MAX_VIOLATIONS: usize = 20;
/// Longest text of one violation, in characters; values can be long.
const MAX_MESSAGE_CHARS: usize = 300;

/// A compiled schema.
#[derive(Clone)]
pub struct Schema(std::sync::Arc<Validator>);

impl Schema {
    /// Compiles a schema.
    ///
    /// # Errors
    /// [`InvalidSchema`] when it is not a valid 2020-12 schema or refers to another document.
    pub fn compile(schema: &Value) -> Result<Self, InvalidSchema> {
        jsonschema::options()
            .with_draft(Draft::Draft202012)
            .with_pattern_options(PatternOptions::regex())
            .should_validate_formats(true)
            .offline()
            .build(schema)
            .map(|validator| Self(std::sync::Arc::new(validator)))
            .map_err(|error| InvalidSchema {
                pointer: error.instance_path().to_string(),
                message: clip(&error.to_string()),
            })
    }

    /// What is wrong with a document; empty when it fits. At most `MAX_VIOLATIONS` are reported.
    pub fn violations(&self, document: &Value) -> Vec<Violation> {
        self.0
            .iter_errors(document)
            .take(MAX_VIOLATIONS)
            .map(|error| Violation {
                pointer: error.instance_path().to_string(),
                // Without the value: it may be a credential or somebody's data, and messages go to logs and incidents.
                message: clip(&error.masked().to_string()),
            })
            .collect()
    }
}

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Schema")
    }
}

fn clip(text: &str) -> String {
    match text.char_indices().nth(MAX_MESSAGE_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// One place where a document does not fit its schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// JSON pointer into the document; empty for the document itself.
    pub pointer: String,
    /// What is wrong there.
    pub message: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.pointer.is_empty() {
            f.write_str(&self.message)
        } else {
            write!(f, "`{}`: {}", self.pointer, self.message)
        }
    }
}

/// A schema that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a usable JSON Schema 2020-12 at `{pointer}`: {message}")]
pub struct InvalidSchema {
    /// JSON pointer into the schema.
    pub pointer: String,
    /// What is wrong there.
    pub message: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_violation_is_reported_with_its_place() {
        let schema = Schema::compile(&json!({
            "type": "object",
            "required": ["client"],
            "properties": {"client": {}, "quantity": {"type": "number", "exclusiveMinimum": 0}},
            "additionalProperties": false,
        }))
        .unwrap();
        let violations = schema.violations(&json!({"quantity": -1, "colour": "red"}));
        let text: Vec<String> = violations.iter().map(ToString::to_string).collect();
        assert_eq!(violations.len(), 3, "{text:?}");
        assert!(text.iter().any(|line| line.starts_with("`/quantity`")), "{text:?}");
        assert!(text.iter().any(|line| line.contains("client")), "{text:?}");
        assert!(schema.violations(&json!({"client": 1, "quantity": 0.000_1})).is_empty());
    }

    #[test]
    fn schemas_that_are_wrong_or_reach_outside_are_refused() {
        assert!(Schema::compile(&json!({"type": "nonsense"})).is_err());
        assert!(Schema::compile(&json!({"$ref": "https://example.com/s.json"})).is_err());
        assert!(Schema::compile(&json!({"pattern": "(?=look)"})).is_err());
    }

    #[test]
    fn values_are_not_part_of_the_message() {
        let schema = Schema::compile(&json!({"type": "number"})).unwrap();
        let violations = schema.violations(&json!("my password"));
        assert!(!violations[0].message.contains("password"), "{}", violations[0]);
        assert!(violations[0].message.contains("number"), "{}", violations[0]);
    }
}
