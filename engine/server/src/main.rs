//! The `hosk` program: configuration, wiring, command line. No logic of its own.

mod admin;
mod backup;
mod cli;
mod client;
mod commands;
mod config;
mod database;
mod documents;
mod failure;
mod files;
mod logging;
mod meters;
mod password;
mod plugins;
mod print;
mod secrets;
mod server;
mod surroundings;
mod tasks;
mod traces;
mod value_maps;

use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::{Cli, Command};
use crate::failure::Failure;

/// The engine makes many small short-lived allocations on several threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    if plugins::is_compiling_child() {
        return ExitCode::from(hosk_wasm::compile_child());
    }
    let cli = Cli::parse();
    match run(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let text = failure.to_string();
            if cli.json && !text.is_empty() {
                print::json(&serde_json::json!({"error": text}));
            } else if !text.is_empty() {
                print::note(format!("hosk: {text}"));
            }
            failure.exit_code()
        }
    }
}

fn run(cli: &Cli) -> Result<(), Failure> {
    match &cli.command {
        Command::Check(args) => commands::check::run(args, cli.json),
        Command::Convert(args) => commands::convert::run(args, cli.json),
        Command::Test(args) => commands::test::run(args, cli.json),
        Command::Feel(args) => commands::feel::run(args, cli.json),
        Command::Dmn(args) => commands::dmn::run(args, cli.json),
        Command::Config(args) => commands::config::run(args, cli.json),
        Command::Completions(args) => {
            commands::completions::run(args);
            Ok(())
        }
        Command::Man(args) => commands::man::run(args),
        other => runtime()?.block_on(run_async(other, cli.json)),
    }
}

async fn run_async(command: &Command, as_json: bool) -> Result<(), Failure> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    match command {
        Command::Serve(args) => commands::serve::run(args).await,
        Command::Demo(args) => commands::demo::run(args, as_json).await,
        Command::Deploy(args) => commands::deploy::run(args, as_json).await,
        Command::Start(args) => commands::start::run(args, as_json).await,
        Command::Tasks(args) => commands::tasks::run(args, as_json).await,
        Command::Connection(args) => commands::connection::run(args, as_json).await,
        Command::Plugin(args) => commands::plugin::run(args, as_json).await,
        Command::User(args) => commands::user::run(args, as_json).await,
        Command::Backup(args) => commands::backup::make(args, as_json).await,
        Command::Restore(args) => commands::backup::restore(args, as_json).await,
        Command::Move(args) => commands::backup::relocate(args, as_json).await,
        Command::Migrate(args) => commands::migrate::run(args, as_json).await,
        Command::Check(_)
        | Command::Convert(_)
        | Command::Test(_)
        | Command::Feel(_)
        | Command::Dmn(_)
        | Command::Config(_)
        | Command::Completions(_)
        | Command::Man(_) => Ok(()),
    }
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}
