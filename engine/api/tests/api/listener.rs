//! Somebody who listens to events, and the story of a stream that goes on.

use std::sync::Arc;
use std::time::Duration;

use hosk_store::Memory;
use reqwest::Method;
use serde_json::{Value, json};

use crate::server::{Make, Server, Stores, text};

pub(crate) const PATH: &str = "/hosk/v1/events";
/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_mins(1);
/// How often streams of these tests show that they live.
pub(crate) const BEAT: Duration = Duration::from_millis(100);

/// What came by a stream.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) name: String,
    pub(crate) id: String,
    pub(crate) data: Value,
}

impl Event {
    /// What a piece of a stream says, up to its empty line; the id may come without an event.
    pub(crate) fn read(block: &str) -> (String, Option<Self>) {
        let field = |name: &str| {
            block.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().to_owned()
        };
        let (id, data) = (field("id: "), field("data: "));
        let event = (!data.is_empty()).then(|| Self {
            name: field("event: "),
            id: id.clone(),
            data: serde_json::from_str(&data).unwrap(),
        });
        (id, event)
    }

    /// Kind and change.
    pub(crate) fn what(&self) -> (String, String) {
        (text(&self.data, "kind"), text(&self.data, "change"))
    }
}

/// Somebody who listens.
pub(crate) struct Listener {
    answer: reqwest::Response,
    text: String,
    /// Every piece, in order.
    pub(crate) heard: String,
    pub(crate) last: String,
}

impl Listener {
    pub(crate) async fn of(server: &Server, query: &str) -> Self {
        Self::back(server, query, "").await
    }

    /// Comes back with the id of the last event.
    pub(crate) async fn back(server: &Server, query: &str, last: &str) -> Self {
        let request = server.request(Method::GET, &format!("{PATH}{query}")).header("last-event-id", last);
        let answer = server.listen(request.header("accept-encoding", "gzip, br")).await;
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        assert_eq!(answer.headers()["cache-control"], "no-store");
        assert!(!answer.headers().contains_key("content-encoding"), "packing would hold events back");
        let mut listener = Self { answer, text: String::new(), heard: String::new(), last: last.to_owned() };
        // The place from which it listens, or what it missed.
        while !listener.text.contains("id: ") {
            assert!(listener.more().await, "a stream has a beginning");
        }
        listener
    }

    async fn more(&mut self) -> bool {
        let chunk = tokio::time::timeout(PATIENCE, self.answer.chunk()).await.expect("something comes");
        let Ok(Some(chunk)) = chunk else { return false };
        let text = String::from_utf8(chunk.to_vec()).unwrap();
        self.text.push_str(&text);
        self.heard.push_str(&text);
        true
    }

    /// The next event; `None` at the end of the stream.
    pub(crate) async fn next(&mut self) -> Option<Event> {
        loop {
            while let Some(end) = self.text.find("\n\n") {
                let block: String = self.text.drain(..end + 2).collect();
                let (id, event) = Event::read(&block);
                if !id.is_empty() {
                    self.last = id;
                }
                if event.is_some() {
                    return event;
                }
            }
            if !self.more().await {
                return None;
            }
        }
    }

    pub(crate) async fn take(&mut self, count: usize) -> Vec<Event> {
        let mut events = Vec::new();
        while events.len() < count {
            events.push(self.next().await.expect("the stream goes on"));
        }
        events
    }

    /// Kinds and changes of the next events.
    pub(crate) async fn whats(&mut self, count: usize) -> Vec<(String, String)> {
        self.take(count).await.iter().map(Event::what).collect()
    }
}

pub(crate) fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(kind, change)| ((*kind).to_owned(), (*change).to_owned())).collect()
}

pub(crate) const BEGINNING: [(&str, &str); 2] = [("PROCESS_INSTANCE", "STARTED"), ("USER_TASK", "CREATED")];

pub(crate) async fn open_task(server: &Server, instance: &str) -> String {
    let filter = json!({"state": "CREATED", "processInstanceKey": instance});
    text(&server.first("/v2/user-tasks/search", filter).await, "userTaskKey")
}

/// A stream goes on where it was, on another server and after a restart: nothing about it is remembered anywhere.
pub(crate) async fn a_stream_goes_on<S: Stores>(store: Arc<S>) {
    let make = || Make { settings: Some(|settings| settings.heartbeat = BEAT), ..Make::default() };
    let on = async || Server::on(Arc::clone(&store), Arc::new(Memory::new()), make()).await;
    let (first, second) = (on().await, on().await);
    first.deploy(&["review.bpmn", "review.form", "work.bpmn"]).await.good();
    let mut listener = Listener::of(&second, "").await;
    let instance = first.create("review", json!({})).await;
    // What another server commits is heard here.
    let began = listener.take(2).await;
    assert_eq!(began.iter().map(Event::what).collect::<Vec<_>>(), pairs(&BEGINNING));
    drop(listener);
    let task = open_task(&first, &instance).await;
    first.post(&format!("/v2/user-tasks/{task}/completion"), json!({})).await;
    let third = on().await;
    for server in [&first, &second, &third] {
        let missed = [("USER_TASK", "COMPLETED"), ("USER_TASK", "CREATED")];
        let mut back = Listener::back(server, "", &began[1].id).await;
        assert_eq!(back.whats(2).await, pairs(&missed));
        // From within a commit its rest.
        let mut back = Listener::back(server, "", &began[0].id).await;
        assert_eq!(back.whats(3).await, pairs(&[BEGINNING[1], missed[0], missed[1]]));
        let query = format!("?lastEventId={}", back.last);
        let mut newest = Listener::of(server, &query).await;
        first.create("work", json!({"n": 1})).await;
        assert_eq!(newest.whats(1).await, pairs(&BEGINNING[..1]));
    }
    // Signs of life carry the newest id, also for who hears of nothing.
    let mut quiet = Listener::of(&third, "?processDefinitionId=none").await;
    let before = quiet.last.clone();
    first.create("work", json!({"n": 1})).await;
    let newest = loop {
        assert!(quiet.more().await);
        let ids: Vec<_> = quiet.heard.lines().filter_map(|line| line.strip_prefix("id: ")).collect();
        if let Some(id) = ids.iter().find(|id| **id != ids[0] && **id != before) {
            break (*id).to_owned();
        }
    };
    assert!(quiet.heard.contains(": here\n"));
    first.create("work", json!({"n": 1})).await;
    assert_eq!(Listener::back(&third, "", &newest).await.whats(1).await, pairs(&BEGINNING[..1]));
    // Ids that mean nothing here.
    for strange in ["x", "1-2-3-4", "99999999999-5-6-7", "99999999999-0-0-0"] {
        let mut lost = Listener::back(&third, "", strange).await;
        let reset = lost.take(1).await.remove(0);
        assert_eq!(reset.name, "reset", "{strange}");
        assert!(text(&reset.data, "detail").ends_with("Read everything again."));
        first.create("work", json!({"n": 1})).await;
        assert_eq!(lost.whats(1).await, pairs(&BEGINNING[..1]), "{strange}");
    }
}
