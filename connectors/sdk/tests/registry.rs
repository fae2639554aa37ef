//! Registering, looking up, and calling through a binding that holds both sides to the contract.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context as Poller, Poll, Waker};
use std::time::SystemTime;

use hosk_connector::{
    Call, Connection, Connector, Context, Contract, FailureKind, Operation, Outcome, RegisterError, Registry,
    async_trait,
};
use serde_json::{Value, json};

/// Answers with what the input says.
struct Echo(Contract);

#[async_trait]
impl Connector for Echo {
    fn contract(&self) -> &Contract {
        &self.0
    }

    async fn call(&self, call: &Call) -> Outcome {
        match call.input["raise"].as_str() {
            Some(code) => Outcome::bpmn_error(code, "raised", json!({})),
            None => Outcome::Complete(call.input["answer"].clone()),
        }
    }
}

fn echo(id: &str, operations: Vec<Operation>) -> Arc<dyn Connector> {
    Arc::new(Echo(Contract { id: id.into(), version: 1, title: id.into(), operations }))
}

fn say() -> Operation {
    Operation::new("say", "Say")
        .input(json!({"type": "object", "required": ["answer"]}))
        .output(json!({"type": "string"}))
        .error("KNOWN", "Declared")
        .task_type("alias:say")
}

fn call(input: Value) -> Call {
    let mut connection = Connection::new("echo", "echo");
    connection.secrets.insert("PIN".into(), "4711".into());
    Call {
        operation: "say".into(),
        input,
        headers: BTreeMap::new(),
        context: Context {
            tenant: "<default>".into(),
            connection: Arc::new(connection),
            process_instance: 1,
            element_id: "ship".into(),
            job_key: 2,
            attempt: 1,
            idempotency_key: "2".into(),
            deadline: SystemTime::UNIX_EPOCH,
            trace_parent: None,
        },
    }
}

fn run(input: Value) -> Outcome {
    let mut registry = Registry::new();
    registry.register(echo("echo", vec![say()])).unwrap();
    let binding = registry.lookup("alias:say").unwrap();
    let call = call(input);
    now(binding.call(&call))
}

/// The outcome of a call that never waits.
fn now(call: impl Future<Output = Outcome>) -> Outcome {
    match pin!(call).poll(&mut Poller::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => outcome,
        Poll::Pending => panic!("the echo never waits"),
    }
}

#[test]
fn all_task_types_lead_to_the_operation() {
    let mut registry = Registry::new();
    registry.register(echo("echo", vec![say()])).unwrap();
    let types: Vec<_> = registry.task_types().collect();
    assert_eq!(types, ["alias:say", "echo:say", "echo@1:say"]);
    assert_eq!(registry.lookup("echo:say").unwrap().operation().name, "say");
    assert!(registry.lookup("echo:shout").is_none());
    assert_eq!(registry.contracts().count(), 1);
}

#[test]
fn duplicates_are_refused_and_change_nothing() {
    let mut registry = Registry::new();
    registry.register(echo("echo", vec![say()])).unwrap();
    let again = registry.register(echo("echo", vec![say()]));
    assert_eq!(again, Err(RegisterError::DuplicateConnector("echo".into())));
    let clash = registry.register(echo("other", vec![Operation::new("first", "First"), say()]));
    assert_eq!(clash, Err(RegisterError::DuplicateTaskType("alias:say".into())));
    assert!(registry.lookup("other:first").is_none(), "half of a refused connector must not stay");
    let twice = registry.register(echo("twice", vec![Operation::new("a", "A"), Operation::new("a", "A")]));
    assert_eq!(twice, Err(RegisterError::DuplicateTaskType("twice:a".into())));
}

#[test]
fn unsound_contracts_are_refused() {
    let mut registry = Registry::new();
    for id in ["", "Echo", "1echo", "echo-", "a:b", "a b"] {
        assert!(matches!(registry.register(echo(id, vec![say()])), Err(RegisterError::Name { .. })), "{id}");
    }
    assert_eq!(registry.register(echo("empty", vec![])), Err(RegisterError::NoOperations("empty".into())));
    let broken = Operation::new("say", "Say").output(json!({"type": "colour"}));
    let error = registry.register(echo("broken", vec![broken])).unwrap_err();
    assert!(matches!(error, RegisterError::Schema { which: "output", .. }), "{error:?}");
}

