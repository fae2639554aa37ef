//! A small client of hosk's own REST API, for the commands that talk to a running server.

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use futures::{StreamExt as _, stream};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::Value;

use crate::cli::{MaybeServer, ServerArgs};
use crate::failure::Failure;
use crate::files;

/// Longest wait for an answer; completing a task waits until the instance has come to rest.
const ANSWER: Duration = Duration::from_mins(2);
/// Longest wait for a plugin to be compiled.
const COMPILED: Duration = Duration::from_mins(5);

/// Longest silence of a server that has much to do before it answers.
const SILENCE: Duration = Duration::from_hours(1);

/// A server and who calls it.
pub(crate) struct Client {
    http: reqwest::Client,
    base: String,
    user: Option<(String, String)>,
}

impl Client {
    /// For the server and user named on the command line.
    pub(crate) fn new(args: &ServerArgs) -> Result<Self, Failure> {
        let user = match (&args.user, &args.password) {
            (Some(user), Some(password)) => Some((user.clone(), password.clone())),
            (Some(user), None) => Some((user.clone(), ask_password(user)?)),
            (None, _) => None,
        };
        Self::with(&args.server, user)
    }

    /// For a server that may take long to begin an answer, and longer to end it.
    pub(crate) fn of(args: &MaybeServer) -> Result<Self, Failure> {
        let password = || match std::env::var("HOSK_PASSWORD") {
            Ok(password) => Ok(password),
            Err(_) => ask_password(args.user.as_deref().unwrap_or_default()),
        };
        let user = args.user.clone().map(|user| Ok::<_, Failure>((user, password()?))).transpose()?;
        let base = args.server.clone().unwrap_or_default().trim_end_matches('/').to_owned();
        let http = reqwest::Client::builder().connect_timeout(ANSWER).read_timeout(SILENCE).build()?;
        Ok(Self { http, base, user })
    }

    /// `POST` whose answer is read piece by piece.
    pub(crate) async fn stream(&self, path: &str) -> Result<reqwest::Response, Failure> {
        let sent = self.request(Method::POST, path).send().await;
        let answer = sent.map_err(|error| self.unreachable(&error))?;
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        let text = answer.text().await.map_err(|error| self.unreachable(&error))?;
        Err(Failure::Refused(problem(status, &text)))
    }

    /// For a base address and credentials.
    pub(crate) fn with(base: &str, user: Option<(String, String)>) -> Result<Self, Failure> {
        let http = reqwest::Client::builder().timeout(ANSWER).build()?;
        Ok(Self { http, base: base.trim_end_matches('/').to_owned(), user })
    }

    /// Sends a JSON body (or none) and reads a JSON answer; `null` for an empty one.
    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, Failure> {
        let mut request = self.request(method, path);
        if let Some(body) = body {
            request = request.json(body);
        }
        self.send(request).await
    }

    /// `GET`.
    pub(crate) async fn get(&self, path: &str) -> Result<Value, Failure> {
        self.call(Method::GET, path, None).await
    }

    /// `POST`.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.call(Method::POST, path, Some(body)).await
    }

    /// Uploads files as one deployment, of a tenant where one is named.
    pub(crate) async fn deploy(
        &self,
        files: &[(String, Vec<u8>)],
        tenant: Option<&str>,
    ) -> Result<Value, Failure> {
        let boundary = "hosk-deployment-4f1d7a6c0b9e";
        let mut body = Vec::new();
        for (name, content) in files {
            let name = name.replace('"', "%22");
            body.extend_from_slice(
                format!(
                    "--{boundary}\r\nContent-Disposition: form-data; name=\"resources\"; filename=\"{name}\"\r\n\
                     Content-Type: application/octet-stream\r\n\r\n"
                )
                .as_bytes(),
            );
            body.extend_from_slice(content);
            body.extend_from_slice(b"\r\n");
        }
        if let Some(tenant) = tenant {
            let part = format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"tenantId\"\r\n\r\n{tenant}\r\n"
            );
            body.extend_from_slice(part.as_bytes());
        }
        body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        let request = self
            .request(Method::POST, "/v2/deployments")
            .header("content-type", format!("multipart/form-data; boundary={boundary}"))
            .body(body);
        self.send(request).await
    }

    /// Uploads a file as the part `file` of a form, piece by piece.
    pub(crate) async fn upload(&self, path: &str, file: &Path) -> Result<Value, Failure> {
        let boundary = "hosk-file-7d0e51b2c98a";
        let name = files::name(file).replace('"', "%22");
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        let tail = format!("\r\n--{boundary}--\r\n");
        let (size, pieces) = files::pieces(file).await?;
        let length = head.len() as u64 + size + tail.len() as u64;
        let ends = [head, tail].map(|text| stream::iter([Ok(Bytes::from(text))]));
        let [head, tail] = ends;
        let request = self
            .request(Method::POST, path)
            .timeout(COMPILED)
            .header("content-type", format!("multipart/form-data; boundary={boundary}"))
            .header("content-length", length)
            .body(reqwest::Body::wrap_stream(head.chain(pieces).chain(tail)));
        self.send(request).await
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match &self.user {
            Some((user, password)) => request.basic_auth(user, Some(password)),
            None => request,
        }
    }

    async fn send(&self, request: RequestBuilder) -> Result<Value, Failure> {
        let answer = request.send().await.map_err(|error| self.unreachable(&error))?;
        let status = answer.status();
        let text = answer.text().await.map_err(|error| self.unreachable(&error))?;
        if status.is_success() {
            return if text.is_empty() { Ok(Value::Null) } else { Ok(serde_json::from_str(&text)?) };
        }
        Err(Failure::Refused(problem(status, &text)))
    }

    fn unreachable(&self, error: &reqwest::Error) -> Failure {
        let mut cause: &dyn std::error::Error = error;
        while let Some(inner) = cause.source() {
            cause = inner;
        }
        Failure::Unreachable(format!(
            "no answer from {}: {cause}\nStart a server with `hosk serve`, or name another with --server.",
            self.base
        ))
    }
}

/// What a problem document says, in one or two lines.
fn problem(status: StatusCode, text: &str) -> String {
    let document: Value = serde_json::from_str(text).unwrap_or_default();
    let detail = document["detail"].as_str().unwrap_or(text);
    let hint = match status {
        StatusCode::UNAUTHORIZED => "\nSign in with --user NAME and HOSK_PASSWORD.",
        StatusCode::SERVICE_UNAVAILABLE => "\nThe server is busy; try again in a moment.",
        _ => "",
    };
    format!("{} {}: {detail}{hint}", status.as_u16(), document["title"].as_str().unwrap_or("refused"))
}

fn ask_password(user: &str) -> Result<String, Failure> {
    Ok(crate::password::read(&format!("Password of {user}: "))?)
}
