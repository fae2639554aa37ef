//! What a token says of its owner.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::problem::Problem;

/// Characters of a name.
const NAME_MAX: usize = 256;
/// Groups that a token may name.
const GROUPS_MAX: usize = 1_000;

/// The claims of a token whose signature and times were found right.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct Claims(Map<String, Value>);

impl Claims {
    /// A claim by its name or, in objects, by the names on the way to it, with dots.
    fn at(&self, path: &str) -> Option<&Value> {
        if let Some(value) = self.0.get(path) {
            return Some(value);
        }
        let (first, rest) = path.split_once('.')?;
        rest.split('.').try_fold(self.0.get(first)?, |value, name| value.get(name))
    }

    /// A text that is there and not empty.
    pub(super) fn text(&self, path: &str) -> Option<Arc<str>> {
        self.at(path)?.as_str().filter(|text| !text.trim().is_empty()).map(Arc::from)
    }

    /// The name of a user or client.
    pub(super) fn name(&self, path: &str) -> Result<Option<Arc<str>>, Problem> {
        let Some(name) = self.text(path) else { return Ok(None) };
        if name.chars().count() > NAME_MAX || name.chars().any(char::is_control) {
            return Err(Problem::unauthorized(format!(
                "The claim `{path}` of the token is no name: give 1 to {NAME_MAX} characters without control characters."
            )));
        }
        Ok(Some(name))
    }

    /// Groups: a text, or a list of texts.
    pub(super) fn groups(&self, path: &str) -> Result<Vec<Arc<str>>, Problem> {
        let mut groups: Vec<Arc<str>> = match self.at(path) {
            Some(Value::String(one)) => vec![one.as_str().into()],
            Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).map(Arc::from).collect(),
            _ => Vec::new(),
        };
        if groups.len() > GROUPS_MAX {
            return Err(Problem::unauthorized(format!(
                "The token names {} groups, more than {GROUPS_MAX}: let the provider name only those that matter here.",
                groups.len()
            )));
        }
        groups.sort_unstable();
        groups.dedup();
        Ok(groups)
    }

    /// Whether a claim has a value, or has it among its values.
    pub(super) fn fit(&self, path: &str, value: &str) -> bool {
        match self.at(path) {
            Some(Value::Array(several)) => several.iter().any(|one| is(one, value)),
            Some(one) => is(one, value),
            None => false,
        }
    }
}

fn is(claim: &Value, value: &str) -> bool {
    match claim {
        Value::String(text) => text == value,
        Value::Number(number) => number.to_string() == value,
        Value::Bool(truth) => truth.to_string() == value,
        Value::Null | Value::Array(_) | Value::Object(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims(value: Value) -> Claims {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn claims_are_found_by_name_and_by_path() {
        let claims = claims(
            json!({"realm": {"roles": ["a", "b"], "level": 3}, "dot.ted": "x", "admin": true, "g": "one"}),
        );
        for (path, value, fits) in [
            ("realm.roles", "b", true),
            ("realm.roles", "c", false),
            ("realm.level", "3", true),
            ("dot.ted", "x", true),
            ("admin", "true", true),
            ("realm", "x", false),
            ("gone.away", "x", false),
        ] {
            assert_eq!(claims.fit(path, value), fits, "{path} {value}");
        }
        assert_eq!(claims.groups("realm.roles").unwrap(), [Arc::from("a"), Arc::from("b")]);
        assert_eq!(claims.groups("g").unwrap(), [Arc::from("one")]);
        assert!(claims.groups("admin").unwrap().is_empty());
    }

    #[test]
    fn what_is_no_name_is_refused() {
        let long = "n".repeat(NAME_MAX + 1);
        let claims = claims(json!({"long": long, "line": "a\nb", "empty": " ", "number": 7, "fits": "anna"}));
        assert_eq!(claims.name("long").unwrap_err().code(), "unauthorized");
        assert_eq!(claims.name("line").unwrap_err().code(), "unauthorized");
        assert_eq!((claims.name("empty").unwrap(), claims.name("number").unwrap()), (None, None));
        assert_eq!(claims.name("fits").unwrap().as_deref(), Some("anna"));
        let groups: Vec<String> = (0..=GROUPS_MAX).map(|n| n.to_string()).collect();
        assert!(self::claims(json!({"groups": groups})).groups("groups").is_err());
    }
}
