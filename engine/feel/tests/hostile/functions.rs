//! Every function on something large, again and again: what it costs is counted, whether it succeeds or gives up early.
//! What a step costs is measured: no function's costs much more than a step of the plainest loop on the same machine.

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::Duration;

use hosk_feel::{Environment, EvaluationError, Expression, Names, Value};

use crate::Busy;

/// A text of 200,000 letters, one of as many spaces, lists of 50,000 items, a context of 20,000 members.
const LARGE: &str = "{
    letters: \"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuv\",
    s: string join(for i in 1..2000 return letters),
    blanks: string join(for i in 1..20000 return \"          \"),
    digits: string join(for i in 1..20000 return \"7777777777\"),
    nulls: for i in 1..50000 return null,
    numbers: for i in 1..50000 return i,
    keys: for i in 1..50000 return \"k\",
    pairs: for i in 1..20000 return {key: \"k\" + string(i), value: i},
    wide: context(pairs)}";

/// Steps of one test, a fraction of the default.
const STEPS: u64 = if cfg!(debug_assertions) { 250_000 } else { 1_000_000 };

/// What so many steps may take, in times of what they take in a loop over a number: about 0.1 µs each.
const RATIO: u32 = 4;

/// What they may take at least, however fast the loop is.
const ENOUGH: Duration = Duration::from_millis(if cfg!(debug_assertions) { 4_000 } else { 200 });

/// How often it may take longer.
const TRIES: u32 = 3;

static VARIABLES: LazyLock<BTreeMap<String, Value>> = LazyLock::new(|| {
    let expression = Expression::compile(LARGE, &Names::default()).unwrap();
    let made = expression.evaluate(&(), &Environment::at(0)).unwrap().value;
    let members = made.as_context().unwrap().entries();
    let mut variables: BTreeMap<_, _> =
        members.iter().map(|(name, value)| (name.to_string(), value.clone())).collect();
    // So many times the same text that writing it would fill the memory.
    let texts = vec![variables["s"].clone(); 50_000];
    variables.insert("texts".into(), Value::from(texts));
    variables
});

/// What the steps of a loop over a number take on this machine at its present speed.
static PLAIN: LazyLock<Duration> = LazyLock::new(|| {
    let plain = Looped::over("1");
    (0..TRIES).map(|_| plain.run()).min().unwrap_or(ENOUGH)
});

/// A loop over a call.
struct Looped<'a> {
    call: &'a str,
    expression: Expression,
    environment: Environment,
}

impl<'a> Looped<'a> {
    fn over(call: &'a str) -> Self {
        let mut environment = Environment::at(1_700_000_000_000);
        environment.limits.steps = STEPS;
        let text =
            format!("every i in 1..1000000000000 satisfies get or else({call}, 1) != \"never\" or true");
        let expression =
            Expression::compile(&text, &Names::default()).unwrap_or_else(|e| panic!("{call}: {}", e[0]));
        Self { call, expression, environment }
    }

    /// The processor time until it reaches the limit of steps.
    fn run(&self) -> Duration {
        let begun = Busy::now();
        let result = self.expression.evaluate(&*VARIABLES, &self.environment);
        let took = begun.elapsed();
        let limit_reached =
            matches!(result, Err(EvaluationError::StepsExceeded { .. } | EvaluationError::TooLarge { .. }));
        assert!(limit_reached, "{} ends in {result:?}", self.call);
        took
    }
}

/// A loop over the call reaches the limit of steps, and soon.
fn never_ends(call: &str) {
    let looped = Looped::over(call);
    let bound = ENOUGH.max(*PLAIN * RATIO);
    // A neighbour on the same core makes a processor slower for a moment; what takes too long takes so long each time.
    let soon = (0..TRIES).any(|_| looped.run() < bound);
    assert!(soon, "{call} took longer than {bound:?} for {STEPS} steps, {TRIES} times");
}

#[test]
fn strings() {
    for call in [
        "substring(s, 1, 0)",
        "substring(s, -1)",
        "string length(s)",
        "upper case(s)",
        "trim(blanks)",
        "is blank(blanks)",
        "substring before(s, \"abcz\")",
        "substring after(s, \"abcz\")",
        "contains(s, \"abcz\")",
        "starts with(s, s)",
        "ends with(s, s)",
        "string join([s, s, 1])",
        "string join(nulls, s)",
        "string join(1, s, s, s)",
        "string format(s + \"{\", 1)",
        "string format(\"{1} {nope}\", numbers)",
        "string format(\"{1}{1}{1}\", s)",
        "to base64(s)",
        "s = s",
        "s < s",
        "s + s",
        "s in [s..s]",
        "s between s and s",
    ] {
        never_ends(call);
    }
}

#[test]
fn patterns() {
    for call in [
        "matches(s, \"[^a-z]\")",
        "matches(\"x\", s)",
        "matches(\"x\", s + string(i))",
        "matches(\"x\", \"(\" + s)",
        "matches(\"x\", \"a\", s)",
        "replace(s, \"zz\", \"y\")",
        "replace(\"x\", \"x\", s + \"$\")",
        "split(s, \"\")",
        "split(s, \"z\")",
        "extract(s, \"[a-y]+\")",
        "extract(s, \"\")",
    ] {
        never_ends(call);
    }
}

#[test]
fn conversions() {
    for call in [
        "number(s)",
        "number(digits)",
        "number(digits, \" \", \",\")",
        "string(numbers)",
        "string(wide)",
        "to json(wide)",
        "from json(digits)",
        "from json(\"[\" + digits + \"]\")",
        "from json(to json(numbers))[1]",
        "range(\"[1..\" + digits + \"]\")",
        "date(s)",
        "date(digits)",
        "time(digits)",
        "date and time(digits + \"T00:00:00\")",
        "date and time(\"2024-01-01T00:00:00@\" + s)",
        "date and time(@\"2024-01-01T00:00:00Z\", s)",
        "duration(\"P\" + digits + \"D\")",
        "duration(s)",
    ] {
        never_ends(call);
    }
}

#[test]
fn lists() {
    for call in [
        "list contains(numbers, 0)",
        "count(numbers)",
        "sublist(numbers, 1)",
        "append(numbers, 1)",
        "concatenate(numbers, numbers)",
        "concatenate(numbers, null)",
        "insert before(numbers, 1, 1)",
        "remove(numbers, 1)",
        "list replace(numbers, 1, 1)",
        "list replace(numbers, function(a, b) 1, 1)",
        "reverse(numbers)",
        "index of(numbers, 0)",
        "union(numbers, null)",
        "union(numbers, numbers)",
        "distinct values(numbers)",
        "duplicate values(texts)",
        "flatten([numbers, [numbers]])",
        "sort(nulls)",
        "sort(numbers)",
        "sort(texts)",
        "sort(numbers, function(a, b) 1)",
        "partition(numbers, 3)",
        "numbers = numbers",
        "0 in (numbers)",
        "numbers[item > 60000]",
        "pairs.value",
        "pairs.nope",
        "(for x in numbers return x)[1]",
        "some x in numbers satisfies x < 0",
    ] {
        never_ends(call);
    }
}

#[test]
fn statistics() {
    for call in [
        "min(texts)",
        "max(texts)",
        "min(append(numbers, null))",
        "sum(numbers)",
        "sum(append(numbers, null))",
        "mean(numbers)",
        "product(for n in numbers return 1)",
        "median(numbers)",
        "stddev(numbers)",
        "mode(numbers)",
        "all(nulls)",
        "any(nulls)",
    ] {
        never_ends(call);
    }
}

#[test]
fn contexts() {
    for call in [
        "get value(wide, \"nope\")",
        "get value(wide, keys)",
        "get value(wide, append(keys, 1))",
        "get entries(wide)",
        "context(pairs)",
        "context(append(pairs, pairs[1]))",
        "context put(wide, \"a\", 1)",
        "context put(wide, [\"k1\", \"a\"], 1)",
        "context put(wide, keys, 1)",
        "context merge([wide, wide])",
        "context merge([wide, 1])",
        "put all(wide, wide)",
        "wide = wide",
        "wide.nope",
        "is defined(wide.k20000.a)",
        "get or else(wide.nope, null)",
    ] {
        never_ends(call);
    }
}

#[test]
fn numbers_dates_and_ranges() {
    for call in [
        "exp(i / 1000000000)",
        "log(i + 0.5)",
        "sqrt(i + 0.5)",
        "1.000000001 ** i",
        "2 ** 0.5",
        "i / 7",
        "modulo(1e6000, i)",
        "decimal(i / 3, 20)",
        "round half up(i / 7, 3)",
        "1e6000 + 1e-6000",
        "string(1e6000 + i)",
        "1e6000 > i",
        "now()",
        "week of year(today())",
        "today() + duration(\"P1M\")",
        "@\"2024-01-01T00:00:00@Europe/Berlin\" + duration(\"PT1H\") = @\"2024-01-01T00:00:00@Asia/Tokyo\"",
        "date and time(@\"2024-01-01T00:00:00@Europe/Berlin\", \"Asia/Tokyo\")",
        "years and months duration(@\"-9999-01-01\", @\"9999-12-31\")",
        "uuid()",
        "random number()",
        "before(s, s)",
        "coincides([s..s], [s..s])",
        "during(numbers, [1..2])",
    ] {
        never_ends(call);
    }
}
