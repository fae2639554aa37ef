//! The Rust SDK deploys, starts, works jobs, completes tasks and looks at what it did.

#![expect(clippy::expect_used, reason = "a test that cannot go on stops")]

use std::time::Duration;

use camunda_orchestration_sdk::apis::decision_definition_api::{
    GetDecisionDefinitionParams, SearchDecisionDefinitionsParams,
};
use camunda_orchestration_sdk::apis::decision_instance_api::{
    GetDecisionInstanceParams, SearchDecisionInstancesParams,
};
use camunda_orchestration_sdk::apis::decision_requirements_api::{
    GetDecisionRequirementsParams, SearchDecisionRequirementsParams,
};
use camunda_orchestration_sdk::apis::element_instance_api::{
    CreateElementInstanceVariablesParams, SearchElementInstancesParams,
};
use camunda_orchestration_sdk::apis::expression_api::EvaluateExpressionParams;
use camunda_orchestration_sdk::apis::incident_api::{
    GetIncidentParams, ResolveIncidentParams, SearchIncidentsParams,
};
use camunda_orchestration_sdk::apis::job_api::{SearchJobsParams, UpdateJobParams};
use camunda_orchestration_sdk::apis::process_definition_api::{
    GetProcessDefinitionParams, GetStartProcessFormParams, SearchProcessDefinitionsParams,
};
use camunda_orchestration_sdk::apis::process_instance_api::{
    GetProcessInstanceCallHierarchyParams, GetProcessInstanceSequenceFlowsParams,
    GetProcessInstanceStatisticsParams, SearchProcessInstancesParams,
};
use camunda_orchestration_sdk::apis::user_task_api::{
    AssignUserTaskParams, CompleteUserTaskParams, GetUserTaskFormParams, GetUserTaskParams,
    SearchUserTaskVariablesParams, SearchUserTasksParams, UnassignUserTaskParams, UpdateUserTaskParams,
};
use camunda_orchestration_sdk::{CamundaClient, CamundaOptions, JobAction, JobWorkerConfig, models};
use clients::{file, serve};
use serde_json::{Value, json};

async fn client() -> CamundaClient {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let address = serve().await.expect("a server");
    let options = CamundaOptions::new()
        .with("CAMUNDA_REST_ADDRESS", address)
        .with("CAMUNDA_AUTH_STRATEGY", "NONE")
        .with("CAMUNDA_SDK_HTTP_RETRY_MAX_ATTEMPTS", "1");
    CamundaClient::new(options).expect("a client")
}

/// A model of the SDK from JSON: shorter than its constructors, and the same on the wire.
fn model<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).expect("a model")
}

fn start(process: &str, more: Value) -> models::ProcessInstanceCreationInstruction {
    let mut body = more;
    body["processDefinitionId"] = json!(process);
    let by_id: models::ProcessInstanceCreationInstructionById = model(body);
    models::ProcessInstanceCreationInstruction::ProcessInstanceCreationInstructionById(Box::new(by_id))
}

#[tokio::test]
async fn deploys_starts_works_and_awaits_the_result() {
    let client = client().await;
    let topology = client.topology().await.expect("a topology");
    assert_eq!(topology.cluster_size, 1);
    client.get_license().await.expect("a licence");
    client.get_authentication().await.expect("a caller");

    let deployed = client.deploy_resources(vec![file("work.bpmn")], None).await.expect("a deployment");
    let process = deployed.deployments[0].process_definition.as_ref().expect("a process");
    assert_eq!(process.process_definition_version, 1);

    let config = JobWorkerConfig::new("work").worker_name("rust").max_jobs_to_activate(8);
    let worker = client.create_job_worker(config).start(|job| async move {
        let amount = job.variables()["amount"].clone();
        JobAction::complete_with(json!({"paid": true, "amount": amount}))
    });
    let body = json!({"variables": {"amount": 42}, "awaitCompletion": true, "requestTimeout": 10_000});
    let done = client.create_process_instance(start("work", body)).await.expect("a result");
    assert_eq!((&done.variables["paid"], &done.variables["amount"]), (&json!(true), &json!(42)));
    drop(worker);

    let key = done.process_instance_key.to_string();
    let row = client.get_process_instance(&key).await.expect("the instance");
    assert_eq!(row.state, models::ProcessInstanceStateEnum::Completed);
    looks(&client, &key, &process.process_definition_key.to_string()).await;
}

