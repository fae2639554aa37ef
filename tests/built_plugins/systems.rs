//! The systems behind the plugins: each keeps what was done to it, and is in the moods that it is told to be in.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// The secret that both systems ask for.
pub(crate) const SECRET: &str = "sesame";
/// The client that the CRM knows, and its company there.
pub(crate) const CLIENT: &str = "C-1001";
const COMPANY: u64 = 406_320;
/// Largest request, in bytes.
const LARGEST: usize = 64 * 1024;

/// How a system treats one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    /// It does what was asked and answers.
    Well,
    /// It answers that it is busy, and does nothing.
    Busy,
    /// It does what was asked and closes the connection without an answer.
    Vanishing,
    /// It does nothing, and does not answer.
    Stalled,
    /// It does what was asked, and does not answer.
    DoneAndStalled,
}

/// A request as it came in.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    method: String,
    pub(crate) path: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Heard {
    fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// The key by which a repeat is known.
    pub(crate) fn key(&self) -> &str {
        self.header("idempotency-key")
    }

    /// A member of a form; the values of these tests have nothing to unescape.
    pub(crate) fn field(&self, name: &str) -> &str {
        let pairs = self.body.split('&').filter_map(|pair| pair.split_once('='));
        pairs.into_iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value)
    }
}

/// What a system has been asked and what it has done.
#[derive(Default)]
struct Kept {
    moods: VecDeque<Mood>,
    heard: Vec<Heard>,
    done: Vec<String>,
}

/// Does what a request asks: status and body; what was done is added to the list.
type Work = fn(&Heard, &mut Vec<String>) -> (u16, Value);

/// A running system.
pub(crate) struct System {
    pub(crate) base: String,
    kept: Arc<Mutex<Kept>>,
    stalled: Arc<Notify>,
}

impl System {
    pub(crate) async fn crm() -> Self {
        Self::start(crm).await
    }

    pub(crate) async fn erp() -> Self {
        Self::start(erp).await
    }

    async fn start(work: Work) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let system = Self { base, kept: Arc::default(), stalled: Arc::default() };
        let (kept, stalled) = (Arc::clone(&system.kept), Arc::clone(&system.stalled));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, work, Arc::clone(&kept), Arc::clone(&stalled)));
            }
        });
        system
    }

    /// The moods for the next requests, one each; after them it is well.
    pub(crate) fn be(&self, moods: &[Mood]) {
        self.kept.lock().unwrap().moods.extend(moods);
    }

    /// Waits until a request is left without an answer.
    pub(crate) async fn is_stalled(&self) {
        self.stalled.notified().await;
    }

    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.kept.lock().unwrap().heard.clone()
    }

    /// What was done, in its order.
    pub(crate) fn done(&self) -> Vec<String> {
        self.kept.lock().unwrap().done.clone()
    }
}

async fn serve(mut stream: TcpStream, work: Work, kept: Arc<Mutex<Kept>>, stalled: Arc<Notify>) {
    let Some(heard) = read(&mut stream).await else { return };
    let (mood, answer) = {
        let mut kept = kept.lock().unwrap();
        kept.heard.push(heard.clone());
        let mood = kept.moods.pop_front();
        let answer = match mood {
            Some(Mood::Busy) => (503, json!("busy")),
            Some(Mood::Stalled) => (500, Value::Null),
            None | Some(Mood::Well | Mood::Vanishing | Mood::DoneAndStalled) => work(&heard, &mut kept.done),
        };
        (mood, answer)
    };
    match mood {
        None | Some(Mood::Well | Mood::Busy) => {
            let (status, body) = answer;
            let body = if status == 204 { String::new() } else { body.to_string() };
            let length = body.len();
            let head =
                format!("HTTP/1.1 {status} x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n");
            let _ = stream.write_all((head + &body).as_bytes()).await;
        }
        Some(Mood::Vanishing) => {}
        Some(Mood::Stalled | Mood::DoneAndStalled) => {
            stalled.notify_one();
            // Until the caller goes away.
            let _ = stream.read(&mut [0]).await;
        }
    }
}

/// One request of a connection.
async fn read(stream: &mut TcpStream) -> Option<Heard> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let mut lines = head.lines();
            let mut first = lines.next()?.split(' ');
            let headers: Vec<_> = lines
                .filter_map(|line| line.split_once(": "))
                .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
                .collect();
            let heard = Heard {
                method: first.next()?.to_owned(),
                path: first.next()?.to_owned(),
                headers,
                body: body.to_owned(),
            };
            let length = heard.header("content-length").parse().unwrap_or(0);
            if heard.body.len() >= length {
                return Some(heard);
            }
        }
        if bytes.len() > LARGEST || stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

/// Companies and their notes, as amoCRM tells of them.
fn crm(heard: &Heard, done: &mut Vec<String>) -> (u16, Value) {
    if heard.header("authorization") != format!("Bearer {SECRET}") {
        return (401, json!({"title": "Unauthorized", "status": 401}));
    }
    let notes = format!("/api/v4/companies/{COMPANY}/notes");
    let path = heard.path.split('?').next().unwrap_or_default();
    match (heard.method.as_str(), path) {
        ("GET", "/api/v4/companies") if heard.path.contains(&format!("query={CLIENT}&")) => {
            let field = |name: &str, value: Value| json!({"field_id": 1, "field_name": name, "values": [{"value": value}]});
            let fields = [field("Code", json!(CLIENT)), field("Credit", json!("500000"))];
            let company = json!({"id": COMPANY, "name": "Ararat Market", "custom_fields_values": fields});
            (200, json!({"_embedded": {"companies": [company]}}))
        }
        ("GET", "/api/v4/companies") => (204, Value::Null),
        ("GET", path) if path == notes => {
            let all = done.iter().enumerate().rev();
            let all: Vec<_> = all.map(|(id, text)| json!({"id": id, "params": {"text": text}})).collect();
            (200, json!({"_embedded": {"notes": all}}))
        }
        ("POST", path) if path == notes => {
            let body: Value = serde_json::from_str(&heard.body).unwrap_or_default();
            done.push(body[0]["params"]["text"].as_str().unwrap_or_default().to_owned());
            (200, json!({"_embedded": {"notes": [{"id": done.len() - 1}]}}))
        }
        _ => (404, json!({"title": "Not Found", "status": 404})),
    }
}

/// Orders, as OneBox takes them: each code once.
fn erp(heard: &Heard, done: &mut Vec<String>) -> (u16, Value) {
    if heard.method != "POST" || heard.path != format!("/api/orders/add/?password={SECRET}") {
        return (200, json!({"error": "wrong login or password"}));
    }
    let code = heard.field("ordercode").to_owned();
    if done.contains(&code) {
        return (200, json!({"error": "an order with this code exists"}));
    }
    done.push(code);
    (200, json!({"orderid": 4710 + done.len()}))
}
