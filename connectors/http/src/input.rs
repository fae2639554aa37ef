//! The parameters of a call, read once, with the place of what is wrong.

use std::time::Duration;

use hosk_connector::{Connection, Failure, FailureKind};
use serde_json::{Map, Value};

use crate::auth::Authentication;
use crate::pages::Pagination;

/// Waits when the model does not say.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(20);
/// Longest wait that a model may ask for; the call's deadline bounds it further.
pub(crate) const MAX_TIMEOUT: Duration = Duration::from_hours(1);

/// The parameters of a call.
pub(crate) struct Input {
    pub(crate) method: reqwest::Method,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) body: Option<Value>,
    pub(crate) authentication: Authentication,
    /// Whether the credentials are the connection's own, meant for its base address only.
    pub(crate) own_authentication: bool,
    pub(crate) connect_timeout: Duration,
    pub(crate) read_timeout: Duration,
    pub(crate) pagination: Option<Pagination>,
}

impl Input {
    pub(crate) fn read(input: &Value, connection: &Connection) -> Result<Self, Failure> {
        if flag(input, "storeResponse")? {
            return Err(invalid("storeResponse", "answers cannot be stored as documents; leave it out"));
        }
        let method =
            match &input["method"] {
                Value::Null => reqwest::Method::GET,
                Value::String(name) => name.trim().to_ascii_uppercase().parse().map_err(|_| {
                    invalid("method", "must be GET, POST, PUT, PATCH, DELETE, HEAD or OPTIONS")
                })?,
                _ => return Err(invalid("method", "must be a text such as GET")),
            };
        let Some(url) = input["url"].as_str().map(str::trim).filter(|url| !url.is_empty()) else {
            return Err(invalid("url", "must be a text"));
        };
        let given = Authentication::read(&input["authentication"], connection)?;
        let own_authentication = matches!(given, Authentication::None);
        let authentication = if own_authentication {
            Authentication::read(&connection.settings["authentication"], connection)?
        } else {
            given
        };
        let mut body = Some(input["body"].clone()).filter(|body| !body.is_null());
        if flag(input, "ignoreNullValues")? {
            body = body.map(without_nulls);
        }
        Ok(Self {
            method,
            url: url.to_owned(),
            headers: texts(input, "headers", Some(connection))?,
            query: texts(input, "queryParameters", None)?,
            body,
            authentication,
            own_authentication,
            connect_timeout: timeout(input, "connectionTimeoutInSeconds")?,
            read_timeout: timeout(input, "readTimeoutInSeconds")?,
            pagination: Pagination::read(&input["pagination"])?,
        })
    }
}

/// A refusal of one parameter.
pub(crate) fn invalid(field: &str, problem: &str) -> Failure {
    Failure::new(FailureKind::InvalidInput, format!("`{field}`: {problem}"))
}

/// Entries of an object as texts; lists give one entry per item, nulls none.
fn texts(input: &Value, field: &str, secrets: Option<&Connection>) -> Result<Vec<(String, String)>, Failure> {
    let empty = Map::new();
    let entries = match &input[field] {
        Value::Null => &empty,
        Value::Object(entries) => entries,
        _ => return Err(invalid(field, "must be a context of texts")),
    };
    let mut texts = Vec::new();
    for (name, value) in entries {
        let items = match value {
            Value::Array(items) => items.as_slice(),
            single => std::slice::from_ref(single),
        };
        for item in items {
            let text = match item {
                Value::Null => continue,
                Value::String(text) => text.clone(),
                Value::Bool(_) | Value::Number(_) => item.to_string(),
                Value::Array(_) | Value::Object(_) => {
                    return Err(invalid(
                        &format!("{field}.{name}"),
                        "must be a text, a number or a list of these",
                    ));
                }
            };
            let text = match secrets {
                Some(connection) => fill(connection, &format!("{field}.{name}"), &text)?,
                None => text,
            };
            texts.push((name.clone(), text));
        }
    }
    Ok(texts)
}

/// The text with the connection's secrets in the places that name them.
pub(crate) fn fill(connection: &Connection, field: &str, text: &str) -> Result<String, Failure> {
    connection.fill_secrets(text).map_err(|unknown| invalid(field, &unknown.to_string()))
}

/// Seconds as a number or its text; 0 means the longest wait.
fn timeout(input: &Value, field: &str) -> Result<Duration, Failure> {
    let seconds = match &input[field] {
        Value::Null => return Ok(DEFAULT_TIMEOUT),
        Value::Number(seconds) => seconds.as_f64(),
        Value::String(text) if text.trim().is_empty() => return Ok(DEFAULT_TIMEOUT),
        Value::String(text) => text.trim().parse().ok(),
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    match seconds.map(Duration::try_from_secs_f64) {
        Some(Ok(Duration::ZERO)) => Ok(MAX_TIMEOUT),
        Some(Ok(wait)) => Ok(wait.min(MAX_TIMEOUT)),
        Some(Err(_)) | None => Err(invalid(field, "must be a number of seconds, 0 or more")),
    }
}

/// A truth value or its text.
fn flag(input: &Value, field: &str) -> Result<bool, Failure> {
    match &input[field] {
        Value::Null => Ok(false),
        Value::Bool(flag) => Ok(*flag),
        Value::String(text) if matches!(text.trim(), "" | "false") => Ok(false),
        Value::String(text) if text.trim() == "true" => Ok(true),
        _ => Err(invalid(field, "must be true or false")),
    }
}

/// The value without entries that are `null`, at every depth. Items of lists stay, their positions matter.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(entries) => {
            let kept = entries.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(kept.map(|(name, value)| (name, without_nulls(value))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(without_nulls).collect()),
        other => other,
    }
}
