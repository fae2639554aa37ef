//! A value map from the file that somebody uploads to the answer that a process remembers; it is there after a kill and in a
//! back-up.

#![expect(clippy::unwrap_used, reason = "a test that cannot start the program has failed")]

use std::path::Path;
use std::process::Command;

use reqwest::Client;
use serde_json::{Value, json};

#[path = "common/server.rs"]
mod server;

use server::Server;

const MAPS: &str = "/hosk/v1/value-maps";

/// What has no match is remembered as what the caller says; a person's form would say it.
const PROCESS: &str = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">
<process id="hire" isExecutable="true"><startEvent id="s"/>
<scriptTask id="look"><extensionElements>
<zeebe:script expression="=get value(hosk.maps.positions, title)" resultVariable="position"/></extensionElements></scriptTask>
<exclusiveGateway id="known" default="yes"/>
<serviceTask id="remember"><extensionElements><zeebe:taskDefinition type="hosk:remember-value"/>
<zeebe:ioMapping><zeebe:input source="positions" target="map"/><zeebe:input source="=title" target="source"/>
<zeebe:input source="=answer" target="target"/><zeebe:output source="=answer" target="position"/></zeebe:ioMapping>
</extensionElements></serviceTask><endEvent id="e"/>
<sequenceFlow id="a" sourceRef="s" targetRef="look"/><sequenceFlow id="b" sourceRef="look" targetRef="known"/>
<sequenceFlow id="yes" sourceRef="known" targetRef="e"/>
<sequenceFlow id="no" sourceRef="known" targetRef="remember"><conditionExpression xsi:type="tFormalExpression">=position = null</conditionExpression></sequenceFlow>
<sequenceFlow id="c" sourceRef="remember" targetRef="e"/></process></definitions>"#;

fn serve(data: &Path) -> Server {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Server::start(|command| command.args(["--auth", "none", "--data", data.to_str().unwrap()]))
}

impl Server {
    async fn post(&self, path: &str, body: Value) -> Value {
        let answer = Client::new().post(format!("{}{path}", self.1)).json(&body).send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{path}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// Runs the process to its end: the position that came of it.
    async fn hire(&self, title: &str, answer: &str) -> Value {
        let variables = json!({"title": title, "answer": answer});
        let start = json!({"processDefinitionId": "hire", "variables": variables, "awaitCompletion": true});
        self.post("/v2/process-instances", start).await["variables"]["position"].take()
    }

    async fn file(&self) -> String {
        let answer = Client::new().get(format!("{}{MAPS}/positions/csv", self.1)).send().await.unwrap();
        answer.text().await.unwrap()
    }
}

fn hosk(arguments: &[&str]) {
    let output = Command::new(env!("CARGO_BIN_EXE_hosk")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test]
async fn an_answer_is_remembered_and_outlives_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("hire.bpmn");
    std::fs::write(&model, PROCESS).unwrap();
    let data = folder.path().join("data");
    let server = serve(&data);
    server.post(MAPS, json!({"mapId": "positions", "name": "Positions"})).await;
    let upload = Client::new().put(format!("{}{MAPS}/positions/csv", server.1));
    let upload = upload.header("content-type", "text/csv").body("source;target\r\nBoss;Director\r\n");
    assert_eq!(upload.send().await.unwrap().status(), 200);
    hosk(&["deploy", model.to_str().unwrap(), "--server", &server.1]);
    assert_eq!(server.hire("Boss", "nobody is asked").await, "Director");
    assert_eq!(server.hire("Pilot", "Crew").await, "Crew");
    assert_eq!(server.hire("Pilot", "nobody is asked").await, "Crew", "the next one finds it");
    drop(server);

    let server = serve(&data);
    assert_eq!(server.hire("Pilot", "nobody is asked").await, "Crew", "and so it is after a kill");
    let expected = "source,target\nBoss,Director\nPilot,Crew\n";
    assert_eq!(server.file().await, expected);
    let (saved, restored) = (folder.path().join("monday.db"), folder.path().join("restored"));
    hosk(&["backup", saved.to_str().unwrap(), "--data", data.to_str().unwrap()]);
    drop(server);
    hosk(&["restore", saved.to_str().unwrap(), "--data", restored.to_str().unwrap()]);
    assert_eq!(serve(&restored).file().await, expected);
}
