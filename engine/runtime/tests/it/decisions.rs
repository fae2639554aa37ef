//! Decisions: deployed in versions, called by processes, evaluated on request, and bounded in time.

use std::sync::Arc;
use std::time::Duration;

use hosk_connector::Registry;
use hosk_core::{Incident, IncidentKind, InstanceState, ProcessInstanceKey};
use hosk_runtime::{Config, DEFAULT_TENANT, DecisionReference, Engine, Error, EvaluateDecision, SystemClock};
use hosk_store::{Memory, Store};

use crate::support::*;

/// A business rule task that calls `rate`, then a service task, so that the result can be seen.
fn rating(id: &str, binding: &str) -> String {
    let called = format!(
        r#"<bpmn:extensionElements><zeebe:calledDecision decisionId="rate" resultVariable="rating" {binding}/></bpmn:extensionElements>"#
    );
    let nodes = [
        ("startEvent", "start", ""),
        ("businessRuleTask", "rule", &*called),
        ("serviceTask", "look", &job("look", "")),
        ("endEvent", "end", ""),
    ];
    process(id, &line(&nodes))
}

/// The decision `rate` as an expression.
fn decision(expression: &str, tag: &str) -> Vec<u8> {
    let tag = if tag.is_empty() {
        String::new()
    } else {
        format!(r#"<extensionElements><zeebe:versionTag value="{tag}"/></extensionElements>"#)
    };
    format!(
        r#"<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/"
             xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="rates" name="Rates" namespace="n">
           <decision id="rate" name="Rate">{tag}<literalExpression><text>{expression}</text></literalExpression>
           </decision></definitions>"#
    )
    .into_bytes()
}

async fn deploy_files(engine: &Engine, files: Vec<(&str, Vec<u8>)>) {
    let files = files.into_iter().map(|(name, bytes)| (name.to_owned(), bytes)).collect();
    engine.deploy(DEFAULT_TENANT.into(), files).await.unwrap_or_else(|error| panic!("{error:?}"));
}

async fn state(store: &dyn Store, instance: ProcessInstanceKey) -> InstanceState {
    store.load(instance).await.unwrap().unwrap().state
}

async fn incident(store: &dyn Store, instance: ProcessInstanceKey) -> Incident {
    state(store, instance).await.incidents().next().unwrap().clone()
}

fn evaluate(variables: hosk_core::Variables) -> EvaluateDecision {
    EvaluateDecision {
        tenant: DEFAULT_TENANT.into(),
        decision: DecisionReference::Id("rate".into()),
        variables,
    }
}

#[tokio::test]
async fn each_binding_finds_its_version() {
    let engine = engine().await;
    let together = vec![
        ("deployed.bpmn", rating("deployed", r#"bindingType="deployment""#).into_bytes()),
        ("rates.dmn", decision("\"first\"", "")),
    ];
    deploy_files(&engine, together).await;
    deploy(&engine, "latest", rating("latest", "")).await;
    deploy(&engine, "tagged", rating("tagged", r#"bindingType="versionTag" versionTag="v2""#)).await;
    deploy_files(&engine, vec![("rates.dmn", decision("\"second\"", "v2"))]).await;
    deploy_files(&engine, vec![("rates.dmn", decision("\"third\"", ""))]).await;
    for (process, rating) in [("deployed", "\"first\""), ("tagged", "\"second\""), ("latest", "\"third\"")] {
        create(&engine, process, &[]).await;
        let job = jobs(&engine, "look", 1).await.remove(0);
        assert_eq!(job.variables["rating"].text(), rating, "{process}");
        complete(&engine, &job, &[]).await;
    }
}

#[tokio::test]
async fn a_failure_waits_for_a_corrected_decision() {
    let store = Arc::new(Memory::new());
    let engine = start_on(store.clone()).await;
    deploy(&engine, "p", rating("p", "")).await;
    let instance = create(&engine, "p", &[("amount", "7")]).await;
    let missing = incident(&*store, instance).await;
    assert_eq!(missing.kind, IncidentKind::CalledDecisionError);

    deploy_files(
        &engine,
        vec![("rates.dmn", decision(r#"assert(amount, amount &gt; 10, "too little")"#, ""))],
    )
    .await;
    engine.resolve_incident(missing.key).await.unwrap();
    let failed = incident(&*store, instance).await;
    assert_eq!(failed.kind, IncidentKind::DecisionEvaluationError);
    assert!(
        failed.message.contains("too little") && failed.message.contains("amount = 7"),
        "{}",
        failed.message
    );

    deploy_files(&engine, vec![("rates.dmn", decision("amount * 2", ""))]).await;
    engine.resolve_incident(failed.key).await.unwrap();
    let job = jobs(&engine, "look", 1).await.remove(0);
    assert_eq!(job.variables["rating"].text(), "14");
}

/// The steps would allow it; the clock does not.
#[tokio::test]
async fn what_takes_too_long_is_an_incident_and_tried_again() {
    let store = Arc::new(Memory::new());
    let mut config = Config { seed: Some(1), ..Config::default() };
    config.feel.steps = u64::MAX;
    config.feel.time = Duration::from_millis(50);
    let (registry, clock) = (Arc::new(Registry::new()), Arc::new(SystemClock));
    let engine = Engine::start(config, store.clone(), registry, clock).await.unwrap();
    let endless = decision("every i in 1..rounds satisfies i &gt; 0", "");
    deploy_files(&engine, vec![("rates.dmn", endless), ("p.bpmn", rating("p", "").into_bytes())]).await;
    let instance = create(&engine, "p", &[("rounds", "1000000000000")]).await;
    let incident = incident(&*store, instance).await;
    assert_eq!(incident.kind, IncidentKind::LimitExceeded);
    assert!(incident.message.contains("50 ms"), "{}", incident.message);

    // On request it is an answer.
    let request = evaluate(variables(&[("rounds", "1000000000000")]));
    let answer = engine.evaluate_decision(request).await.unwrap();
    assert!(answer.output.is_none());
    assert!(answer.evaluation.failed().is_some_and(|(_, message)| message.contains("50 ms")));

    engine.set_variables(instance.root(), variables(&[("rounds", "10")]), true).await.unwrap();
    engine.resolve_incident(incident.key).await.unwrap();
    let job = jobs(&engine, "look", 1).await.remove(0);
    assert_eq!(job.variables["rating"].text(), "true");
}

#[tokio::test]
async fn null_is_a_result_and_a_missing_decision_is_not() {
    let engine = engine().await;
    let missing = engine.evaluate_decision(evaluate(variables(&[]))).await;
    assert!(matches!(missing, Err(Error::DecisionNotFound { .. })), "{missing:?}");
    deploy_files(&engine, vec![("rates.dmn", decision("amount + nope", ""))]).await;
    let answer = engine.evaluate_decision(evaluate(variables(&[("amount", "1")]))).await.unwrap();
    assert_eq!(answer.output.map(|output| output.text().to_owned()).as_deref(), Some("null"));
    assert!(answer.evaluation.failed().is_none());
}
