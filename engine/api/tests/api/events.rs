//! Live updates: what is told, to whom, and from where a stream goes on.

use std::sync::Arc;
use std::time::Duration;

use hosk_store::Sqlite;
use hosk_store::sqlite::Options;
use reqwest::Method;
use serde_json::json;
use tokio::io::AsyncWriteExt as _;

use crate::listener::{BEAT, BEGINNING, Event, Listener, PATH, a_stream_goes_on, open_task, pairs};
use crate::server::{Make, Server, file, text};
use crate::tenants::strangers::two_tenants;

const STAFF: &[(&str, &[&str])] =
    &[("olga", &["operators"]), ("rita", &["reviewers"]), ("ruben", &["reviewers"]), ("stan", &["sales"])];

async fn with_reviews(make: Make) -> Server {
    let server = Server::make(make).await;
    server.as_operator().deploy(&["review.bpmn", "review.form", "work.bpmn"]).await.good();
    server
}

#[tokio::test]
async fn a_whole_instance_is_told_without_its_content() {
    let server = with_reviews(Make { sqlite: true, ..Make::default() }).await;
    let mut listener = Listener::of(&server, "").await;
    let instance = server.create("review", json!({"what": "a secret letter"})).await;
    let began = listener.take(2).await;
    assert_eq!(began.iter().map(Event::what).collect::<Vec<_>>(), pairs(&BEGINNING));
    let task = open_task(&server, &instance).await;
    let told = &began[1].data;
    assert_eq!((&told["key"], &told["processInstanceKey"]), (&json!(task), &json!(instance)));
    assert_eq!((&told["elementId"], &told["processDefinitionId"]), (&json!("look"), &json!("review")));
    assert_eq!((&told["tenantId"], &began[0].data["elementId"]), (&json!("<default>"), &json!(null)));
    assert!(told["time"].as_str().unwrap().ends_with('Z'), "{told}");
    let path = format!("/v2/user-tasks/{task}");
    server.post(&format!("{path}/assignment"), json!({"assignee": "rita"})).await;
    server.with_body(Method::PATCH, &path, json!({"changeset": {"priority": 80}})).await;
    server.post(&format!("{path}/completion"), json!({"variables": {"hush": 1}})).await;
    let tasks = [("USER_TASK", "ASSIGNED"), ("USER_TASK", "UPDATED"), ("USER_TASK", "COMPLETED")];
    assert_eq!(listener.whats(3).await, pairs(&tasks));
    assert_eq!(listener.whats(1).await, pairs(&[("USER_TASK", "CREATED")]));
    let of = format!("/v2/process-instances/{instance}");
    server.post(&format!("{of}/suspension"), json!({})).await;
    server.post(&format!("{of}/resumption"), json!({})).await;
    server.post(&format!("{of}/cancellation"), json!({})).await;
    let rest = listener.take(4).await;
    let changes: Vec<_> = rest.iter().map(|event| text(&event.data, "change")).collect();
    assert_eq!(changes, ["SUSPENDED", "RESUMED", "CANCELED", "TERMINATED"]);
    for content in ["secret", "letter", "hush", "rita"] {
        assert!(!listener.heard.contains(content), "{content}: {}", listener.heard);
    }
    assert!(listener.heard.starts_with("retry: "), "{}", listener.heard);
}

#[tokio::test]
async fn incidents_come_and_go() {
    let server = with_reviews(Make::default()).await;
    let mut listener = Listener::of(&server, "?kind=incident").await;
    server.create("work", json!({"n": 1})).await;
    let job = text(&server.take("work").await[0], "jobKey");
    let fail = json!({"retries": 0, "errorMessage": "broken"});
    server.post(&format!("/v2/jobs/{job}/failure"), fail).await;
    let raised = listener.take(1).await.remove(0);
    assert_eq!(raised.what(), ("INCIDENT".to_owned(), "RAISED".to_owned()));
    server.with_body(Method::PATCH, &format!("/v2/jobs/{job}"), json!({"changeset": {"retries": 1}})).await;
    let key = text(&raised.data, "key");
    server.post(&format!("/v2/incidents/{key}/resolution"), json!({})).await;
    assert_eq!(listener.whats(1).await, pairs(&[("INCIDENT", "RESOLVED")]));
}