/// Every view of an instance and its definition is read by the SDK's own types.
async fn looks(client: &CamundaClient, instance: &str, definition: &str) {
    let process_instance_key = instance.to_owned();
    let process_definition_key = definition.to_owned();
    let hierarchy =
        GetProcessInstanceCallHierarchyParams { process_instance_key: process_instance_key.clone() };
    assert_eq!(client.get_process_instance_call_hierarchy(hierarchy).await.expect("callers").len(), 1);
    let flows = GetProcessInstanceSequenceFlowsParams { process_instance_key: process_instance_key.clone() };
    assert_eq!(client.get_process_instance_sequence_flows(flows).await.expect("flows").items.len(), 2);
    let figures = GetProcessInstanceStatisticsParams { process_instance_key: process_instance_key.clone() };
    assert_eq!(client.get_process_instance_statistics(figures).await.expect("figures").items.len(), 3);
    // The SDK's look at the XML is left out: release 10.0.0 cannot read any answer that is not JSON.
    let one = GetProcessDefinitionParams { process_definition_key };
    assert_eq!(client.get_process_definition(one).await.expect("the definition").version, 1);
    let everything = SearchProcessDefinitionsParams { process_definition_search_query: None };
    assert_eq!(client.search_process_definitions(everything).await.expect("definitions").items.len(), 1);
    let query = model(json!({
        "sort": [{"field": "startDate", "order": "DESC"}], "page": {"from": 0, "limit": 10},
    }));
    let query = SearchProcessInstancesParams { process_instance_search_query: Some(query) };
    assert_eq!(client.search_process_instances(query).await.expect("instances").items.len(), 1);
    let query = SearchElementInstancesParams { element_instance_search_query: None };
    assert_eq!(client.search_element_instances(query).await.expect("elements").items.len(), 3);
    let variables = client.search_variables(models::VariableSearchQuery::default()).await.expect("variables");
    assert_eq!(variables.items.len(), 2);
    let jobs = client.search_jobs(SearchJobsParams { job_search_query: None }).await.expect("jobs");
    assert_eq!((jobs.items.len(), jobs.items[0].state), (1, models::JobStateEnum::Completed));
}

#[tokio::test]
async fn finds_takes_and_completes_user_tasks() {
    let client = client().await;
    let files = vec![file("review.bpmn"), file("review.form")];
    let deployed = client.deploy_resources(files, None).await.expect("a deployment");
    let process = deployed.deployments[0].process_definition.as_ref().expect("a process");
    let process_definition_key = process.process_definition_key.to_string();
    let form = GetStartProcessFormParams { process_definition_key };
    client.get_start_process_form(form).await.expect("a start form");
    client
        .create_process_instance(start("review", json!({"variables": {"what": "it"}})))
        .await
        .expect("an instance");

    // From JSON the SDK reads such a condition as an empty one; made by its types it goes out whole.
    let created = models::AdvancedUserTaskStateFilter {
        dollar_eq: Some(models::UserTaskStateEnum::Created),
        ..models::AdvancedUserTaskStateFilter::default()
    };
    let state = models::UserTaskStateFilterProperty::AdvancedUserTaskStateFilter(Box::new(created));
    let filter = models::UserTaskFilter { state: Some(Box::new(state)), ..models::UserTaskFilter::default() };
    let query = models::UserTaskSearchQuery {
        filter: Some(Box::new(filter)),
        ..models::UserTaskSearchQuery::default()
    };
    let open = SearchUserTasksParams { user_task_search_query: Some(query) };
    let found = client.search_user_tasks(open.clone()).await.expect("tasks");
    assert_eq!(found.items[0].name.as_deref(), Some("Look at it"));
    let user_task_key = found.items[0].user_task_key.to_string();
    let assign = |assignee: &str, allow_override: bool| AssignUserTaskParams {
        user_task_key: user_task_key.clone(),
        user_task_assignment_request: model(json!({"assignee": assignee, "allowOverride": allow_override})),
    };
    client.assign_user_task(assign("anna", true)).await.expect("assigned");
    assert!(client.assign_user_task(assign("bert", false)).await.is_err(), "taken");
    let task = GetUserTaskParams { user_task_key: user_task_key.clone() };
    assert_eq!(client.get_user_task(task).await.expect("the task").assignee.as_deref(), Some("anna"));
    client
        .unassign_user_task(UnassignUserTaskParams { user_task_key: user_task_key.clone() })
        .await
        .expect("given back");
    let update = UpdateUserTaskParams {
        user_task_key: user_task_key.clone(),
        user_task_update_request: Some(model(json!({"changeset": {"priority": 70}}))),
    };
    client.update_user_task(update).await.expect("updated");
    let form = GetUserTaskFormParams { user_task_key: user_task_key.clone() };
    assert_eq!(client.get_user_task_form(form).await.expect("a form").form_id.to_string(), "review-form");
    let variables = SearchUserTaskVariablesParams {
        user_task_key: user_task_key.clone(),
        truncate_values: None,
        user_task_variable_search_query_request: None,
    };
    assert_eq!(client.search_user_task_variables(variables).await.expect("variables").items.len(), 1);
    let complete = CompleteUserTaskParams {
        user_task_key,
        user_task_completion_request: Some(model(json!({"variables": {"good": true}}))),
    };
    client.complete_user_task(complete).await.expect("completed");
    let next = client.search_user_tasks(open).await.expect("tasks");
    assert_eq!(next.items[0].name.as_deref(), Some("Sign it"));
}

