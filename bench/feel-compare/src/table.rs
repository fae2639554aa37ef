//! One table in Markdown: a row per measurement, our time, and how much longer the others take.

use std::fmt::Write as _;

use crate::cases;
use crate::engines::{Engine, PATIENCE};
use crate::measure::{COMPILE, EVALUATE};

pub(crate) fn render(engines: &[Engine]) -> String {
    let [ours, others @ ..] = engines else { return String::new() };
    let mut out = format!("{}\n\n| what | {} |", machine(), ours.name);
    for other in others {
        let _ = write!(out, " {} | ratio |", other.name);
    }
    out.push_str("\n|---|---:|");
    others.iter().for_each(|_| out.push_str("---:|---:|"));
    out.push('\n');
    let expressions = cases::expressions();
    let tables = cases::tables();
    let names = || expressions.iter().map(|case| case.name).chain(tables.iter().map(|table| table.name));
    for (what, title) in [(EVALUATE, ""), (COMPILE, "compile: ")] {
        for name in names() {
            let _ = write!(out, "| {title}{name} |");
            let nanos = |engine: &Engine| engine.nanos.get(&(name.to_owned(), what.to_owned())).copied();
            let own = nanos(ours);
            let _ = write!(out, " {} |", own.map_or_else(|| "–".to_owned(), time));
            for other in others {
                match (own, nanos(other)) {
                    (Some(_), Some(theirs)) if theirs.is_infinite() => {
                        let _ = write!(out, " over {} s | |", PATIENCE.as_secs());
                    }
                    (Some(own), Some(theirs)) => {
                        let _ = write!(out, " {} | {:.1} |", time(theirs), theirs / own);
                    }
                    _ => out.push_str(" – | – |"),
                }
            }
            out.push('\n');
        }
    }
    out
}

/// Three digits and a unit.
fn time(nanos: f64) -> String {
    let (value, unit) = match nanos {
        n if n < 1e3 => (n, "ns"),
        n if n < 1e6 => (n / 1e3, "µs"),
        n if n < 1e9 => (n / 1e6, "ms"),
        n => (n / 1e9, "s"),
    };
    let digits = if value < 10.0 { 2 } else { usize::from(value < 100.0) };
    format!("{value:.digits$} {unit}")
}

/// The machine in one line, as far as Linux tells.
fn machine() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let cpu = read("/proc/cpuinfo");
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    let model = model.map_or("unknown processor", |(_, name)| name.trim());
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let load = read("/proc/loadavg");
    format!("{model}, {cores} cores, load {}", load.split_whitespace().next().unwrap_or("unknown"))
}
