//! The command line as a person types it: what it prints and how it exits.

#![expect(clippy::unwrap_used, reason = "a test that cannot start the program has failed")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

#[path = "common/server.rs"]
mod server;

use server::Server;

fn hosk(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hosk")).args(arguments).output().unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn process() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../processes/ship-goods")
}

fn with_plugins() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../processes/ship-goods-plugins")
}

#[test]
fn help_names_every_command_and_the_exit_statuses() {
    let help = out(&hosk(&["--help"]));
    for word in [
        "serve",
        "demo",
        "deploy",
        "check",
        "convert",
        "test",
        "start",
        "tasks",
        "connection",
        "plugin",
        "feel",
        "user",
        "config",
        "backup",
        "restore",
        "move",
        "migrate",
        "completions",
        "man",
        "Exit status",
    ] {
        assert!(help.contains(word), "{word} is missing in\n{help}");
    }
    assert_eq!(code(&hosk(&["nonsense"])), 2);
}

#[test]
fn check_prints_each_mistake_with_place_and_remedy() {
    let good = hosk(&["check", "--strict", process().to_str().unwrap()]);
    assert_eq!((code(&good), out(&good).as_str()), (0, "6 files, 0 errors, 0 warnings\n"));
    let good = hosk(&["check", "--strict", with_plugins().to_str().unwrap()]);
    assert_eq!((code(&good), out(&good).as_str()), (0, "3 files, 0 errors, 0 warnings\n"));

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bad.bpmn");
    std::fs::write(
        &file,
        "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\">\n<process id=\"p\" isExecutable=\"true\">\n\
         <startEvent id=\"s\"/>\n<callChoreography id=\"c\"/>\n<sequenceFlow id=\"f\" sourceRef=\"s\" targetRef=\"nowhere\"/>\n\
         </process></definitions>",
    )
    .unwrap();
    let bad = hosk(&["check", file.to_str().unwrap()]);
    assert_eq!(code(&bad), 1);
    assert!(
        out(&bad).contains("unsupported-element") && out(&bad).contains("dangling-reference"),
        "{}",
        out(&bad)
    );
    assert!(out(&bad).contains("bad.bpmn:4:"), "{}", out(&bad));
    let as_json: serde_json::Value =
        serde_json::from_str(&out(&hosk(&["check", "--json", file.to_str().unwrap()]))).unwrap();
    assert!(as_json["errors"].as_u64().unwrap() >= 2);
}

#[test]
fn check_explains_codes_and_sums_up_many_files() {
    let page = hosk(&["check", "--explain", "missing-attribute"]);
    assert_eq!(code(&page), 0);
    assert!(
        out(&page).starts_with("# missing-attribute") && out(&page).contains("## What to do"),
        "{}",
        out(&page)
    );
    assert_eq!(code(&hosk(&["check", "--explain", "no-such-code"])), 1);

    let folder = tempfile::tempdir().unwrap();
    for number in 0..60 {
        let id = if number == 7 { "" } else { "id=\"s\"" };
        let text = format!(
            "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\"><process id=\"p{number}\" isExecutable=\"true\">\
             <startEvent {id}/></process></definitions>"
        );
        std::fs::write(folder.path().join(format!("{number}.bpmn")), text).unwrap();
    }
    let many = hosk(&["check", "--color", "always", folder.path().to_str().unwrap()]);
    assert_eq!(code(&many), 1);
    let text = out(&many);
    assert!(
        text.contains("59 accepted, 1 refused, 0 not read") && text.contains("60 files, 2 errors"),
        "{text}"
    );
    assert!(text.contains("\u{1b}[1;31merror[missing-id]"), "{text}");
}

#[test]
fn convert_writes_models_and_forms_and_lists_what_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let (file, target) = (folder.path().join("seven.bpmn"), folder.path().join("out"));
    let model = |attribute: &str| {
        format!(
            "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" xmlns:camunda=\"http://camunda.org/schema/1.0/bpmn\">\
             <process id=\"p\" isExecutable=\"true\"><startEvent id=\"s\"><extensionElements><camunda:formData>\
             <camunda:formField id=\"a\" type=\"string\"/></camunda:formData></extensionElements></startEvent>\
             <serviceTask id=\"t\" camunda:type=\"external\" camunda:topic=\"work\" {attribute}/>\
             <sequenceFlow id=\"f\" sourceRef=\"s\" targetRef=\"t\"/></process></definitions>"
        )
    };
    std::fs::write(&file, model("")).unwrap();
    let (path, to) = (file.to_str().unwrap(), target.to_str().unwrap());
    let good = hosk(&["convert", path, "--out", to]);
    assert_eq!(code(&good), 0, "{}", err(&good));
    assert_eq!(code(&hosk(&["check", to])), 0);
    assert!(target.join("s-form.form").is_file());
    assert!(out(&hosk(&["convert", path])).contains("zeebe:taskDefinition type=\"work\""));

    std::fs::write(&file, model("camunda:skipExpression=\"x\"")).unwrap();
    let left = hosk(&["convert", path, "--out", to]);
    assert_eq!(code(&left), 1);
    assert!(
        err(&left).contains("seven.bpmn:1:") && err(&left).contains("left: `t`: `camunda:skipExpression`"),
        "{}",
        err(&left)
    );
    let as_json = hosk(&["convert", "--json", path, "--out", to]);
    let as_json: serde_json::Value = serde_json::from_str(&out(&as_json)).unwrap();
    assert_eq!(as_json["models"][0]["notes"][0]["kind"], "left");
}

