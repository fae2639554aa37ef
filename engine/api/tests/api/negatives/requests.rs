//! The operations of the document, and what can be wrong with a request to each.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::cases::{Case, Schemas, UNKNOWN, not_written, text_like};

/// Values by the name that they have in answers.
pub(super) type Known = BTreeMap<String, String>;

/// An operation of the document.
pub(super) struct Operation<'a> {
    pub(super) id: &'a str,
    pub(super) method: String,
    pub(super) path: &'a str,
    parameters: Vec<&'a Value>,
    body: &'a Value,
}

/// A request.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub(super) path: String,
    pub(super) media_type: Option<&'static str>,
    pub(super) body: String,
}

/// A request with one mistake in it.
#[derive(Debug)]
pub(super) struct Wrong {
    pub(super) sent: Sent,
    /// Where the mistake is, and what it is.
    pub(super) place: String,
    pub(super) rule: &'static str,
    /// What a refusal must name.
    pub(super) named: Option<String>,
    pub(super) status: u16,
}

/// Every operation of the document.
pub(super) fn operations(document: &Value) -> Vec<Operation<'_>> {
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            operations.push(Operation {
                id: operation["operationId"].as_str().unwrap(),
                method: method.to_uppercase(),
                path,
                parameters: operation["parameters"].as_array().into_iter().flatten().collect(),
                body: &operation["requestBody"],
            });
        }
    }
    operations
}

impl<'a> Operation<'a> {
    fn parameters(&self, place: &str) -> impl Iterator<Item = (&'a str, &'a Value)> {
        let here = self.parameters.iter().filter(move |one| one["in"] == place);
        here.map(|one| (one["name"].as_str().unwrap(), *one))
    }

    /// Whether it lists what there is, or tells the one thing of its kind.
    pub(super) fn tells_all(&self) -> bool {
        let asks = self.method == "GET" || self.path.ends_with("/search");
        asks && !self.path.contains('{') && self.parameters("query").all(|(_, one)| one["required"] != true)
    }

