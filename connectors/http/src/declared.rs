//! A connector that is written down instead of programmed: a contract, and for each operation the request it means.
//!
//! For systems with a plain REST interface and no description of their own. The declaration is the contract's JSON
//! with one more entry per operation:
//!
//! ```json
//! {"http": {"method": "GET", "path": "/api/v1/Account/{id}", "query": {"select": "{fields}"}, "headers": {},
//!           "body": {"name": "{name}"}, "output": "/data", "pagination": {"type": "link"},
//!           "errors": [{"status": 404, "code": "ACCOUNT_NOT_FOUND"}]}}
//! ```
//!
//! `{name}` stands for the parameter of that name; alone in a text it is the parameter's value itself, whatever its
//! type. Parameters that are missing or `null` leave out the entry they stand in; in the path they must be there.
//! The path is appended to the connection's `baseUrl`, the credentials are the connection's.

use std::collections::BTreeMap;

use hosk_connector::{Call, Connector, Contract, Failure, FailureKind, Outcome, async_trait};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::HttpConnector;
use crate::input::invalid;
use crate::template::{filled, filled_path, filled_text, placeholders};

/// A connector made of a declaration.
#[derive(Debug)]
pub struct DeclaredConnector {
    contract: Contract,
    requests: BTreeMap<String, RequestTemplate>,
    http: HttpConnector,
}

/// The request that an operation means.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct RequestTemplate {
    #[serde(default = "get")]
    method: String,
    path: String,
    #[serde(default)]
    query: Map<String, Value>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: Value,
    /// JSON pointer to the output inside the answer's body; empty: the whole body.
    #[serde(default)]
    output: String,
    #[serde(default)]
    pagination: Value,
    #[serde(default)]
    errors: Vec<ErrorRule>,
}

fn get() -> String {
    "GET".to_owned()
}

/// A status that is a business error.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct ErrorRule {
    status: u16,
    code: String,
}

#[derive(Deserialize)]
struct Declaration {
    operations: Vec<DeclaredOperation>,
}

#[derive(Deserialize)]
struct DeclaredOperation {
    name: String,
    http: RequestTemplate,
}

/// A declaration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum InvalidDeclaration {
    /// Not JSON, or not the shape of a declaration.
    #[error("the declaration does not have the shape of a contract with `http` requests")]
    Shape(#[from] serde_json::Error),
    /// One operation contradicts itself.
    #[error("operation `{operation}`: {problem}")]
    Operation {
        /// Its name.
        operation: String,
        /// What is wrong and what would be right.
        problem: String,
    },
}

impl DeclaredConnector {
    /// Reads a declaration.
    ///
    /// # Errors
    /// [`InvalidDeclaration`] when it is not JSON of that shape, a path does not begin with `/`, a placeholder of the
    /// path is not a required parameter, or a rule raises an error that the contract does not declare.
    pub fn from_json(declaration: &str) -> Result<Self, InvalidDeclaration> {
        let contract: Contract = serde_json::from_str(declaration)?;
        let declared: Declaration = serde_json::from_str(declaration)?;
        let requests: BTreeMap<String, RequestTemplate> =
            declared.operations.into_iter().map(|operation| (operation.name, operation.http)).collect();
        for operation in &contract.operations {
            let refuse = |problem: String| InvalidDeclaration::Operation {
                operation: operation.name.clone(),
                problem,
            };
            let Some(request) = requests.get(&operation.name) else {
                return Err(refuse("has no `http`".to_owned()));
            };
            if !request.path.starts_with('/') {
                return Err(refuse(format!("the path `{}` must begin with `/`", request.path)));
            }
            let required = &operation.input_schema["required"];
            let is_required =
                |name: &str| required.as_array().is_some_and(|all| all.iter().any(|one| one == name));
            if let Some(name) = placeholders(&request.path).find(|name| !is_required(name)) {
                return Err(refuse(format!("the path needs `{name}`, so the input schema must require it")));
            }
            let declares = |code: &str| operation.errors.iter().any(|error| error.code == code);
            if let Some(rule) = request.errors.iter().find(|rule| !declares(&rule.code)) {
                return Err(refuse(format!("raises `{}`, which its `errors` do not declare", rule.code)));
            }
        }
        Ok(Self { contract, requests, http: HttpConnector::new() })
    }

    async fn run(&self, call: &Call) -> Result<Outcome, Failure> {
        let unknown = || {
            let message =
                format!("the connector `{}` has no operation `{}`", self.contract.id, call.operation);
            Failure::new(FailureKind::Permanent, message)
        };
        let template = self.requests.get(&call.operation).ok_or_else(unknown)?;
        let request =
            Call { operation: "request".to_owned(), input: template.fill(&call.input)?, ..call.clone() };
        match self.http.call(&request).await {
            Outcome::Complete(mut answer) => {
                let output = answer["body"].pointer_mut(&template.output).map(Value::take);
                let lost = || {
                    let message = format!(
                        "the answer has nothing at `{}`: the system behind it has changed",
                        template.output
                    );
                    Failure::new(FailureKind::Permanent, message)
                };
                output.map(Outcome::Complete).ok_or_else(lost)
            }
            Outcome::Failure(failure) => {
                Ok(template.business_error(&failure).unwrap_or(Outcome::Failure(failure)))
            }
            error @ Outcome::BpmnError { .. } => Ok(error),
        }
    }
}

impl RequestTemplate {
    /// The parameters of the HTTP request.
    fn fill(&self, input: &Value) -> Result<Value, Failure> {
        let mut headers = Map::new();
        for (name, text) in &self.headers {
            // Headers may name secrets; data of the case must not.
            let injected = placeholders(text)
                .filter_map(|parameter| input[parameter].as_str())
                .any(|data| data.contains('{'));
            if injected {
                return Err(invalid(
                    &format!("headers.{name}"),
                    "a parameter holds `{`, which could name a secret and must not stand in a header",
                ));
            }
            headers.extend(filled_text(text, input).map(|value| (name.clone(), value)));
        }
        let query: Map<String, Value> = self
            .query
            .iter()
            .filter_map(|(name, value)| Some((name.clone(), filled(value, input)?)))
            .collect();
        Ok(json!({
            "method": self.method,
            "url": filled_path(&self.path, input)?,
            "headers": headers,
            "queryParameters": query,
            "body": filled(&self.body, input).unwrap_or(Value::Null),
            "pagination": self.pagination,
        }))
    }

    fn business_error(&self, failure: &Failure) -> Option<Outcome> {
        let code = failure.code.as_deref()?;
        let rule = self.errors.iter().find(|rule| rule.status.to_string() == code)?;
        let variables =
            json!({"response": failure.details.as_ref().map(|details| details["response"]["body"].clone())});
        Some(Outcome::bpmn_error(&rule.code, &failure.message, variables))
    }
}

#[async_trait]
impl Connector for DeclaredConnector {
    fn contract(&self) -> &Contract {
        &self.contract
    }

    async fn call(&self, call: &Call) -> Outcome {
        self.run(call).await.unwrap_or_else(Outcome::Failure)
    }
}
