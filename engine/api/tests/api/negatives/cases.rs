//! What is wrong with a value, derived from its schema: for each place in it one value for every way to break its rules.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// The property that nobody knows.
pub(super) const UNKNOWN: &str = "noSuchProperty";
/// Schemas within schemas, at most; none of the document's refers to itself.
const DEPTH_MAX: usize = 16;
/// What schemas may say. A new word must be thought about here, or it would go unchecked.
const WORDS: &[&str] = &[
    "$ref",
    "additionalProperties",
    "description",
    "enum",
    "format",
    "items",
    "maxItems",
    "maxLength",
    "maximum",
    "minItems",
    "minLength",
    "minimum",
    "oneOf",
    "pattern",
    "properties",
    "propertyNames",
    "required",
    "type",
    "x-since",
    "x-since-words",
];

/// A value with one mistake in it.
#[derive(Clone, Debug)]
pub(super) struct Case {
    /// The value.
    pub(super) value: Value,
    /// Where the mistake is: names, joined by points.
    pub(super) place: String,
    /// The property that a refusal must name; none where the whole is wrong.
    pub(super) named: Option<String>,
    /// What is wrong.
    pub(super) rule: &'static str,
}

/// The schemas of a document.
pub(super) struct Schemas<'a>(pub(super) &'a Value);

