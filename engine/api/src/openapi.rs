//! The OpenAPI document, made from the list of operations.

use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::path::{HttpMethod, OperationBuilder, ParameterBuilder, ParameterIn, PathsBuilder};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::schema::{ComponentsBuilder, KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, PathItem, Required};

use hosk_identity::{Permission, ResourceType};

use crate::answer::{Answer as _, answer};
use crate::auth::{Access, Need};
use crate::operation::{Like, Operation};
use crate::problem::PROBLEM_JSON;
use crate::router::needed;
use crate::shape::{Schemas, or_null};

/// Refusals that every operation may answer.
const COMMON: &[u16] = &[400, 500, 503];
/// Refusals of operations that need a signed-in caller.
const PROTECTED: &[u16] = &[401, 403, 429];

answer! {
    /// A refusal (RFC 9457). `type` is the address of the page that explains it.
    Refusal {
        kind as "type": String,
        title: String,
        status: u32,
        detail: String,
        instance: String,
    }
}

/// The document over all operations.
pub(crate) fn document(operations: &[Operation]) -> OpenApi {
    let mut schemas = Schemas::new();
    let mut paths = PathsBuilder::new();
    for operation in operations {
        let described = describe(operation, &mut schemas);
        paths = paths.path(operation.path, PathItem::new(method_of(operation), described));
    }
    let basic = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Basic).build());
    let bearer = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
    let mut components =
        ComponentsBuilder::new().security_scheme("basic", basic).security_scheme("token", bearer);
    for (name, schema) in schemas {
        components = components.schema(name, schema);
    }
    OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("hosk")
                .version(env!("CARGO_PKG_VERSION"))
                .description(Some(
                    "The process engine's REST API. `/v2` speaks Camunda 8's orchestration cluster API, level 8.9; \
                     `/hosk/v1` is hosk's own.",
                ))
                .license(Some(LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build())),
        )
        .paths(paths)
        .components(Some(components.build()))
        .build()
}

fn describe(operation: &Operation, schemas: &mut Schemas) -> utoipa::openapi::path::Operation {
    let mut builder = OperationBuilder::new()
        .operation_id(Some(operation.id))
        .summary(Some(operation.summary))
        .description(Some(needs(needed(operation))))
        .tag(operation.tag);
    for name in path_parameters(operation.path) {
        let said = operation.paths.iter().find(|(one, _)| *one == name).map(|(_, like)| *like);
        let by_name = if name.ends_with("Key") { Like::Pattern("^-?[0-9]+$") } else { Like::Text };
        let schema = schema_like(said.unwrap_or(by_name));
        let parameter = ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Path)
            .required(Required::True)
            .schema(Some(schema));
        builder = builder.parameter(parameter);
    }
    for (name, about) in &operation.flags {
        let parameter = ParameterBuilder::new()
            .name(*name)
            .parameter_in(ParameterIn::Query)
            .required(Required::False)
            .description(Some(*about))
            .schema(Some(ObjectBuilder::new().schema_type(Type::Boolean)));
        builder = builder.parameter(parameter);
    }
    for query in &operation.queries {
        let parameter = ParameterBuilder::new()
            .name(query.name)
            .parameter_in(ParameterIn::Query)
            .required(if query.required { Required::True } else { Required::False })
            .description(Some(query.about))
            .schema(Some(schema_like(query.like)));
        builder = builder.parameter(parameter);
    }
    if let Some(body) = &operation.body {
        let schema = (body.schema)(schemas);
        // What may be absent may be `null` as well.
        let schema = if body.required { schema } else { or_null(schema).into() };
        let example = body.example.and_then(|text| serde_json::from_str::<serde_json::Value>(text).ok());
        let content = ContentBuilder::new().schema(Some(schema)).example(example).build();
        let required = if body.required { Required::True } else { Required::False };
        let mut request =
            RequestBodyBuilder::new().content(body.media_type, content).required(Some(required));
        for (media_type, schema) in &body.others {
            let content = ContentBuilder::new().schema(Some(schema(schemas))).build();
            request = request.content(*media_type, content);
        }
        builder = builder.request_body(Some(request.build()));
    }
    builder = answers(builder, operation, schemas);
    if operation.access != Access::Open {
        for scheme in ["basic", "token"] {
            builder = builder.security(SecurityRequirement::new::<_, [&str; 0], &str>(scheme, []));
        }
    }
    builder.build()
}