#[tokio::test]
async fn a_stream_is_narrowed() {
    let server = with_reviews(Make { users: STAFF, ..Make::default() }).await;
    let (olga, rita) = (server.as_user("olga"), server.as_user("rita"));
    let first = olga.create("review", json!({})).await;
    let mut of_other =
        Listener::of(&olga, "?processDefinitionId=review&kind=PROCESS_INSTANCE,USER_TASK").await;
    let mut own = Listener::of(&rita, "?assignee=me").await;
    let mut offered = Listener::of(&rita, "?candidateGroup=me&kind=USER_TASK").await;
    olga.create("work", json!({"n": 1})).await;
    let second = olga.create("review", json!({})).await;
    let mut of_one = Listener::of(&olga, &format!("?processInstanceKey={first}")).await;
    assert_eq!(of_other.whats(2).await, pairs(&BEGINNING));
    assert_eq!(offered.whats(1).await, pairs(&BEGINNING[1..]));
    let task = open_task(&olga, &second).await;
    let path = format!("/v2/user-tasks/{task}/assignment");
    olga.post(&path, json!({"assignee": "rita"})).await;
    // What was hers until now concerns her as well.
    olga.post(&path, json!({"assignee": "ruben"})).await;
    olga.post(&path, json!({"assignee": "stan"})).await;
    olga.post(&format!("/v2/process-instances/{first}/cancellation"), json!({})).await;
    let mine = own.take(2).await;
    assert!(mine.iter().all(|event| event.data["key"] == json!(task)), "{mine:?}");
    let canceled = [("USER_TASK", "CANCELED"), ("PROCESS_INSTANCE", "TERMINATED")];
    assert_eq!(of_one.whats(2).await, pairs(&canceled));
    olga.post(&path, json!({"assignee": "rita"})).await;
    assert_eq!(own.whats(1).await, pairs(&[("USER_TASK", "ASSIGNED")]));
    assert_eq!(own.heard.matches("data:").count(), 3, "{}", own.heard);
}

#[tokio::test]
async fn who_may_not_see_hears_nothing() {
    let make = Make { users: STAFF, settings: Some(|settings| settings.heartbeat = BEAT), ..Make::default() };
    let server = with_reviews(make).await;
    server.get(PATH).await.refused(401, "unauthorized");
    let (olga, stan) = (server.as_user("olga"), server.as_user("stan"));
    let mut everything = Listener::of(&olga, "").await;
    let mut stranger = Listener::of(&stan, "").await;
    let instance = olga.create("review", json!({})).await;
    assert_eq!(everything.whats(2).await, pairs(&BEGINNING));
    // His own task is all that he hears of.
    let task = open_task(&olga, &instance).await;
    olga.post(&format!("/v2/user-tasks/{task}/assignment"), json!({"assignee": "stan"})).await;
    let heard = stranger.take(1).await.remove(0);
    assert_eq!((heard.what().1.as_str(), &heard.data["key"]), ("ASSIGNED", &json!(task)));
    assert_eq!(stranger.heard.matches("data:").count(), 1, "{}", stranger.heard);
    // It ends with the user.
    assert_eq!(olga.send(olga.request(Method::DELETE, "/v2/users/stan")).await.status, 204);
    assert!(stranger.next().await.is_none(), "{}", stranger.heard);
}

