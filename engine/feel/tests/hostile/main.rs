//! Inputs meant to hang, abort or exhaust the engine. Each ends within a second with a value, a syntax error or a limit;
//! a stack overflow, a panic or an endless loop would end the test run.
//!
//! The second is one of processor time, so that a busy machine does not fail the tests; a build without optimisation
//! gets a multiple of it.

#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "the tests measure the crate, which itself has no clock"
)]
#![expect(clippy::unwrap_used, reason = "a test says what went wrong by panicking")]

mod bombs;
mod functions;
mod texts;
mod time;
mod values;
mod work;

use std::time::{Duration, Instant};

use hosk_feel::{Environment, EvaluationError, Expression, Names, Stopwatch, Value};

/// What "many" is: of brackets, operators, items.
const MANY: usize = 100_000;

/// Longest an input may keep a processor busy.
const BOUND: Duration = Duration::from_millis(if cfg!(debug_assertions) { 25_000 } else { 1_200 });

/// What became of a text.
#[derive(Debug)]
enum End {
    Syntax,
    Limit(EvaluationError),
    Value(Value),
}

/// As a server evaluates it: with the default limits and a stopwatch.
fn with_stopwatch() -> Environment {
    let begun = Instant::now();
    let stopwatch = Some(Stopwatch::new(move || begun.elapsed()));
    Environment { stopwatch, ..Environment::at(1_700_000_000_000) }
}

/// Compiles and evaluates, within the bound.
fn ended(text: &str, environment: &Environment) -> End {
    let begun = Busy::now();
    let end = match Expression::compile(text, &Names::default()) {
        Err(errors) => {
            assert!(!errors[0].to_string().is_empty());
            End::Syntax
        }
        Ok(expression) => match expression.evaluate(&(), environment) {
            // Writing it must take no longer than making it.
            Ok(outcome) => {
                let _ = outcome.value.to_json();
                End::Value(outcome.value)
            }
            Err(EvaluationError::Assertion { cause }) => panic!("{cause}"),
            Err(error) => End::Limit(error),
        },
    };
    let took = begun.elapsed();
    assert!(took < BOUND, "{text:.120}… took {took:?}");
    end
}

/// What becomes of a text on a server, and, where time alone ended it, by the steps.
fn end_of(text: &str) -> End {
    match ended(text, &with_stopwatch()) {
        // The machine is slow or busy. Steps are the same everywhere.
        End::Limit(EvaluationError::TimeExceeded { .. }) => ended(text, &Environment::at(1_700_000_000_000)),
        end => end,
    }
}

fn value_of(text: &str) -> Value {
    match end_of(text) {
        End::Value(value) => value,
        other => panic!("{text:.120}… ends in {other:?}"),
    }
}

fn is_limited(text: &str) {
    let end = end_of(text);
    assert!(matches!(end, End::Limit(_)), "{text:.120}… ends in {end:?}");
}

fn is_refused(text: &str) {
    let end = end_of(text);
    assert!(matches!(end, End::Syntax), "{text:.120}… ends in {end:?}");
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
