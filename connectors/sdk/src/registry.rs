//! Which connector answers to a task type, and through which connection.
//!
//! A registry is a value: it is built, then shared. Cloning is cheap, so a changed one can replace the old while
//! running calls finish with what they began with.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::{
    Call, Connection, Connector, Contract, FailureKind, InvalidSchema, Operation, Outcome, Schema, Violation,
    canonical_task_type, pinned_task_type,
};

/// Most violations named in one failure message.
const MAX_NAMED: usize = 5;

/// Connectors by task type, and connections by id.
#[derive(Clone, Default)]
pub struct Registry {
    connectors: BTreeMap<String, Arc<dyn Connector>>,
    bindings: BTreeMap<String, Arc<Binding>>,
    connections: BTreeMap<String, Arc<Connection>>,
}

impl Registry {
    /// A registry that knows nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a connector under all its task types, with and without the version of its contract.
    ///
    /// # Errors
    /// [`RegisterError`] when the contract is not sound, or its id or a task type is taken; nothing is added then.
    pub fn register(&mut self, connector: Arc<dyn Connector>) -> Result<(), RegisterError> {
        let contract = connector.contract();
        let id = contract.id.clone();
        check_name("connector id", &id)?;
        if self.connectors.contains_key(&id) {
            return Err(RegisterError::DuplicateConnector(id));
        }
        if contract.operations.is_empty() {
            return Err(RegisterError::NoOperations(id));
        }
        self.bind(&connector, true)?;
        self.connectors.insert(id, connector);
        Ok(())
    }

    /// Puts a connector in the place of the one of its id, or adds it. `pinned` are connectors of the same id and of
    /// other versions of the contract, which answer to the task types with their version beside it.
    ///
    /// # Errors
    /// [`RegisterError`] when a contract is not sound or a task type is taken; nothing is changed then.
    pub fn replace(
        &mut self,
        connector: Arc<dyn Connector>,
        pinned: &[Arc<dyn Connector>],
    ) -> Result<(), RegisterError> {
        let mut changed = self.clone();
        changed.unregister(&connector.contract().id);
        changed.register(connector)?;
        for other in pinned {
            changed.bind(other, false)?;
        }
        *self = changed;
        Ok(())
    }

    /// Takes a connector away with all its task types; whether there was one. Its connections stay.
    pub fn unregister(&mut self, id: &str) -> bool {
        self.bindings.retain(|_, binding| binding.connector_id() != id);
        self.connectors.remove(id).is_some()
    }

    /// Adds the task types of a connector: all, or those with the version of its contract.
    fn bind(&mut self, connector: &Arc<dyn Connector>, all: bool) -> Result<(), RegisterError> {
        let contract = connector.contract();
        let mut added = BTreeMap::new();
        for operation in &contract.operations {
            check_name("operation name", &operation.name)?;
            let binding = Arc::new(Binding::compile(connector, operation)?);
            let mut task_types = Vec::new();
            if all {
                task_types.extend(operation.task_types.iter().cloned());
                task_types.push(canonical_task_type(&contract.id, &operation.name));
            }
            task_types.push(pinned_task_type(contract, operation));
            for task_type in task_types {
                if self.bindings.contains_key(&task_type) || added.contains_key(&task_type) {
                    return Err(RegisterError::DuplicateTaskType(task_type));
                }
                added.insert(task_type, Arc::clone(&binding));
            }
        }
        self.bindings.append(&mut added);
        Ok(())
    }

    /// Adds a connection, or replaces the one of the same id.
    pub fn connect(&mut self, connection: Connection) {
        self.connections.insert(connection.id.clone(), Arc::new(connection));
    }

    /// Takes a connection away; whether there was one.
    pub fn disconnect(&mut self, id: &str) -> bool {
        self.connections.remove(id).is_some()
    }

    /// The connection of an id.
    pub fn connected(&self, id: &str) -> Option<&Arc<Connection>> {
        self.connections.get(id)
    }

    /// The operation that answers to a task type.
    pub fn lookup(&self, task_type: &str) -> Option<&Arc<Binding>> {
        self.bindings.get(task_type)
    }

    /// All task types that are answered, in order.
    pub fn task_types(&self) -> impl Iterator<Item = &str> {
        self.bindings.keys().map(String::as_str)
    }

    /// All contracts, ordered by id.
    pub fn contracts(&self) -> impl Iterator<Item = &Contract> {
        self.connectors.values().map(|connector| connector.contract())
    }

    /// The connector of that id.
    pub fn connector(&self, id: &str) -> Option<&Arc<dyn Connector>> {
        self.connectors.get(id)
    }

    /// All connections, ordered by id.
    pub fn connections(&self) -> impl Iterator<Item = &Arc<Connection>> {
        self.connections.values()
    }

