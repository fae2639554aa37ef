//! Configured connectors: settings, grants, limits, and secrets that go in and never come out.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use hosk_connections::{Connections, Described, Draft, Error, Tried};
use hosk_connector::{Grants, InvalidNetwork, Limits, Network, Outcome as CallOutcome, Secret};
use hosk_feel::Json;
use hosk_store::read::{AuditEntityType, AuditOperation};
use serde_json::{Map, Value};

use crate::answer::{Time, answer, no_content, ok};
use crate::call::Call;
use crate::operation::{Operation, Outcome, delete, get, post, put, tagged};
use crate::problem::Problem;
use crate::shape::{Body, Object, any, integer, name, object, texts};

/// Longest identifier, in characters; the connections check the rest.
const ID_MAX: usize = 64;

static GRANTS: Object = Object {
    name: "ConnectionGrants",
    fields: &[
        texts("hosts", "Hosts that calls may go to: `api.example.com`, `*.example.com`, or `*` for any."),
        texts("networks", "Networks that are not public and may be reached all the same: `10.1.0.0/16`."),
    ],
};

static LIMITS: Object = Object {
    name: "ConnectionLimits",
    fields: &[
        integer("concurrency", 1, i32::MAX as i64, "Calls at the same time."),
        integer("responseBytes", 1, i64::MAX, "Largest answer, in bytes."),
        integer("timeout", 1, i64::MAX, "Longest time for one attempt, in milliseconds."),
        integer(
            "breakerFailures",
            0,
            i32::MAX as i64,
            "Failures in a row that open the circuit breaker; 0: none do.",
        ),
        integer("breakerPause", 0, i64::MAX, "How long an open breaker keeps calls away, in milliseconds."),
    ],
};

static CREATE: Object = Object {
    name: "ConnectionCreationRequest",
    fields: &[
        name("connectionId", ID_MAX, "The id, which the task header `connection` names.").required(),
        name("connectorId", ID_MAX, "The connector.").required(),
        any(
            "settings",
            "An object; its properties are the connector's. Secrets are named as {{secrets.NAME}}.",
        ),
        object("grants", &GRANTS, "Where calls may go; nowhere when absent."),
        object("limits", &LIMITS, "How much at once and how long; the usual limits when absent."),
        any("secrets", "An object of texts: secrets by name."),
    ],
};

static UPDATE: Object = Object {
    name: "ConnectionUpdateRequest",
    fields: &[
        name("connectorId", ID_MAX, "The connector.").required(),
        any(
            "settings",
            "An object; its properties are the connector's. Secrets are named as {{secrets.NAME}}.",
        ),
        object("grants", &GRANTS, "Where calls may go; nowhere when absent."),
        object("limits", &LIMITS, "How much at once and how long; the usual limits when absent."),
        any("secrets", "An object of texts: secrets to add or replace; others stay."),
    ],
};

static SECRET: Object = Object {
    name: "ConnectionSecretRequest",
    fields: &[name("value", hosk_connections::MAX_SECRET, "The secret.").required()],
};

static TEST: Object = Object {
    name: "ConnectionTestRequest",
    fields: &[
        name("operation", ID_MAX, "The operation to call; the connector's own probe when absent."),
        any("input", "Its input, an object."),
    ],
};

/// What these are in the audit log.
const KIND: &str = "connection";
const ALL: &str = "/hosk/v1/connections";
const ONE: &str = "/hosk/v1/connections/{connectionId}";
const ONE_SECRET: &str = "/hosk/v1/connections/{connectionId}/secrets/{secretName}";

