//! How fast it is. `cargo run --release -p hosk-bench` measures the one-task workload (start → service task → end,
//! three variables, about 1 KB of JSON) and writes `target/bench/report.md` and `report.json`.
//!
//! Durable throughout: SQLite with `synchronous=FULL`, PostgreSQL as it comes; the load generator runs in the same process, or on the same
//! machine for REST. Each figure is the median of several rounds, with the spread between the slowest and fastest.

#![expect(clippy::print_stdout, reason = "a program for the terminal")]

mod core_only;
mod engine;
mod machine;
mod process;
mod report;
mod rest;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum};

use report::{Measured, Report};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Workload {
    /// The pure core: element transitions per second on one core.
    Core,
    /// In process on SQLite, a worker does the task.
    Worker,
    /// In process on SQLite, a connector does the task.
    Connector,
    /// In process on PostgreSQL as it comes, a worker does the task; on the server of DATABASE_URL, or one of its own.
    Postgres,
    /// Over REST on SQLite, a worker does the task; needs the server's binary.
    Rest,
}

/// Measures hosk.
#[derive(Parser, Debug)]
struct Arguments {
    /// Which workloads; all when none is given.
    workloads: Vec<Workload>,
    /// Rounds per workload.
    #[arg(long, default_value_t = 5)]
    rounds: u32,
    /// Length of one round in seconds.
    #[arg(long, default_value_t = 4.0)]
    seconds: f64,
    /// Instances under way at the same time.
    #[arg(long, default_value_t = 512)]
    clients: usize,
    /// Jobs a worker asks for at once.
    #[arg(long, default_value_t = 32)]
    batch: usize,
    /// Lanes of the engine.
    #[arg(long, default_value_t = hosk_runtime::Config::default().lanes)]
    lanes: usize,
    /// Threads of the runtime.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// The server's binary, for `rest`.
    #[arg(long, default_value = "target/release/hosk")]
    server: PathBuf,
    /// Where the database is made; a folder on the disk to measure.
    #[arg(long, default_value = "target/bench")]
    folder: PathBuf,
}

/// How a workload is run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    pub(crate) round: Duration,
    pub(crate) rounds: u32,
    pub(crate) clients: usize,
    pub(crate) batch: usize,
    pub(crate) lanes: usize,
}

fn main() -> anyhow::Result<()> {
    // The HTTP client wants one, though it speaks to this machine without TLS. An error says that there is one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let arguments = Arguments::parse();
    std::fs::create_dir_all(&arguments.folder)?;
    let load = Load {
        round: Duration::from_secs_f64(arguments.seconds),
        rounds: arguments.rounds,
        clients: arguments.clients,
        batch: arguments.batch,
        lanes: arguments.lanes,
    };
    let mut workloads = arguments.workloads.clone();
    if workloads.is_empty() {
        workloads = Workload::value_variants().to_vec();
    }
    let mut report = Report::new();
    for workload in workloads {
        println!("{workload:?} …");
        match measure(workload, load, &arguments) {
            Ok(measured) => {
                println!("  {measured}");
                report.add(measured);
            }
            Err(error)
                if matches!(workload, Workload::Rest | Workload::Postgres)
                    && arguments.workloads.is_empty() =>
            {
                println!("  left out: {error:#}");
            }
            Err(error) => return Err(error),
        }
    }
    report.write(&arguments.folder)?;
    println!("{}", arguments.folder.join("report.md").display());
    Ok(())
}

fn measure(workload: Workload, load: Load, arguments: &Arguments) -> anyhow::Result<Measured> {
    let runtime =
        || tokio::runtime::Builder::new_multi_thread().worker_threads(arguments.threads).enable_all().build();
    match workload {
        Workload::Core => core_only::measure(load),
        Workload::Worker => {
            let on = engine::On::Sqlite;
            runtime()?.block_on(engine::measure(load, engine::Does::Worker, on, &arguments.folder))
        }
        Workload::Connector => {
            let on = engine::On::Sqlite;
            runtime()?.block_on(engine::measure(load, engine::Does::Connector, on, &arguments.folder))
        }
        Workload::Postgres => {
            anyhow::ensure!(
                test_postgres::is_there(),
                "PostgreSQL is not installed and DATABASE_URL not set"
            );
            let on = engine::On::Postgres;
            runtime()?.block_on(engine::measure(load, engine::Does::Worker, on, &arguments.folder))
        }
        Workload::Rest => runtime()?.block_on(rest::measure(load, &arguments.server, &arguments.folder)),
    }
}
