//! How long something takes: the median of rounds, each long enough for the clock.

use std::hint::black_box;
use std::io::Write as _;
use std::time::{Duration, Instant};

use serde_json::json;

/// What a measurement is about.
pub(crate) const COMPILE: &str = "compile";
pub(crate) const EVALUATE: &str = "evaluate";

/// Rounds of a measurement.
const ROUNDS: usize = 15;
/// A round takes at least so long, unless doing it once does.
const ROUND: Duration = Duration::from_millis(20);
/// Rounds are ended when they have taken so long together.
const ENOUGH: Duration = Duration::from_secs(10);

/// Measures what `run` does; its result counts as used. Says before that it begins, and then how long it took, each as
/// a line of JSON.
pub(crate) fn measure<T>(case: &str, what: &str, run: impl Fn() -> T) {
    begin(case, what);
    let nanos = median(&|| drop(black_box(run())));
    tell(&json!({"case": case, "what": what, "nanos": nanos}));
}

/// Says that a measurement begins, so that one that never ends is known.
pub(crate) fn begin(case: &str, what: &str) {
    tell(&json!({"case": case, "what": what}));
}

fn tell(line: &serde_json::Value) {
    println!("{line}");
    let _ = std::io::stdout().flush();
}

/// Nanoseconds of one run.
fn median(run: &dyn Fn()) -> f64 {
    let begun = Instant::now();
    run();
    let once = begun.elapsed().max(Duration::from_nanos(20));
    let times = (ROUND.as_nanos() / once.as_nanos()).clamp(1, 1_000_000) as u32;
    let mut rounds = vec![];
    let begun = Instant::now();
    for _ in 0..ROUNDS {
        let round = Instant::now();
        for _ in 0..times {
            run();
        }
        rounds.push(round.elapsed().as_nanos() as f64 / f64::from(times));
        if begun.elapsed() > ENOUGH {
            break;
        }
    }
    rounds.sort_by(f64::total_cmp);
    rounds[rounds.len() / 2]
}
