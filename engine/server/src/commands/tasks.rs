//! `hosk tasks`: list, show, claim, release and complete user tasks on a running server.

use reqwest::Method;
use serde_json::{Value, json};

use crate::cli::{TaskAction, TasksArgs};
use crate::client::Client;
use crate::failure::Failure;
use crate::{files, print};

/// Tasks listed at most; the rest is counted.
const PAGE: u32 = 100;

pub(crate) async fn run(args: &TasksArgs, as_json: bool) -> Result<(), Failure> {
    let client = Client::new(&args.server)?;
    match &args.action {
        None => list(&client, as_json).await,
        Some(TaskAction::Show { key }) => show(&client, key, as_json).await,
        Some(TaskAction::Claim { key, assignee }) => {
            let assignee = match assignee.as_ref().or(args.server.user.as_ref()) {
                Some(name) => name.clone(),
                None => return Err(Failure::Refused("for whom? Name a person with --assignee".to_owned())),
            };
            let body = json!({"assignee": assignee, "allowOverride": false});
            client.post(&format!("/v2/user-tasks/{key}/assignment"), &body).await?;
            done(as_json, key, &format!("task {key} is {assignee}'s now"));
            Ok(())
        }
        Some(TaskAction::Release { key }) => {
            client.call(Method::DELETE, &format!("/v2/user-tasks/{key}/assignee"), None).await?;
            done(as_json, key, &format!("task {key} is nobody's now"));
            Ok(())
        }
        Some(TaskAction::Complete { key, variables }) => {
            complete(&client, key, variables.as_deref(), as_json).await
        }
    }
}

async fn list(client: &Client, as_json: bool) -> Result<(), Failure> {
    let body = json!({
        "filter": {"state": "CREATED"},
        "sort": [{"field": "priority", "order": "DESC"}, {"field": "creationDate", "order": "ASC"}],
        "page": {"limit": PAGE},
    });
    let answer = client.post("/v2/user-tasks/search", &body).await?;
    if as_json {
        print::json(&answer);
        return Ok(());
    }
    let rows: Vec<Vec<String>> = answer["items"].as_array().into_iter().flatten().map(row).collect();
    if rows.is_empty() {
        print::line("Nothing to do. Start a process with `hosk start PROCESS`.");
        return Ok(());
    }
    print::table(&["KEY", "TASK", "PROCESS", "ASSIGNEE", "GROUPS", "DUE"], &rows);
    let total = answer["page"]["totalItems"].as_u64().unwrap_or_default();
    if total > u64::from(PAGE) {
        print::line(format!("… and {} more", total - u64::from(PAGE)));
    }
    Ok(())
}

fn row(task: &Value) -> Vec<String> {
    let name = if task["name"].is_null() { &task["elementId"] } else { &task["name"] };
    let cell = |name: &str| print::plain(&task[name]);
    vec![
        cell("userTaskKey"),
        print::plain(name),
        cell("processDefinitionId"),
        cell("assignee"),
        cell("candidateGroups"),
        cell("dueDate"),
    ]
}

async fn show(client: &Client, key: &str, as_json: bool) -> Result<(), Failure> {
    let view = client.get(&format!("/hosk/v1/user-tasks/{key}")).await?;
    if as_json {
        print::json(&view);
        return Ok(());
    }
    for (name, value) in view.as_object().into_iter().flatten() {
        match value {
            Value::Null => {}
            Value::Object(_) => {
                print::line(format!("{name}:"));
                print::json(value);
            }
            other => print::line(format!("{name}: {}", print::plain(other))),
        }
    }
    Ok(())
}

async fn complete(client: &Client, key: &str, variables: Option<&str>, as_json: bool) -> Result<(), Failure> {
    let body = json!({"variables": files::object(variables)?});
    let answer = client.post(&format!("/hosk/v1/user-tasks/{key}/completion"), &body).await?;
    print::json(&answer);
    if !as_json && answer["incident"].is_object() {
        return Err(Failure::Found);
    }
    Ok(())
}

fn done(as_json: bool, key: &str, sentence: &str) {
    if as_json {
        print::json(&json!({"userTaskKey": key}));
    } else {
        print::line(sentence);
    }
}