#[tokio::test]
async fn fails_jobs_and_resolves_their_incidents() {
    let client = client().await;
    client.deploy_resources(vec![file("work.bpmn")], None).await.expect("a deployment");
    let created = client.create_process_instance(start("work", json!({}))).await.expect("an instance");
    let take = || async {
        let request = model(
            json!({"type": "work", "timeout": 60_000, "maxJobsToActivate": 1, "requestTimeout": 2_000}),
        );
        client.activate_jobs(request).await.expect("jobs").jobs.remove(0)
    };
    let job = take().await;
    let failure = model(json!({"retries": 0, "errorMessage": "no luck"}));
    client.fail_job(&job.job_key.to_string(), failure).await.expect("failed");
    let query = SearchIncidentsParams { incident_search_query: None };
    let incident = client.search_incidents(query).await.expect("incidents").items.remove(0);
    assert_eq!(incident.error_type, models::IncidentErrorTypeEnum::JobNoRetries);
    let incident_key = incident.incident_key.to_string();
    let update = UpdateJobParams {
        job_key: job.job_key.to_string(),
        job_update_request: model(json!({"changeset": {"retries": 1}})),
    };
    client.update_job(update).await.expect("updated");
    let resolve =
        ResolveIncidentParams { incident_key: incident_key.clone(), incident_resolution_request: None };
    client.resolve_incident(resolve).await.expect("resolved");
    let again = GetIncidentParams { incident_key };
    let state = client.get_incident(again).await.expect("the incident").state;
    assert_eq!(state, models::IncidentStateEnum::Resolved);

    let key = created.process_instance_key.to_string();
    let set = CreateElementInstanceVariablesParams {
        element_instance_key: key.clone(),
        set_variable_request: model(json!({"variables": {"a": 1}})),
    };
    client.create_element_instance_variables(set).await.expect("set");
    let job = take().await;
    let error = model(json!({"errorCode": "NO_STOCK"}));
    client.throw_job_error(&job.job_key.to_string(), error).await.expect("thrown");
    let row = client.get_process_instance(&key).await.expect("the instance");
    assert_eq!(row.state, models::ProcessInstanceStateEnum::Completed);
    assert!(client.cancel_process_instance(&key, None).await.is_err(), "it is over");
}

