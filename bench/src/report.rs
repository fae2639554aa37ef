//! The report: one line per workload, for people and for programs.

use std::fmt;
use std::fs;
use std::path::Path;
use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;

use crate::machine;

/// One round of a workload.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Round {
    /// Units per second.
    pub(crate) rate: f64,
    /// Processors in use on average.
    pub(crate) processors: f64,
}

impl Round {
    pub(crate) fn new(units: u64, took: Duration, processor: Duration) -> Self {
        let seconds = took.as_secs_f64();
        Self { rate: units as f64 / seconds, processors: processor.as_secs_f64() / seconds }
    }
}

/// What was measured of a workload.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Measured {
    name: String,
    unit: &'static str,
    goal: f64,
    median: f64,
    slowest: f64,
    fastest: f64,
    processors: f64,
    resident_bytes: u64,
    p50_ms: Option<f64>,
    p99_ms: Option<f64>,
    /// What the 99th percentile may be at most.
    p99_limit_ms: Option<f64>,
    note: String,
    rounds: Vec<Round>,
}

impl Measured {
    pub(crate) fn new(name: impl Into<String>, unit: &'static str, goal: f64, rounds: Vec<Round>) -> Self {
        let mut rates: Vec<f64> = rounds.iter().map(|round| round.rate).collect();
        rates.sort_by(f64::total_cmp);
        let processors =
            rounds.iter().map(|round| round.processors).sum::<f64>() / rounds.len().max(1) as f64;
        Self {
            name: name.into(),
            unit,
            goal,
            median: rates.get(rates.len() / 2).copied().unwrap_or(0.0),
            slowest: rates.first().copied().unwrap_or(0.0),
            fastest: rates.last().copied().unwrap_or(0.0),
            processors,
            resident_bytes: machine::resident(None),
            p50_ms: None,
            p99_ms: None,
            p99_limit_ms: None,
            note: String::new(),
            rounds,
        }
    }

    /// The rate of the round in the middle.
    pub(crate) fn median(&self) -> f64 {
        self.median
    }

    /// Whether the goal, if there is one, is reached.
    pub(crate) fn is_reached(&self) -> bool {
        let in_time = self.p99_limit_ms.is_none_or(|limit| self.p99_ms.is_some_and(|p99| p99 <= limit));
        self.median >= self.goal && in_time
    }

    /// Adds latencies, recorded in microseconds.
    pub(crate) fn latency(mut self, latency: &Histogram<u64>) -> Self {
        self.p50_ms = Some(latency.value_at_quantile(0.5) as f64 / 1_000.0);
        self.p99_ms = Some(latency.value_at_quantile(0.99) as f64 / 1_000.0);
        self
    }

    /// Says how long 99 of 100 may take at most.
    pub(crate) fn at_most(mut self, milliseconds: f64) -> Self {
        self.p99_limit_ms = Some(milliseconds);
        self
    }

    /// Adds a remark.
    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    /// The memory of another process is meant.
    pub(crate) fn resident(mut self, bytes: u64) -> Self {
        self.resident_bytes = bytes;
        self
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {:.0} {} ({:.0} – {:.0})",
            self.name, self.median, self.unit, self.slowest, self.fastest
        )?;
        if self.goal > 0.0 {
            write!(f, ", goal {:.0}", self.goal)?;
        }
        if let Some(limit) = self.p99_limit_ms {
            write!(f, ", goal p99 ≤ {limit:.0} ms")?;
        }
        if let (Some(p50), Some(p99)) = (self.p50_ms, self.p99_ms) {
            write!(f, ", p50 {p50:.1} ms, p99 {p99:.1} ms")?;
        }
        write!(
            f,
            ", {:.2} processors, {:.0} MiB",
            self.processors,
            self.resident_bytes as f64 / 1_048_576.0
        )?;
        if !self.note.is_empty() {
            write!(f, ", {}", self.note)?;
        }
        Ok(())
    }
}

/// All that was measured.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    machine: String,
    measured: Vec<Measured>,
}

impl Report {
    pub(crate) fn new() -> Self {
        Self { machine: machine::describe(), measured: Vec::new() }
    }

    pub(crate) fn add(&mut self, measured: Measured) {
        self.measured.push(measured);
    }

    /// What falls short of its goal.
    pub(crate) fn missed(&self) -> Vec<String> {
        let missed = self.measured.iter().filter(|one| !one.is_reached());
        missed.map(ToString::to_string).collect()
    }

    /// Writes `report.md` and `report.json`.
    pub(crate) fn write(&self, folder: &Path) -> anyhow::Result<()> {
        fs::write(folder.join("report.json"), serde_json::to_vec_pretty(self)?)?;
        let head = "| workload | median | slowest – fastest | goal | p50 / p99 ms | processors | RSS MiB | |\n|---|---|---|---|---|---|---|---|\n";
        let rows: String = self.measured.iter().map(row).collect();
        fs::write(folder.join("report.md"), format!("# Speed\n\n{}\n\n{head}{rows}", self.machine))?;
        Ok(())
    }
}

fn row(one: &Measured) -> String {
    let latency = match (one.p50_ms, one.p99_ms) {
        (Some(p50), Some(p99)) => format!("{p50:.1} / {p99:.1}"),
        _ => String::new(),
    };
    let goal = match one.p99_limit_ms {
        Some(limit) => format!("p99 ≤ {limit:.0} ms"),
        None if one.goal > 0.0 => format!("{:.0}", one.goal),
        None => String::new(),
    };
    format!(
        "| {} | {:.0} {} | {:.0} – {:.0} | {goal} | {latency} | {:.2} | {:.0} | {} |\n",
        one.name,
        one.median,
        one.unit,
        one.slowest,
        one.fastest,
        one.processors,
        one.resident_bytes as f64 / 1_048_576.0,
        one.note
    )
}