pub(super) fn operations() -> Vec<Operation> {
    let noted = |operation: Operation, what| operation.noted(what, AuditEntityType::Resource);
    let mut create =
        noted(post(ALL, "createConnection", "Configure a connector.", create), AuditOperation::Create)
            .takes(&CREATE)
            .like(r#"{"connectionId": "erp", "connectorId": "http", "settings": {}}"#)
            .answers::<ConnectionAnswer>()
            .refuses(&[404, 409]);
    create.success.0 = StatusCode::CREATED.as_u16();
    tagged(
        "Connection",
        vec![
            get(ALL, "getConnections", "All connections, without their secrets.", list)
                .answers::<ConnectionsAnswer>()
                .refuses(&[404]),
            create,
            get(ONE, "getConnection", "A connection, without its secrets.", one)
                .answers::<ConnectionAnswer>()
                .refuses(&[404]),
            noted(
                put(ONE, "updateConnection", "Replace settings, grants and limits; secrets stay.", update),
                AuditOperation::Update,
            )
            .takes(&UPDATE)
            .like(r#"{"connectorId": "http", "settings": {}}"#)
            .answers::<ConnectionAnswer>()
            .refuses(&[404, 409]),
            noted(
                delete(ONE, "deleteConnection", "Remove a connection with its secrets.", remove),
                AuditOperation::Delete,
            )
            .refuses(&[404, 409]),
            noted(
                put(ONE_SECRET, "putConnectionSecret", "Set a secret; it is never shown again.", put_secret),
                AuditOperation::Update,
            )
            .takes(&SECRET)
            .refuses(&[404, 409]),
            noted(
                delete(
                    ONE_SECRET,
                    "deleteConnectionSecret",
                    "Remove a secret that the settings do not need.",
                    remove_secret,
                ),
                AuditOperation::Update,
            )
            .refuses(&[404, 409]),
            noted(
                post(
                    "/hosk/v1/connections/{connectionId}/test",
                    "testConnection",
                    "Make a call through a connection, outside of any process.",
                    test,
                ),
                AuditOperation::Evaluate,
            )
            .may_take(&TEST)
            .answers::<TestAnswer>()
            .refuses(&[404]),
        ],
    )
}

answer! {
    /// Connections.
    ConnectionsAnswer {
        items: Vec<ConnectionAnswer>,
    }
}

answer! {
    /// A configured connector.
    ConnectionAnswer {
        connection_id: String,
        connector_id: String,
        /// Whether it comes with the server.
        built_in: bool,
        settings: Value,
        grants: GrantsAnswer,
        limits: LimitsAnswer,
        secrets: Vec<SecretAnswer>,
        updated_at: Option<Time>,
        updated_by: Option<Arc<str>>,
    }
}

answer! {
    /// Where calls may go.
    GrantsAnswer {
        hosts: Vec<String>,
        networks: Vec<String>,
    }
}

answer! {
    /// How much at once and how long; times in milliseconds.
    LimitsAnswer {
        concurrency: u32,
        response_bytes: u64,
        timeout: u64,
        breaker_failures: u32,
        breaker_pause: u64,
    }
}

answer! {
    /// A secret, without its value.
    SecretAnswer {
        name: Arc<str>,
        updated_at: Time,
        /// Whether the server has the key that it was encrypted with.
        readable: bool,
    }
}

answer! {
    /// What a call through a connection came to.
    TestAnswer {
        operation: String,
        /// COMPLETED, BPMN_ERROR or FAILED.
        outcome: &'static str,
        /// The code of a BPMN error, or the kind of a failure.
        code: Option<String>,
        message: Option<String>,
        /// The output, or the variables of a BPMN error.
        output: Option<Value>,
        milliseconds: u64,
    }
}

impl From<Described> for ConnectionAnswer {
    fn from(described: Described) -> Self {
        let Draft { id, connector, settings, grants, limits, .. } = described.draft;
        let secrets = described.secrets.into_iter().map(|secret| SecretAnswer {
            name: secret.name,
            updated_at: Time(secret.updated),
            readable: secret.readable,
        });
        Self {
            connection_id: id,
            connector_id: connector,
            built_in: described.built_in,
            settings: Value::Object(settings),
            grants: GrantsAnswer {
                hosts: grants.hosts,
                networks: grants.networks.into_iter().map(String::from).collect(),
            },
            limits: LimitsAnswer {
                concurrency: limits.concurrency,
                response_bytes: limits.response_bytes,
                timeout: limits.timeout.as_millis() as u64,
                breaker_failures: limits.breaker_failures,
                breaker_pause: limits.breaker_pause.as_millis() as u64,
            },
            secrets: secrets.collect(),
            updated_at: described.updated.map(Time),
            updated_by: described.updated_by,
        }
    }
}

impl From<Tried> for TestAnswer {
    fn from(tried: Tried) -> Self {
        let (outcome, code, message, output) = match tried.outcome {
            CallOutcome::Complete(output) => ("COMPLETED", None, None, Some(output)),
            CallOutcome::BpmnError { code, message, variables } => {
                ("BPMN_ERROR", Some(code), Some(message), Some(variables))
            }
            CallOutcome::Failure(failure) => {
                ("FAILED", Some(failure.kind.to_string()), Some(failure.message), None)
            }
        };
        let milliseconds = tried.took.as_millis() as u64;
        Self { operation: tried.operation, outcome, code, message, output, milliseconds }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let detail = format!("{error}.");
        match error {
            Error::NotFound(_) | Error::SecretNotFound { .. } => Self::not_found(detail),
            Error::AlreadyExists(_) => Self::already_exists(detail),
            Error::BuiltIn(_) => Self::invalid_state(detail),
            Error::Invalid { .. } => Self::invalid_argument(detail),
            Error::Store(error) => error.into(),
            Error::Random => Self::internal(detail),
        }
    }
}

fn connections(call: &Call) -> Result<Arc<Connections>, Problem> {
    call.app.connections.clone().ok_or_else(|| Problem::not_found("This server keeps no connections."))
}

/// A member that must be an object; absent, it is an empty one.
fn members(body: &mut Body, field: &str) -> Result<Map<String, Value>, Problem> {
    match body.any(field).map(|given: Json| given.value().clone()) {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(members)) => Ok(members),
        Some(_) => Err(Problem::wrong_type(format!("`{field}` must be an object."))),
    }
}

fn secrets(body: &mut Body) -> Result<BTreeMap<String, Secret>, Problem> {
    let given = members(body, "secrets")?.into_iter().map(|(name, value)| match value {
        Value::String(text) => Ok((name, Secret::from(text))),
        _ => Err(Problem::wrong_type(format!("`secrets.{name}` must be a text."))),
    });
    given.collect()
}

fn grants(body: &mut Body) -> Result<Grants, Problem> {
    let Some(mut given) = body.object("grants") else { return Ok(Grants::default()) };
    let networks = given.texts("networks").unwrap_or_default();
    let networks: Result<Vec<Network>, InvalidNetwork> = networks.iter().map(|text| text.parse()).collect();
    let networks =
        networks.map_err(|error| Problem::invalid_argument(format!("`grants.networks`: {error}.")))?;
    Ok(Grants { hosts: given.texts("hosts").unwrap_or_default(), networks })
}

fn limits(body: &mut Body) -> Limits {
    let usual = Limits::default();
    let Some(mut given) = body.object("limits") else { return usual };
    let mut number = |field: &str| given.integer(field).and_then(|number| u64::try_from(number).ok());
    let small = |number: Option<u64>| number.and_then(|number| u32::try_from(number).ok());
    Limits {
        concurrency: small(number("concurrency")).unwrap_or(usual.concurrency),
        response_bytes: number("responseBytes").unwrap_or(usual.response_bytes),
        timeout: number("timeout").map_or(usual.timeout, Duration::from_millis),
        breaker_failures: small(number("breakerFailures")).unwrap_or(usual.breaker_failures),
        breaker_pause: number("breakerPause").map_or(usual.breaker_pause, Duration::from_millis),
    }
}

fn draft(id: String, body: &mut Body) -> Result<Draft, Problem> {
    Ok(Draft {
        id,
        connector: body.required_text("connectorId"),
        settings: members(body, "settings")?,
        grants: grants(body)?,
        limits: limits(body),
        secrets: secrets(body)?,
    })
}

async fn list(call: Call) -> Outcome {
    let all = connections(&call)?.list().await?;
    ok(&ConnectionsAnswer { items: all.into_iter().map(Into::into).collect() })
}

async fn create(mut call: Call) -> Outcome {
    let mut body = call.json(&CREATE).await?;
    let draft = draft(body.required_text("connectionId"), &mut body)?;
    call.tells(|told| _ = told.about(&draft.id).detail(KIND));
    let created = ConnectionAnswer::from(connections(&call)?.create(draft, call.caller.name()).await?);
    call.tells(|told| _ = told.after(&created));
    Ok((StatusCode::CREATED, axum::Json(created)).into_response())
}

async fn one(call: Call) -> Outcome {
    let found = connections(&call)?.get(call.path("connectionId")).await?;
    ok(&ConnectionAnswer::from(found))
}

async fn update(mut call: Call) -> Outcome {
    let mut body = call.json(&UPDATE).await?;
    let draft = draft(call.path("connectionId").to_owned(), &mut body)?;
    tell_before(&call, KIND).await?;
    let updated = ConnectionAnswer::from(connections(&call)?.update(draft, call.caller.name()).await?);
    call.tells(|told| _ = told.after(&updated));
    ok(&updated)
}

async fn remove(call: Call) -> Outcome {
    tell_before(&call, KIND).await?;
    connections(&call)?.remove(call.path("connectionId")).await?;
    no_content()
}

/// Tells the audit log of the connection of the path, as it is before something is done with it. Answers have no secrets.
async fn tell_before(call: &Call, detail: &str) -> Result<(), Problem> {
    let id = call.path("connectionId");
    call.tells(|told| _ = told.about(id).detail(detail));
    let before = ConnectionAnswer::from(connections(call)?.get(id).await?);
    call.tells(|told| _ = told.before(&before));
    Ok(())
}

/// Tells it of the connection afterwards: which secrets it has, and since when.
async fn tell_after(call: &Call) -> Result<(), Problem> {
    let after = ConnectionAnswer::from(connections(call)?.get(call.path("connectionId")).await?);
    call.tells(|told| _ = told.after(&after));
    Ok(())
}

async fn put_secret(mut call: Call) -> Outcome {
    let secret = Secret::from(call.json(&SECRET).await?.required_text("value"));
    let (id, name) = (call.path("connectionId"), call.path("secretName"));
    tell_before(&call, &format!("connection secret: {name}")).await?;
    connections(&call)?.put_secret(id, name, &secret).await?;
    tell_after(&call).await?;
    no_content()
}

async fn remove_secret(call: Call) -> Outcome {
    let (id, name) = (call.path("connectionId"), call.path("secretName"));
    tell_before(&call, &format!("connection secret: {name}")).await?;
    connections(&call)?.remove_secret(id, name).await?;
    tell_after(&call).await?;
    no_content()
}

async fn test(mut call: Call) -> Outcome {
    let mut body = call.optional_json(&TEST).await?;
    call.tells(|told| _ = told.about(call.path("connectionId")).detail("connection test"));
    let input = members(&mut body, "input")?;
    let input = (!input.is_empty()).then_some(Value::Object(input));
    let tried = connections(&call)?.try_out(call.path("connectionId"), body.text("operation"), input).await?;
    ok(&TestAnswer::from(tried))
}
