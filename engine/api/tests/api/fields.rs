//! Every field of every request body, as the document describes them: a value of another type, beyond its bounds, of no
//! known word or of the wrong form, a field that lacks and one that nobody knows. Each is refused with a 400 that names
//! the field, before anything is looked up or done.

use reqwest::{Method, StatusCode};
use serde_json::{Map, Value, json};

use crate::server::{Make, Server};

/// Objects within objects that are gone through.
const DEPTH: usize = 5;
/// Longest text that is made to be too long.
const TEXT_MAX: usize = 100_000;

/// A body with one thing wrong.
#[derive(Debug)]
struct Wrong {
    body: Value,
    /// The field that the answer has to name.
    field: String,
    what: &'static str,
}

struct Document(Value);

impl Document {
    fn read() -> Self {
        Self(serde_json::from_str(hosk_api::openapi_json()).unwrap())
    }

    /// A schema itself: not by reference, not together with null.
    fn resolved<'d>(&'d self, schema: &'d Value) -> &'d Value {
        if let Some(reference) = schema["$ref"].as_str() {
            return self.resolved(self.0.pointer(&reference[1..]).unwrap());
        }
        let variants = schema["oneOf"].as_array().map(Vec::as_slice).unwrap_or_default();
        match variants {
            [only, null] if null["type"] == "null" => self.resolved(only),
            _ => schema,
        }
    }

    /// The least that is right.
    fn right(&self, schema: &Value) -> Value {
        let schema = self.resolved(schema);
        if let Some(variants) = schema["oneOf"].as_array() {
            return self.right(&variants[0]);
        }
        if let Some(words) = schema["enum"].as_array() {
            return words[0].clone();
        }
        match schema["type"].as_str() {
            Some("integer") => json!(schema["minimum"].as_i64().unwrap_or(1).max(1)),
            Some("boolean") => json!(true),
            Some("array") => json!([]),
            Some("string") if schema["format"] == "date-time" => json!("2031-01-01T00:00:00Z"),
            Some("string") if schema["pattern"].is_string() => json!("4711"),
            Some("string") => json!("x".repeat(schema["minLength"].as_u64().unwrap_or(1) as usize)),
            _ => Value::Object(self.required(schema)),
        }
    }

    fn required(&self, schema: &Value) -> Map<String, Value> {
        let names = schema["required"].as_array().map(Vec::as_slice).unwrap_or_default();
        let names = names.iter().filter_map(Value::as_str);
        names.map(|name| (name.to_owned(), self.right(&schema["properties"][name]))).collect()
    }

    /// All that can be wrong with a value, without what surrounds it.
    fn wrongs(&self, schema: &Value, name: &str, depth: usize) -> Vec<Wrong> {
        let schema = self.resolved(schema);
        let wrong = |body: Value, what| Wrong { body, field: name.to_owned(), what };
        if let Some(variants) = schema["oneOf"].as_array() {
            let mut wrongs = vec![wrong(json!([[]]), "none of several types")];
            wrongs.extend(
                variants
                    .iter()
                    .filter(|variant| self.resolved(variant)["type"] == "object")
                    .flat_map(|variant| self.of_object(self.resolved(variant), depth)),
            );
            return wrongs;
        }
        match schema["type"].as_str() {
            Some("string") => of_text(schema).into_iter().map(|(body, what)| wrong(body, what)).collect(),
            Some("integer") => of_number(schema).into_iter().map(|(body, what)| wrong(body, what)).collect(),
            Some("boolean") => vec![wrong(json!("yes"), "a text"), wrong(json!(1), "a number")],
            Some("array") => {
                let mut wrongs = vec![wrong(json!("x"), "no list")];
                // The members of lists are named by their list.
                let inside = self.wrongs(&schema["items"], name, depth);
                wrongs.extend(inside.into_iter().map(|one| Wrong { body: json!([one.body]), ..one }));
                wrongs
            }
            Some("object") => {
                let mut wrongs = vec![wrong(json!("x"), "no object")];
                wrongs.extend(self.of_object(schema, depth));
                wrongs
            }
            _ => Vec::new(),
        }
    }

