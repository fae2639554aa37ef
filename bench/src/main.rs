//! How fast it is. `cargo xtask bench` measures the workloads (one task: start → service task → end, three variables, about
//! 1 KB of JSON; and others over REST) and writes `target/bench/report.md` and `report.json`. With `--url` the same load is
//! given to any server that speaks the v2 API; with `--check` a goal that is missed is a failure.
//!
//! Durable throughout: SQLite with `synchronous=FULL`, PostgreSQL as it comes; the load generator runs in the same process, or on the same
//! machine for REST. Each figure is the median of several rounds, with the spread between the slowest and fastest.

#![expect(clippy::print_stdout, reason = "a program for the terminal")]

mod core_only;
mod engine;
mod engines;
mod machine;
mod plugin;
mod process;
mod report;
mod rest;
mod searches;
mod storms;
mod waiting;

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
    /// Plugins: calls in instances of their own, an installation and hostile plugins beside the engine's other work.
    Plugin,
    /// In process on SQLite: storms, and how long others take meanwhile.
    Storms,
    /// In process, searches over a million rows of each kind; on SQLite, or with `--postgres` there.
    Searches,
    /// In process, one task on an empty database and beside a million instances that wait; on SQLite, or with `--postgres`
    /// there.
    Waiting,
    /// Beside engines of others that run in Java, in process on the PostgreSQL of DATABASE_URL; needs Java 17 and what
    /// `cargo xtask bench engines` makes.
    Engines,
    /// How soon a server with 1,000 definitions is there, the memory it takes and its size; needs the server's binary.
    Start,
    /// Over REST, a worker does the task; needs the server's binary.
    Rest,
    /// Over REST, a worker does the task, as many instances a second as `--rate` says, evenly.
    Paced,
    /// Over REST, ten tasks one after the other.
    TenTasks,
    /// Over REST, ten tasks at the same time.
    Parallel,
    /// Over REST, a task for each of 100 items.
    MultiInstance,
    /// Over REST, a message that each instance waits for.
    Messages,
    /// Over REST, a timer of a second.
    Timers,
    /// Over REST, searches.
    Reads,
    /// Over REST, one task at a tenth of full load, round for round: a failure when memory or latency grows. For long runs,
    /// say `--rounds 20 --seconds 30`.
    Steady,
}

impl Workload {
    /// What clients do, for those over REST.
    fn over_rest(self) -> Option<rest::Job> {
        Some(match self {
            Self::Core
            | Self::Worker
            | Self::Connector
            | Self::Postgres
            | Self::Plugin
            | Self::Storms
            | Self::Searches
            | Self::Waiting
            | Self::Engines
            | Self::Start
            | Self::Paced
            | Self::Steady => return None,
            Self::Rest => rest::Job::OneTask,
            Self::TenTasks => rest::Job::TenTasks,
            Self::Parallel => rest::Job::Parallel,
            Self::MultiInstance => rest::Job::MultiInstance,
            Self::Messages => rest::Job::Messages,
            Self::Timers => rest::Job::Timers,
            Self::Reads => rest::Job::Reads,
        })
    }
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
    /// Batches that the engine writes at the same time, for workloads in process on PostgreSQL.
    #[arg(long, default_value_t = hosk_store::postgres::Options::default().writers)]
    writers: usize,
    /// Threads of the runtime.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// The server's binary, for `rest`.
    #[arg(long, default_value = "target/release/hosk")]
    server: PathBuf,
    /// Where the components of `cargo xtask test plugins` are, for `plugin`.
    #[arg(long, default_value = "target/plugins")]
    plugins: PathBuf,
    /// The engines of others, for `engines`.
    #[arg(long, default_value = "target/engines/lib")]
    jars: PathBuf,
    /// Searches and what waits: so many rows of each kind, so many instances.
    #[arg(long, default_value_t = searches::ROWS)]
    rows: u64,
    /// Searches and storms: only those whose name has this text.
    #[arg(long)]
    only: Option<String>,
    /// Over REST and searches: on PostgreSQL instead of SQLite; on the server of DATABASE_URL (over TLS when that says
    /// `?sslmode=require`), or one of its own.
    #[arg(long)]
    postgres: bool,
    /// At an even pace: so many instances a second.
    #[arg(long, default_value_t = rest::paced::RATE)]
    rate: f64,
    /// Over REST: so many servers on one PostgreSQL.
    #[arg(long, default_value_t = 1, requires = "postgres")]
    nodes: usize,
    /// Over REST: a server that runs already, of whatever make, instead of one of ours; several with commas between.
    #[arg(long, conflicts_with_all = ["postgres", "nodes"])]
    url: Option<String>,
    /// Who signs in there; the password is read from BENCH_PASSWORD.
    #[arg(long, requires = "url")]
    user: Option<String>,
    /// Fail when a goal is missed.
    #[arg(long)]
    check: bool,
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
    pub(crate) writers: usize,
}

