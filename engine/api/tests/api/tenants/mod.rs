//! Tenants told apart: who sees and does what, and that nothing leaks.

pub(crate) mod strangers;
mod table;
mod world;

use reqwest::Method;
use serde_json::{Value, json};

use crate::server::{Make, Server, file, text};
use strangers::{all_told, strangers_see_and_do_nothing, tenants_of, two_tenants};
use table::{Row, operations, row};
use world::{World, secrets};

#[tokio::test]
async fn no_route_tells_or_does_anything_of_a_foreign_tenant() {
    strangers_see_and_do_nothing(tenants_of(Make::default()).await).await;
}

#[tokio::test]
async fn nor_does_it_in_a_database() {
    strangers_see_and_do_nothing(tenants_of(Make { sqlite: true, ..Make::default() }).await).await;
}

#[tokio::test]
async fn what_belongs_to_the_installation_tells_nothing_of_a_tenants_work() {
    let (_, anna, ben) = two_tenants().await;
    let world = World::of(&ben).await;
    let secrets = secrets(&all_told(&ben, &world).await);
    for (method, path, id) in operations() {
        if matches!(row(id), Row::Installation) && (method == Method::GET || path.ends_with("/search")) {
            let answer = world.ask(&anna, &method, &path, "{}").await;
            assert!(answer.status.as_u16() < 500, "{id}: {}", answer.text);
            let told = world.without_asked(&answer.text);
            for secret in &secrets {
                assert!(!told.contains(secret.as_str()), "{id} tells {secret}");
            }
        }
    }
}

#[tokio::test]
async fn the_owner_may_do_what_the_stranger_may_not() {
    let (_, _, ben) = two_tenants().await;
    for (method, path, id) in operations() {
        if let Row::Does(body) = row(id) {
            // Each in a world of its own tenant's: one command ends what the next is about.
            if table::OUTCOMES.iter().any(|(one, _)| *one == id) {
                let world = World::of(&ben).await;
                let answer = world.ask(&ben, &method, &path, body).await;
                let (_, expected) = table::OUTCOMES.iter().find(|(one, _)| *one == id).unwrap();
                assert_eq!(answer.status.as_u16(), *expected, "{id}: {}", answer.text);
            } else {
                panic!("{id}: say in OUTCOMES what its owner is answered");
            }
        }
    }
}

#[tokio::test]
async fn a_tenant_is_named_or_the_default_one_is_meant() {
    let (olga, anna, _) = two_tenants().await;
    let work = [("resources", "work.bpmn", file("work.bpmn"))];
    let detail = anna.deploy_parts(&work).await.refused(400, "missing-field");
    assert!(detail.contains("tenantId"), "{detail}");
    let of = |tenant: &str| [work[0].clone(), ("tenantId", "", tenant.to_owned())];
    // Refused alike, whether there is such a tenant or not.
    for foreign in ["south", "nowhere", "<default>"] {
        anna.deploy_parts(&of(foreign)).await.refused(403, "forbidden");
    }
    anna.deploy_parts(&of("not a tenant")).await.refused(400, "invalid-argument");
    assert_eq!(anna.deploy_parts(&of("north")).await.good()["tenantId"], "north");
    assert_eq!(olga.deploy_parts(&work).await.good()["tenantId"], "<default>");

    let path = "/v2/process-instances";
    let create = |tenant: Value| json!({"processDefinitionId": "work", "tenantId": tenant});
    anna.post(path, create(Value::Null)).await.refused(400, "missing-field");
    anna.post(path, create(json!("south"))).await.refused(403, "forbidden");
    let created = anna.post(path, create(json!("north"))).await.good();
    assert_eq!(created["tenantId"], "north");
    assert_eq!(olga.post(path, create(Value::Null)).await.good()["tenantId"], "<default>");
    // The same id, and each sees his own.
    for (user, tenant) in [(&anna, "north"), (&olga, "<default>")] {
        let found = user.post("/v2/process-instances/search", json!({})).await.good();
        assert_eq!(
            (&found["page"]["totalItems"], &found["items"][0]["tenantId"]),
            (&json!(1), &json!(tenant))
        );
    }
    // A definition is found in its tenant only.
    let key = text(&created, "processDefinitionKey");
    let by_key = json!({"processDefinitionKey": key});
    olga.post(path, by_key).await.refused(404, "definition-not-found");
}

