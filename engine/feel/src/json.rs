//! A JSON document handled once: kept as the text that came in, parsed only when something looks inside.
//!
//! Most variables pass through a process unread. They are validated on arrival, stored and answered as the same
//! text (so numbers keep their digits and objects their order), and parsed at the first FEEL access.

use std::fmt;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// A valid JSON document. Cloning is cheap; clones share the parsed form.
#[derive(Clone)]
pub struct Json(Arc<Document>);

struct Document {
    text: Arc<str>,
    parsed: OnceLock<Value>,
    feel: OnceLock<crate::Value>,
}

impl Json {
    /// Takes a text after checking that it is one JSON document.
    ///
    /// # Errors
    /// The parser's error with line and column when `text` is not JSON or nests deeper than 127 levels.
    pub fn parse(text: impl Into<Arc<str>>) -> Result<Self, serde_json::Error> {
        let text = text.into();
        serde_json::from_str::<serde::de::IgnoredAny>(&text)?;
        Ok(Self::trusted(text))
    }

    /// The JSON `null`.
    pub fn null() -> Self {
        Self::trusted("null")
    }

    /// The text, exactly as it came in.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// The parsed document; parsed at the first call.
    pub fn value(&self) -> &Value {
        self.0.parsed.get_or_init(|| serde_json::from_str(&self.0.text).unwrap_or(Value::Null))
    }

    /// Whether the document is `null`.
    pub fn is_null(&self) -> bool {
        self.0.text.trim() == "null"
    }

    /// The text, shared.
    pub(crate) fn shared_text(&self) -> &Arc<str> {
        &self.0.text
    }

    /// The FEEL value of the document, made at the first call.
    pub(crate) fn feel(&self, read: impl FnOnce() -> crate::Value) -> crate::Value {
        self.0.feel.get_or_init(read).clone()
    }

    pub(crate) fn trusted(text: impl Into<Arc<str>>) -> Self {
        Self(Arc::new(Document { text: text.into(), parsed: OnceLock::new(), feel: OnceLock::new() }))
    }
}

impl From<Value> for Json {
    fn from(value: Value) -> Self {
        let text = value.to_string().into();
        Self(Arc::new(Document { text, parsed: OnceLock::from(value), feel: OnceLock::new() }))
    }
}

impl From<Box<RawValue>> for Json {
    fn from(raw: Box<RawValue>) -> Self {
        Self::trusted(Box::<str>::from(raw))
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// Equal as texts, or else as documents.
impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text() || self.value() == other.value()
    }
}

/// In JSON the document itself, in binary formats its text.
impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            let raw: &RawValue = serde_json::from_str(self.text()).map_err(serde::ser::Error::custom)?;
            raw.serialize(serializer)
        } else {
            serializer.serialize_str(self.text())
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            Box::<RawValue>::deserialize(deserializer).map(Self::from)
        } else {
            String::deserialize(deserializer).map(Self::trusted)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_and_order_survive() {
        let text = r#"{"b": 1.10000000000000000000000000001, "a": 12345678901234567890123}"#;
        let json: Json = serde_json::from_str(text).unwrap();
        assert_eq!(json.text(), text);
        assert_eq!(serde_json::to_string(&json).unwrap(), text);
    }

    #[test]
    fn what_is_not_json_is_refused() {
        assert!(Json::parse("{").is_err());
        assert!(Json::parse("1 2").is_err());
    }

    #[test]
    fn equal_documents_may_differ_in_spaces() {
        assert_eq!(Json::parse("[1, 2]").unwrap(), Json::parse("[1,2]").unwrap());
        assert_ne!(Json::parse("[1]").unwrap(), Json::parse("[2]").unwrap());
    }
}
