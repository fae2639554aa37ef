//! Everything that a plugin should not do.

use std::hint::black_box;

use hosk_plugin::{Call, Operation, Plugin, Result, Value, config, http, json, log};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whatever is given.
#[derive(Deserialize, JsonSchema)]
struct Anything {}

fn never(_: Anything, _: &Call) -> Result<()> {
    loop {
        black_box(());
    }
}

fn memory(_: Anything, _: &Call) -> Result<()> {
    let mut all = Vec::new();
    loop {
        all.push(black_box(vec![1u8; 1 << 20]));
    }
}

#[expect(unconditional_recursion, reason = "that is what it is for")]
fn dive(depth: u64) -> u64 {
    black_box(dive(black_box(depth) + 1)) + 1
}

fn exception(_: Anything, _: &Call) -> Result<()> {
    panic!("on purpose")
}

fn logs(_: Anything, _: &Call) -> Result<()> {
    for _ in 0..10_000 {
        log::info("again");
    }
    Ok(())
}

fn look(_: Anything, _: &Call) -> Result<Value> {
    let settings: Value = config::settings()?;
    Ok(json!({"settings": settings.to_string().contains("sesame"), "names": config::secrets()}))
}

fn operation<O: Serialize + JsonSchema + 'static>(
    name: &'static str,
    title: &'static str,
    run: fn(Anything, &Call) -> Result<O>,
) -> Operation {
    Operation::new(name, title, run).defaults(0, (1000, 1000), 3000)
}

/// The connector.
pub fn plugin() -> Plugin {
    Plugin::new("hostile", 1, "Hostile")
        .operation(operation("loop", "Never end", never))
        .operation(operation("memory", "Take all memory", memory))
        .operation(operation("recursion", "Call itself", |_, _| Ok(dive(0))))
        .operation(operation("exception", "Panic", exception))
        .operation(operation("output", "Hand over too much", |_, _| Ok("x".repeat(8 << 20))))
        .operation(operation("logs", "Flood the log", logs))
        .operation(operation("host", "Ask a host that is not granted", |_, _| {
            Ok(http::get("http://10.11.12.13/").send()?.status())
        }))
        .operation(operation("secret", "Ask for the secret of another connection", |_, _| {
            Ok(http::get("/").bearer("{{secrets.OTHER}}").send()?.status())
        }))
        .operation(operation("look", "Look for secrets", look))
}

hosk_plugin::export!(plugin);
