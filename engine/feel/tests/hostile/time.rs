//! The stopwatch: what steps do not measure ends by the clock, and only then.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hosk_feel::{Environment, EvaluationError, Expression, Names, Stopwatch};

use crate::{End, ended, with_stopwatch};

/// A stopwatch that goes on by `step` at every look, and how often it was looked at.
fn stepping(step: Duration) -> (Environment, Arc<AtomicU64>) {
    let looks = Arc::new(AtomicU64::new(0));
    let counted = looks.clone();
    let read = move || step * counted.fetch_add(1, Ordering::Relaxed) as u32;
    (Environment { stopwatch: Some(Stopwatch::new(read)), ..Environment::at(0) }, looks)
}

fn run(text: &str, environment: &Environment) -> Result<hosk_feel::Outcome, EvaluationError> {
    Expression::compile(text, &Names::default()).unwrap().evaluate(&(), environment)
}

#[test]
fn what_takes_too_long_ends() {
    let (environment, looks) = stepping(Duration::from_millis(300));
    let error = run("for i in 1..100000 return i * i", &environment).unwrap_err();
    assert_eq!(error, EvaluationError::TimeExceeded { limit: Duration::from_secs(1) });
    assert!(error.to_string().contains("1000 ms"), "{error}");
    // The first look starts it: 0, 300, 600, 900, 1200.
    assert_eq!(looks.load(Ordering::Relaxed), 5);
}

#[test]
fn what_is_soon_done_never_asks() {
    let (environment, looks) = stepping(Duration::from_secs(10));
    assert!(run("sum(for i in 1..500 return i * i) > 0", &environment).is_ok());
    assert_eq!(looks.load(Ordering::Relaxed), 0);
}

#[test]
fn expressions_in_expressions_share_the_time() {
    let (environment, _) = stepping(Duration::from_millis(300));
    let inner = Expression::compile("sum(for i in 1..2000 return i)", &Names::default()).unwrap();
    let (result, _) = hosk_feel::session(&environment, |call| {
        (0..100).try_for_each(|_| call.evaluate(&inner, &()).map(drop))
    });
    assert!(matches!(result, Err(EvaluationError::TimeExceeded { .. })), "{result:?}");
}

#[test]
fn without_a_stopwatch_steps_alone_count() {
    let end = run("count(for i in 1..100000000 return i)", &Environment::at(0)).unwrap_err();
    assert!(!matches!(end, EvaluationError::TimeExceeded { .. }), "{end}");
}

/// Finding all matches may look at all the rest of the text for each of them, which steps do not see.
#[test]
fn a_search_that_looks_ahead_ends_by_the_clock() {
    let letters = "A".repeat(200_000);
    for function in ["count(extract", "count(split"] {
        let text = format!("{function}(\"{letters}\", \".*[^A-Z]|[A-Z]\"))");
        match ended(&text, &with_stopwatch()) {
            End::Value(_) | End::Limit(EvaluationError::TimeExceeded { .. }) => {}
            other => panic!("{other:?}"),
        }
    }
    let text = format!("replace(\"{letters}\", \".*[^A-Z]|[A-Z]\", \"b\")");
    let end = ended(&text, &with_stopwatch());
    assert!(matches!(end, End::Value(_) | End::Limit(EvaluationError::TimeExceeded { .. })), "{end:?}");
}
