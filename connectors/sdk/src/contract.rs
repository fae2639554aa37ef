//! What a connector offers, in a form that people, modelers and checks can read.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The description of a connector. Its JSON form is what the API lists.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Contract {
    /// Lower-case words joined by hyphens, e.g. `records`; the first half of every task type.
    pub id: String,
    /// Counts up with every change that a model could notice.
    pub version: u32,
    /// For people.
    pub title: String,
    /// At least one.
    pub operations: Vec<Operation>,
}

impl Contract {
    /// The operation of that name.
    pub fn operation(&self, name: &str) -> Option<&Operation> {
        self.operations.iter().find(|operation| operation.name == name)
    }
}

/// One thing that a connector can do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Operation {
    /// Lower-case words joined by hyphens, e.g. `create-delivery`; the second half of the task type.
    pub name: String,
    /// For people, e.g. "Create delivery order".
    pub title: String,
    /// One or two sentences for the designer.
    #[serde(default)]
    pub description: String,
    /// Task types beside the canonical one, e.g. `io.camunda:http-json:1`.
    #[serde(default)]
    pub task_types: Vec<String>,
    /// JSON Schema 2020-12 of the parameters; an object schema.
    pub input_schema: Value,
    /// JSON Schema 2020-12 of the output.
    pub output_schema: Value,
    /// The BPMN errors that it may raise.
    #[serde(default)]
    pub errors: Vec<ErrorCode>,
    /// What a repeat does.
    pub delivery: Delivery,
    /// What it needs to be granted.
    #[serde(default)]
    pub capabilities: Capabilities,
    /// What holds when the model says nothing.
    #[serde(default)]
    pub defaults: RetryDefaults,
}

impl Operation {
    /// An idempotent operation without parameters, errors or needs; the other methods add to it.
    pub fn new(name: impl Into<String>, title: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            title: title.into(),
            description: String::new(),
            task_types: Vec::new(),
            input_schema: json!({"type": "object", "properties": {}}),
            output_schema: json!({}),
            errors: Vec::new(),
            delivery: Delivery::Idempotent,
            capabilities: Capabilities::default(),
            defaults: RetryDefaults::default(),
        }
    }

    /// Sets the description.
    pub fn description(mut self, text: impl Into<String>) -> Self {
        self.description = text.into();
        self
    }

    /// Adds a task type beside the canonical one.
    pub fn task_type(mut self, task_type: impl Into<String>) -> Self {
        self.task_types.push(task_type.into());
        self
    }

    /// Sets the schema of the parameters.
    pub fn input(mut self, schema: Value) -> Self {
        self.input_schema = schema;
        self
    }

    /// Sets the schema of the output.
    pub fn output(mut self, schema: Value) -> Self {
        self.output_schema = schema;
        self
    }

    /// Adds a BPMN error.
    pub fn error(mut self, code: impl Into<String>, meaning: impl Into<String>) -> Self {
        self.errors.push(ErrorCode { code: code.into(), meaning: meaning.into() });
        self
    }

    /// Sets the delivery class.
    pub fn delivery(mut self, delivery: Delivery) -> Self {
        self.delivery = delivery;
        self
    }

    /// Sets what it needs to be granted.
    pub fn capabilities(mut self, capabilities: Capabilities) -> Self {
        self.capabilities = capabilities;
        self
    }

    /// Sets what holds when the model says nothing.
    pub fn defaults(mut self, defaults: RetryDefaults) -> Self {
        self.defaults = defaults;
        self
    }
}

/// The task type under which an operation is bound in a model, e.g. `records:get-client`.
pub fn canonical_task_type(connector: &str, operation: &str) -> String {
    format!("{connector}:{operation}")
}

/// The task type of an operation in one version of the contract: `erp@2:create-delivery`. A process that uses it goes on
/// with that version when a newer one is installed beside it.
pub fn pinned_task_type(contract: &Contract, operation: &Operation) -> String {
    format!("{}@{}:{}", contract.id, contract.version, operation.name)
}

/// A BPMN error that an operation may raise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorCode {
    /// What the error boundary event names, e.g. `NOT_ENOUGH_STOCK`.
    pub code: String,
    /// When it is raised and which variables it brings.
    pub meaning: String,
}

/// What a repeat of a call does, e.g. after a crash between the call and its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Delivery {
    /// Repeating changes nothing.
    Idempotent,
    /// The idempotency key makes a repeat harmless: the first result is answered again.
    Keyed,
    /// The connector looks for its own reference before it repeats.
    SearchBeforeRetry,
    /// Must not be repeated when it is unknown whether the first attempt arrived.
    AtMostOnce,
}

/// What an operation needs to be granted by the connection.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Capabilities {
    /// Whether it opens network connections; the hosts are granted per connection.
    pub network: bool,
    /// Names of the secrets it reads by itself (not those that a model names).
    pub secrets: Vec<String>,
}

/// Retry policy and time limit that hold when the model says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RetryDefaults {
    /// Attempts before an incident, as in `zeebe:taskDefinition retries`.
    pub retries: u32,
    /// The waits between attempts.
    pub backoff: Backoff,
    /// Longest time for one attempt.
    #[serde(rename = "timeoutMs", with = "millis")]
    pub timeout: Duration,
}

impl Default for RetryDefaults {
    fn default() -> Self {
        Self { retries: 3, backoff: Backoff::default(), timeout: Duration::from_secs(30) }
    }
}

/// Waits that double from one attempt to the next up to a ceiling. Jitter is the runtime's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Backoff {
    /// The wait after the first failed attempt.
    #[serde(rename = "initialMs", with = "millis")]
    pub initial: Duration,
    /// The longest wait.
    #[serde(rename = "maximumMs", with = "millis")]
    pub maximum: Duration,
}

impl Backoff {
    /// The wait after that many failed attempts (from 1), without jitter.
    pub fn delay(&self, failed_attempts: u32) -> Duration {
        let doublings = failed_attempts.saturating_sub(1).min(31);
        self.initial.saturating_mul(1 << doublings).min(self.maximum)
    }
}

impl Default for Backoff {
    fn default() -> Self {
        Self { initial: Duration::from_secs(1), maximum: Duration::from_mins(5) }
    }
}

mod millis {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_millis)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backoff_doubles_up_to_its_ceiling_and_never_overflows() {
        let backoff = Backoff { initial: Duration::from_secs(1), maximum: Duration::from_secs(10) };
        let waits: Vec<u64> = (1..=6).map(|failed| backoff.delay(failed).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 10, 10]);
        assert_eq!(backoff.delay(u32::MAX), Duration::from_secs(10));
    }

    #[test]
    fn a_contract_survives_its_json_form() {
        let contract = Contract {
            id: "erp".into(),
            version: 2,
            title: "ERP".into(),
            operations: vec![
                Operation::new("post", "Post")
                    .description("Posts.")
                    .task_type("legacy:post:1")
                    .error("CLOSED", "The period is closed.")
                    .delivery(Delivery::SearchBeforeRetry),
            ],
        };
        let json = serde_json::to_value(&contract).unwrap();
        assert_eq!(json["operations"][0]["delivery"], "search-before-retry");
        assert_eq!(json["operations"][0]["defaults"]["timeoutMs"], 30_000);
        assert_eq!(serde_json::from_value::<Contract>(json).unwrap(), contract);
    }
}