#[test]
fn feel_answers_and_says_why_a_value_is_null() {
    let sum = hosk(&["feel", "=sum(items.price)", r#"{"items": [{"price": 2.10}, {"price": 3}]}"#]);
    assert_eq!((code(&sum), out(&sum).trim()), (0, "5.1"));
    let missing = hosk(&["feel", "nope + 1"]);
    assert_eq!(out(&missing).trim(), "null");
    assert!(err(&missing).contains("nope"), "{}", err(&missing));
    let wrong = hosk(&["feel", "1 +"]);
    assert_eq!(code(&wrong), 1);
    assert!(err(&wrong).contains('^'), "{}", err(&wrong));
    assert_eq!(code(&hosk(&["feel", "1", "[1]"])), 1);
}

#[test]
fn test_plays_scenarios_and_shows_coverage() {
    for folder in [process(), with_plugins()] {
        let played = hosk(&["test", folder.to_str().unwrap()]);
        assert_eq!(code(&played), 0, "{}", out(&played));
        assert!(out(&played).contains("0 failed") && out(&played).contains("100 %"), "{}", out(&played));
    }

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("wrong.scenario");
    std::fs::write(
        &file,
        "Wrong\n\nprocess p\n  start s\n  end e\n  s -> e\n\n> create p {}\nnothing of the kind\n",
    )
    .unwrap();
    let failed = hosk(&["test", file.to_str().unwrap()]);
    assert_eq!(code(&failed), 1);
    assert!(out(&failed).contains("- nothing of the kind"), "{}", out(&failed));
}

#[test]
fn a_server_that_is_not_there_is_a_status_of_its_own() {
    let nobody = hosk(&["tasks", "--server", "http://127.0.0.1:1"]);
    assert_eq!(code(&nobody), 3);
    assert!(err(&nobody).contains("hosk serve"), "{}", err(&nobody));
}

#[test]
fn an_unprotected_server_stays_on_this_machine() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let refused = hosk(&["serve", "--auth", "none", "--listen", "0.0.0.0:0", "--data", data]);
    assert_eq!(code(&refused), 1);
    assert!(err(&refused).contains("loopback"), "{}", err(&refused));
    assert_eq!(code(&hosk(&["demo", "--once", "--listen", "0.0.0.0:0"])), 1);
}

#[test]
fn tenants_are_not_told_apart_where_nobody_signs_in() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("hosk.toml"), "tenants = true\n").unwrap();
    let data = folder.path().to_str().unwrap();
    let refused = hosk(&["serve", "--auth", "none", "--listen", "127.0.0.1:0", "--data", data]);
    assert_eq!(code(&refused), 1);
    assert!(err(&refused).contains("--auth basic"), "{}", err(&refused));
}

#[test]
fn config_says_where_each_value_comes_from() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("hosk.toml"), "drain = 7\n").unwrap();
    let data = folder.path().to_str().unwrap();
    let output = hosk(&["config", "--data", data, "--listen", "127.0.0.1:9999"]);
    assert_eq!(code(&output), 0, "{}", err(&output));
    assert!(
        out(&output).contains("127.0.0.1:9999") && out(&output).contains("hosk.toml"),
        "{}",
        out(&output)
    );
}

#[test]
fn the_level_of_answers_is_shown_and_checked() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let with = |level: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hosk"));
        command.args(["config", "--json", "--data", data]).env("HOSK_API_LEVEL", level).output().unwrap()
    };
    for level in ["8.9", "8.10"] {
        let shown: serde_json::Value = serde_json::from_str(&out(&with(level))).unwrap();
        assert_eq!(shown["api_level"], level);
        let flag = hosk(&["config", "--api-level", level, "--json", "--data", data]);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&out(&flag)).unwrap()["api_level"], level);
    }
    let refused = with("8.11");
    assert_eq!(code(&refused), 1);
    let said = out(&refused) + &err(&refused);
    assert!(said.contains("8.9 or 8.10"), "{said}");
    let refused = hosk(&["config", "--api-level", "8.8", "--data", data]);
    assert_eq!(code(&refused), 2);
    assert!(err(&refused).contains("give 8.9 or 8.10"), "{}", err(&refused));
}

