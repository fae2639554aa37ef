//! `cargo xtask soak`: what tests do for a moment, for long.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;

use crate::needs::{self, Need};
use crate::rust_tests;
use crate::workspace::Workspace;

/// Give a server work for long, and look that memory and latency stay; then kill servers while orders are shipped, again and
/// again, on a file and on PostgreSQL, and count what came of it
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Minutes of steady work before
    #[arg(long, default_value_t = 10)]
    minutes: u32,
    /// Kills on each of the two
    #[arg(long, default_value_t = 200)]
    kills: u32,
    /// Repeats the moments of a run
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
}

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<ExitCode> {
    needs::require(&[Need::CCompiler, Need::DiskSpace, Need::Postgres], workspace)?;
    eprintln!("building hosk");
    let hosk = rust_tests::build_hosk(workspace, "quick")?;
    if args.minutes > 0 && !is_steady(workspace, &hosk, args.minutes)? {
        return Ok(ExitCode::FAILURE);
    }
    let tests = ["test", "--workspace", "--test", "crash", "--test", "postgres_crash"];
    let mut command = workspace.cargo(&tests);
    command.args(["--", "--nocapture", "--test-threads=1", "nothing_is_lost_and_nothing_happens_twice"]);
    command.env("HOSK_BIN", &hosk).env("HOSK_KILLS", args.kills.to_string());
    if let Some(seed) = args.seed {
        command.env("HOSK_SEED", seed.to_string());
    }
    Ok(if command.status()?.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The steady workload of the bench: 20 rounds, however long.
fn is_steady(workspace: &Workspace, hosk: &Path, minutes: u32) -> Result<bool> {
    let mut bench =
        workspace.cargo(&["run", "--workspace", "--profile", "quick", "--bin", "hosk-bench", "--"]);
    bench.args(["steady", "--rounds", "20", "--seconds"]).arg((minutes * 3).to_string());
    bench.arg("--folder").arg(workspace.target.join("bench")).arg("--server").arg(hosk);
    Ok(bench.status()?.success())
}
