//! A disk that is full: what was acknowledged is there, what was not is refused, people can still read, and with room again
//! everything goes on.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::server::Server;
use crate::shop::{Shop, Trouble, text};

const PROCESS: &str = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">
<process id="wait" isExecutable="true"><startEvent id="s"/>
<userTask id="look"><extensionElements><zeebe:userTask/></extensionElements></userTask><endEvent id="e"/>
<sequenceFlow id="a" sourceRef="s" targetRef="look"/><sequenceFlow id="b" sourceRef="look" targetRef="e"/></process></definitions>"#;

/// Largest file the server may write, in blocks of 512 bytes: 6 MiB.
const BLOCKS: u32 = 12_288;
/// Instances at most: far more than there is room for.
const INSTANCES: usize = 2_000;
const PATIENCE: Duration = Duration::from_mins(2);

/// A server whose files may not be larger: what writes beyond gets the error of a full disk.
async fn limited(data: &Path) -> Server {
    let mut command = tokio::process::Command::new("/bin/sh");
    let script = format!("trap '' XFSZ; ulimit -S -f {BLOCKS}; exec \"$0\" \"$@\"");
    command.arg("-c").arg(script).arg(crate::server::binary());
    Server::run(command, data, None).await
}

async fn deploy(base: &str) {
    let part = reqwest::multipart::Part::text(PROCESS).file_name("wait.bpmn");
    let form = reqwest::multipart::Form::new().part("resources", part);
    let sent = reqwest::Client::new().post(format!("{base}/v2/deployments")).multipart(form).send().await;
    assert!(sent.unwrap().status().is_success());
}

/// Starts instances until the disk is full; then with room again.
pub(crate) async fn runs_full(folder: &Path) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut server = limited(folder).await;
    let shop = Shop::new(&server.base);
    deploy(&server.base).await;
    let long = "x".repeat(20_000);
    let body = json!({"processDefinitionId": "wait", "variables": {"long": long}});
    let mut acknowledged = Vec::new();
    let refused = loop {
        assert!(acknowledged.len() < INSTANCES, "the disk never was full");
        match shop.post("/v2/process-instances", &body).await {
            Ok(created) => acknowledged.push(text(&created, "processInstanceKey")),
            Err(trouble) => break trouble,
        }
    };
    assert!(matches!(refused, Trouble::Gone), "it is not there now, and may be later: {refused:?}");
    assert!(acknowledged.len() > 20, "there was room for {}", acknowledged.len());
    // Those who read are served.
    let last = acknowledged.last().unwrap();
    shop.get(&format!("/v2/process-instances/{last}")).await.unwrap();
    // Somebody makes room, and the server goes on by itself.
    let id = server.child.id().unwrap().to_string();
    let roomy = std::process::Command::new("prlimit").args(["--pid", &id, "--fsize=unlimited:"]).status();
    assert!(roomy.unwrap().success());
    let until = Instant::now() + PATIENCE;
    while let Err(trouble) = shop.post("/v2/process-instances", &body).await {
        assert!(Instant::now() < until, "it does not go on: {trouble:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    server.kill().await;

    let mut server = Server::start(folder, None).await;
    let shop = Shop::new(&server.base);
    for key in &acknowledged {
        let found = shop.get(&format!("/v2/process-instances/{key}")).await.unwrap();
        assert_eq!(found["state"], "ACTIVE", "{key}");
    }
    let until = Instant::now() + PATIENCE;
    let open = json!({"filter": {"state": "CREATED"}, "page": {"limit": 100}});
    loop {
        let tasks = shop.post("/v2/user-tasks/search", &open).await.unwrap();
        let tasks = tasks["items"].as_array().cloned().unwrap_or_default();
        if tasks.is_empty() {
            break;
        }
        assert!(Instant::now() < until, "tasks are left");
        for task in tasks {
            let path = format!("/v2/user-tasks/{}/completion", text(&task, "userTaskKey"));
            shop.post(&path, &Value::Object(serde_json::Map::default())).await.unwrap();
        }
    }
    server.kill().await;
}