#[test]
fn users_are_set_listed_and_removed() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let mut set = Command::new(env!("CARGO_BIN_EXE_hosk"))
        .args(["user", "set", "anna", "--group", "warehouse", "--data", data])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    set.stdin.take().unwrap().write_all(b"a long password\n").unwrap();
    assert!(set.wait().unwrap().success());
    let listed: serde_json::Value =
        serde_json::from_str(&out(&hosk(&["user", "list", "--json", "--data", data]))).unwrap();
    assert_eq!(listed[0]["name"], "anna");
    assert!(!listed.to_string().contains("argon2"));
    assert_eq!(code(&hosk(&["user", "remove", "anna", "--data", data])), 0);
    assert_eq!(code(&hosk(&["user", "remove", "anna", "--data", data])), 1);
}

/// A process with one task, in a file.
fn approve(folder: &Path) -> PathBuf {
    let file = folder.join("approve.bpmn");
    std::fs::write(
        &file,
        "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\"><process id=\"approve\" isExecutable=\"true\">\
         <startEvent id=\"s\"/><userTask id=\"look\" name=\"Look at it\"/><endEvent id=\"e\"/>\
         <sequenceFlow id=\"a\" sourceRef=\"s\" targetRef=\"look\"/><sequenceFlow id=\"b\" sourceRef=\"look\" targetRef=\"e\"/>\
         </process></definitions>",
    )
    .unwrap();
    file
}

#[test]
fn a_process_is_deployed_and_started_for_a_tenant() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let mut set = Command::new(env!("CARGO_BIN_EXE_hosk"))
        .args(["user", "set", "anna", "--group", "operators", "--data", data])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    set.stdin.take().unwrap().write_all(b"a long password\n").unwrap();
    assert!(set.wait().unwrap().success());
    let server = Server::start(|command| command.args(["--data", data]).env("HOSK_TENANTS", "true"));
    let link = server.1.clone();
    let file = approve(folder.path());
    let anna = ["--server", &link, "--user", "anna", "--password", "a long password", "--tenant"];
    let deploy = |tenant: &str| hosk(&[&["deploy", file.to_str().unwrap()][..], &anna, &[tenant]].concat());
    let start = |tenant: &str| hosk(&[&["start", "approve"][..], &anna, &[tenant]].concat());
    // By the role of operators she is a member of the default tenant, and of no other.
    assert!(out(&deploy("<default>")).contains("approve"));
    assert!(out(&start("<default>")).contains("approve version 1 started"));
    for refused in [deploy("north"), start("north")] {
        assert_eq!(code(&refused), 1);
        assert!(err(&refused).contains("not a member"), "{}", err(&refused));
    }
}

#[test]
fn deploy_start_claim_and_complete_from_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let server = Server::start(|command| command.args(["--auth", "none", "--data", data]));
    let link = server.1.clone();
    let file = approve(folder.path());
    let deployed = hosk(&["deploy", "--server", &link, file.to_str().unwrap()]);
    assert!(out(&deployed).contains("approve"), "{}", err(&deployed));
    let started = hosk(&["start", "--server", &link, "approve", r#"{"amount": 3}"#]);
    assert!(out(&started).contains("approve version 1 started"), "{}", err(&started));
    let tasks: serde_json::Value =
        serde_json::from_str(&out(&hosk(&["tasks", "--json", "--server", &link]))).unwrap();
    let key = tasks["items"][0]["userTaskKey"].as_str().unwrap().to_owned();
    let claimed = hosk(&["tasks", "--server", &link, "claim", &key, "--assignee", "anna"]);
    assert_eq!(code(&claimed), 0, "{}", err(&claimed));
    let taken = hosk(&["tasks", "--server", &link, "claim", &key, "--assignee", "karen"]);
    assert_eq!(code(&taken), 1);
    let done = hosk(&["tasks", "--server", &link, "complete", &key, r#"{"ok": true}"#]);
    assert!(out(&done).contains("COMPLETED"), "{}{}", out(&done), err(&done));
    assert!(out(&hosk(&["tasks", "--server", &link])).contains("Nothing to do"));
}

#[test]
fn migrate_brings_a_file_up_to_date_and_spreads_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let done = hosk(&["migrate", "--data", data]);
    assert_eq!((code(&done), out(&done).as_str()), (0, "the database is up to date\n"));
    assert!(folder.path().join("hosk.db").is_file());
    let refused = hosk(&["migrate", "--citus", "--data", data]);
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(code(&refused) == 1 && told.contains("--database"), "{told}");
}
