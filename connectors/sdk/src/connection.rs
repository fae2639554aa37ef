//! A configured connector: settings, secrets, grants and limits.
//!
//! Secrets are named in texts as `{{secrets.NAME}}`. A connector fills them only into parameters that the
//! designer writes (credentials, headers), never into data of the case: a customer who types
//! `{{secrets.PASSWORD}}` into a form must not be answered with it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use crate::{Grants, Secret};

const SECRET_OPEN: &str = "{{";
const SECRET_CLOSE: &str = "}}";
const SECRET_PREFIX: &str = "secrets.";
const REDACTED: &str = "***";

/// A configured connector.
#[derive(Debug, Clone)]
pub struct Connection {
    /// Unique in the installation; what the header `connection` names.
    pub id: String,
    /// The id of the connector.
    pub connector: String,
    /// Non-secret settings, an object; its shape is the connector's.
    pub settings: Value,
    /// Secrets by name.
    pub secrets: BTreeMap<String, Secret>,
    /// Where calls may go.
    pub grants: Grants,
    /// How much at once and how long.
    pub limits: Limits,
}

impl Connection {
    /// A connection without settings or secrets, with no grants and default limits.
    pub fn new(id: impl Into<String>, connector: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            connector: connector.into(),
            settings: Value::Object(serde_json::Map::new()),
            secrets: BTreeMap::new(),
            grants: Grants::default(),
            limits: Limits::default(),
        }
    }

    /// Replaces every `{{secrets.NAME}}` in a text.
    ///
    /// # Errors
    /// [`UnknownSecret`] when a named secret is not part of this connection. Other `{{…}}` are left alone.
    pub fn fill_secrets(&self, text: &str) -> Result<String, UnknownSecret> {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once(SECRET_OPEN) {
            filled.push_str(before);
            let named = after.split_once(SECRET_CLOSE).and_then(|(inside, tail)| {
                Some((inside.trim().strip_prefix(SECRET_PREFIX)?.trim_end(), tail))
            });
            let Some((name, tail)) = named else {
                filled.push_str(SECRET_OPEN);
                rest = after;
                continue;
            };
            let secret = self
                .secrets
                .get(name)
                .ok_or_else(|| UnknownSecret { secret: name.to_owned(), connection: self.id.clone() })?;
            filled.push_str(secret.expose());
            rest = tail;
        }
        filled.push_str(rest);
        Ok(filled)
    }

    /// The text with every secret of this connection blotted out.
    pub fn redact(&self, text: &str) -> String {
        let mut secrets: Vec<&str> =
            self.secrets.values().map(Secret::expose).filter(|secret| !secret.is_empty()).collect();
        // A secret that contains another one goes first, or its remainder would stay readable.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets.into_iter().fold(text.to_owned(), |text, secret| text.replace(secret, REDACTED))
    }
}

/// How much a connection may do at once. Enforced by the runtime, except where said otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Calls running at the same time.
    pub concurrency: u32,
    /// Longest answer taken from the target, in bytes. Enforced by the connector.
    pub response_bytes: u64,
    /// Longest time for one attempt, whatever the operation's default is.
    pub timeout: Duration,
    /// Transient failures in a row that open the circuit breaker; 0: there is no breaker.
    pub breaker_failures: u32,
    /// How long an open breaker keeps calls away.
    pub breaker_pause: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            concurrency: 64,
            response_bytes: 4 * 1024 * 1024,
            timeout: Duration::from_mins(5),
            breaker_failures: 20,
            breaker_pause: Duration::from_secs(10),
        }
    }
}

/// A text names a secret that the connection does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("connection `{connection}` has no secret `{secret}`: add it to the connection or correct the name")]
pub struct UnknownSecret {
    /// The name that was looked for.
    pub secret: String,
    /// Where it was looked for.
    pub connection: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection() -> Connection {
        let mut connection = Connection::new("crm", "http");
        connection.secrets.insert("TOKEN".into(), "abc".into());
        connection.secrets.insert("LONG".into(), "abcdef".into());
        connection
    }

    #[test]
    fn fills_named_secrets_and_leaves_other_braces() {
        let text = "Bearer {{secrets.TOKEN}} {{ secrets.LONG }} {{other}} {{ open";
        assert_eq!(connection().fill_secrets(text).unwrap(), "Bearer abc abcdef {{other}} {{ open");
    }

    #[test]
    fn an_unknown_secret_is_named() {
        let error = connection().fill_secrets("{{secrets.NOPE}}").unwrap_err();
        assert_eq!(error.secret, "NOPE");
        assert!(error.to_string().contains("crm"));
    }

    #[test]
    fn a_filled_secret_is_not_filled_again() {
        let mut connection = connection();
        connection.secrets.insert("OUTER".into(), "{{secrets.TOKEN}}".into());
        assert_eq!(connection.fill_secrets("{{secrets.OUTER}}").unwrap(), "{{secrets.TOKEN}}");
    }

    #[test]
    fn redacts_the_longest_first_and_never_prints_in_debug() {
        assert_eq!(connection().redact("x abcdef y abc z"), "x *** y *** z");
        assert!(!format!("{:?}", connection()).contains("abc"));
    }
}
