//! Bodies: from values to bytes by the content type, and back.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hosk_connector::Failure;
use reqwest::Url;
use serde_json::Value;

use crate::input::invalid;

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/";

/// The bytes of a body, and the content type to be set when the step has none.
pub(crate) fn encode(
    body: &Value,
    content_type: Option<&str>,
) -> Result<(Bytes, Option<&'static str>), Failure> {
    let kind = content_type.map(essence);
    match kind.as_deref() {
        Some(FORM) => Ok((form(body)?, None)),
        Some(kind) if kind.starts_with(MULTIPART) => Err(invalid(
            "headers.content-type",
            "multipart bodies are not supported; send JSON, text or a form",
        )),
        // A text is taken as it is: many models compose JSON by hand.
        _ => {
            let bytes = match body {
                Value::String(text) => Bytes::from(text.clone()),
                other => Bytes::from(other.to_string()),
            };
            Ok((bytes, content_type.is_none().then_some(JSON)))
        }
    }
}

fn form(body: &Value) -> Result<Bytes, Failure> {
    let fields = match body {
        Value::String(text) => return Ok(Bytes::from(text.clone())),
        Value::Object(fields) => fields,
        _ => return Err(invalid("body", "must be a context or a text when a form is sent")),
    };
    let pairs = fields.iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        (name.as_str(), text)
    });
    Ok(Bytes::from(encode_form(pairs)))
}

/// Pairs in the form encoding of URLs.
pub(crate) fn encode_form<'a>(pairs: impl Iterator<Item = (&'a str, String)>) -> String {
    let mut url = Url::parse("http://form.invalid/").ok();
    if let Some(url) = &mut url {
        let mut query = url.query_pairs_mut();
        pairs.for_each(|(name, value)| {
            query.append_pair(name, &value);
        });
    }
    url.and_then(|url| url.query().map(str::to_owned)).unwrap_or_default()
}

/// The value of an answer: JSON parsed, other text as text in its charset, bytes as base64 text, nothing as `null`.
pub(crate) fn decode(bytes: &[u8], content_type: Option<&str>) -> Value {
    if bytes.is_empty() {
        return Value::Null;
    }
    let kind = content_type.map(essence).unwrap_or_default();
    let charset = content_type.and_then(charset);
    let text = match charset {
        Some(encoding) => Some(encoding.decode(bytes).0.into_owned()),
        None => String::from_utf8(bytes.to_vec()).ok(),
    };
    let Some(text) = text else { return Value::String(STANDARD.encode(bytes)) };
    let maybe_json = kind.is_empty()
        || kind == "text/plain"
        || kind.ends_with("json")
        || kind == "application/octet-stream";
    let parsed = if maybe_json { serde_json::from_str(&text).ok() } else { None };
    parsed.unwrap_or(Value::String(text))
}

/// The media type without parameters, in lower case.
fn essence(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn charset(content_type: &str) -> Option<&'static encoding_rs::Encoding> {
    let parameters = content_type.split(';').skip(1);
    let value =
        parameters.filter_map(|parameter| parameter.trim().split_once('=')).find_map(|(name, value)| {
            name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"'))
        })?;
    encoding_rs::Encoding::for_label(value.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn answers_become_values() {
        assert_eq!(decode(b"", None), Value::Null);
        assert_eq!(decode(b"{\"a\": 0.10}", Some("application/json")).to_string(), "{\"a\":0.10}");
        assert_eq!(decode(b"[1]", Some("application/problem+json; charset=utf-8")), json!([1]));
        assert_eq!(decode(b"{broken", Some("application/json")), json!("{broken"));
        assert_eq!(decode(b"7", Some("text/html")), json!("7"));
        assert_eq!(decode(b"\xcf\xf0\xe8", Some("text/plain; charset=\"windows-1251\"")), json!("При"));
        assert_eq!(decode(b"\xff\xfe\x00", Some("application/pdf")), json!("//4A"));
    }

    #[test]
    fn bodies_follow_the_content_type() {
        let (bytes, kind) = encode(&json!({"a": 1}), None).unwrap();
        assert_eq!((&bytes[..], kind), (&b"{\"a\":1}"[..], Some(JSON)));
        let (bytes, kind) =
            encode(&json!({"a": "x y", "b": null, "c": 2}), Some("application/x-www-form-urlencoded"))
                .unwrap();
        assert_eq!((&bytes[..], kind), (&b"a=x+y&c=2"[..], None));
        assert_eq!(&encode(&json!("<a/>"), Some("text/xml")).unwrap().0[..], b"<a/>");
        assert!(encode(&json!({}), Some("multipart/form-data")).is_err());
        assert!(encode(&json!([1]), Some(FORM)).is_err());
    }
}
