//! The Rust SDK as members of two tenants: each deploys, starts and works what is his, and sees nothing of the other's.

#![expect(clippy::expect_used, reason = "a test that cannot go on stops")]

use camunda_orchestration_sdk::apis::process_instance_api::SearchProcessInstancesParams;
use camunda_orchestration_sdk::{CamundaClient, CamundaOptions, models};
use clients::{file, serve_tenants};
use serde_json::{Value, json};

const OPERATORS: &[(&str, &str, &str)] =
    &[("anna", "anna's password", "north"), ("ben", "ben's password", "south")];

fn client(address: &str, (name, password, tenant): (&str, &str, &str)) -> CamundaClient {
    let options = CamundaOptions::new()
        .with("CAMUNDA_REST_ADDRESS", address)
        .with("CAMUNDA_AUTH_STRATEGY", "BASIC")
        .with("CAMUNDA_BASIC_AUTH_USERNAME", name)
        .with("CAMUNDA_BASIC_AUTH_PASSWORD", password)
        .with("CAMUNDA_DEFAULT_TENANT_ID", tenant)
        .with("CAMUNDA_SDK_HTTP_RETRY_MAX_ATTEMPTS", "1");
    CamundaClient::new(options).expect("a client")
}

/// A model of the SDK from JSON: shorter than its constructors, and the same on the wire.
fn model<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).expect("a model")
}

async fn running(client: &CamundaClient) -> usize {
    let query = SearchProcessInstancesParams { process_instance_search_query: None };
    let found = client.search_process_instances(query).await.expect("instances").items;
    found.iter().filter(|row| row.state == models::ProcessInstanceStateEnum::Active).count()
}

#[tokio::test]
async fn members_of_two_tenants_work_side_by_side() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let address = serve_tenants(OPERATORS).await.expect("a server");
    let [anna, ben] = [client(&address, OPERATORS[0]), client(&address, OPERATORS[1])];
    let mut instances = Vec::new();
    for client in [&anna, &ben] {
        client.deploy_resources(vec![file("work.bpmn")], None).await.expect("a deployment");
        let by_id: models::ProcessInstanceCreationInstructionById =
            model(json!({"processDefinitionId": "work"}));
        let start = models::ProcessInstanceCreationInstruction::ProcessInstanceCreationInstructionById(
            Box::new(by_id),
        );
        let created = client.create_process_instance(start).await.expect("an instance");
        instances.push(created.process_instance_key.to_string());
    }
    assert_eq!((running(&anna).await, running(&ben).await), (1, 1));
    anna.get_process_instance(&instances[0]).await.expect("her own");
    ben.get_process_instance(&instances[0]).await.expect_err("not his");

    let activation = |tenant: &str| -> models::JobActivationRequest {
        model(json!({
            "type": "work", "timeout": 60_000, "maxJobsToActivate": 5, "requestTimeout": -1,
            "tenantIds": [tenant]
        }))
    };
    ben.activate_jobs(activation("north")).await.expect_err("not his");
    let jobs = anna.activate_jobs(activation("north")).await.expect("jobs").jobs;
    assert_eq!(jobs.len(), 1);
    let job = jobs[0].job_key.to_string();
    ben.complete_job(&job, None).await.expect_err("not his");
    anna.complete_job(&job, None).await.expect("her own");
    assert_eq!((running(&anna).await, running(&ben).await), (0, 1));
}