impl<'a> Schemas<'a> {
    /// What a reference leads to.
    fn resolved(&self, schema: &'a Value) -> &'a Value {
        let Some(reference) = schema["$ref"].as_str() else { return schema };
        let name = reference.rsplit('/').next().unwrap();
        &self.0[name]
    }

    /// The alternatives of a schema, each of one type; with those of what it refers to.
    fn branches(&self, schema: &'a Value) -> Vec<&'a Value> {
        let schema = self.resolved(schema);
        for word in schema.as_object().unwrap().keys() {
            assert!(WORDS.contains(&word.as_str()), "say in `cases.rs` what to do about `{word}`");
        }
        match schema["oneOf"].as_array() {
            Some(several) => several.iter().flat_map(|one| self.branches(one)).collect(),
            None => vec![schema],
        }
    }

    /// The properties of an object; none of anything else.
    pub(super) fn properties(&self, schema: &'a Value) -> Vec<(&'a String, &'a Value)> {
        let objects = self.branches(schema).into_iter().filter_map(|one| one["properties"].as_object());
        objects.flatten().collect()
    }

    /// Whether it may be any JSON.
    pub(super) fn is_free(&self, schema: &'a Value) -> bool {
        self.branches(schema).iter().any(|one| kind(one).is_empty())
    }

    /// A value that fits, with as little in it as there may be.
    pub(super) fn minimal(&self, schema: &'a Value) -> Value {
        let branches = self.branches(schema);
        let schema = branches.iter().find(|one| kind(one) != "null").unwrap();
        if let Some(words) = schema["enum"].as_array() {
            return words[0].clone();
        }
        match kind(schema) {
            "string" => json!(text_like(schema, 0)),
            "integer" => json!(schema["minimum"].as_f64().map_or(1, |min| min.max(1.0) as i64)),
            "boolean" => json!(true),
            "array" => {
                let least = usize::try_from(schema["minItems"].as_u64().unwrap_or(0)).unwrap();
                Value::Array(
                    vec![Value::Null; least].iter().map(|_| self.minimal(&schema["items"])).collect(),
                )
            }
            _ => {
                let needed = schema["required"].as_array().into_iter().flatten().enumerate();
                let member = |(place, name): (usize, &Value)| {
                    let name = name.as_str().unwrap();
                    let property = self.resolved(&schema["properties"][name]);
                    let is_time = property["format"] == "date-time";
                    let value =
                        if is_time { json!(text_like(property, place)) } else { self.minimal(property) };
                    (name.to_owned(), value)
                };
                Value::Object(needed.map(member).collect())
            }
        }
    }

    /// Every mistake that a value of this schema may have; `base` is one that fits.
    pub(super) fn cases(&self, schema: &'a Value, base: &Value) -> Vec<Case> {
        self.cases_at(schema, base, 0)
    }

    fn cases_at(&self, schema: &'a Value, base: &Value, depth: usize) -> Vec<Case> {
        assert!(depth < DEPTH_MAX, "schemas within schemas");
        let branches = self.branches(schema);
        let kinds: BTreeSet<_> = branches.iter().map(|one| kind(one)).collect();
        let mut cases = wrong_types(&kinds);
        for branch in branches {
            match kind(branch) {
                "string" => cases.extend(texts(branch)),
                "integer" => cases.extend(numbers(branch)),
                "array" => cases.extend(self.lists(branch, depth)),
                "object" => cases.extend(self.objects(branch, base, depth)),
                _ => {}
            }
        }
        cases
    }

    fn lists(&self, schema: &'a Value, depth: usize) -> Vec<Case> {
        let item = self.minimal(&schema["items"]);
        let within = |case: Case| Case {
            value: json!([case.value]),
            place: format!("[0]{}{}", if case.place.is_empty() { "" } else { "." }, case.place),
            ..case
        };
        let mut cases: Vec<_> =
            self.cases_at(&schema["items"], &item, depth + 1).into_iter().map(within).collect();
        if let Some(most) = schema["maxItems"].as_u64() {
            let many = vec![item; usize::try_from(most).unwrap() + 1];
            cases.push(whole(json!(many), "too many items"));
        }
        cases
    }

    fn objects(&self, schema: &'a Value, base: &Value, depth: usize) -> Vec<Case> {
        let empty = Map::new();
        let base = base.as_object().unwrap_or(&empty);
        let with = |name: &str, value: Value| {
            let mut object = base.clone();
            object.insert(name.to_owned(), value);
            Value::Object(object)
        };
        let mut cases = Vec::new();
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let inner = base.get(name).cloned().unwrap_or_else(|| self.minimal(property));
            for case in self.cases_at(property, &inner, depth + 1) {
                let point = if case.place.is_empty() || case.place.starts_with('[') { "" } else { "." };
                // Operators are not names; what they are of is.
                let named = case.named.or_else(|| (!name.starts_with('$')).then(|| name.clone()));
                let place = format!("{name}{point}{}", case.place);
                cases.push(Case { value: with(name, case.value), place, named, ..case });
            }
        }
        for name in schema["required"].as_array().into_iter().flatten() {
            let name = name.as_str().unwrap();
            let mut object = base.clone();
            object.remove(name);
            cases.push(at(name, Value::Object(object), "not there"));
        }
        if schema["additionalProperties"] == json!(false) {
            cases.push(at(UNKNOWN, with(UNKNOWN, json!(1)), "unknown property"));
        }
        if let Some(most) = schema["propertyNames"]["maxLength"].as_u64() {
            for name in [String::new(), "x".repeat(usize::try_from(most).unwrap() + 1)] {
                cases.push(whole(with(&name, json!(1)), "name of a property"));
            }
        }
        cases
    }
}

/// The one type of a schema without alternatives; empty where it may be anything.
pub(super) fn kind(schema: &Value) -> &str {
    schema["type"].as_str().unwrap_or(if schema["properties"].is_object() { "object" } else { "" })
}

/// A text that fits. Of several times, each is later than the one before.
pub(super) fn text_like(schema: &Value, place: usize) -> String {
    match (schema["format"].as_str(), schema["pattern"].as_str()) {
        (Some("date-time"), _) => format!("2026-01-31T{:02}:00:00Z", 8 + place),
        (_, Some("^-?[0-9]+$")) => "1".to_owned(),
        (_, Some("^-?[0-9]+-[0-9]+$")) => "1-1".to_owned(),
        _ => "x".to_owned(),
    }
}

/// Texts in an address that are not what a parameter is.
pub(super) fn not_written(schema: &Value) -> Vec<String> {
    match schema["type"].as_str() {
        Some("boolean") => ["maybe", "1", "TRUE"].map(str::to_owned).to_vec(),
        Some("integer") => ["x", "1.5", "-1", "9223372036854775808"].map(str::to_owned).to_vec(),
        _ => texts(schema).iter().filter_map(|case| case.value.as_str().map(str::to_owned)).collect(),
    }
}

fn whole(value: Value, rule: &'static str) -> Case {
    Case { value, place: String::new(), named: None, rule }
}

fn at(name: &str, value: Value, rule: &'static str) -> Case {
    Case { value, place: name.to_owned(), named: Some(name.to_owned()), rule }
}

/// Values of all types but these. What is not whole is no whole number.
fn wrong_types(kinds: &BTreeSet<&str>) -> Vec<Case> {
    if kinds.contains("") {
        return Vec::new();
    }
    let values = [
        ("string", json!("x")),
        ("integer", json!(7)),
        ("number", json!(1.5)),
        ("boolean", json!(true)),
        ("array", json!([])),
        ("object", json!({})),
        ("null", json!(null)),
    ];
    let wrong = values.into_iter().filter(|(kind, _)| !kinds.contains(kind));
    wrong.map(|(_, value)| whole(value, "wrong type")).collect()
}

/// Texts that break what is said of them.
fn texts(schema: &Value) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |text: &str, rule| cases.push(whole(json!(text), rule));
    if schema["enum"].is_array() {
        add("NO_SUCH_WORD", "unknown word");
        add("", "unknown word");
    }
    match schema["format"].as_str() {
        Some("date-time") => {
            for text in ["yesterday", "2026-01-31", "2026-02-30T08:00:00Z", "1769846400000"] {
                add(text, "no date and time");
            }
        }
        Some("binary") | None => {}
        Some(other) => panic!("say in `cases.rs` what to do about the format `{other}`"),
    }
    match schema["pattern"].as_str() {
        Some("^-?[0-9]+$") => {
            for text in ["abc", "+1", "1.5", "", " 1", "9223372036854775808"] {
                add(text, "no key");
            }
        }
        Some("^-?[0-9]+-[0-9]+$") => {
            for text in ["abc", "1", "1-", "-1", "1-x", "x-1"] {
                add(text, "no key");
            }
        }
        Some(r"\S") => add(" \t", "white space only"),
        // Of tenants.
        Some(pattern) if pattern.contains("<default>") => add("not a tenant", "pattern"),
        Some(other) => panic!("say in `cases.rs` what to do about the pattern `{other}`"),
        None => {}
    }
    if schema["minLength"].as_u64().is_some_and(|least| least > 0) {
        add("", "too short");
    }
    if let Some(most) = schema["maxLength"].as_u64() {
        add(&"x".repeat(usize::try_from(most).unwrap() + 1), "too long");
    }
    cases
}

/// Numbers out of their bounds, and one that is out of all.
fn numbers(schema: &Value) -> Vec<Case> {
    let whole_number = |bound: f64| bound.abs() < 9.0e18;
    let below = schema["minimum"].as_f64().filter(|min| whole_number(*min)).map(|min| min as i64 - 1);
    let above = schema["maximum"].as_f64().filter(|max| whole_number(*max)).map(|max| max as i64 + 1);
    let mut cases: Vec<_> = below.map(|number| whole(json!(number), "below its bound")).into_iter().collect();
    cases.extend(above.map(|number| whole(json!(number), "above its bound")));
    cases.push(whole(json!(9_223_372_036_854_775_808_u64), "more than 64 bits"));
    cases
}
