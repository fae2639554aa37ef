//! Every chore of the project, one command.

fn main() {}