#[test]
fn connections_belong_to_their_connector() {
    let mut registry = Registry::new();
    registry.connect(Connection::new("echo", "echo"));
    registry.connect(Connection::new("second", "echo"));
    assert_eq!(registry.connection("echo", None).unwrap().id, "echo");
    assert_eq!(registry.connection("echo", Some("second")).unwrap().id, "second");
    assert!(registry.connection("http", Some("second")).is_err());
    assert!(registry.connection("http", None).unwrap_err().to_string().contains("http"));
}

#[test]
fn unfit_input_does_not_reach_the_connector() {
    let Outcome::Failure(failure) = run(json!({"raise": "KNOWN"})) else { panic!("must fail") };
    assert_eq!(failure.kind, FailureKind::InvalidInput);
    assert!(failure.message.contains("answer") && failure.message.contains("ship"), "{}", failure.message);
}

#[test]
fn unfit_output_and_undeclared_errors_are_permanent() {
    let Outcome::Failure(failure) = run(json!({"answer": ["4711"]})) else { panic!("must fail") };
    assert_eq!(failure.kind, FailureKind::Permanent);
    assert!(!failure.message.contains("4711"), "secrets are blotted out: {}", failure.message);
    let Outcome::Failure(failure) = run(json!({"answer": "", "raise": "UNKNOWN"})) else {
        panic!("must fail")
    };
    assert!(failure.message.contains("UNKNOWN"));
    assert!(matches!(run(json!({"answer": "", "raise": "KNOWN"})), Outcome::BpmnError { .. }));
    assert_eq!(run(json!({"answer": "yes"})), Outcome::Complete(json!("yes")));
}

/// A connector of a version of a contract, which answers with that version.
struct Versioned(Contract);

#[async_trait]
impl Connector for Versioned {
    fn contract(&self) -> &Contract {
        &self.0
    }

    async fn call(&self, _: &Call) -> Outcome {
        Outcome::Complete(json!(self.0.version.to_string()))
    }
}

fn versioned(id: &str, version: u32, operations: Vec<Operation>) -> Arc<dyn Connector> {
    Arc::new(Versioned(Contract { id: id.into(), version, title: id.into(), operations }))
}

fn answer(registry: &Registry, task_type: &str) -> Option<Outcome> {
    let binding = registry.lookup(task_type)?;
    Some(now(binding.call(&call(json!({"answer": "hello"})))))
}

#[test]
fn versions_of_a_contract_stand_side_by_side_and_give_way() {
    let mut registry = Registry::new();
    registry.register(echo("other", vec![Operation::new("say", "Say")])).unwrap();
    registry.replace(versioned("erp", 1, vec![say()]), &[]).unwrap();
    let first = registry.lookup("erp:say").unwrap().clone();
    registry.replace(versioned("erp", 2, vec![say()]), &[versioned("erp", 1, vec![say()])]).unwrap();
    let version = |task_type: &str| answer(&registry, task_type);
    assert_eq!(version("erp@1:say"), Some(Outcome::Complete(json!("1"))));
    for task_type in ["erp@2:say", "erp:say", "alias:say"] {
        assert_eq!(version(task_type), Some(Outcome::Complete(json!("2"))), "{task_type}");
    }
    let running = now(first.call(&call(json!({"answer": "hello"}))));
    assert_eq!(running, Outcome::Complete(json!("1")), "what began with the old one ends with it");

    let stolen = Operation::new("say", "Say").task_type("other:say");
    let taken = registry.replace(versioned("erp", 3, vec![stolen]), &[]);
    assert_eq!(taken, Err(RegisterError::DuplicateTaskType("other:say".into())));
    assert_eq!(answer(&registry, "erp@1:say"), Some(Outcome::Complete(json!("1"))), "nothing was changed");

    assert!(registry.unregister("erp") && !registry.unregister("erp"));
    for task_type in ["erp@1:say", "erp@2:say", "erp:say", "alias:say"] {
        assert!(registry.lookup(task_type).is_none(), "{task_type}");
    }
    assert!(registry.lookup("other:say").is_some() && registry.lookup("other@1:say").is_some());
}
