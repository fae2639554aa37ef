//! From an input schema to the fields of the properties panel.
//!
//! - text → text field that also takes an expression; with `x-multiline`, a tall one
//! - enumeration (`enum`, or `oneOf` of constants with titles, or a text with the usual values in `x-choices`)
//!   → dropdown
//! - number or boolean → a plain field when the schema has a `default` (it is a setting), else an expression
//!   (it is data of the case)
//! - list, or object of unknown shape → expression
//! - object with properties → its properties, under dotted names
//! - object with `oneOf` variants told apart by a constant → a dropdown and the chosen variant's fields
//!
//! `x-group` puts a field (and what is inside it) into a group; without it the group is `input`.

use serde_json::{Map, Value, json};

/// Objects deeper than this are one expression.
const MAX_DEPTH: usize = 4;
/// Most fields of one template; what is beyond is left to the designer's own mappings.
const MAX_FIELDS: usize = 200;

/// The fields of an object schema, in the schema's order.
pub(super) fn of_schema(schema: &Value) -> Vec<Value> {
    let mut walk = Walk { root: schema, fields: Vec::new() };
    walk.object(
        schema,
        &Place { path: String::new(), group: "input".into(), required: true, depth: 0, when: None },
    );
    walk.fields
}

/// `create-delivery`, `deliveryAddress` → `Create delivery`, `Delivery address`.
pub(super) fn humanise(name: &str) -> String {
    let mut label = String::with_capacity(name.len() + 4);
    for (index, letter) in name.chars().enumerate() {
        match letter {
            '-' | '_' | '.' => label.push(' '),
            _ if index == 0 => label.extend(letter.to_uppercase()),
            _ if letter.is_uppercase() => {
                label.push(' ');
                label.extend(letter.to_lowercase());
            }
            _ => label.push(letter),
        }
    }
    label
}

/// Where in the input a schema stands.
#[derive(Clone)]
struct Place {
    path: String,
    group: String,
    /// Whether this and everything around it must be given.
    required: bool,
    depth: usize,
    when: Option<Value>,
}

impl Place {
    fn inside(&self, name: &str, schema: &Value, required: bool) -> Self {
        let path = if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) };
        let group = schema["x-group"].as_str().unwrap_or(&self.group).to_owned();
        Self {
            path,
            group,
            required: self.required && required,
            depth: self.depth + 1,
            when: self.when.clone(),
        }
    }
}

struct Walk<'a> {
    root: &'a Value,
    fields: Vec<Value>,
}

impl<'a> Walk<'a> {
    fn object(&mut self, schema: &'a Value, place: &Place) {
        let Some(properties) = schema["properties"].as_object() else { return };
        for (name, property) in properties {
            let property = self.resolve(property);
            self.property(property, &place.inside(name, property, is_required(schema, name)));
        }
    }

    fn property(&mut self, schema: &'a Value, place: &Place) {
        if let Some(constant) = schema.get("const") {
            self.push(json!({"type": "Hidden", "value": constant}), schema, place);
        } else if let Some(choices) = choices(schema) {
            self.push(json!({"type": "Dropdown", "choices": choices}), schema, place);
        } else if let Some((tag, variants)) = self.variants(schema) {
            self.variants_of(tag, &variants, schema, place);
        } else if schema["properties"].is_object() && place.depth < MAX_DEPTH {
            self.object(schema, place);
        } else {
            let field = match primary_type(schema) {
                Some("string") if schema["x-multiline"] == true => {
                    json!({"type": "Text", "feel": "optional"})
                }
                Some("string") => json!({"type": "String", "feel": "optional"}),
                Some("number" | "integer") if schema.get("default").is_some() => {
                    json!({"type": "Number", "feel": "static"})
                }
                Some("boolean") if schema.get("default").is_some() => {
                    json!({"type": "Boolean", "feel": "static"})
                }
                Some("number" | "integer" | "boolean") => json!({"type": "String", "feel": "required"}),
                _ => json!({"type": "Text", "feel": "required"}),
            };
            self.push(field, schema, place);
        }
    }

    /// A dropdown for the constant that tells the variants apart, then each variant's other fields under the
    /// condition that it is chosen.
    fn variants_of(
        &mut self,
        tag: &str,
        variants: &[(&'a Value, &'a Value)],
        schema: &'a Value,
        place: &Place,
    ) {
        let choices: Vec<Value> = variants
            .iter()
            .map(|(constant, variant)| json!({"name": title_of(variant, &text(constant)), "value": constant}))
            .collect();
        let label = json!({"title": title_of(schema, &humanise(&place.path)), "default": schema.get("default").map(|given| &given[tag])});
        let tag_place = place.inside(tag, schema, true);
        let tag_id = tag_place.path.clone();
        self.push(json!({"type": "Dropdown", "choices": choices}), &label, &tag_place);
        for (constant, variant) in variants {
            let Some(properties) = variant["properties"].as_object() else { continue };
            for (name, property) in properties.iter().filter(|(name, _)| *name != tag) {
                let property = self.resolve(property);
                let mut inside = place.inside(name, property, is_required(variant, name));
                inside.when = Some(json!({"property": tag_id, "equals": constant}));
                self.property(property, &inside);
            }
        }
    }

