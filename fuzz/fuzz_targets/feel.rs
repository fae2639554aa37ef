//! Any text as expression and as unary tests: compiling and evaluating never panics, and ends.

#![no_main]

use hosk_feel::{Environment, Expression, Names, Types};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mut environment = Environment::at(0);
    environment.limits.steps = 100_000;
    for compile in [Expression::compile, Expression::compile_unary_tests] {
        if let Ok(expression) = compile(text, &Names::new(["a b", "c-d"])) {
            let _ = expression.infer(&Types::default());
            if let Ok(outcome) = expression.evaluate(&(), &environment) {
                let _ = outcome.value.to_json().value();
            }
        }
    }
});
