//! The connector through which a process talks to hosk itself: `hosk:get-user-task`, `hosk:remember-value`.
//!
//! A process that escalates needs to know whether somebody has taken a task, and one that asked a person what a value
//! means in another system remembers the answer when the person says so. BPMN has no expression for either, so they
//! are steps like any other, with a contract like any other. Where tasks and dictionaries are is the installation's
//! affair: [`UserTasks`] and [`ValueMaps`] are implemented by whoever has them.

#![forbid(unsafe_code)]

use std::sync::Arc;

use hosk_connector::{
    Call, Connection, Connector, Contract, Delivery, FailureKind, Operation, Outcome, async_trait,
};
use serde_json::{Value, json};

/// The connector's id.
pub const ID: &str = "hosk";
const GET_USER_TASK: &str = "get-user-task";
const REMEMBER_VALUE: &str = "remember-value";

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

/// Keeps what values of one system are in another.
#[async_trait]
pub trait ValueMaps: Send + Sync + 'static {
    /// Says what a value becomes by the map that expressions of the tenant see under that id.
    ///
    /// # Errors
    /// Why it is not kept.
    async fn remember(&self, tenant: &str, entry: Entry<'_>) -> Result<(), NotKept>;
}

/// What is to be remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'e> {
    /// The id of the map.
    pub map: &'e str,
    /// The value.
    pub source: &'e str,
    /// What it becomes.
    pub target: &'e str,
}

/// Why something is not remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotKept {
    /// There is no such map that the tenant may change.
    NoMap,
    /// It cannot be, for this reason.
    Refused(String),
    /// It is worth trying again.
    Away(String),
}

/// The connector.
pub struct Tasks {
    contract: Contract,
    asked: Arc<dyn UserTasks>,
    maps: Arc<dyn ValueMaps>,
}

impl Tasks {
    /// Asks these tasks and writes to these maps.
    pub fn new(user_tasks: Arc<dyn UserTasks>, value_maps: Arc<dyn ValueMaps>) -> Self {
        Self { contract: contract(), asked: user_tasks, maps: value_maps }
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
        if call.operation == REMEMBER_VALUE {
            return self.remember(call).await;
        }
        let element = call.input["elementId"].as_str().unwrap_or_default();
        let instance = u64::try_from(call.context.process_instance).unwrap_or_default();
        match self.asked.newest(instance, element).await {
            Ok(found) => Outcome::Complete(answer(found)),
            Err(what) => Outcome::failure(FailureKind::Transient, what),
        }
    }
}

impl Tasks {
    async fn remember(&self, call: &Call) -> Outcome {
        let text = |name: &str| call.input[name].as_str().unwrap_or_default();
        let entry = Entry { map: text("map"), source: text("source"), target: text("target") };
        match self.maps.remember(&call.context.tenant, entry).await {
            Ok(()) => Outcome::Complete(json!({"remembered": true})),
            Err(NotKept::NoMap) => {
                let what = format!("there is no value map `{}` that this tenant may change", entry.map);
                Outcome::failure(FailureKind::NotFound, what)
            }
            Err(NotKept::Refused(what)) => Outcome::failure(FailureKind::InvalidInput, what),
            Err(NotKept::Away(what)) => Outcome::failure(FailureKind::Transient, what),
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
    let get_user_task = Operation::new(GET_USER_TASK, "Look who has a user task")
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
    let operations = vec![get_user_task, remember_value()];
    Contract { id: ID.to_owned(), version: 1, title: "hosk".to_owned(), operations }
}

fn remember_value() -> Operation {
    let text = |title: &str, description: &str| json!({"type": "string", "minLength": 1, "maxLength": 256, "title": title, "description": description});
    Operation::new(REMEMBER_VALUE, "Remember what a value becomes")
        .description("An entry of a value map: set, whether or not it was there.")
        .input(json!({
            "type": "object",
            "properties": {
                "map": text("Value map", "Id of the value map, as expressions write it"),
                "source": text("Value", "The value that had no match"),
                "target": text("Becomes", "What it is in the other system")
            },
            "required": ["map", "source", "target"]
        }))
        .output(json!({
            "type": "object",
            "properties": {"remembered": {"type": "boolean"}},
            "required": ["remembered"]
        }))
        .delivery(Delivery::Idempotent)
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

    #[async_trait]
    impl ValueMaps for Known {
        async fn remember(&self, tenant: &str, entry: Entry<'_>) -> Result<(), NotKept> {
            assert_eq!((tenant, entry.source, entry.target), ("<default>", "Boss", "Director"));
            match entry.map {
                "positions" => Ok(()),
                "full" => Err(NotKept::Refused("it is full".into())),
                "away" => Err(NotKept::Away("the database is away".into())),
                _ => Err(NotKept::NoMap),
            }
        }
    }

    async fn ask(process_instance: i64, input: Value) -> Outcome {
        call(GET_USER_TASK, process_instance, input).await
    }

    async fn call(operation: &str, process_instance: i64, input: Value) -> Outcome {
        let mut registry = Registry::new();
        registry.register(Arc::new(Tasks::new(Arc::new(Known), Arc::new(Known)))).unwrap();
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
        let call = Call { operation: operation.into(), input, headers: BTreeMap::new(), context };
        registry.lookup(&format!("hosk:{operation}")).unwrap().call(&call).await
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

    #[tokio::test]
    async fn an_answer_is_remembered_or_it_is_said_why_not() {
        let remember = async |map: &str| {
            let input = json!({"map": map, "source": "Boss", "target": "Director"});
            call(REMEMBER_VALUE, 1, input).await
        };
        let Outcome::Complete(done) = remember("positions").await else { panic!("not kept") };
        assert_eq!(done, json!({"remembered": true}));
        for (map, kind) in [
            ("full", FailureKind::InvalidInput),
            ("away", FailureKind::Transient),
            ("nothing", FailureKind::NotFound),
        ] {
            let Outcome::Failure(failure) = remember(map).await else { panic!("{map} was kept") };
            assert_eq!(failure.kind, kind, "{map}");
        }
        let Outcome::Failure(bad) = call(REMEMBER_VALUE, 1, json!({"map": "positions", "source": ""})).await
        else {
            panic!("no failure")
        };
        assert_eq!(bad.kind, FailureKind::InvalidInput);
    }
}
