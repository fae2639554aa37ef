//! Documents while servers are killed, damaged, backed up and several: a document is whole or not there, bytes that nobody
//! has are removed, and wrong bytes are never taken for right ones.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use reqwest::multipart::{Form, Part};
use reqwest::{Body, Client, Response};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;

use crate::backups::hosk;
use crate::server::Server;

/// Longest time until something is seen.
const PATIENCE: Duration = Duration::from_mins(1);
/// More than two parts of the database.
const LARGE: usize = 600_000;

/// The database, past its server.
pub(crate) trait Beside {
    /// Runs a statement.
    async fn run(&self, statement: &str);
    /// The number that a question has as its answer.
    async fn number(&self, question: &str) -> i64;
    /// So many bytes that are 0.
    fn zeros(&self, count: &str) -> String;
}

pub(crate) fn bytes(count: usize) -> Vec<u8> {
    (0..count).map(|number| (number / 7 % 251) as u8).collect()
}

fn form(part: Part) -> Form {
    Form::new().part("file", part.file_name("a.bin"))
}

pub(crate) async fn upload(server: &Server, id: &str, part: Part) -> reqwest::Result<Response> {
    let path = format!("{}/v2/documents?documentId={id}", server.base);
    Client::new().post(path).multipart(form(part)).send().await
}

pub(crate) async fn made(server: &Server, id: &str, count: usize) {
    let answer = upload(server, id, Part::bytes(bytes(count))).await.unwrap();
    assert_eq!(answer.status(), 201, "{}", answer.text().await.unwrap());
}

/// What is answered to a reference to so many bytes.
pub(crate) async fn fetch(server: &Server, id: &str, count: usize) -> Response {
    let hash =
        Sha256::digest(bytes(count)).iter().fold(String::new(), |hash, byte| hash + &format!("{byte:02x}"));
    reqwest::get(format!("{}/v2/documents/{id}?contentHash={hash}", server.base)).await.unwrap()
}

pub(crate) async fn is_there(server: &Server, id: &str, count: usize) {
    let answer = fetch(server, id, count).await;
    assert_eq!(answer.status(), 200, "{id}");
    assert!(answer.bytes().await.unwrap() == bytes(count), "{id} has other bytes");
}

/// That an answer is this refusal.
pub(crate) async fn refused(answer: Response, status: u16, code: &str) {
    assert_eq!(answer.status(), status);
    let problem: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    assert!(problem.to_string().contains(code), "{problem}");
}

/// Waits until a question is answered by such a number.
async fn until(beside: &impl Beside, question: &str, enough: impl Fn(i64) -> bool) {
    let begun = Instant::now();
    loop {
        let number = beside.number(question).await;
        if enough(number) {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "{question}: {number}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

const PARTS: &str = "SELECT count(*) FROM document_part";
const LOOSE: &str = "SELECT count(*) FROM document_loose";

/// A server is killed in the middle of an upload. What was acknowledged is there, the half is not, and its bytes go.
pub(crate) async fn uploads_are_whole_or_nothing(data: &Path, database: Option<&str>, beside: &impl Beside) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut server = Server::start(data, database).await;
    made(&server, "whole", LARGE).await;
    assert_eq!((beside.number(PARTS).await, beside.number(LOOSE).await), (3, 0));

    let (sender, mut pieces) = mpsc::channel::<Result<Vec<u8>, std::io::Error>>(1);
    let stream = futures::stream::poll_fn(move |context| pieces.poll_recv(context));
    let half = Part::stream(Body::wrap_stream(stream));
    let path = format!("{}/v2/documents?documentId=half", server.base);
    let sending = tokio::spawn(Client::new().post(path).multipart(form(half)).send());
    sender.send(Ok(bytes(LARGE))).await.unwrap();
    until(beside, PARTS, |parts| parts >= 5).await;
    refused(fetch(&server, "half", LARGE).await, 404, "document-not-found").await;
    server.kill().await;
    assert!(sending.await.unwrap().is_err(), "nothing was acknowledged");

    let mut server = Server::start(data, database).await;
    refused(fetch(&server, "half", LARGE).await, 404, "document-not-found").await;
    is_there(&server, "whole", LARGE).await;
    assert!(beside.number(PARTS).await >= 5, "an upload may take an hour, elsewhere it may go on");
    server.kill().await;

    beside.run("UPDATE document_loose SET since = since - 10800000").await;
    let mut server = Server::start(data, database).await;
    until(beside, LOOSE, |loose| loose == 0).await;
    assert_eq!(beside.number(PARTS).await, 3, "only those of the document");
    is_there(&server, "whole", LARGE).await;
    made(&server, "half", LARGE).await;
    is_there(&server, "half", LARGE).await;
    server.kill().await;
}

/// Bytes are changed, and others are lost: nobody takes what is left for the document.
pub(crate) async fn damage_is_told(data: &Path, database: Option<&str>, beside: &impl Beside) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut server = Server::start(data, database).await;
    let small = [("small", 1_000)];
    for (id, count) in
        small.into_iter().chain(["large", "tail", "torn", "swollen", "good"].map(|id| (id, LARGE)))
    {
        made(&server, id, count).await;
    }
    let of = |id: &str, part: u32| {
        format!("content = (SELECT content FROM document WHERE id = '{id}') AND part = {part}")
    };
    for (id, part, length) in [
        ("small", 0, "length(bytes)"),
        ("large", 1, "length(bytes)"),
        ("tail", 2, "length(bytes)"),
        ("swollen", 0, "700000"),
    ] {
        let (zeros, which) = (beside.zeros(length), of(id, part));
        beside.run(&format!("UPDATE document_part SET bytes = {zeros} WHERE {which}")).await;
    }
    beside.run(&format!("DELETE FROM document_part WHERE {}", of("torn", 0))).await;

    // What is known before anything is sent is a refusal; later the answer ends before it is whole.
    for (id, count) in [("small", 1_000), ("torn", LARGE), ("swollen", LARGE)] {
        refused(fetch(&server, id, count).await, 500, "document-damaged").await;
    }
    for id in ["large", "tail"] {
        let answer = fetch(&server, id, LARGE).await;
        assert_eq!((answer.status().as_u16(), answer.content_length()), (200, Some(LARGE as u64)));
        assert!(answer.bytes().await.is_err(), "{id} was taken for whole");
    }
    is_there(&server, "good", LARGE).await;
    server.kill().await;
}

/// A back-up of a running server has its documents, and so has what is restored from it.
pub(crate) async fn back_ups_have_them(folder: &Path, from: Option<&str>, to: Option<&str>) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (data, restored): (PathBuf, PathBuf) = (folder.join("data"), folder.join("restored"));
    let mut server = Server::start(&data, from).await;
    made(&server, "invoice", LARGE).await;
    let file = folder.join("backup.db").to_string_lossy().into_owned();
    let base = server.base.clone();
    let saved = file.clone();
    tokio::task::spawn_blocking(move || hosk(&["backup", &saved, "--server", &base])).await.unwrap();
    made(&server, "later", 10).await;
    server.kill().await;
    let into = restored.to_string_lossy();
    let mut arguments = vec!["restore", &*file, "--data", &*into];
    arguments.extend(to.into_iter().flat_map(|url| ["--database", url]));
    hosk(&arguments);
    let mut server = Server::start(&restored, to).await;
    is_there(&server, "invoice", LARGE).await;
    refused(fetch(&server, "later", 10).await, 404, "document-not-found").await;
    server.kill().await;
}
