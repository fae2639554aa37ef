//! Live updates for whoever reads slowly, or comes back late: what he missed, or that he missed something.

use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use crate::listener::{Event, Listener, PATH};
use crate::server::{Make, Server, file};

/// More pieces than line, server and memory of a stream hold together.
const PIECES: usize = 120;
/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_mins(1);

/// Somebody who reads when the test says so, by a line that takes little.
struct Sleepy {
    line: TcpStream,
    text: String,
}

impl Sleepy {
    async fn of(server: &Server) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4_096).unwrap();
        let mut line = socket.connect(server.address()).await.unwrap();
        // An answer to HTTP/1.0 is the bare text, up to the end of the line.
        let request = format!("GET {PATH} HTTP/1.0\r\nhost: {}\r\n\r\n", server.address());
        line.write_all(request.as_bytes()).await.unwrap();
        let mut sleepy = Self { line, text: String::new() };
        while !sleepy.text.contains("\nid: ") {
            sleepy.more().await;
        }
        let (head, text) = sleepy.text.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.0 200") || head.starts_with("HTTP/1.1 200"), "{head}");
        sleepy.text = text.to_owned();
        sleepy
    }

    async fn more(&mut self) {
        let mut bytes = [0; 1_024];
        let read = tokio::time::timeout(PATIENCE, self.line.read(&mut bytes)).await.expect("something comes");
        let read = read.unwrap();
        assert!(read > 0, "the stream ended: {}", self.text);
        // Nothing here is beyond ASCII.
        self.text.push_str(std::str::from_utf8(&bytes[..read]).unwrap());
    }

    async fn next(&mut self) -> Event {
        loop {
            while let Some(end) = self.text.find("\n\n") {
                let block: String = self.text.drain(..end + 2).collect();
                if let (_, Some(event)) = Event::read(&block) {
                    return event;
                }
            }
            self.more().await;
        }
    }
}

/// Where an event stands among all.
fn place(event: &Event) -> Vec<u64> {
    event.id.split('-').map(|number| number.parse().unwrap()).collect()
}

/// Checks that somebody heard everything, or was told at each hole that there is one; the number of holes, and how many
/// events are missing in them.
fn holes(heard: &[Event], all: &[Event]) -> (usize, usize) {
    let (mut at, mut holes, mut missing) = (0, 0, 0);
    for event in heard {
        if event.name == "reset" {
            let next = all.iter().position(|one| place(one) > place(event)).unwrap_or(all.len());
            assert!(next >= at, "a reset goes back: {event:?}");
            (holes, missing, at) = (holes + 1, missing + next - at, next);
        } else {
            assert_eq!((&event.id, &event.data), (&all[at].id, &all[at].data), "event {at}");
            at += 1;
        }
    }
    assert_eq!(at, all.len(), "the rest was never told");
    (holes, missing)
}

#[tokio::test]
async fn who_reads_slowly_is_told_of_the_hole_and_goes_on() {
    let make =
        Make { small_lines: true, settings: Some(|settings| settings.stream_pieces = 2), ..Make::default() };
    let server = Server::make(make).await;
    // A long name makes large events.
    let name = "w".repeat(250);
    let process = file("work.bpmn").replace("process id=\"work\"", &format!("process id=\"{name}\""));
    server.deploy_parts(&[("resources", "work.bpmn", process)]).await.good();
    let (mut quick, mut slow) = (Listener::of(&server, "").await, Sleepy::of(&server).await);
    let mut all = Vec::new();
    for n in 0..PIECES {
        server.create(&name, json!({"n": n})).await;
        // One who reads does not wait for one who does not.
        all.extend(quick.take(1).await);
    }
    let mut heard = Vec::new();
    while heard.last().is_none_or(|event: &Event| event.name != "reset") {
        heard.push(slow.next().await);
    }
    let detail = heard.last().unwrap().data["detail"].as_str().unwrap();
    assert!(detail.ends_with("Read everything again."), "{detail}");
    server.create(&name, json!({"n": PIECES})).await;
    all.extend(quick.take(1).await);
    while heard.last().is_none_or(|event| event.id != all[PIECES].id) {
        heard.push(slow.next().await);
    }
    let (resets, missing) = holes(&heard, &all);
    assert!(resets >= 1 && missing >= 1, "{resets} resets, {missing} missing");
    assert_eq!(holes(&all, &all), (0, 0), "who reads misses nothing");
    // With the id of the last event before the hole he hears all of it: it is only the line that was too slow.
    let before = heard.iter().position(|event| event.name == "reset").unwrap() - 1;
    let mut back = Listener::back(&server, "", &heard[before].id).await;
    let rest = back.take(all.len() - before - 1).await;
    assert_eq!(holes(&rest, &all[before + 1..]), (0, 0));
}

#[tokio::test]
async fn who_comes_back_late_is_told_what_can_be_told() {
    let make = Make { settings: Some(|settings| settings.stream_missed = 4), ..Make::default() };
    let server = Server::make(make).await;
    server.deploy(&["work.bpmn"]).await.good();
    let mut always = Listener::of(&server, "").await;
    let mut all = Vec::new();
    for n in 0..8 {
        server.create("work", json!({"n": n})).await;
        all.extend(always.take(1).await);
    }
    // Two come back at once: one missed three commits, the other seven.
    let (in_time, late) = (all[4].id.clone(), all[0].id.clone());
    let (mut in_time, mut late) =
        tokio::join!(Listener::back(&server, "", &in_time), Listener::back(&server, "", &late));
    let mut heard = late.take(5).await;
    server.create("work", json!({"n": 8})).await;
    all.extend(always.take(1).await);
    assert_eq!(holes(&in_time.take(4).await, &all[5..]), (0, 0));
    heard.extend(late.take(1).await);
    assert_eq!(holes(&heard, &all[1..]), (1, 3));
    // From the reset on nothing is missed any more.
    let reset = heard.iter().find(|event| event.name == "reset").unwrap();
    let mut again = Listener::back(&server, "", &reset.id).await;
    assert_eq!(holes(&again.take(1).await, &all[8..]), (0, 0));
}
