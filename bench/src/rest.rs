//! Over REST: the server's own binary on SQLite, clients that start instances and await their end, and workers that
//! activate in batches and complete. All on one machine.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use hdrhistogram::Histogram;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use crate::Load;
use crate::machine::{self, Usage};
use crate::process;
use crate::report::{Measured, Round};

/// Clients at most: each is a connection.
const CLIENTS: usize = 256;
const WORKERS: usize = 4;
const START: Duration = Duration::from_secs(10);
const WARM_UP: Duration = Duration::from_secs(2);
const RETRY: Duration = Duration::from_millis(20);

/// A server that stops with its owner.
struct Server {
    child: Child,
    url: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct Meter {
    done: AtomicU64,
    over: AtomicBool,
}

/// Measures completed instances per second.
pub(crate) async fn measure(load: Load, binary: &Path, folder: &Path) -> anyhow::Result<Measured> {
    let folder = tempfile::tempdir_in(folder)?;
    let http = Client::builder().pool_max_idle_per_host(2 * CLIENTS).no_proxy().build()?;
    let began = Instant::now();
    let server = start(binary, folder.path(), &http).await?;
    let start_ms = began.elapsed().as_millis();
    let idle = machine::resident(Some(server.child.id()));
    deploy(&http, &server.url).await?;
    let meter = Arc::new(Meter { done: AtomicU64::new(0), over: AtomicBool::new(false) });
    let clients: Vec<_> = (0..load.clients.min(CLIENTS))
        .map(|_| tokio::spawn(client(http.clone(), server.url.clone(), meter.clone())))
        .collect();
    let workers: Vec<_> = (0..WORKERS)
        .map(|_| tokio::spawn(worker(http.clone(), server.url.clone(), meter.clone(), load.batch)))
        .collect();
    tokio::time::sleep(WARM_UP).await;
    let mut rounds = Vec::new();
    for _ in 0..load.rounds {
        let (usage, began) = (Usage::of(server.child.id()), Instant::now());
        let done = meter.done.load(Ordering::Relaxed);
        tokio::time::sleep(load.round).await;
        rounds.push(Round::new(meter.done.load(Ordering::Relaxed) - done, began.elapsed(), usage.elapsed()));
    }
    let resident = machine::resident(Some(server.child.id()));
    meter.over.store(true, Ordering::Relaxed);
    let mut latency = Histogram::<u64>::new(3)?;
    for client in clients {
        latency.add(client.await.context("a client failed")??)?;
    }
    for worker in workers {
        worker.await.context("a worker failed")??;
    }
    let note = format!(
        "start {start_ms} ms, idle {:.0} MiB; processors of the server alone",
        idle as f64 / 1_048_576.0
    );
    let measured = Measured::new("over REST, SQLite, worker", "instances/s", 3_000.0, rounds);
    Ok(measured.latency(&latency).resident(resident).note(note))
}

async fn start(binary: &Path, data: &Path, http: &Client) -> anyhow::Result<Server> {
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let listen = format!("127.0.0.1:{port}");
    let child = Command::new(binary)
        .args(["serve", "--auth", "none", "--listen", &listen, "--data"])
        .arg(data)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| format!("{} cannot be started: build it with --release first", binary.display()))?;
    let server = Server { child, url: format!("http://{listen}") };
    let until = Instant::now() + START;
    while Instant::now() < until {
        let answer = http.get(format!("{}/v2/status", server.url)).send().await;
        if answer.is_ok_and(|answer| answer.status().is_success()) {
            return Ok(server);
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    bail!("the server did not come up within {} s", START.as_secs())
}

async fn deploy(http: &Client, url: &str) -> anyhow::Result<()> {
    let xml = process::one_task(process::BY_WORKER);
    let body = format!(
        "--hosk\r\nContent-Disposition: form-data; name=\"resources\"; filename=\"one-task.bpmn\"\r\nContent-Type: application/octet-stream\r\n\r\n{xml}\r\n--hosk--\r\n"
    );
    let request = http
        .post(format!("{url}/v2/deployments"))
        .header("content-type", "multipart/form-data; boundary=hosk")
        .body(body);
    let answer = request.send().await?;
    if !answer.status().is_success() {
        bail!("the deployment was refused: {}", answer.text().await?);
    }
    Ok(())
}

async fn client(http: Client, url: String, meter: Arc<Meter>) -> anyhow::Result<Histogram<u64>> {
    let body = json!({
        "processDefinitionId": "one-task",
        "variables": process::variables_json(),
        "awaitCompletion": true,
        "requestTimeout": 60_000,
        "fetchVariables": ["urgent"],
    });
    let (body, url) = (serde_json::to_vec(&body)?, format!("{url}/v2/process-instances"));
    let mut latency = Histogram::<u64>::new(3)?;
    while !meter.over.load(Ordering::Relaxed) {
        let began = Instant::now();
        let request = http.post(&url).header("content-type", "application/json").body(body.clone());
        let answer = request.send().await?;
        match answer.status() {
            StatusCode::SERVICE_UNAVAILABLE => tokio::time::sleep(RETRY).await,
            status if status.is_success() => {
                answer.bytes().await?;
                latency.record(began.elapsed().as_micros() as u64)?;
                meter.done.fetch_add(1, Ordering::Relaxed);
            }
            status => bail!("{status}: {}", answer.text().await?),
        }
    }
    Ok(latency)
}

async fn worker(http: Client, url: String, meter: Arc<Meter>, batch: usize) -> anyhow::Result<()> {
    let ask = json!({
        "type": process::BY_WORKER,
        "worker": "bench",
        "timeout": 60_000,
        "maxJobsToActivate": batch,
        "requestTimeout": 500,
    });
    loop {
        let answer = http.post(format!("{url}/v2/jobs/activation")).json(&ask).send().await?;
        if answer.status() == StatusCode::SERVICE_UNAVAILABLE {
            tokio::time::sleep(RETRY).await;
            continue;
        }
        let answer: Value = answer.error_for_status()?.json().await?;
        let jobs = answer.get("jobs").and_then(Value::as_array).cloned().unwrap_or_default();
        if jobs.is_empty() && meter.over.load(Ordering::Relaxed) {
            return Ok(());
        }
        let keys = jobs.iter().filter_map(|job| job.get("jobKey")?.as_str());
        let completing = keys.map(|key| complete(&http, &url, key));
        for completed in futures::future::join_all(completing).await {
            completed?;
        }
    }
}

async fn complete(http: &Client, url: &str, key: &str) -> anyhow::Result<()> {
    loop {
        let request = http.post(format!("{url}/v2/jobs/{key}/completion")).json(&json!({}));
        let answer = request.send().await?;
        match answer.status() {
            StatusCode::SERVICE_UNAVAILABLE => tokio::time::sleep(RETRY).await,
            status if status.is_success() => return Ok(()),
            status => bail!("{status}: {}", answer.text().await?),
        }
    }
}
