//! Plugins over HTTP: installed, upgraded, rolled back and removed while the server runs.

use reqwest::Method;
use serde_json::{Value, json};

use crate::audit_operations::lines;
use crate::server::{Answer, Make, Server};

#[path = "../../../../connectors/wasm/tests/common/guest.rs"]
mod guest;

use guest::{ECHO, bytes, describing};

const PLUGINS: &str = "/hosk/v1/plugins";

/// A piece of a file that has no end.
static PIECE: [u8; 64 * 1024] = [7; 64 * 1024];

async fn server() -> Server {
    Server::make(Make { plugins: Some(Vec::new()), ..Make::default() }).await
}

/// The contract of the plugin `erp`.
fn contract(version: u32, title: &str, operation: &str, input: &Value) -> String {
    json!({"id": "erp", "version": version, "title": title, "operations": [{
        "name": operation, "title": "Post", "delivery": "idempotent", "inputSchema": input, "outputSchema": {},
    }]})
    .to_string()
}

/// A plugin that answers to each call with a text.
fn saying(contract: &str, text: &str) -> Vec<u8> {
    let answer = format!("\"{text}\"");
    let data = format!(r#"(data (i32.const 512) "{}")"#, bytes(answer.as_bytes()));
    describing(contract, "", &data, &format!("(call $answer (i32.const 512) (i32.const {}))", answer.len()))
}

fn post(version: u32, text: &str) -> Vec<u8> {
    saying(&contract(version, "The ERP", "post", &json!({"type": "object"})), text)
}

async fn install(server: &Server, file: impl Into<Vec<u8>>) -> Answer {
    server.raw(Method::POST, PLUGINS, "application/wasm", file).await
}

async fn delete(server: &Server, path: &str) -> Answer {
    server.send(server.request(Method::DELETE, path)).await
}

/// What a call of the plugin answers.
async fn said(server: &Server) -> Value {
    let tried = server.post("/hosk/v1/connections/erp/test", json!({"operation": "post"})).await.good();
    assert_eq!(tried["outcome"], "COMPLETED", "{tried}");
    tried["output"].clone()
}

#[tokio::test]
async fn a_plugin_is_installed_upgraded_rolled_back_and_removed() {
    let server = server().await;
    let installed = install(&server, post(1, "one")).await;
    assert_eq!(installed.status, 201, "{}", installed.text);
    let installed = installed.json();
    assert_eq!((&installed["version"], &installed["new"]), (&json!(1), &json!(true)));
    assert_eq!(said(&server).await, "one", "it is in use at once");
    let again = install(&server, post(1, "one")).await.good();
    assert_eq!((&again["version"], &again["new"]), (&json!(1), &json!(false)), "the same file");
    let upgraded = install(&server, post(1, "two")).await.good();
    assert_eq!(upgraded["plugin"]["currentVersion"], 2);
    assert_eq!(said(&server).await, "two");
    let back = server.send(server.request(Method::POST, &format!("{PLUGINS}/erp/rollback"))).await.good();
    assert_eq!((&back["currentVersion"], &back["previousVersion"]), (&json!(1), &json!(2)));
    assert_eq!(said(&server).await, "one");
    server.post(&format!("{PLUGINS}/erp/activation"), json!({"version": 2})).await.good();
    assert_eq!(said(&server).await, "two");
    let only = format!("{PLUGINS}?activate=false");
    let kept = server.raw(Method::POST, &only, "application/wasm", post(1, "three"));
    assert_eq!(kept.await.good()["plugin"]["currentVersion"], 2);
    assert_eq!(said(&server).await, "two");

    let shown = server.get(&format!("{PLUGINS}/erp/versions/3")).await.good();
    assert_eq!((&shown["version"]["active"], &shown["contract"]["id"]), (&json!(false), &json!("erp")));
    assert_eq!(shown["version"]["hash"].as_str().unwrap().len(), 64);
    delete(&server, &format!("{PLUGINS}/erp/versions/2")).await.refused(409, "plugin-version-in-use");
    assert_eq!(delete(&server, &format!("{PLUGINS}/erp/versions/3")).await.status, 204);
    delete(&server, &format!("{PLUGINS}/erp/versions/3")).await.refused(404, "not-found");
    assert_eq!(delete(&server, &format!("{PLUGINS}/erp/versions/1")).await.status, 204);
    let rollback = server.send(server.request(Method::POST, &format!("{PLUGINS}/erp/rollback"))).await;
    rollback.refused(409, "plugin-no-previous-version");
    assert_eq!(delete(&server, &format!("{PLUGINS}/erp")).await.status, 204);
    server.get(&format!("{PLUGINS}/erp")).await.refused(404, "not-found");
    server.get("/hosk/v1/connections/erp").await.refused(404, "not-found");
    server.get("/hosk/v1/connectors/erp/element-templates").await.refused(404, "not-found");
}

#[tokio::test]
async fn what_is_done_with_plugins_is_noted() {
    let server = server().await;
    for text in ["one", "two"] {
        install(&server, post(1, text)).await.good();
    }
    let rollback = server.request(Method::POST, &format!("{PLUGINS}/erp/rollback"));
    server.send(rollback).await.good();
    server.post(&format!("{PLUGINS}/erp/activation"), json!({"version": 2})).await.good();
    delete(&server, &format!("{PLUGINS}/erp/versions/2")).await.refused(409, "plugin-version-in-use");
    assert_eq!(delete(&server, &format!("{PLUGINS}/erp/versions/1")).await.status, 204);
    assert_eq!(delete(&server, &format!("{PLUGINS}/erp")).await.status, 204);
    install(&server, *b"nonsense").await.refused(400, "plugin-package-invalid");
    let told: Vec<_> = lines(&server, json!({"entityKey": "erp"})).await;
    let current = |plugin: &Value| plugin["currentVersion"].to_string();
    let told: Vec<_> = told
        .iter()
        .map(|(what, short, before, after)| {
            format!("{what}, {short}: {} > {}", current(before), current(after))
        })
        .collect();
    assert_eq!(
        told,
        [
            "CREATE SUCCESS, plugin: version 1 installed: null > 1",
            "CREATE SUCCESS, plugin: version 2 installed: null > 2",
            "UPDATE SUCCESS, plugin: rolled back: 2 > 1",
            "UPDATE SUCCESS, plugin: version 2 activated: 1 > 2",
            "UPDATE FAIL, plugin-version-in-use: null > null",
            "UPDATE SUCCESS, plugin: version 1 removed: 2 > 2",
            "DELETE SUCCESS, plugin: 2 > null",
        ]
    );
}

/// Sends a form; each part has a name and bytes.
async fn send_form(server: &Server, parts: &[(&str, &[u8])]) -> Answer {
    let mut body = Vec::new();
    for (name, bytes) in parts {
        let head =
            format!("--xx\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"erp.wasm\"\r\n\r\n");
        body.extend([head.as_bytes(), *bytes, b"\r\n"].concat());
    }
    body.extend(b"--xx--\r\n");
    server.raw(Method::POST, PLUGINS, "multipart/form-data; boundary=xx", body).await
}

#[tokio::test]
async fn a_form_with_the_file_does_as_well() {
    let server = server().await;
    let installed = send_form(&server, &[("file", &post(1, "one"))]).await;
    assert_eq!(installed.status, 201, "{}", installed.text);
    assert_eq!(said(&server).await, "one");
    let two = post(1, "two");
    send_form(&server, &[("file", &two), ("file", &two)]).await.refused(400, "invalid-argument");
    let detail = send_form(&server, &[("plugin", &two)]).await.refused(400, "unknown-field");
    assert!(detail.contains("`plugin` is not known; known here: file"), "{detail}");
    send_form(&server, &[]).await.refused(400, "missing-field");
    send_form(&server, &[("file", b"nonsense")]).await.refused(400, "plugin-package-invalid");
    send_form(&server, &[("file", &vec![0; 3 * 1024 * 1024])]).await.refused(400, "plugin-package-invalid");
    let broken = "--xx\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nhalf";
    let media_type = "multipart/form-data; boundary=xx";
    server.raw(Method::POST, PLUGINS, media_type, broken).await.refused(400, "malformed-request");
    assert_eq!(said(&server).await, "one");
}

#[tokio::test]
async fn a_file_that_is_too_large_is_refused_as_soon_as_that_is_known() {
    let server = server().await;
    // Its size is told: nothing of it is read.
    let detail =
        send_form(&server, &[("file", &vec![0; 65 * 1024 * 1024])]).await.refused(413, "plugin-too-large");
    assert!(detail.contains("more than 67371008 bytes"), "{detail}");
    // Its size is not told, and it has no end.
    let head: &[u8] = b"--xx\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n";
    let pieces = std::iter::once(head).chain(std::iter::repeat(&PIECE[..]));
    let endless = futures::stream::iter(pieces.map(Ok::<_, std::convert::Infallible>));
    let request =
        server.request(Method::POST, PLUGINS).header("content-type", "multipart/form-data; boundary=xx");
    let sent = server.send(request.body(reqwest::Body::wrap_stream(endless))).await;
    sent.refused(413, "plugin-too-large");
    assert_eq!(server.get(PLUGINS).await.good()["items"], json!([]));
}

#[tokio::test]
async fn contracts_and_templates_appear_at_once_and_versions_stand_side_by_side() {
    let server = server().await;
    install(&server, post(1, "one")).await.good();
    let template = async || {
        let all = server.get("/hosk/v1/connectors/erp/element-templates").await.good();
        all[0]["properties"][0]["value"].clone()
    };
    assert_eq!(template().await, "erp@1:post", "steps keep the version they were drawn with");
    let connection = server.get("/hosk/v1/connections/erp").await.good();
    assert_eq!((&connection["builtIn"], &connection["grants"]["hosts"]), (&json!(true), &json!([])));
    install(&server, post(2, "two")).await.good();
    assert_eq!(template().await, "erp@2:post");
    let plugin = server.get(&format!("{PLUGINS}/erp")).await.good();
    let active: Vec<_> = plugin["versions"].as_array().unwrap().iter().map(|one| &one["active"]).collect();
    assert_eq!(active, [&json!(true), &json!(true)]);
    let contracts = server.get("/hosk/v1/connectors").await.good();
    let erp = contracts["items"].as_array().unwrap().iter().find(|one| one["id"] == "erp").unwrap();
    assert_eq!(erp["version"], 2);
    for (task_type, expected) in [("erp@1:post", "one"), ("erp@2:post", "two"), ("erp:post", "two")] {
        assert_eq!(run(&server, task_type).await, expected, "{task_type}");
    }
}

/// The result of a process whose only step has this type.
async fn run(server: &Server, task_type: &str) -> Value {
    let id = task_type.replace([':', '@'], "-");
    let model = format!(
        r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">
        <process id="{id}" isExecutable="true"><startEvent id="s"/><serviceTask id="post"><extensionElements>
        <zeebe:taskDefinition type="{task_type}"/><zeebe:taskHeaders><zeebe:header key="resultVariable" value="said"/>
        </zeebe:taskHeaders></extensionElements></serviceTask><endEvent id="e"/>
        <sequenceFlow id="a" sourceRef="s" targetRef="post"/><sequenceFlow id="b" sourceRef="post" targetRef="e"/>
        </process></definitions>"#
    );
    server.deploy_parts(&[("resources", &format!("{id}.bpmn"), model)]).await.good();
    let body = json!({"processDefinitionId": id, "awaitCompletion": true, "fetchVariables": ["said"]});
    server.post("/v2/process-instances", body).await.good()["variables"]["said"].clone()
}

#[tokio::test]
async fn what_cannot_be_used_is_refused_and_changes_nothing() {
    let server = server().await;
    install(&server, b"nonsense".to_vec()).await.refused(400, "plugin-package-invalid");
    install(&server, b"\0asm".to_vec()).await.refused(400, "plugin-not-a-component");
    install(&server, vec![0; 65 * 1024 * 1024]).await.refused(413, "plugin-too-large");
    server.raw(Method::POST, PLUGINS, "text/plain", "x").await.refused(415, "unsupported-media-type");
    let unsound = describing("{", "", "", ECHO);
    install(&server, unsound).await.refused(400, "plugin-contract-invalid");
    assert_eq!(server.get(PLUGINS).await.good()["items"], json!([]));

    install(&server, post(1, "one")).await.good();
    let stricter = contract(1, "The ERP", "post", &json!({"type": "object", "required": ["client"]}));
    let detail = install(&server, saying(&stricter, "two")).await.refused(409, "plugin-incompatible");
    assert!(detail.contains("`client` became mandatory"), "{detail}");
    let other = contract(1, "The ERP", "other", &json!({}));
    install(&server, saying(&other, "two")).await.refused(409, "plugin-incompatible");
    assert_eq!(said(&server).await, "one");
    let versions = server.get(&format!("{PLUGINS}/erp")).await.good();
    assert_eq!(versions["versions"].as_array().unwrap().len(), 1);
    let activation = format!("{PLUGINS}/erp/activation");
    server.post(&activation, json!({"version": 7})).await.refused(404, "not-found");
    server.post(&activation, json!({})).await.refused(400, "missing-field");
    server.get(&format!("{PLUGINS}/erp/versions/x")).await.refused(400, "invalid-argument");
    delete(&server, &format!("{PLUGINS}/none")).await.refused(404, "not-found");
    Server::start().await.get(PLUGINS).await.refused(404, "not-found");
}

#[tokio::test]
async fn ids_and_task_types_belong_to_one_connector() {
    let server = server().await;
    install(&server, post(1, "one")).await.good();
    let mut thief: Value = serde_json::from_str(&contract(1, "Thief", "post", &json!({}))).unwrap();
    (thief["id"], thief["operations"][0]["taskTypes"]) = (json!("thief"), json!(["erp:post"]));
    let detail = install(&server, saying(&thief.to_string(), "x")).await.refused(409, "plugin-conflict");
    assert!(detail.contains("`erp:post`"), "{detail}");
    assert_eq!(said(&server).await, "one");
}

#[tokio::test]
async fn only_plugins_of_trusted_keys_are_taken() {
    let secret = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";
    let key = hosk_plugins::public_key(secret).unwrap();
    let server = Server::make(Make { plugins: Some(vec![key.clone()]), ..Make::default() }).await;
    install(&server, post(1, "one")).await.refused(400, "plugin-not-trusted");
    let signed = hosk_plugins::sign("erp", "1.2.3", &post(1, "one"), Some(secret)).unwrap();
    let installed = install(&server, signed).await.good();
    let version = &installed["plugin"]["versions"][0];
    assert_eq!((&version["release"], &version["signer"]), (&json!("1.2.3"), &json!(key)));
    let other = hosk_plugins::sign("crm", "1.2.3", &post(1, "one"), Some(secret)).unwrap();
    let detail = install(&server, other).await.refused(400, "plugin-package-invalid");
    assert!(detail.contains("`crm`") && detail.contains("`erp`"), "{detail}");
}
