//! `hosk completions`: what a shell needs to complete commands and options.

use clap::CommandFactory as _;

use crate::cli::{Cli, CompletionsArgs};
use crate::print;

pub(crate) fn run(args: &CompletionsArgs) {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "hosk", &mut script);
    print::line(String::from_utf8_lossy(&script).trim_end());
}
