//! Servers to measure: the ones that are started for it, or one that is named and may be of another make.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::Value;
use tempfile::TempDir;

use crate::machine;

const START: Duration = Duration::from_secs(20);
const RETRY: Duration = Duration::from_millis(20);

/// A server that stops with its owner.
struct Started {
    child: Child,
    folder: Arc<TempDir>,
}

impl Started {
    fn stop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The servers that are measured, all on one database.
pub(super) struct Servers {
    http: Client,
    urls: Vec<String>,
    user: Option<(String, String)>,
    started: Vec<Started>,
    /// What the slowest start took.
    pub(super) start: Duration,
    /// Memory before the load.
    pub(super) idle: u64,
    schema: Option<test_postgres::Schema>,
}

impl Servers {
    /// A server that runs already, or several with commas between.
    pub(super) fn named(http: Client, url: &str, user: Option<(String, String)>) -> Self {
        let urls = url.split(',').map(|url| url.trim_end_matches('/').to_owned()).collect();
        Self { http, urls, user, started: Vec::new(), start: Duration::ZERO, idle: 0, schema: None }
    }

    /// Starts so many servers of ours, on a file or on PostgreSQL as it comes.
    pub(super) async fn start(
        http: Client,
        binary: &Path,
        folder: &Path,
        nodes: usize,
        postgres: bool,
    ) -> anyhow::Result<Self> {
        let schema = postgres.then(test_postgres::durable_schema);
        let database = schema.as_ref().map(|schema| schema.url().to_owned());
        let mut servers = Self {
            http,
            urls: Vec::new(),
            user: None,
            started: Vec::new(),
            start: Duration::ZERO,
            idle: 0,
            schema,
        };
        for _ in 0..nodes.max(1) {
            let began = Instant::now();
            servers.add(binary, folder, database.as_deref()).await?;
            servers.start = servers.start.max(began.elapsed());
        }
        servers.idle = servers.resident();
        Ok(servers)
    }

    async fn add(&mut self, binary: &Path, folder: &Path, database: Option<&str>) -> anyhow::Result<()> {
        self.run(binary, Arc::new(tempfile::tempdir_in(folder)?), database).await
    }

    /// Ends all of ours; what they keep stays.
    pub(super) fn stop_all(&mut self) {
        for one in &mut self.started {
            one.stop();
        }
    }

    /// Starts those anew that were ended, on what they kept.
    pub(super) async fn start_again(&mut self, binary: &Path) -> anyhow::Result<()> {
        self.urls.clear();
        let database = self.schema.as_ref().map(|schema| schema.url().to_owned());
        for one in std::mem::take(&mut self.started) {
            self.run(binary, one.folder.clone(), database.as_deref()).await?;
        }
        Ok(())
    }

    async fn run(
        &mut self,
        binary: &Path,
        folder: Arc<TempDir>,
        database: Option<&str>,
    ) -> anyhow::Result<()> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let listen = format!("127.0.0.1:{port}");
        let mut command = Command::new(binary);
        command.args(["serve", "--auth", "none", "--listen", &listen, "--data"]).arg(folder.path());
        if let Some(database) = database {
            command.env("HOSK_DATABASE", database);
        }
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let child = child.with_context(|| {
            format!("{} cannot be started: build it with --release first", binary.display())
        })?;
        self.started.push(Started { child, folder });
        let url = format!("http://{listen}");
        let until = Instant::now() + START;
        while Instant::now() < until {
            let answer = self.http.get(format!("{url}/v2/status")).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                self.urls.push(url);
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        bail!("the server did not come up within {} s", START.as_secs())
    }

    /// Memory of all of them; 0 for one that is named.
    pub(super) fn resident(&self) -> u64 {
        self.started.iter().map(|one| machine::resident(Some(one.child.id()))).sum()
    }

    /// Their processes.
    pub(super) fn processes(&self) -> Vec<u32> {
        self.started.iter().map(|one| one.child.id()).collect()
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.urls.len()
    }

    /// A view of them in which one comes first.
    pub(super) fn caller(&self, number: usize) -> Caller {
        let url = self.urls[number % self.urls.len()].clone();
        Caller { http: self.http.clone(), url, user: self.user.clone() }
    }
}

/// Asks one server.
#[derive(Clone)]
pub(super) struct Caller {
    http: Client,
    url: String,
    user: Option<(String, String)>,
}

impl Caller {
    fn signed(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.user {
            Some((user, password)) => request.basic_auth(user, Some(password)),
            None => request,
        }
    }

    /// Uploads a model.
    pub(super) async fn deploy(&self, name: &str, xml: &str) -> anyhow::Result<()> {
        let body = format!(
            "--hosk\r\nContent-Disposition: form-data; name=\"resources\"; filename=\"{name}.bpmn\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n{xml}\r\n--hosk--\r\n"
        );
        let request = self
            .http
            .post(format!("{}/v2/deployments", self.url))
            .header("content-type", "multipart/form-data; boundary=hosk")
            .body(body);
        let answer = self.signed(request).send().await?;
        if !answer.status().is_success() {
            bail!("the deployment was refused: {}", answer.text().await?);
        }
        Ok(())
    }

    /// Posts until the server is not busy; the answer's text.
    pub(super) async fn post(&self, path: &str, body: &[u8]) -> anyhow::Result<String> {
        loop {
            let request = self.http.post(format!("{}{path}", self.url));
            let request = request.header("content-type", "application/json").body(body.to_vec());
            let answer = self.signed(request).send().await?;
            match answer.status() {
                StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
                    tokio::time::sleep(RETRY).await;
                }
                status if status.is_success() => return Ok(answer.text().await?),
                status => bail!("{path}: {status}: {}", answer.text().await?),
            }
        }
    }

    /// The same with JSON both ways.
    pub(super) async fn ask(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let text = self.post(path, &serde_json::to_vec(body)?).await?;
        Ok(if text.is_empty() { Value::Null } else { serde_json::from_str(&text)? })
    }
}
