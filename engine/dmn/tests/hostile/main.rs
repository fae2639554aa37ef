//! Models that mean harm: whatever they are, compiling answers, and evaluating with the default limits, each within a
//! second of processor time (a build without optimisation gets a multiple of it).

#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "the tests measure the crate, which itself has no clock"
)]
#![expect(clippy::format_collect, clippy::format_push_string, reason = "models are read more easily so")]

mod bombs;
mod models;
mod xml;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use hosk_dmn::{DecisionModel, Strictness};
use hosk_feel::{Environment, Json, Stopwatch};

/// Longest an input may keep a processor busy, compiling, and evaluating each of its decisions.
const BOUND: Duration = Duration::from_millis(if cfg!(debug_assertions) { 25_000 } else { 1_500 });

fn definitions(body: &str) -> String {
    format!(
        "<definitions xmlns='https://www.omg.org/spec/DMN/20230324/MODEL/' namespace='n' id='m' name='m'>{body}</definitions>"
    )
}

fn literal(text: &str) -> String {
    format!("<literalExpression><text>{text}</text></literalExpression>")
}

fn decision(id: &str, logic: &str) -> String {
    format!("<decision id='{id}' name='{id}'>{logic}</decision>")
}

/// With the default limits and a stopwatch, as a server has them.
fn environment() -> Environment {
    let begun = Instant::now();
    let stopwatch = Some(Stopwatch::new(move || begun.elapsed()));
    Environment { stopwatch, ..Environment::at(0) }
}

/// Compiles leniently and evaluates everything in it; what comes out does not matter, only that it does, and when.
fn survives(body: &str) -> usize {
    survives_with(definitions(body).as_bytes(), &[])
}

fn survives_with(xml: &[u8], imported: &[&[u8]]) -> usize {
    let begun = Busy::now();
    let compiled = DecisionModel::compile_leniently(xml, imported);
    let took = begun.elapsed();
    assert!(took < BOUND, "compiling {:.200}… took {took:?}", String::from_utf8_lossy(xml));
    // The strict compiler looks at the same, and has more to say.
    let _ = DecisionModel::compile_with_imports(xml, imported);
    let Ok(compiled) = compiled else { return 0 };
    let ids: Vec<String> = compiled.model.invocables().map(|(id, _, _)| id.to_owned()).collect();
    let given = BTreeMap::from([("x".to_owned(), Json::from(serde_json::json!([1, "a", null, {"b": []}])))]);
    // Models of many decisions are chains; the last ones need all others.
    for id in ids.iter().take(12).chain(ids.iter().skip(12).rev().take(2)) {
        let begun = Busy::now();
        let _ = compiled.model.evaluate(id, &given, &environment(), Strictness::Strict);
        let took = begun.elapsed();
        assert!(took < BOUND, "evaluating {id} of {:.200}… took {took:?}", String::from_utf8_lossy(xml));
    }
    ids.len()
}

/// Processor time of this thread where the system tells it (Linux), else the time on the wall.
struct Busy {
    processor: Option<Duration>,
    wall: Instant,
}

impl Busy {
    fn now() -> Self {
        Self { processor: Self::processor(), wall: Instant::now() }
    }

    fn processor() -> Option<Duration> {
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
    }

    fn elapsed(&self) -> Duration {
        match (self.processor, Self::processor()) {
            (Some(from), Some(to)) => to.saturating_sub(from),
            _ => self.wall.elapsed(),
        }
    }
}
