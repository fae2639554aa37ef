//! The kinds of work, each as its clients do it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use hdrhistogram::Histogram;
use serde_json::{Value, json};

use super::Meter;
use super::server::Caller;
use crate::process;

/// Instances that stand there while the read side is asked.
const STANDING: usize = 2_000;
/// What a timer waits.
const TIMER: Duration = Duration::from_secs(1);

/// A kind of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Job {
    OneTask,
    TenTasks,
    Parallel,
    MultiInstance,
    Messages,
    Timers,
    Reads,
}

impl Job {
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::OneTask => "one task",
            Self::TenTasks => "ten tasks in a row",
            Self::Parallel => "ten tasks in parallel",
            Self::MultiInstance => "multi-instance of 100",
            Self::Messages => "one message",
            Self::Timers => "one timer of a second",
            Self::Reads => "reads",
        }
    }

    pub(super) fn unit(self) -> &'static str {
        if self == Self::Reads { "requests/s" } else { "instances/s" }
    }

    /// What is to be reached; 0 where nothing is settled.
    pub(super) fn goal(self, on_file: bool) -> f64 {
        if self == Self::OneTask && on_file { 3_000.0 } else { 0.0 }
    }

    pub(super) fn note(self) -> &'static str {
        match self {
            Self::Timers => "latency beyond the second; ",
            Self::Reads => "searches over 2000 waiting instances; ",
            _ => "",
        }
    }

    pub(super) fn has_workers(self) -> bool {
        matches!(self, Self::OneTask | Self::TenTasks | Self::Parallel | Self::MultiInstance)
    }

    /// Readers are few: each is busy all the time.
    pub(super) fn most_clients(self) -> usize {
        if self == Self::Reads { 8 } else { usize::MAX }
    }

    fn model(self) -> (&'static str, String) {
        match self {
            Self::OneTask => ("one-task", process::one_task(process::BY_WORKER)),
            Self::TenTasks => ("ten-tasks", process::in_a_row(10)),
            Self::Parallel => ("parallel", process::in_parallel(10)),
            Self::MultiInstance => ("multi-instance", process::multi_instance()),
            Self::Messages => ("message", process::message()),
            Self::Timers => ("timer", process::timer()),
            Self::Reads => ("waiting", process::waiting()),
        }
    }

    /// Deploys the model, and puts there what has to stand there.
    pub(super) async fn prepare(self, caller: &Caller) -> anyhow::Result<()> {
        let (name, xml) = self.model();
        caller.deploy(name, &xml).await?;
        if self == Self::Reads {
            for number in 0..STANDING {
                let variables = json!({"number": number, "even": number % 2 == 0});
                let body = json!({"processDefinitionId": name, "variables": variables});
                caller.ask("/v2/process-instances", &body).await?;
            }
        }
        Ok(())
    }

    /// One client, until it is over; what its units took, in microseconds.
    pub(super) fn client(
        self,
        caller: Caller,
        meter: Arc<Meter>,
        number: usize,
    ) -> BoxFuture<'static, anyhow::Result<Histogram<u64>>> {
        Box::pin(async move {
            let mut latency = Histogram::<u64>::new(3)?;
            let mut turn = 0;
            while !meter.is_over() {
                let began = Instant::now();
                self.unit_of_work(&caller, number, turn).await?;
                let mut took = began.elapsed();
                if self == Self::Timers {
                    took = took.saturating_sub(TIMER);
                }
                latency.record(took.as_micros() as u64)?;
                meter.count();
                turn += 1;
            }
            Ok(latency)
        })
    }

    pub(super) async fn unit_of_work(
        self,
        caller: &Caller,
        number: usize,
        turn: usize,
    ) -> anyhow::Result<()> {
        match self {
            Self::Reads => read(caller, number + turn).await,
            Self::Messages => {
                let key = format!("{}-{number}-{turn}", std::process::id());
                let message = json!({"name": "go", "correlationKey": key, "timeToLive": 60_000});
                let start = self.start(&json!({"key": key}));
                let (started, published) = tokio::join!(
                    caller.ask("/v2/process-instances", &start),
                    caller.ask("/v2/messages/publication", &message)
                );
                started?;
                published.map(|_| ())
            }
            _ => {
                caller.ask("/v2/process-instances", &self.start(&process::variables_json())).await.map(|_| ())
            }
        }
    }

    /// Starts an instance and waits for its end.
    fn start(self, variables: &Value) -> Value {
        json!({
            "processDefinitionId": self.model().0,
            "variables": variables,
            "awaitCompletion": true,
            "requestTimeout": 60_000,
            "fetchVariables": ["urgent"],
        })
    }
}

/// What people and programs ask all day.
async fn read(caller: &Caller, turn: usize) -> anyhow::Result<()> {
    let page = json!({"limit": 50});
    let (path, body) = match turn % 4 {
        0 => ("/v2/process-instances/search", json!({"filter": {"state": "ACTIVE"}, "page": page})),
        1 => {
            let variable = json!({"name": "number", "value": (turn % STANDING).to_string()});
            ("/v2/process-instances/search", json!({"filter": {"variables": [variable]}, "page": page}))
        }
        2 => ("/v2/user-tasks/search", json!({"filter": {"state": "CREATED"}, "page": page})),
        _ => ("/v2/variables/search", json!({"filter": {"name": "even"}, "page": page})),
    };
    caller.ask(path, &body).await.map(|_| ())
}

/// Activates in batches and completes until it is over and nothing is left.
pub(super) async fn worker(caller: Caller, meter: Arc<Meter>, batch: usize) -> anyhow::Result<()> {
    let ask = json!({
        "type": process::BY_WORKER,
        "worker": "bench",
        "timeout": 60_000,
        "maxJobsToActivate": batch,
        "requestTimeout": 500,
    });
    loop {
        let answer = caller.ask("/v2/jobs/activation", &ask).await?;
        let jobs = answer.get("jobs").and_then(Value::as_array).cloned().unwrap_or_default();
        if jobs.is_empty() && meter.is_over() {
            return Ok(());
        }
        let keys = jobs.iter().filter_map(|job| job.get("jobKey")?.as_str());
        let completing = keys.map(|key| {
            let path = format!("/v2/jobs/{key}/completion");
            let caller = caller.clone();
            async move { caller.post(&path, b"{}").await }
        });
        for completed in futures::future::join_all(completing).await {
            completed?;
        }
    }
}