    /// The variants of a tagged union with the name of the tag, when the schema is one.
    fn variants(&self, schema: &'a Value) -> Option<(&'a str, Vec<(&'a Value, &'a Value)>)> {
        let variants: Vec<&Value> = schema["oneOf"].as_array()?.iter().map(|one| self.resolve(one)).collect();
        let first = variants.first()?["properties"].as_object()?;
        let (tag, _) = first.iter().find(|(_, property)| property.get("const").is_some())?;
        let tagged =
            variants.into_iter().map(|variant| Some((variant["properties"][tag].get("const")?, variant)));
        Some((tag, tagged.collect::<Option<Vec<_>>>()?))
    }

    /// Follows one reference into the same document.
    fn resolve(&self, schema: &'a Value) -> &'a Value {
        let pointer = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
        pointer.and_then(|pointer| self.root.pointer(pointer)).unwrap_or(schema)
    }

    fn push(&mut self, mut field: Value, schema: &Value, place: &Place) {
        if self.fields.len() >= MAX_FIELDS {
            return;
        }
        let last = place.path.rsplit('.').next().unwrap_or(&place.path);
        let hidden = field["type"] == "Hidden";
        // Two variants may have a field of the same name; ids must differ, bindings need not.
        let id = match &place.when {
            Some(when) => format!("{}.{}", text(&when["equals"]), place.path),
            None => place.path.clone(),
        };
        field["id"] = json!(id);
        field["group"] = json!(place.group);
        field["binding"] = json!({"type": "zeebe:input", "name": place.path});
        if !hidden {
            field["label"] = json!(title_of(schema, &humanise(last)));
            copy(schema, "description", &mut field, "description");
            copy(schema, "default", &mut field, "value");
            if let Some(example) = schema["examples"].get(0).and_then(Value::as_str) {
                field["placeholder"] = json!(example);
            }
            let constraints = constraints(schema, place.required && field["type"] != "Boolean");
            if !constraints.is_empty() {
                field["constraints"] = Value::Object(constraints);
            }
            if !place.required && field["type"] != "Dropdown" && field["type"] != "Boolean" {
                field["optional"] = json!(true);
            }
        }
        if let Some(when) = &place.when {
            field["condition"] = when.clone();
        }
        self.fields.push(field);
    }
}

fn constraints(schema: &Value, required: bool) -> Map<String, Value> {
    let mut constraints = Map::new();
    if required {
        constraints.insert("notEmpty".into(), json!(true));
    }
    for bound in ["minLength", "maxLength"] {
        if let Some(value) = schema.get(bound) {
            constraints.insert(bound.into(), value.clone());
        }
    }
    constraints
}

/// The choices of an enumeration of texts.
fn choices(schema: &Value) -> Option<Vec<Value>> {
    if let Some(values) = schema["enum"].as_array().or_else(|| schema["x-choices"].as_array()) {
        return values.iter().map(|value| Some(json!({"name": value.as_str()?, "value": value}))).collect();
    }
    let constants = schema["oneOf"].as_array()?;
    constants
        .iter()
        .map(|one| {
            let constant = one.get("const")?.as_str()?;
            Some(json!({"name": title_of(one, constant), "value": constant}))
        })
        .collect()
}

fn is_required(schema: &Value, name: &str) -> bool {
    schema["required"].as_array().is_some_and(|required| required.iter().any(|one| one == name))
}

/// The schema's type; of several, the first that is not `null`.
fn primary_type(schema: &Value) -> Option<&str> {
    match &schema["type"] {
        Value::String(name) => Some(name),
        Value::Array(names) => names.iter().filter_map(Value::as_str).find(|name| *name != "null"),
        _ => None,
    }
}

fn title_of(schema: &Value, otherwise: &str) -> String {
    schema["title"].as_str().unwrap_or(otherwise).to_owned()
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}

fn copy(from: &Value, key: &str, to: &mut Value, as_key: &str) {
    if let Some(value) =
        from.get(key).filter(|value| !value.is_null() && !value.is_object() && !value.is_array())
    {
        to[as_key] = value.clone();
    }
}
