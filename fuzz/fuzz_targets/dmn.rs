//! Any bytes as decision model: compiling and evaluating everything in it never panics, and ends.

#![no_main]

use hosk_dmn::{DecisionModel, Strictness};
use hosk_feel::Environment;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(compiled) = DecisionModel::compile_leniently(bytes, &[]) else { return };
    let mut environment = Environment::at(0);
    environment.limits.steps = 100_000;
    for (id, _, _) in compiled.model.invocables() {
        let _ = compiled.model.evaluate(id, &(), &environment, Strictness::Strict);
    }
});