fn schema_like(like: Like) -> ObjectBuilder {
    let text = ObjectBuilder::new().schema_type(Type::String);
    match like {
        Like::Text => text,
        Like::Time => text.format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime))),
        Like::Number => ObjectBuilder::new()
            .schema_type(Type::Integer)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
            .minimum(Some(0)),
        Like::Pattern(pattern) => text.pattern(Some(pattern)),
        Like::Word(words) => text.enum_values(Some(words.iter().copied())),
    }
}

fn answers(mut builder: OperationBuilder, operation: &Operation, schemas: &mut Schemas) -> OperationBuilder {
    let (status, media_type, schema) = &operation.success;
    let mut success = ResponseBuilder::new().description("Done.");
    if let Some(schema) = schema {
        let content = ContentBuilder::new().schema(Some(schema(schemas))).build();
        success = success.content(*media_type, content);
    }
    let success = success.build();
    if let Some(also) = operation.also {
        builder = builder.response(also.to_string(), success.clone());
    }
    builder = builder.response(status.to_string(), success);
    let protected = if operation.access == Access::Open { &[][..] } else { PROTECTED };
    let body = if operation.body.is_some() { &[413, 415][..] } else { &[] };
    for status in COMMON.iter().chain(protected).chain(body).chain(operation.refusals) {
        let content = ContentBuilder::new().schema(Some(Refusal::schema(schemas))).build();
        let refusal = ResponseBuilder::new().description(meaning(*status)).content(PROBLEM_JSON, content);
        builder = builder.response(status.to_string(), refusal.build());
    }
    builder
}

pub(crate) fn meaning(status: u16) -> &'static str {
    match status {
        400 => "The request does not parse or a value is not acceptable.",
        401 => "No or wrong credentials.",
        403 => "Not allowed.",
        404 => "There is no such thing.",
        409 => "Its state does not allow it.",
        413 => "The body is too large.",
        415 => "The body is of another media type.",
        429 => "Too many wrong passwords; come back after the time in Retry-After.",
        503 => "No room for more work now; come back after the time in Retry-After.",
        504 => "What was waited for did not come in time.",
        _ => "A fault of the server.",
    }
}

/// What a caller needs, in words.
pub(crate) fn needs(need: Need) -> String {
    let words = |pairs: &[(ResourceType, Permission)], between: &str| {
        let pairs = pairs.iter().map(|(resource, permission)| format!("`{permission}` on `{resource}`"));
        pairs.collect::<Vec<_>>().join(between)
    };
    match need {
        Need::Nothing => "Open to everybody.".to_owned(),
        Need::SignedIn => "Needs a signed-in caller.".to_owned(),
        Need::Every(pairs) => format!("Needs {}.", words(pairs, " and ")),
        Need::Within(resource, permission) => {
            format!("Needs {}, of the thing itself or of all.", words(&[(resource, permission)], ""))
        }
        Need::Own(pairs) => format!("A caller's own need nothing; others need {}.", words(pairs, " or ")),
    }
}

/// The names between braces.
fn path_parameters(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

fn method_of(operation: &Operation) -> HttpMethod {
    match operation.method.as_str() {
        "POST" => HttpMethod::Post,
        "PUT" => HttpMethod::Put,
        "PATCH" => HttpMethod::Patch,
        "DELETE" => HttpMethod::Delete,
        _ => HttpMethod::Get,
    }
}
