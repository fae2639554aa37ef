//! One operation over HTTP: what answers it, and what the OpenAPI document says of it. The routes and the document are
//! made from the same list, so that neither can know an operation that the other does not.

use axum::routing::MethodRouter;
use serde_json::{Map, Value, json};

use crate::{MAX_PAGE, Records};

/// The address of all operations.
pub(super) const BASE: &str = "/hosk/v1/records";

/// A JSON Schema with a name in the document.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    pub(super) name: &'static str,
    pub(super) schema: fn() -> Value,
}

/// What an operation answers when it succeeds.
enum Success {
    Nothing,
    One(Shape),
    /// A plain list.
    All(Shape),
    /// A page of a list.
    Listed(Shape),
}

/// A query parameter: name, schema and what it is for.
pub(super) type Filter = (&'static str, fn() -> Value, &'static str);

/// One operation.
pub(super) struct Route {
    method: &'static str,
    pub(super) path: &'static str,
    id: &'static str,
    summary: &'static str,
    filters: &'static [Filter],
    keyed: bool,
    body: Option<Shape>,
    success: (u16, Success),
    refusals: &'static [u16],
    pub(super) handler: MethodRouter<Records>,
}

impl Route {
    /// An operation that takes nothing and answers 204; the other methods say what differs.
    pub(super) fn new(
        (method, path): (&'static str, &'static str),
        id: &'static str,
        summary: &'static str,
        handler: MethodRouter<Records>,
    ) -> Self {
        Self {
            method,
            path,
            id,
            summary,
            filters: &[],
            keyed: false,
            body: None,
            success: (204, Success::Nothing),
            refusals: &[],
            handler,
        }
    }

    /// Answers a page of these, found by these filters.
    pub(super) fn lists(self, shape: Shape, filters: &'static [Filter]) -> Self {
        Self { success: (200, Success::Listed(shape)), filters, ..self }
    }

    /// Answers all of these.
    pub(super) fn answers_all(self, shape: Shape) -> Self {
        Self { success: (200, Success::All(shape)), ..self }
    }

    /// Answers 200 with this.
    pub(super) fn answers(self, shape: Shape) -> Self {
        Self { success: (200, Success::One(shape)), ..self }
    }

    /// Answers 201 with this.
    pub(super) fn creates(self, shape: Shape) -> Self {
        Self { success: (201, Success::One(shape)), ..self }
    }

    /// Takes a JSON body.
    pub(super) fn takes(self, shape: Shape) -> Self {
        Self { body: Some(shape), ..self }
    }

    /// Takes an idempotency key.
    pub(super) fn keyed(self) -> Self {
        Self { keyed: true, ..self }
    }

    /// Refuses with these besides 400, 500 and 503.
    pub(super) fn refuses(self, refusals: &'static [u16]) -> Self {
        Self { refusals, ..self }
    }

    fn parameters(&self) -> Vec<Value> {
        let parameter = |name: &str, place: &str, schema: Value, about: &str| json!({"name": name, "in": place, "required": place == "path", "description": about, "schema": schema});
        let names = self.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        let mut all: Vec<Value> =
            names.map(|name| parameter(name, "path", json!({"type": "string"}), "Which one.")).collect();
        if matches!(self.success, (_, Success::Listed(_))) {
            let most = u32::MAX;
            let (from, limit) = (
                json!({"type": "integer", "minimum": 0, "maximum": most, "default": 0}),
                json!({"type": "integer", "minimum": 0, "maximum": MAX_PAGE, "default": 100}),
            );
            all.push(parameter("from", "query", from, "How many to leave out."));
            all.push(parameter("limit", "query", limit, "How many at most."));
        }
        all.extend(
            self.filters.iter().map(|(name, schema, about)| parameter(name, "query", schema(), about)),
        );
        if self.keyed {
            let schema = json!({"type": "string", "minLength": 1});
            let about = "Makes a repeat harmless: it answers what the first request was answered.";
            all.push(parameter("Idempotency-Key", "header", schema, about));
        }
        all
    }

    /// What the document says of it, under its path and method; shapes are added to `schemas`.
    fn described(&self, schemas: &mut Map<String, Value>) -> Value {
        let mut reference = |shape: Shape| {
            schemas.entry(shape.name).or_insert_with(|| (shape.schema)());
            json!({"$ref": format!("#/components/schemas/{}", shape.name)})
        };
        let mut responses = Map::new();
        let (status, success) = &self.success;
        let schema = match success {
            Success::Nothing => None,
            Success::One(shape) => Some(reference(*shape)),
            Success::All(shape) => Some(json!({"type": "array", "items": reference(*shape)})),
            Success::Listed(shape) => Some(json!({
                "type": "object",
                "required": ["items", "page"],
                "properties": {"items": {"type": "array", "items": reference(*shape)}, "page": reference(PAGE)},
            })),
        };
        let mut answer = json!({"description": "Done."});
        if let Some(schema) = schema {
            answer["content"] = json!({"application/json": {"schema": schema}});
        }
        responses.insert(status.to_string(), answer);
        let of_body: &[u16] = if self.body.is_some() { &[413, 415] } else { &[] };
        for status in [400, 500, 503].iter().chain(of_body).chain(self.refusals) {
            let refusal =
                json!({"application/problem+json": {"schema": {"$ref": "#/components/schemas/Refusal"}}});
            responses
                .insert(status.to_string(), json!({"description": meaning(*status), "content": refusal}));
        }
        let mut operation = json!({
            "operationId": self.id,
            "summary": self.summary,
            "tags": ["Records"],
            "parameters": self.parameters(),
            "responses": responses,
        });
        if let Some(shape) = self.body {
            let content = json!({"application/json": {"schema": reference(shape)}});
            operation["requestBody"] = json!({"required": true, "content": content});
        }
        operation
    }
}

const PAGE: Shape = Shape {
    name: "RecordsPage",
    schema: || {
        json!({
            "type": "object",
            "required": ["from", "limit", "totalItems"],
            "properties": {
                "from": {"type": "integer"}, "limit": {"type": "integer"}, "totalItems": {"type": "integer"},
            },
        })
    },
};

fn meaning(status: u16) -> &'static str {
    match status {
        400 => "The request does not parse or a value is not acceptable.",
        404 => "There is no such record.",
        409 => "The state of the records does not allow it.",
        413 => "The body is too large.",
        415 => "The body is of another media type.",
        503 => "The database is busy; come back after the time in Retry-After.",
        _ => "A fault of the server.",
    }
}

/// `paths` and `components` of an OpenAPI document. Who may do it is for the host to say, and so is the schema `Refusal`.
pub(super) fn document(routes: &[Route]) -> Value {
    let (mut paths, mut schemas) = (Map::new(), Map::new());
    for route in routes {
        let described = route.described(&mut schemas);
        let path = paths.entry(format!("{BASE}{}", route.path)).or_insert_with(|| json!({}));
        path[route.method] = described;
    }
    json!({"paths": paths, "components": {"schemas": schemas}})
}
