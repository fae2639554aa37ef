//! What is measured, as Prometheus reads it: counters and histograms come from where things happen, gauges are looked up
//! when somebody asks.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use hosk_runtime::Engine;
use hosk_store::{Filter, IncidentField, IncidentState, Page, Queries, Search};
use metrics::{Unit, describe_counter, describe_gauge, describe_histogram, gauge};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::sync::Mutex;

use crate::database::Database;
use crate::failure::Failure;

/// What a metric is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Counter,
    Gauge,
    /// Of durations, in seconds.
    Seconds,
    /// Of amounts.
    Amounts,
}

/// Every metric: name, kind, meaning. `docs/operations.md` has the same.
const METRICS: &[(&str, Kind, &str)] = &[
    ("hosk_http_requests_total", Kind::Counter, "Requests answered, by method, route and status."),
    ("hosk_http_request_seconds", Kind::Seconds, "Time to answer a request, waiting included."),
    ("hosk_http_requests_running", Kind::Gauge, "Requests being worked on."),
    ("hosk_commands_total", Kind::Counter, "Commands by result: committed, rejected, busy (turned away)."),
    ("hosk_command_seconds", Kind::Seconds, "Time from a caller's command to its durable result."),
    ("hosk_commits_total", Kind::Counter, "Transactions by result: ok, failed."),
    ("hosk_commit_seconds", Kind::Seconds, "Time to write a batch."),
    ("hosk_commit_commands", Kind::Amounts, "Commands in one batch."),
    ("hosk_stale_changes_total", Kind::Counter, "Changes stepped again because another server was first."),
    ("hosk_quarantined_instances_total", Kind::Counter, "Instances at which the engine itself failed."),
    ("hosk_cache_lookups_total", Kind::Counter, "Instances wanted by result: hit (in memory), miss."),
    ("hosk_process_instances_total", Kind::Counter, "Process instances started, completed, terminated."),
    ("hosk_element_instances_total", Kind::Counter, "Element instances activated."),
    ("hosk_jobs_total", Kind::Counter, "Jobs created, completed, failed, error, canceled."),
    ("hosk_jobs_activated_total", Kind::Counter, "Jobs handed to workers."),
    ("hosk_user_tasks_total", Kind::Counter, "User tasks created, completed, canceled."),
    ("hosk_incidents_total", Kind::Counter, "Incidents raised, resolved."),
    ("hosk_timers_total", Kind::Counter, "Timers scheduled, triggered."),
    ("hosk_messages_total", Kind::Counter, "Messages correlated."),
    ("hosk_decisions_total", Kind::Counter, "Decisions evaluated in processes."),
    ("hosk_connector_calls_total", Kind::Counter, "Calls by connector, connection and result."),
    ("hosk_connector_call_seconds", Kind::Seconds, "Time of a call by connector and connection."),
    ("hosk_commands_waiting", Kind::Gauge, "Commands waiting to be stepped."),
    ("hosk_commands_uncommitted", Kind::Gauge, "Commands stepped and waiting for their commit."),
    ("hosk_instances_cached", Kind::Gauge, "Process instances in memory."),
    ("hosk_jobs_ready", Kind::Gauge, "Jobs this server knows to be free."),
    ("hosk_jobs_leased", Kind::Gauge, "Jobs in the hands of workers."),
    ("hosk_workers_waiting", Kind::Gauge, "Requests of workers that wait for jobs."),
    ("hosk_connector_calls_running", Kind::Gauge, "Calls of connectors under way."),
    ("hosk_connector_jobs_waiting", Kind::Gauge, "Jobs waiting for their connection."),
    ("hosk_outbox_waiting", Kind::Gauge, "Commands on their way to other instances."),
    ("hosk_incidents_active", Kind::Gauge, "Incidents that wait for a person, counted up to 10000."),
    ("hosk_database_up", Kind::Gauge, "1 when the database answered the last question."),
    ("hosk_database_file_bytes", Kind::Gauge, "Size of the database file in the data folder."),
    ("hosk_database_log_bytes", Kind::Gauge, "Size of its write-ahead log."),
    ("hosk_database_connections_open", Kind::Gauge, "Connections of the PostgreSQL pool."),
    ("hosk_database_connections_idle", Kind::Gauge, "Those of them that nobody uses."),
    ("hosk_build_info", Kind::Gauge, "1, with the version as a label."),
    ("process_resident_memory_bytes", Kind::Gauge, "Memory in use."),
    ("process_cpu_seconds_total", Kind::Gauge, "Processor time used since the start."),
    ("process_open_fds", Kind::Gauge, "Open files and sockets."),
];

/// Bounds of durations: from what a fast commit takes to what a slow system does.
const SECONDS: [f64; 16] =
    [0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0];
/// Bounds of batch sizes.
const AMOUNTS: [f64; 12] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0, 2048.0];
/// How often histograms are tidied up, and how long what was asked of the database counts as known.
const UPKEEP: Duration = Duration::from_secs(5);
/// Longest question to the database; beyond it it counts as down.
const PATIENCE: Duration = Duration::from_secs(3);

