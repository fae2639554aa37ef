//! How soon a server is there, and what it takes: with 1,000 definitions deployed, after nobody has asked it anything.

use std::time::{Duration, Instant};

use anyhow::ensure;
use reqwest::Client;

use super::On;
use super::server::Servers;
use crate::Load;
use crate::process;
use crate::report::{Measured, Round};

const DEFINITIONS: usize = 1_000;
/// Starts a second: half a second each.
const STARTS: f64 = 2.0;
/// Memory, and the size of the program.
const MEBIBYTES: f64 = 80.0;
/// What is done after a start is done by then.
const AT_REST: Duration = Duration::from_secs(3);

/// Measures as many starts as rounds.
pub(crate) async fn measure(load: Load, on: &On<'_>) -> anyhow::Result<Vec<Measured>> {
    ensure!(on.url.is_none(), "a server that runs already is not started: leave --url out");
    let http = Client::builder().no_proxy().build()?;
    let mut servers = Servers::start(http, on.binary, on.folder, 1, on.postgres).await?;
    let caller = servers.caller(0);
    for number in 0..DEFINITIONS {
        let id = format!("process-{number}");
        caller.deploy(&id, &process::one_of(&id, process::BY_WORKER)).await?;
    }
    let (mut starts, mut memory) = (Vec::new(), Vec::new());
    for _ in 0..load.rounds.max(1) {
        servers.stop_all();
        let began = Instant::now();
        servers.start_again(on.binary).await?;
        starts.push(Round::new(1, began.elapsed(), Duration::ZERO));
        tokio::time::sleep(AT_REST).await;
        memory.push(servers.resident());
    }
    memory.sort_unstable();
    let (idle, size) = (memory[memory.len() / 2], std::fs::metadata(on.binary)?.len());
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    let note = format!(
        "idle {:.0} MiB, the program {:.0} MiB (goals: {MEBIBYTES:.0} each){}",
        mib(idle),
        mib(size),
        if mib(idle) > MEBIBYTES || mib(size) > MEBIBYTES { ": missed" } else { "" }
    );
    let name = format!("starts with {DEFINITIONS} definitions, {}", super::database(on));
    Ok(vec![Measured::new(name, "starts/s", STARTS, starts).resident(idle).note(note)])
}
