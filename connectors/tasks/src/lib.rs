//! The connector through which a process asks hosk itself about its user tasks: `hosk:get-user-task`.
//!
//! A process that escalates needs to know whether somebody has taken a task. BPMN has no expression for that, so it
//! is a step like any other, with a contract like any other. Where the answer comes from is the installation's
//! affair: [`UserTasks`] is implemented by whoever has the read side.

#![forbid(unsafe_code)]

use std::sync::Arc;

use hosk_connector::{
    Call, Connection, Connector, Contract, Delivery, FailureKind, Operation, Outcome, async_trait,
};
use serde_json::{Value, json};

/// The connector's id.
pub const ID: &str = "hosk";
const GET_USER_TASK: &str = "get-user-task";

/// Looks up user tasks.
#[async_trait]
pub trait UserTasks: Send + Sync + 'static {
    /// The newest user task of an element in a process instance.
    ///
    /// # Errors
    /// A sentence when the look-up failed; it is worth trying again.
    async fn newest(&self, process_instance: u64, element_id: &str) -> Result<Option<UserTask>, String>;
}

/// What a process may know about a user task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserTask {
    /// Its key.
    pub key: u64,
    /// Its state as the REST API spells it, e.g. `CREATED`.
    pub state: String,
    /// Who has it.
    pub assignee: Option<String>,
}

/// The connector.
pub struct Tasks {
    contract: Contract,
    user_tasks: Arc<dyn UserTasks>,
}

impl Tasks {
    /// Answers from the given read side.
    pub fn new(user_tasks: Arc<dyn UserTasks>) -> Self {
        Self { contract: contract(), user_tasks }
    }

    /// The connection it needs: none of the outside world.
    pub fn connection() -> Connection {
        Connection::new(ID, ID)
    }
}

#[async_trait]
impl Connector for Tasks {
    fn contract(&self) -> &Contract {
        &self.contract
    }

    async fn call(&self, call: &Call) -> Outcome {
        let element = call.input["elementId"].as_str().unwrap_or_default();
        let instance = u64::try_from(call.context.process_instance).unwrap_or_default();
        match self.user_tasks.newest(instance, element).await {
            Ok(found) => Outcome::Complete(answer(found)),
            Err(what) => Outcome::failure(FailureKind::Transient, what),
        }
    }
}

fn answer(found: Option<UserTask>) -> Value {
    match found {
        Some(task) => {
            json!({"found": true, "key": task.key.to_string(), "state": task.state, "assignee": task.assignee})
        }
        None => json!({"found": false, "key": null, "state": null, "assignee": null}),
    }
}

fn contract() -> Contract {
    let operation = Operation::new(GET_USER_TASK, "Look who has a user task")
        .description("State and assignee of the newest user task of an element in the same process instance.")
        .input(json!({
            "type": "object",
            "properties": {
                "elementId": {"type": "string", "minLength": 1, "title": "Element id", "description": "Id of the user task in the diagram"}
            },
            "required": ["elementId"]
        }))
        .output(json!({
            "type": "object",
            "properties": {
                "found": {"type": "boolean"},
                "key": {"type": ["string", "null"]},
                "state": {"type": ["string", "null"]},
                "assignee": {"type": ["string", "null"]}
            },
            "required": ["found", "key", "state", "assignee"]
        }))
        .delivery(Delivery::Idempotent);
    Contract { id: ID.to_owned(), version: 1, title: "hosk".to_owned(), operations: vec![operation] }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::SystemTime;

    use hosk_connector::{Context, Registry};

    use super::*;

    struct Known;

    #[async_trait]
    impl UserTasks for Known {
        async fn newest(&self, process_instance: u64, element_id: &str) -> Result<Option<UserTask>, String> {
            match (process_instance, element_id) {
                (1, "ship") => {
                    Ok(Some(UserTask { key: 7, state: "CREATED".into(), assignee: Some("anna".into()) }))
                }
                (2, _) => Err("the database is away".into()),
                _ => Ok(None),
            }
        }
    }

    async fn ask(process_instance: i64, input: Value) -> Outcome {
        let mut registry = Registry::new();
        registry.register(Arc::new(Tasks::new(Arc::new(Known)))).unwrap();
        let context = Context {
            tenant: "<default>".into(),
            connection: Arc::new(Tasks::connection()),
            process_instance,
            element_id: "look".into(),
            job_key: 1,
            attempt: 1,
            idempotency_key: "1".into(),
            deadline: SystemTime::UNIX_EPOCH,
            trace_parent: None,
        };
        let call = Call { operation: GET_USER_TASK.into(), input, headers: BTreeMap::new(), context };
        registry.lookup("hosk:get-user-task").unwrap().call(&call).await
    }

    #[tokio::test]
    async fn tells_who_has_it() {
        let Outcome::Complete(found) = ask(1, json!({"elementId": "ship"})).await else {
            panic!("no answer")
        };
        assert_eq!(found, json!({"found": true, "key": "7", "state": "CREATED", "assignee": "anna"}));
        let Outcome::Complete(none) = ask(1, json!({"elementId": "other"})).await else {
            panic!("no answer")
        };
        assert_eq!(none["found"], false);
    }

    #[tokio::test]
    async fn a_failed_look_up_is_tried_again_and_bad_input_is_not() {
        let Outcome::Failure(away) = ask(2, json!({"elementId": "ship"})).await else { panic!("no failure") };
        assert!(away.kind.is_retryable());
        let Outcome::Failure(bad) = ask(1, json!({})).await else { panic!("no failure") };
        assert_eq!(bad.kind, FailureKind::InvalidInput);
    }
}