/// Begins to collect what is measured. Before the engine starts: it asks once where to count. Called once.
pub(crate) fn install() -> Result<PrometheusHandle, Failure> {
    let mut builder = PrometheusBuilder::new();
    for (name, kind, _) in METRICS {
        let bounds: &[f64] = match kind {
            Kind::Seconds => &SECONDS,
            Kind::Amounts => &AMOUNTS,
            Kind::Counter | Kind::Gauge => continue,
        };
        builder = builder.set_buckets_for_metric(Matcher::Full((*name).to_owned()), bounds)?;
    }
    let handle = builder.install_recorder().context("figures cannot be collected")?;
    for (name, kind, about) in METRICS {
        match kind {
            Kind::Counter => describe_counter!(*name, *about),
            Kind::Gauge => describe_gauge!(*name, *about),
            Kind::Seconds => describe_histogram!(*name, Unit::Seconds, *about),
            Kind::Amounts => describe_histogram!(*name, *about),
        }
    }
    gauge!("hosk_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    let upkeep = handle.clone();
    tokio::spawn(async move {
        let mut tick = tokio::time::interval(UPKEEP);
        loop {
            tick.tick().await;
            upkeep.run_upkeep();
        }
    });
    Ok(handle)
}

/// Where gauges are looked up.
pub(crate) struct Meters {
    handle: PrometheusHandle,
    engine: Engine,
    database: Database,
    file: std::path::PathBuf,
    /// When the database was asked last, and whether it answered.
    asked: Mutex<Option<(Instant, bool)>>,
}

impl Meters {
    pub(crate) fn new(
        handle: PrometheusHandle,
        engine: Engine,
        database: Database,
        file: std::path::PathBuf,
    ) -> Self {
        Self { handle, engine, database, file, asked: Mutex::default() }
    }

    /// All figures, in the text format of Prometheus.
    pub(crate) async fn text(&self) -> String {
        let now = self.engine.statistics();
        for (name, value) in [
            ("hosk_commands_waiting", now.commands_waiting),
            ("hosk_commands_uncommitted", now.commands_uncommitted),
            ("hosk_instances_cached", now.instances_cached),
            ("hosk_jobs_ready", now.jobs_ready),
            ("hosk_jobs_leased", now.jobs_leased),
            ("hosk_workers_waiting", now.workers_waiting),
            ("hosk_connector_calls_running", now.connector_calls),
            ("hosk_connector_jobs_waiting", now.connector_jobs_waiting),
            ("hosk_outbox_waiting", now.outbox_waiting),
        ] {
            gauge!(name).set(value as f64);
        }
        for (name, value) in self.database.figures(&self.file) {
            gauge!(name).set(value);
        }
        self.is_up().await;
        own_use();
        self.handle.render()
    }

    /// Whether the database answers; it is asked now and then, however often somebody wants to know.
    pub(crate) async fn is_up(&self) -> bool {
        let mut asked = self.asked.lock().await;
        if let Some((at, up)) = *asked
            && at.elapsed() < UPKEEP
        {
            return up;
        }
        let counted = tokio::time::timeout(PATIENCE, active_incidents(&self.database.queries)).await;
        let up = matches!(&counted, Ok(Some(_)));
        if let Ok(Some(incidents)) = counted {
            gauge!("hosk_incidents_active").set(incidents as f64);
        }
        gauge!("hosk_database_up").set(if up { 1.0 } else { 0.0 });
        *asked = Some((Instant::now(), up));
        up
    }
}

/// Incidents that wait for a person; `None` when the database does not say.
async fn active_incidents(queries: &Arc<dyn Queries>) -> Option<u64> {
    let search = Search {
        filter: Filter::eq(IncidentField::State, IncidentState::Active.as_str()),
        page: Page::Offset { from: 0, limit: 1 },
        ..Search::default()
    };
    match queries.incidents(search).await {
        Ok(found) => Some(found.total_items),
        Err(error) => {
            tracing::warn!(%error, "the database does not answer");
            None
        }
    }
}

/// What this process uses (Linux: `/proc`; elsewhere nothing is told).
fn own_use() {
    /// Clock ticks a second in `/proc/self/stat`: 100 on every Linux that matters.
    const TICKS: f64 = 100.0;
    let read = |name: &str| std::fs::read_to_string(format!("/proc/self/{name}")).unwrap_or_default();
    let status = read("status");
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let resident = resident.and_then(|text| text.split_whitespace().next()?.parse::<f64>().ok());
    if let Some(kibibytes) = resident {
        gauge!("process_resident_memory_bytes").set(kibibytes * 1024.0);
    }
    let stat = read("stat");
    // The name in parentheses may contain anything: fields are counted after it.
    if let Some((_, fields)) = stat.rsplit_once(')') {
        let field = |at: usize| fields.split_whitespace().nth(at).and_then(|text| text.parse::<f64>().ok());
        let ticks = field(11).unwrap_or(0.0) + field(12).unwrap_or(0.0);
        gauge!("process_cpu_seconds_total").set(ticks / TICKS);
    }
    if let Ok(open) = std::fs::read_dir("/proc/self/fd") {
        gauge!("process_open_fds").set(open.count() as f64);
    }
}

#[cfg(test)]
mod tests {
    use super::METRICS;

    #[test]
    fn the_page_for_operators_has_every_metric() {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/operations.md");
        let page = std::fs::read_to_string(page).unwrap();
        for (name, ..) in METRICS {
            assert!(page.contains(&format!("`{name}`")), "docs/operations.md does not have {name}");
        }
    }

    /// A panel that asks for what nobody tells stays empty for ever.
    #[test]
    fn the_dashboard_asks_for_metrics_that_there_are() {
        let board = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/grafana/hosk.json");
        let board = std::fs::read_to_string(board).unwrap();
        let board: serde_json::Value = serde_json::from_str(&board).unwrap();
        let mut asked = 0;
        for panel in board["panels"].as_array().unwrap() {
            for target in panel["targets"].as_array().unwrap() {
                let words = target["expr"]
                    .as_str()
                    .unwrap()
                    .split(|letter: char| !letter.is_alphanumeric() && letter != '_');
                for word in words.filter(|word| word.starts_with("hosk_") || word.starts_with("process_")) {
                    let name = word.trim_end_matches("_bucket");
                    assert!(METRICS.iter().any(|(known, ..)| *known == name), "{name} is no metric");
                    asked += 1;
                }
            }
        }
        assert!(asked > 15);
    }
}
