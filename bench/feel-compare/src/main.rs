//! FEEL and DMN beside other implementations: the same expressions and tables, the same JSON, one after the other on
//! the same machine. `cargo xtask bench feel` builds and runs it.
//!
//! Each engine is a process of its own that prints one line of JSON per measurement, so one that hangs or aborts
//! leaves a gap in the table and nothing else. Ratios within one run count; the nanoseconds are those of the machine.

mod cases;
mod dsntk;
mod engines;
mod hosk;
mod measure;
mod table;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => compare(),
        ["--engine", "hosk"] => {
            hosk::run();
            ExitCode::SUCCESS
        }
        ["--engine", "dsntk"] => {
            dsntk::run(dsntk::as_feel);
            ExitCode::SUCCESS
        }
        ["--engine", "dsntk-serde"] => {
            dsntk::run(dsntk::as_json);
            ExitCode::SUCCESS
        }
        ["--cases"] => {
            println!("{}", cases::as_json());
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!(
                "feel-compare takes no arguments; it compares hosk, dsntk and feelin, and prints a table"
            );
            ExitCode::FAILURE
        }
    }
}

fn compare() -> ExitCode {
    match engines::run_all() {
        Ok(engines) => {
            print!("{}", table::render(&engines));
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("error: {why}");
            ExitCode::FAILURE
        }
    }
}