    /// The connection for a call of `connector`: the named one, or the default one, which bears the connector's id.
    ///
    /// # Errors
    /// [`UnknownConnection`] when there is none of that id, or it belongs to another connector.
    pub fn connection(
        &self,
        connector: &str,
        named: Option<&str>,
    ) -> Result<&Arc<Connection>, UnknownConnection> {
        let id = named.unwrap_or(connector);
        let found = self.connections.get(id).filter(|connection| connection.connector == connector);
        found.ok_or_else(|| UnknownConnection { connection: id.to_owned(), connector: connector.to_owned() })
    }
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registry")
            .field("task_types", &self.bindings.keys())
            .field("connections", &self.connections.keys())
            .finish_non_exhaustive()
    }
}

/// Lower-case words joined by hyphens: safe in task types, file names and URLs.
fn check_name(what: &'static str, name: &str) -> Result<(), RegisterError> {
    let word = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    if name.len() <= 64
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.split('-').all(word)
    {
        Ok(())
    } else {
        Err(RegisterError::Name { what, name: name.to_owned() })
    }
}

/// One operation of one connector, with its schemas compiled.
#[derive(Clone)]
pub struct Binding {
    connector: Arc<dyn Connector>,
    operation: Operation,
    input: Schema,
    output: Schema,
}

impl Binding {
    fn compile(connector: &Arc<dyn Connector>, operation: &Operation) -> Result<Self, RegisterError> {
        let compile = |which: &'static str, schema| {
            Schema::compile(schema).map_err(|source| RegisterError::Schema {
                operation: canonical_task_type(&connector.contract().id, &operation.name),
                which,
                source,
            })
        };
        Ok(Self {
            connector: Arc::clone(connector),
            operation: operation.clone(),
            input: compile("input", &operation.input_schema)?,
            output: compile("output", &operation.output_schema)?,
        })
    }

    /// The connector's id.
    pub fn connector_id(&self) -> &str {
        &self.connector.contract().id
    }

    /// The operation's contract.
    pub fn operation(&self) -> &Operation {
        &self.operation
    }

    /// What does not fit the input schema.
    pub fn input_violations(&self, input: &serde_json::Value) -> Vec<Violation> {
        self.input.violations(input)
    }

    /// What does not fit the output schema.
    pub fn output_violations(&self, output: &serde_json::Value) -> Vec<Violation> {
        self.output.violations(output)
    }

    /// Makes the call and holds both sides to the contract: unfit input never reaches the connector, and unfit
    /// output or an undeclared BPMN error is a permanent failure that names what was broken.
    pub async fn call(&self, call: &Call) -> Outcome {
        let task_type = || canonical_task_type(self.connector_id(), &self.operation.name);
        let violations = self.input.violations(&call.input);
        if !violations.is_empty() {
            let message = format!(
                "the input of `{}` does not fit its contract: {}; correct the input mappings of `{}`",
                task_type(),
                name_some(&violations),
                call.context.element_id
            );
            return Outcome::failure(FailureKind::InvalidInput, message);
        }
        let outcome = self.connector.call(call).await;
        match &outcome {
            Outcome::Complete(output) => {
                let violations = self.output.violations(output);
                if violations.is_empty() {
                    return outcome;
                }
                let message = format!(
                    "`{}` was carried out, but its output does not fit its contract: {}; the connector or the system behind it has changed",
                    task_type(),
                    name_some(&violations)
                );
                Outcome::failure(FailureKind::Permanent, call.context.connection.redact(&message))
            }
            Outcome::BpmnError { code, message, .. } => {
                if self.operation.errors.iter().any(|declared| declared.code == *code) {
                    return outcome;
                }
                let message = format!(
                    "`{}` raised the BPMN error `{code}`, which its contract does not declare: {message}",
                    task_type()
                );
                Outcome::failure(FailureKind::Permanent, message)
            }
            Outcome::Failure(_) => outcome,
        }
    }
}

fn name_some(violations: &[Violation]) -> String {
    let mut text = violations.iter().take(MAX_NAMED).map(ToString::to_string).collect::<Vec<_>>().join("; ");
    if violations.len() > MAX_NAMED {
        text.push_str("; and more");
    }
    text
}

/// Why a connector was not added.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegisterError {
    /// The id or an operation's name has a wrong form.
    #[error("{what} `{name}`: use at most 64 lower-case letters and digits in words joined by hyphens")]
    Name {
        /// Which name.
        what: &'static str,
        /// As given.
        name: String,
    },
    /// Another connector has this id.
    #[error("a connector with the id `{0}` is registered already")]
    DuplicateConnector(String),
    /// Another operation answers to this task type.
    #[error("the task type `{0}` is answered already: each must lead to one operation")]
    DuplicateTaskType(String),
    /// The contract is empty.
    #[error("the contract of `{0}` has no operations")]
    NoOperations(String),
    /// A schema cannot be used.
    #[error("the {which} schema of `{operation}` cannot be used")]
    Schema {
        /// The canonical task type.
        operation: String,
        /// `input` or `output`.
        which: &'static str,
        /// What is wrong with it.
        source: InvalidSchema,
    },
}

/// A call names a connection that does not exist for its connector.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is no connection `{connection}` of the connector `{connector}`: create it or correct the task header `connection`"
)]
pub struct UnknownConnection {
    /// The id that was looked for.
    pub connection: String,
    /// The connector it must belong to.
    pub connector: String,
}
