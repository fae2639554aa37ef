//! Every chore of the project, one command: `cargo xtask --help`.
//!
//! Rule: whatever a contributor or the continuous integration has to do is a command here, in one language,
//! and finds or installs what it needs. What it cannot get it names, with the remedy, and fails.

#![expect(clippy::print_stdout, reason = "a command-line tool talks on its standard output")]

mod browser;
mod command;
mod count;
mod deny;
mod golang;
mod needs;
mod parts;
mod plugins;
mod postgres;
mod process;
mod python;
mod rust_plugins;
mod rust_tests;
mod summary;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use workspace::Workspace;

/// Builds, runs and checks hosk.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Demo(command::demo::Args),
    Run(command::run::Args),
    Test(command::test::Args),
    Bench(command::bench::Args),
    Soak(command::soak::Args),
    Tck(command::tck::Args),
    Fmt(command::fmt::Args),
    Lint(command::lint::Args),
    Doc(command::doc::Args),
    Clean(command::clean::Args),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = Workspace::find().and_then(|workspace| match &cli.command {
        Command::Demo(args) => command::demo::run(&workspace, args),
        Command::Run(args) => command::run::run(&workspace, args),
        Command::Test(args) => Ok(command::test::run(&workspace, args)),
        Command::Bench(args) => command::bench::run(&workspace, args),
        Command::Soak(args) => command::soak::run(&workspace, args),
        Command::Tck(args) => command::tck::run(&workspace, args),
        Command::Fmt(args) => command::fmt::run(&workspace, args),
        Command::Lint(args) => command::lint::run(&workspace, args),
        Command::Doc(args) => command::doc::run(&workspace, args),
        Command::Clean(args) => command::clean::run(&workspace, args),
    });
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}
