//! Runs the cases of the DMN Technology Compatibility Kit below a folder: `cargo xtask tck DIR`.
//!
//! A folder of the kit holds models (`*.dmn`) and files with cases (`*-test-*.xml`). A case gives values to input data
//! and says what decisions must give. Models are compiled leniently: what is wrong in one decision makes that decision
//! null and leaves the others alone, which is what the kit expects.

#![expect(clippy::print_stdout, reason = "a program for the terminal")]

mod cases;
mod values;
mod xml;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

/// Run every case below a folder
#[derive(Parser)]
struct Args {
    /// The folder; those below it are searched too
    folder: PathBuf,
    /// Name every case, not only those that fail
    #[arg(long)]
    list: bool,
}

fn main() -> Result<ExitCode> {
    let args = Args::parse();
    let (mut passed, mut failed) = (0, 0);
    for file in cases::files(&args.folder)? {
        for case in cases::run(&file)? {
            let name =
                format!("{} {}", file.strip_prefix(&args.folder).unwrap_or(&file).display(), case.name);
            if case.failures.is_empty() {
                passed += 1;
                if args.list {
                    println!("ok   {name}");
                }
            } else {
                failed += 1;
                println!("FAIL {name}");
                for failure in &case.failures {
                    println!("     {failure}");
                }
            }
        }
    }
    println!("{passed} passed, {failed} failed");
    Ok(if failed == 0 && passed > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
