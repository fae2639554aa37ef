//! Any bytes as process model: compiling never panics, and neither does showing what is wrong.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let compiled = hosk_model::compile(bytes, "fuzz.bpmn");
    let _ = hosk_model::render(&compiled.diagnostics, "fuzz.bpmn", bytes);
});