#[tokio::test]
async fn workers_take_jobs_of_their_tenants() {
    let (olga, anna, ben) = two_tenants().await;
    let work =
        |tenant: &str| [("resources", "work.bpmn", file("work.bpmn")), ("tenantId", "", tenant.to_owned())];
    for (user, tenant) in [(&anna, "north"), (&ben, "south"), (&olga, "<default>")] {
        user.deploy_parts(&work(tenant)).await.good();
        let body = json!({"processDefinitionId": "work", "tenantId": tenant});
        user.post("/v2/process-instances", body).await.good();
    }
    let take = |more: Value| {
        let mut body =
            json!({"type": "work", "timeout": 60_000, "maxJobsToActivate": 9, "requestTimeout": -1});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let path = "/v2/jobs/activation";
    anna.post(path, take(json!({}))).await.refused(400, "missing-field");
    for foreign in [json!(["south"]), json!(["north", "south"]), json!(["<default>"]), json!(["nowhere"])] {
        anna.post(path, take(json!({"tenantIds": foreign}))).await.refused(403, "forbidden");
    }
    let tenants = |answer: &Value| {
        let jobs = answer["jobs"].as_array().unwrap();
        jobs.iter().map(|job| text(job, "tenantId")).collect::<Vec<_>>()
    };
    let taken = anna.post(path, take(json!({"tenantIds": ["north"]}))).await.good();
    assert_eq!(tenants(&taken), ["north"]);
    let assigned = ben.post(path, take(json!({"tenantFilter": "ASSIGNED"}))).await.good();
    assert_eq!(tenants(&assigned), ["south"]);
    assert_eq!(tenants(&olga.post(path, take(json!({}))).await.good()), ["<default>"]);
    // Of no tenant there are no jobs, at once and after a wait.
    for wait in [-1, 50] {
        let mut body = take(json!({"tenantFilter": "ASSIGNED"}));
        body["requestTimeout"] = json!(wait);
        assert_eq!(olga.as_user("nora").post(path, body).await.good()["jobs"], json!([]));
    }
    let found = olga.as_user("nora").post("/v2/jobs/search", json!({})).await.good();
    assert_eq!(found["page"]["totalItems"], 0);
    let job = text(&taken["jobs"][0], "jobKey");
    ben.post(&format!("/v2/jobs/{job}/completion"), json!({})).await.refused(404, "not-found");
    assert_eq!(anna.post(&format!("/v2/jobs/{job}/completion"), json!({})).await.status, 204);
}

#[tokio::test]
async fn messages_and_signals_reach_their_tenant_only() {
    let (_, anna, ben) = two_tenants().await;
    for (user, tenant) in [(&anna, "north"), (&ben, "south")] {
        let files = [
            ("resources", "letter.bpmn", file("letter.bpmn")),
            ("resources", "alarm.bpmn", file("alarm.bpmn")),
            ("tenantId", "", tenant.to_owned()),
        ];
        user.deploy_parts(&files).await.good();
        for process in ["letter", "alarm"] {
            let body =
                json!({"processDefinitionId": process, "tenantId": tenant, "variables": {"number": "7"}});
            user.post("/v2/process-instances", body).await.good();
        }
    }
    let message = json!({"name": "answer", "correlationKey": "7", "tenantId": "north"});
    let correlated = anna.post("/v2/messages/correlation", message).await.good();
    assert_eq!(correlated["tenantId"], "north");
    anna.post("/v2/signals/broadcast", json!({"signalName": "fire", "tenantId": "north"})).await.good();
    let ended = json!({"filter": {"state": "COMPLETED"}});
    for (user, count) in [(&anna, 2), (&ben, 0)] {
        let found = user.post("/v2/process-instances/search", ended.clone()).await.good();
        assert_eq!(found["page"]["totalItems"], count, "{found}");
    }
}

#[tokio::test]
async fn a_batch_operation_is_for_the_tenants_of_who_began_it() {
    let (olga, anna, ben) = two_tenants().await;
    let member = |tenant: &str| format!("/v2/tenants/{tenant}/users/olga");
    for tenant in ["north", "south"] {
        assert_eq!(olga.send(olga.request(Method::PUT, &member(tenant))).await.status, 204);
    }
    let mut keys = Vec::new();
    for tenant in ["north", "south", "<default>"] {
        let files = [("resources", "work.bpmn", file("work.bpmn")), ("tenantId", "", tenant.to_owned())];
        olga.deploy_parts(&files).await.good();
        let body = json!({"processDefinitionId": "work", "tenantId": tenant});
        keys.push(text(&olga.post("/v2/process-instances", body).await.good(), "processInstanceKey"));
    }
    let running = json!({"filter": {"state": "ACTIVE"}});
    let count = |found: &Value| found["page"]["totalItems"].as_u64().unwrap();
    // Of one tenant: its members see it.
    let of_north = json!({"filter": {"tenantId": "north"}});
    let path = "/v2/process-instances/cancellation";
    let batch = text(&olga.post(path, of_north).await.good(), "batchOperationKey");
    world::at_rest(&olga).await;
    let of = format!("/v2/batch-operations/{batch}");
    assert_eq!(anna.get(&of).await.good()["operationsCompletedCount"], 1);
    ben.get(&of).await.refused(404, "not-found");
    assert_eq!(count(&olga.post("/v2/process-instances/search", running.clone()).await.good()), 2);
    // Of several: who began it sees it, and nobody else.
    let batch = text(&olga.post(path, running.clone()).await.good(), "batchOperationKey");
    world::at_rest(&olga).await;
    let of = format!("/v2/batch-operations/{batch}");
    assert_eq!(olga.get(&of).await.good()["operationsCompletedCount"], 2);
    let items = json!({"filter": {"batchOperationKey": batch}});
    assert_eq!(count(&olga.post("/v2/batch-operation-items/search", items.clone()).await.good()), 2);
    for other in [&anna, &ben] {
        other.get(&of).await.refused(404, "not-found");
        let found = other.post("/v2/batch-operation-items/search", items.clone()).await.good();
        assert_eq!(count(&found), 0);
    }
    assert_eq!(count(&olga.post("/v2/process-instances/search", running).await.good()), 0);
}

#[tokio::test]
async fn a_membership_counts_at_once_and_figures_are_of_the_members_tenants() {
    let (olga, anna, ben) = two_tenants().await;
    let _ = World::of(&ben).await;
    let me = anna.get("/v2/authentication/me").await.good();
    assert_eq!(me["tenants"][0]["tenantId"], "north");
    let configuration = anna.get("/v2/system/configuration").await.good();
    assert_eq!(configuration["deployment"]["isMultiTenancyEnabled"], true);
    let usage = "/v2/system/usage-metrics?startTime=2020-01-01T00:00:00Z&endTime=2100-01-01T00:00:00Z\
                 &withTenants=true";
    assert_eq!(anna.get(usage).await.good()["activeTenants"], 0);
    anna.get(&format!("{usage}&tenantId=south")).await.refused(403, "forbidden");
    let told = ben.get(usage).await.good();
    assert_eq!(told["processInstances"], told["tenants"]["south"]["processInstances"], "{told}");
    assert!(told["processInstances"].as_u64().unwrap() > 3, "{told}");
    // A new member sees what is there.
    let path = "/v2/tenants/south/users/anna";
    assert_eq!(olga.send(olga.request(Method::PUT, path)).await.status, 204);
    let told = anna.get(usage).await.good();
    assert_eq!((&told["activeTenants"], told["tenants"].as_object().unwrap().len()), (&json!(1), 1));
    let found = anna.post("/v2/process-instances/search", json!({})).await.good();
    assert!(found["page"]["totalItems"].as_u64().unwrap() > 3);
    assert_eq!(olga.send(olga.request(Method::DELETE, path)).await.status, 204);
    let found = anna.post("/v2/process-instances/search", json!({})).await.good();
    assert_eq!(found["page"]["totalItems"], 0);
}

#[tokio::test]
async fn resources_of_the_installation_are_no_tenants() {
    const USERS: &[(&str, &[&str])] = &[("olga", &["operators"]), ("stan", &["sales"])];
    for tenants in [false, true] {
        let server = Server::make(Make { users: USERS, tenants, ..Make::default() }).await;
        assert_eq!(server.as_user("olga").get("/records").await.status, 200);
        let seen = server.as_user("stan").get("/records").await.status.as_u16();
        assert_eq!(seen, if tenants { 403 } else { 200 });
        assert_eq!(server.get("/records").await.status, 401);
    }
}

#[tokio::test]
async fn the_audit_log_tells_what_was_done_in_the_members_tenants() {
    let (olga, anna, ben) = two_tenants().await;
    let files = [("resources", "work.bpmn", file("work.bpmn")), ("tenantId", "", "south".to_owned())];
    let deployment = text(&ben.deploy_parts(&files).await.good(), "deploymentKey");
    let variable = json!({"name": "everybodys", "value": 1});
    olga.post("/v2/cluster-variables/global", variable.clone()).await.good();
    ben.post("/v2/cluster-variables/global", variable).await.refused(409, "already-exists");
    ben.post("/v2/incidents/4711/resolution", json!({})).await.refused(404, "not-found");
    let told = async |user: &Server| {
        let found = user.post("/v2/audit-logs/search", json!({})).await.good();
        let lines = found["items"].as_array().unwrap().iter();
        lines
            .map(|line| (text(line, "entityKey"), text(line, "result"), line["tenantId"].clone()))
            .collect::<Vec<_>>()
    };
    let line = |key: &str, result: &str, tenant: Value| (key.to_owned(), result.to_owned(), tenant);
    let (bens, annas) = (told(&ben).await, told(&anna).await);
    let of_all = line("everybodys", "SUCCESS", Value::Null);
    for seen in [&bens, &annas] {
        assert!(seen.contains(&of_all), "{seen:?}");
    }
    for own in [
        line(&deployment, "SUCCESS", json!("south")),
        line("4711", "FAIL", json!("south")),
        line("", "FAIL", json!("south")),
    ] {
        assert!(!annas.contains(&own), "{annas:?}");
        assert!(bens.contains(&own), "{bens:?}");
    }
    assert!(annas.iter().all(|(.., tenant)| *tenant == json!("north") || tenant.is_null()), "{annas:?}");
}
