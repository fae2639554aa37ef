//! The contract, and which function does which operation. Schemas come from the types of parameters and results.

use std::panic::{AssertUnwindSafe, catch_unwind};

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::{BpmnError, Call, Error, Failure, FailureKind, Result, log};

/// What a repeat does, when whether the first attempt arrived is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// Repeating changes nothing.
    Idempotent,
    /// The idempotency key makes a repeat harmless.
    Keyed,
    /// The operation looks for its own reference before it repeats.
    SearchBeforeRetry,
    /// It must not be repeated.
    AtMostOnce,
}

impl Delivery {
    fn word(self) -> &'static str {
        match self {
            Self::Idempotent => "idempotent",
            Self::Keyed => "keyed",
            Self::SearchBeforeRetry => "search-before-retry",
            Self::AtMostOnce => "at-most-once",
        }
    }
}

type Run = Box<dyn Fn(Value, &Call) -> Result<Value> + Send + Sync>;

/// One thing that the connector can do. It is made anew for each call, so that schemas are made only when they are asked
/// for.
pub struct Operation {
    name: &'static str,
    title: &'static str,
    description: &'static str,
    delivery: Delivery,
    errors: Vec<(&'static str, &'static str)>,
    secrets: Vec<&'static str>,
    network: bool,
    /// Retries, first and longest pause, time limit; pauses and limit in milliseconds.
    defaults: Option<(u32, (u64, u64), u64)>,
    schemas: fn() -> [Value; 2],
    run: Run,
}

impl Operation {
    /// An idempotent operation that makes requests; the other methods change what is said of it. `run` gets what the step
    /// gives and makes one attempt.
    pub fn new<I, O>(
        name: &'static str,
        title: &'static str,
        run: impl Fn(I, &Call) -> Result<O> + Send + Sync + 'static,
    ) -> Self
    where
        I: DeserializeOwned + JsonSchema,
        O: Serialize + JsonSchema,
    {
        let run = move |input: Value, call: &Call| {
            let input = serde_json::from_value(input).map_err(|error| {
                Failure::new(FailureKind::InvalidInput, format!("the parameters do not fit: {error}"))
            })?;
            Ok(serde_json::to_value(run(input, call)?)?)
        };
        Self {
            name,
            title,
            description: "",
            delivery: Delivery::Idempotent,
            errors: Vec::new(),
            secrets: Vec::new(),
            network: true,
            defaults: None,
            schemas: || [schema_of::<I>(), schema_of::<O>()],
            run: Box::new(run),
        }
    }

    /// One or two sentences for the designer.
    pub fn description(mut self, text: &'static str) -> Self {
        self.description = text;
        self
    }

    /// What a repeat does.
    pub fn delivery(mut self, delivery: Delivery) -> Self {
        self.delivery = delivery;
        self
    }

    /// Declares a code that a [`BpmnError`] may have.
    pub fn error(mut self, code: &'static str, meaning: &'static str) -> Self {
        self.errors.push((code, meaning));
        self
    }

    /// Declares a secret that requests name.
    pub fn secret(mut self, name: &'static str) -> Self {
        self.secrets.push(name);
        self
    }

    /// It only computes: no requests.
    pub fn offline(mut self) -> Self {
        self.network = false;
        self
    }

    /// Attempts before an incident, the first pause between them and the longest, and the time for one attempt, in
    /// milliseconds; what holds when the model says nothing.
    pub fn defaults(mut self, retries: u32, pause: (u64, u64), timeout: u64) -> Self {
        self.defaults = Some((retries, pause, timeout));
        self
    }

    fn contract(&self) -> Value {
        let [input, output] = (self.schemas)();
        let errors: Vec<_> =
            self.errors.iter().map(|(code, meaning)| json!({"code": code, "meaning": meaning})).collect();
        let mut contract = json!({
            "name": self.name,
            "title": self.title,
            "description": self.description,
            "delivery": self.delivery.word(),
            "inputSchema": input,
            "outputSchema": output,
            "errors": errors,
            "capabilities": {"network": self.network, "secrets": self.secrets},
        });
        if let Some((retries, (initial, maximum), timeout)) = self.defaults {
            let backoff = json!({"initialMs": initial, "maximumMs": maximum});
            contract["defaults"] = json!({"retries": retries, "backoff": backoff, "timeoutMs": timeout});
        }
        contract
    }

    /// A code that the contract does not declare would be a surprise for the model.
    fn declared(&self, error: BpmnError) -> Error {
        if self.errors.iter().any(|(code, _)| *code == error.code) {
            return error.into();
        }
        let message = format!(
            "`{}` raised the error `{}`, which it does not declare: {}",
            self.name, error.code, error.message
        );
        Failure::new(FailureKind::Permanent, message).into()
    }
}

fn schema_of<T: JsonSchema>() -> Value {
    schemars::schema_for!(T).to_value()
}

/// A connector: its contract and what it does.
pub struct Plugin {
    id: &'static str,
    version: u32,
    title: String,
    operations: Vec<Operation>,
}

impl Plugin {
    /// The id, the version of the contract (another one when old steps would break), and the name that people read.
    pub fn new(id: &'static str, version: u32, title: impl Into<String>) -> Self {
        Self { id, version, title: title.into(), operations: Vec::new() }
    }

    /// Adds an operation.
    pub fn operation(mut self, operation: Operation) -> Self {
        self.operations.push(operation);
        self
    }

    /// The contract as the host reads it.
    pub fn contract(&self) -> Value {
        let operations: Vec<_> = self.operations.iter().map(Operation::contract).collect();
        json!({"id": self.id, "version": self.version, "title": self.title, "operations": operations})
    }

    /// Makes one attempt at one operation. A panic is a permanent failure that tells its message, as far as it can be
    /// caught: in a component a panic ends the instance, the host calls that `plugin-trap`, and the message is in the log.
    pub fn invoke(&self, operation: &str, input: &str, call: &Call) -> Result<String> {
        let Some(found) = self.operations.iter().find(|one| one.name == operation) else {
            let message = format!("there is no operation `{operation}`");
            return Err(Failure::new(FailureKind::Permanent, message).into());
        };
        let input = serde_json::from_str(input)?;
        match catch_unwind(AssertUnwindSafe(|| (found.run)(input, call))) {
            Ok(Ok(output)) => Ok(output.to_string()),
            Ok(Err(Error::Bpmn(error))) => Err(found.declared(error)),
            Ok(Err(error)) => Err(error),
            Err(panic) => {
                let said = panic.downcast_ref::<String>().map(String::as_str);
                let said = said.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic");
                log::error(format!("`{operation}` panicked: {said}"));
                Err(Failure::new(FailureKind::Permanent, format!("the plugin made a mistake: {said}")).into())
            }
        }
    }
}
