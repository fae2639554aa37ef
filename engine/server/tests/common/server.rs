//! The real program as a server on a port of the system's choice.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

/// A running server and its address; ended with the test.
pub(crate) struct Server(pub(crate) Child, pub(crate) String);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Server {
    /// Starts `hosk serve` with what is added to the command, and waits until it is ready.
    pub(crate) fn start(add: impl FnOnce(&mut Command) -> &mut Command) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hosk"));
        command.args(["serve", "--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = add(&mut command).spawn().unwrap();
        let mut ready = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut ready).unwrap();
        Self(child, ready.split_whitespace().last().unwrap().to_owned())
    }
}