    /// The schema of its JSON body.
    fn schema(&self) -> Option<&'a Value> {
        let schema = &self.body["content"]["application/json"]["schema"];
        schema.is_object().then_some(schema)
    }

    /// A body that it takes: the document's example, else as little as the schema wants.
    fn base(&self, schemas: &Schemas<'a>) -> Value {
        let example = &self.body["content"]["application/json"]["example"];
        let minimal = || self.schema().map_or(Value::Null, |schema| schemas.minimal(schema));
        if example.is_null() { minimal() } else { example.clone() }
    }

    /// The address, with what is known of the names in its path; `of` stands instead of one of them.
    fn address(&self, known: &Known, of: Option<(&str, &str)>, query: &str) -> String {
        let mut path = self.path.to_owned();
        for (name, parameter) in self.parameters("path") {
            let schema = &parameter["schema"];
            // A number is the same name for many things.
            let told = known.get(name).filter(|_| schema["type"] == "string");
            let value = if schema["type"] == "string" { text_like(schema, 0) } else { "1".to_owned() };
            let value = told.map_or(value.as_str(), String::as_str);
            let value = of.filter(|(one, _)| *one == name).map_or(value, |(_, value)| value);
            path = path.replace(&format!("{{{name}}}"), &escaped(value));
        }
        if query.is_empty() { path } else { format!("{path}?{query}") }
    }

    /// The query with every parameter that must be there, but for one; and something more.
    fn query(&self, known: &Known, without: &str, more: Option<(&str, &str)>) -> String {
        let needed =
            self.parameters("query").filter(|(name, one)| one["required"] == true && *name != without);
        let needed = needed.enumerate().map(|(place, (name, one))| {
            let value = known.get(name).cloned().unwrap_or_else(|| text_like(&one["schema"], place));
            (name, value)
        });
        let pairs = needed.chain(more.map(|(name, value)| (name, value.to_owned())));
        pairs.map(|(name, value)| format!("{name}={}", escaped(&value))).collect::<Vec<_>>().join("&")
    }

    /// A request that is in order, with as little in it as there may be; none where it takes something else than JSON.
    pub(super) fn right(&self, schemas: &Schemas<'a>, known: &Known) -> Option<Sent> {
        let path = self.address(known, None, &self.query(known, "", None));
        match self.schema() {
            Some(_) => Some(json_body(path, &self.base(schemas))),
            None if self.body.is_null() => Some(Sent { path, media_type: None, body: String::new() }),
            None => None,
        }
    }

    /// Requests that are not.
    pub(super) fn wrong(&self, schemas: &Schemas<'a>, known: &Known) -> Vec<Wrong> {
        let base = self.base(schemas);
        let mut wrong = self.wrong_addresses(known, &base);
        let path = self.address(known, None, &self.query(known, "", None));
        let whole = |media_type, body: &str, rule, status| Wrong {
            sent: Sent { path: path.clone(), media_type, body: body.to_owned() },
            place: "body".to_owned(),
            rule,
            named: None,
            status,
        };
        if !self.body.is_null() {
            wrong.push(whole(Some("text/x-unknown"), "{}", "media type", 415));
        }
        if self.body["required"] == true {
            // Who may send nothing need not say what it is.
            wrong.push(whole(None, "{}", "no media type", 415));
            let media_type =
                if self.schema().is_some() { "application/json" } else { self.other_media_type() };
            if media_type != "text/csv" {
                wrong.push(whole(Some(media_type), "", "no body", 400));
            }
        }
        let Some(schema) = self.schema() else { return wrong };
        for (body, rule) in
            [("{", "no JSON"), ("{} {}", "no JSON"), ("[{}]", "a list"), ("{\"a\": 1,}", "no JSON")]
        {
            wrong.push(whole(Some("application/json"), body, rule, 400));
        }
        for Case { value, place, named, rule } in schemas.cases(schema, &base) {
            let sent = json_body(path.clone(), &value);
            wrong.push(Wrong { sent, place: format!("body.{place}"), rule, named, status: 400 });
        }
        wrong
    }

    fn other_media_type(&self) -> &'static str {
        let content = self.body["content"].as_object().unwrap();
        match content.keys().next().unwrap().as_str() {
            "multipart/form-data" => "multipart/form-data; boundary=xx",
            "application/wasm" => "application/wasm",
            "text/csv" => "text/csv",
            other => panic!("say in `requests.rs` what to do about `{other}`"),
        }
    }

    /// What is wrong in the path or in the query.
    fn wrong_addresses(&self, known: &Known, base: &Value) -> Vec<Wrong> {
        let mut wrong = Vec::new();
        let mut add = |path: String, name: &str, rule| {
            let sent = if self.schema().is_some() {
                json_body(path, base)
            } else {
                let media_type = (!self.body.is_null()).then(|| self.other_media_type());
                Sent { path, media_type, body: String::new() }
            };
            let (place, named) = (name.to_owned(), Some(name.to_owned()));
            wrong.push(Wrong { sent, place, rule, named, status: 400 });
        };
        for (name, parameter) in self.parameters("path") {
            // Nothing at all is another path.
            let texts = not_written(&parameter["schema"]).into_iter().filter(|text| !text.is_empty());
            for text in texts {
                add(
                    self.address(known, Some((name, &text)), &self.query(known, "", None)),
                    name,
                    "path parameter",
                );
            }
        }
        for (name, parameter) in self.parameters("query") {
            let values = not_written(&parameter["schema"]);
            for value in values {
                add(
                    self.address(known, None, &self.query(known, name, Some((name, &value)))),
                    name,
                    "query parameter",
                );
            }
            if parameter["required"] == true {
                add(self.address(known, None, &self.query(known, name, None)), name, "no query parameter");
            }
        }
        let unknown = self.query(known, "", Some((UNKNOWN, "1")));
        add(self.address(known, None, &unknown), UNKNOWN, "unknown query parameter");
        wrong
    }

    /// Every input of which more is said than that it is some text: parameters, and properties of the body.
    pub(super) fn inputs(&self, schemas: &Schemas<'a>) -> Vec<String> {
        let said = |one: &Value| {
            let schema = one["schema"].as_object().unwrap();
            one["required"] == true && one["in"] == "query" || schema.len() > 1 || schema["type"] != "string"
        };
        let parameters = self.parameters.iter().filter(|one| said(one));
        let mut inputs: Vec<_> = parameters.map(|one| one["name"].as_str().unwrap().to_owned()).collect();
        for (name, property) in self.schema().into_iter().flat_map(|schema| schemas.properties(schema)) {
            // Of what may be any JSON nothing can be wrong.
            if !schemas.is_free(property) {
                inputs.push(format!("body.{name}"));
            }
        }
        inputs
    }
}

fn json_body(path: String, body: &Value) -> Sent {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    Sent { path, media_type: Some("application/json"), body }
}

/// A text as it stands in an address.
fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// Everything under its name: what paths can be filled with.
pub(super) fn names_in(told: &[(String, String)]) -> Known {
    let mut names = BTreeMap::new();
    let mut open: Vec<Value> = told.iter().filter_map(|(_, text)| serde_json::from_str(text).ok()).collect();
    while let Some(value) = open.pop() {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    if let Value::String(text) = &value {
                        names.entry(name).or_insert_with(|| text.clone());
                    } else {
                        open.push(value);
                    }
                }
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    names.insert("tenantId".to_owned(), "<default>".to_owned());
    names
}

#[test]
fn a_path_is_filled_with_what_is_known() {
    let told = [("x".to_owned(), json!({"items": [{"jobKey": "7"}, {"jobKey": null}]}).to_string())];
    assert_eq!(names_in(&told)["jobKey"], "7");
    assert_eq!(escaped("<a b>"), "%3Ca%20b%3E");
}