impl Arguments {
    /// The workloads that were asked for; of a server that is named, those over REST.
    fn chosen(&self) -> Vec<Workload> {
        if !self.workloads.is_empty() {
            return self.workloads.clone();
        }
        // What takes as long as one likes, or needs what hosk does not, is for those who ask for it.
        let only_rest = self.url.is_some() || self.postgres;
        let asked_for = [Workload::Steady, Workload::Engines];
        let all = Workload::value_variants().iter().copied();
        all.filter(|workload| {
            let over_rest = *workload == Workload::Paced || workload.over_rest().is_some();
            !asked_for.contains(workload) && (!only_rest || over_rest)
        })
        .collect()
    }

    /// The servers that are asked over REST.
    fn servers(&self) -> rest::On<'_> {
        let password = || std::env::var("BENCH_PASSWORD").unwrap_or_default();
        rest::On {
            binary: &self.server,
            folder: &self.folder,
            nodes: self.nodes,
            postgres: self.postgres,
            url: self.url.as_deref(),
            user: self.user.clone().map(|user| (user, password())),
        }
    }
}

fn main() -> anyhow::Result<()> {
    // The HTTP client wants one, though it speaks to this machine without TLS. An error says that there is one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    if std::env::args().nth(1).as_deref() == Some(plugin::COMPILE) {
        std::process::exit(hosk_wasm::compile_child().into());
    }
    let arguments = Arguments::parse();
    std::fs::create_dir_all(&arguments.folder)?;
    let load = Load {
        round: Duration::from_secs_f64(arguments.seconds),
        rounds: arguments.rounds,
        clients: arguments.clients,
        batch: arguments.batch,
        lanes: arguments.lanes,
        writers: arguments.writers,
    };
    let mut report = Report::new();
    for workload in arguments.chosen() {
        println!("{workload:?} …");
        match measure(workload, load, &arguments) {
            Ok(measured) => {
                for one in measured {
                    println!("  {one}");
                    report.add(one);
                }
            }
            Err(error) if !arguments.check && arguments.workloads.is_empty() && arguments.url.is_none() => {
                println!("  left out: {error:#}");
            }
            Err(error) => return Err(error),
        }
    }
    report.write(&arguments.folder)?;
    println!("{}", arguments.folder.join("report.md").display());
    let missed = report.missed();
    anyhow::ensure!(!arguments.check || missed.is_empty(), "goals are missed:\n{}", missed.join("\n"));
    Ok(())
}

fn measure(workload: Workload, load: Load, arguments: &Arguments) -> anyhow::Result<Vec<Measured>> {
    let runtime =
        || tokio::runtime::Builder::new_multi_thread().worker_threads(arguments.threads).enable_all().build();
    let in_process = |does, on| runtime()?.block_on(engine::measure(load, does, on, &arguments.folder));
    let measured = match (workload, workload.over_rest()) {
        (_, Some(job)) => runtime()?.block_on(rest::measure(load, job, &arguments.servers())),
        (Workload::Paced, None) => {
            runtime()?.block_on(rest::paced::measure(load, arguments.rate, &arguments.servers()))
        }
        (Workload::Steady, None) => runtime()?.block_on(rest::steady::measure(load, &arguments.servers())),
        (Workload::Plugin, None) => {
            let measuring = plugin::measure(load, &arguments.plugins, &arguments.folder);
            return runtime()?.block_on(measuring);
        }
        (Workload::Storms, None) => {
            let one = |storm| runtime()?.block_on(storms::measure(load, storm, &arguments.folder));
            let only = arguments.only.as_deref().unwrap_or_default();
            let chosen = storms::Storm::ALL.into_iter().filter(|storm| storm.name().contains(only));
            return chosen.map(one).collect();
        }
        (Workload::Searches, None) => {
            let on =
                if arguments.postgres { searches::Database::Postgres } else { searches::Database::Sqlite };
            let only = arguments.only.as_deref();
            return runtime()?.block_on(searches::measure(on, arguments.rows, only, &arguments.folder));
        }
        (Workload::Waiting, None) => {
            let on = if arguments.postgres { engine::On::Postgres } else { engine::On::Sqlite };
            return runtime()?.block_on(waiting::measure(load, on, arguments.rows, &arguments.folder));
        }
        (Workload::Engines, None) => {
            return runtime()?.block_on(engines::measure(load, &arguments.jars, &arguments.folder));
        }
        (Workload::Start, None) => {
            return runtime()?.block_on(rest::start::measure(load, &arguments.servers()));
        }
        (Workload::Core, None) => core_only::measure(load),
        (Workload::Connector, None) => in_process(engine::Does::Connector, engine::On::Sqlite),
        (Workload::Postgres, None) => {
            anyhow::ensure!(
                test_postgres::is_there(),
                "PostgreSQL is not installed and DATABASE_URL not set"
            );
            in_process(engine::Does::Worker, engine::On::Postgres)
        }
        (_, None) => in_process(engine::Does::Worker, engine::On::Sqlite),
    };
    measured.map(|measured| vec![measured])
}