    /// What can be wrong inside an object.
    fn of_object(&self, schema: &Value, depth: usize) -> Vec<Wrong> {
        let mut wrongs = Vec::new();
        let Some(properties) = schema["properties"].as_object().filter(|_| depth > 0) else { return wrongs };
        let least = self.required(schema);
        if schema["additionalProperties"] == false {
            let mut body = least.clone();
            body.insert("nobodyKnows".to_owned(), json!(1));
            wrongs.push(Wrong { body: body.into(), field: "nobodyKnows".to_owned(), what: "unknown" });
        }
        for required in least.keys() {
            let mut body = least.clone();
            body.remove(required);
            wrongs.push(Wrong { body: body.into(), field: required.clone(), what: "missing" });
        }
        for (property, of) in properties {
            for one in self.wrongs(of, property, depth - 1) {
                let mut body = least.clone();
                body.insert(property.clone(), one.body);
                wrongs.push(Wrong { body: body.into(), ..one });
            }
        }
        wrongs
    }
}

fn of_text(schema: &Value) -> Vec<(Value, &'static str)> {
    let mut wrongs = vec![(json!({}), "an object")];
    if schema["enum"].is_array() {
        wrongs.push((json!("NO_SUCH_WORD"), "an unknown word"));
        return wrongs;
    }
    if schema["format"] == "date-time" {
        wrongs.push((json!("yesterday"), "no time"));
    } else if schema["pattern"] == "\\S" {
        wrongs.push((json!(" \n"), "of white space"));
    } else if schema["pattern"].is_string() {
        wrongs.push((json!("no key"), "of the wrong form"));
    }
    if schema["minLength"].as_u64().is_some_and(|least| least > 0) {
        wrongs.push((json!(""), "empty"));
    }
    if let Some(most) = schema["maxLength"].as_u64().filter(|most| *most <= TEXT_MAX as u64) {
        wrongs.push((json!("x".repeat(most as usize + 1)), "too long"));
    }
    wrongs
}

fn of_number(schema: &Value) -> Vec<(Value, &'static str)> {
    let mut wrongs = vec![(json!("one"), "a text"), (json!(1.5), "no whole number")];
    if let Some(least) = schema["minimum"].as_i64().and_then(|least| least.checked_sub(1)) {
        wrongs.push((json!(least), "too small"));
    }
    if let Some(most) = schema["maximum"].as_i64().and_then(|most| most.checked_add(1)) {
        wrongs.push((json!(most), "too large"));
    }
    wrongs
}

/// A path with something in the place of each parameter.
fn filled(path: &str) -> String {
    let part = |part: &str| match part.strip_prefix('{') {
        Some(name) if name.ends_with("Key}") => "4711".to_owned(),
        Some("tenantId}") => "%3Cdefault%3E".to_owned(),
        Some(_) => "some".to_owned(),
        None => part.to_owned(),
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

#[tokio::test]
async fn every_field_of_every_body_is_checked_and_named() {
    let document = Document::read();
    let server = Server::make(Make { clock: true, ..Make::default() }).await;
    let (mut asked, mut faults) = (0, Vec::new());
    for (path, methods) in document.0["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let content = &operation["requestBody"]["content"]["application/json"];
            let Some(schema) = content.get("schema") else { continue };
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            for wrong in document.wrongs(schema, "body", DEPTH) {
                asked += 1;
                let answer = server.with_body(method.clone(), &filled(path), wrong.body.clone()).await;
                let detail = answer.json()["detail"].as_str().unwrap_or_default().to_owned();
                let names_it = wrong.field == "body" || detail.contains(&wrong.field);
                if answer.status != StatusCode::BAD_REQUEST || !names_it {
                    let sent: String = wrong.body.to_string().chars().take(200).collect();
                    faults.push(format!(
                        "{method} {path}: `{}` {}: {} {detail} ({sent})",
                        wrong.field, wrong.what, answer.status
                    ));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{} of {asked}:\n{}", faults.len(), faults.join("\n"));
    assert!(asked > 3_000, "{asked}");
}