#[tokio::test]
async fn tenants_hear_of_their_own() {
    let (_, anna, ben) = two_tenants().await;
    for (one, tenant) in [(&anna, "north"), (&ben, "south")] {
        let parts = [("resources", "work.bpmn", file("work.bpmn")), ("tenantId", "", tenant.to_owned())];
        one.deploy_parts(&parts).await.good();
    }
    let (mut of_anna, mut of_ben) = (Listener::of(&anna, "").await, Listener::of(&ben, "").await);
    for (one, tenant) in [(&ben, "south"), (&anna, "north")] {
        let body = json!({"processDefinitionId": "work", "tenantId": tenant, "variables": {"n": 1}});
        one.post("/v2/process-instances", body).await.good();
    }
    assert_eq!(of_anna.take(1).await[0].data["tenantId"], "north");
    assert_eq!(of_ben.take(1).await[0].data["tenantId"], "south");
    assert!(!of_anna.heard.contains("south") && !of_ben.heard.contains("north"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_goes_on_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let store = Sqlite::open(folder.path().join("hosk.db"), Options::default()).await.unwrap();
    a_stream_goes_on(Arc::new(store)).await;
}

#[tokio::test]
async fn what_was_removed_since_cannot_be_gone_on_from() {
    let server = with_reviews(Make::default()).await;
    let mut listener = Listener::of(&server, "").await;
    let instance = server.create("review", json!({})).await;
    let began = listener.take(2).await;
    let path = format!("/v2/process-instances/{instance}");
    server.post(&format!("{path}/cancellation"), json!({})).await;
    server.post(&format!("{path}/deletion"), json!({})).await;
    while server.get(&path).await.status != 404 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mut back = Listener::back(&server, "", &began[1].id).await;
    assert_eq!(back.take(1).await[0].name, "reset");
}

#[tokio::test]
async fn parameters_are_checked() {
    let server = with_reviews(Make::default()).await;
    let refused =
        async |query: &str, code: &str| server.get(&format!("{PATH}?{query}")).await.refused(400, code);
    refused("colour=red", "unknown-field").await;
    let detail = refused("kind=JOB", "invalid-argument").await;
    assert!(detail.contains("USER_TASK"), "{detail}");
    refused("kind=", "invalid-argument").await;
    refused("processInstanceKey=x", "invalid-key").await;
    refused("lastEventId=x", "invalid-argument").await;
    refused("assignee=", "invalid-argument").await;
    refused("assignee=me", "invalid-argument").await;
    refused("candidateGroup=me", "invalid-argument").await;
    refused("kind=INCIDENT&assignee=rita", "invalid-argument").await;
}

#[tokio::test]
async fn there_is_room_for_so_many() {
    let make = Make { settings: Some(|settings| settings.streams = 2), ..Make::default() };
    let server = Server::make(make).await;
    let (one, _other) = (Listener::of(&server, "").await, Listener::of(&server, "").await);
    let full = server.get(PATH).await;
    assert_eq!(full.headers["retry-after"], "1");
    full.refused(503, "busy");
    drop(one);
    // Its place is free as soon as it is seen that it is gone.
    while server.get(PATH).await.status != 200 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn who_does_not_read_is_left() {
    let make = Make {
        settings: Some(|settings| {
            settings.streams = 1;
            settings.heartbeat = Duration::from_micros(20);
            settings.stream_patience = Duration::from_millis(200);
        }),
        ..Make::default()
    };
    let server = Server::make(make).await;
    // A line that takes little, and nobody who takes anything from it.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    let mut asleep = socket.connect(server.address()).await.unwrap();
    let request = format!("GET {PATH} HTTP/1.1\r\nhost: {}\r\n\r\n", server.address());
    asleep.write_all(request.as_bytes()).await.unwrap();
    while server.get(PATH).await.status == 200 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // Signs of life fill the line until nothing goes through any more; then the place is given to others.
    let waited = async {
        while server.get(PATH).await.status != 200 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(5), waited).await.expect("the place is free again");
}

#[tokio::test]
async fn streams_end_when_the_server_leaves() {
    let leaving = Arc::new(std::sync::atomic::AtomicBool::new(false));
    LEAVING.set(Arc::clone(&leaving)).unwrap();
    let make = Make {
        settings: Some(|settings| settings.leaving = Arc::clone(LEAVING.get().unwrap())),
        ..Make::default()
    };
    let server = Server::make(make).await;
    let mut listener = Listener::of(&server, "").await;
    leaving.store(true, std::sync::atomic::Ordering::Relaxed);
    assert!(listener.next().await.is_none());
    server.get(PATH).await.refused(503, "unavailable");
}

static LEAVING: std::sync::OnceLock<Arc<std::sync::atomic::AtomicBool>> = std::sync::OnceLock::new();