#[tokio::test]
async fn publishes_correlates_and_evaluates() {
    let client = client().await;
    client.deploy_resources(vec![file("letter.bpmn")], None).await.expect("a deployment");
    let number = json!({"variables": {"number": "1"}});
    let created = client.create_process_instance(start("letter", number)).await.expect("an instance");
    let message = model(json!({"name": "answer", "correlationKey": "1"}));
    let reached = client.correlate_message(message).await.expect("correlated");
    assert_eq!(reached.process_instance_key, created.process_instance_key);
    let message = model(json!({"name": "answer", "correlationKey": "2", "timeToLive": 10_000}));
    client.publish_message(message).await.expect("published");
    let waiting = json!({"variables": {"number": "2"}, "awaitCompletion": true, "requestTimeout": 10_000});
    let waited = tokio::time::timeout(
        Duration::from_secs(12),
        client.create_process_instance(start("letter", waiting)),
    );
    waited.await.expect("in time").expect("a result");
    let expression_evaluation_request = model(json!({"expression": "=1 + 2"}));
    let evaluated =
        client.evaluate_expression(EvaluateExpressionParams { expression_evaluation_request }).await;
    assert_eq!(evaluated.expect("a value").result, Some(json!(3)));
}

fn decide(decision: &str, variables: &Value) -> models::DecisionEvaluationInstruction {
    let by_id: models::DecisionEvaluationById =
        model(json!({"decisionDefinitionId": decision, "variables": variables}));
    models::DecisionEvaluationInstruction::DecisionEvaluationById(Box::new(by_id))
}

#[tokio::test]
async fn deploys_evaluates_and_finds_decisions() {
    let client = client().await;
    let deployed = client.deploy_resources(vec![file("credit.dmn")], None).await.expect("a deployment");
    let graph = deployed.deployments[0].decision_requirements.as_ref().expect("a graph");
    let limit = deployed.deployments[1].decision_definition.as_ref().expect("a decision");
    assert_eq!((limit.name.as_str(), limit.version), ("Credit limit", 1));

    // The SDK's looks at the XML are left out: release 10.0.0 cannot read any answer that is not JSON.
    let one =
        GetDecisionDefinitionParams { decision_definition_key: limit.decision_definition_key.to_string() };
    assert_eq!(client.get_decision_definition(one).await.expect("the decision").name, "Credit limit");
    let all = SearchDecisionDefinitionsParams { decision_definition_search_query: None };
    assert_eq!(client.search_decision_definitions(all).await.expect("decisions").items.len(), 2);
    let one = GetDecisionRequirementsParams {
        decision_requirements_key: graph.decision_requirements_key.to_string(),
    };
    assert_eq!(client.get_decision_requirements(one).await.expect("the graph").version, 1);
    let all = SearchDecisionRequirementsParams { decision_requirements_search_query: None };
    assert_eq!(client.search_decision_requirements(all).await.expect("graphs").items.len(), 1);

    let answer = client.evaluate_decision(decide("limit", &json!({"amount": 150}))).await.expect("an output");
    assert_eq!((answer.output.as_str(), answer.evaluated_decisions.len()), ("5000", 2));
    assert_eq!(answer.evaluated_decisions[0].matched_rules[0].rule_index, 2);
    let query = model(json!({"page": {"from": 0, "limit": 10}}));
    let query = SearchDecisionInstancesParams { decision_instance_search_query: Some(query) };
    let found = client.search_decision_instances(query).await.expect("decision instances").items;
    let rating = found.iter().find(|row| row.decision_definition_name == "Rating").expect("the rating");
    assert_eq!(rating.result, "\"A\"");
    let key = rating.decision_evaluation_instance_key.to_string();
    let one = GetDecisionInstanceParams { decision_evaluation_instance_key: key };
    let whole = client.get_decision_instance(one).await.expect("the decision instance");
    assert_eq!((whole.evaluated_inputs.len(), whole.matched_rules.len()), (1, 1));

    // Two rules of the table match: it has no output, and the failure is kept.
    let failed = client.evaluate_decision(decide("limit", &json!({"amount": 200}))).await.expect("an answer");
    let id = failed.failed_decision_definition_id.expect("what failed").to_string();
    assert_eq!((id.as_str(), failed.output.as_str()), ("rating", "null"));
    assert!(client.evaluate_decision(decide("nothing", &json!({}))).await.is_err(), "it is not there");
}
