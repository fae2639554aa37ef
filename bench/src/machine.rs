//! What the machine is, and what a measurement used of it (Linux: `/proc`; elsewhere unknown).

use std::fs;
use std::time::Duration;

/// Clock ticks per second in `/proc/…/stat`: 100 on every Linux that matters.
const TICKS: f64 = 100.0;

/// Processor time used by a process so far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage {
    ticks: f64,
    process: Option<u32>,
}

impl Usage {
    /// This process.
    pub(crate) fn now() -> Self {
        Self { ticks: ticks(None), process: None }
    }

    /// Another process.
    pub(crate) fn of(process: u32) -> Self {
        Self { ticks: ticks(Some(process)), process: Some(process) }
    }

    /// Processor time used since.
    pub(crate) fn elapsed(&self) -> Duration {
        Duration::from_secs_f64(((ticks(self.process) - self.ticks) / TICKS).max(0.0))
    }
}

fn folder(process: Option<u32>) -> String {
    process.map_or_else(|| "/proc/self".to_owned(), |id| format!("/proc/{id}"))
}

fn ticks(process: Option<u32>) -> f64 {
    let Ok(stat) = fs::read_to_string(format!("{}/stat", folder(process))) else { return 0.0 };
    // The name in parentheses may contain anything: fields are counted after it.
    let Some((_, fields)) = stat.rsplit_once(')') else { return 0.0 };
    let field = |at: usize| fields.split_whitespace().nth(at).and_then(|text| text.parse::<f64>().ok());
    field(11).unwrap_or(0.0) + field(12).unwrap_or(0.0)
}

/// Resident memory of a process in bytes; this one when none is given.
pub(crate) fn resident(process: Option<u32>) -> u64 {
    let status = fs::read_to_string(format!("{}/status", folder(process))).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|text| text.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) * 1024
}

/// Bytes that a process caused to be written to disk so far.
pub(crate) fn written(process: u32) -> u64 {
    let io = fs::read_to_string(format!("/proc/{process}/io")).unwrap_or_default();
    let line = io.lines().find_map(|line| line.strip_prefix("write_bytes:"));
    line.and_then(|text| text.trim().parse().ok()).unwrap_or(0)
}

/// The machine in one line.
pub(crate) fn describe() -> String {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    let model = model.map_or("unknown processor", |(_, name)| name.trim());
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let total = memory.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    let total = total.and_then(|text| text.split_whitespace().next()?.parse::<f64>().ok()).unwrap_or(0.0);
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split_whitespace().next().unwrap_or("?");
    format!("{model}, {cores} cores, {:.0} GiB, load before {load}", total / 1024.0 / 1024.0)
}
