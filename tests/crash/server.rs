//! The real binary as a child process.

use std::ffi::OsString;
use std::fmt;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// Longest time a start may take before the test gives up.
const START: Duration = Duration::from_secs(30);

/// The binary named by `HOSK_BIN`.
pub(crate) fn binary() -> OsString {
    std::env::var_os("HOSK_BIN")
        .expect("HOSK_BIN names the binary to test; `cargo xtask test` builds it and sets the variable")
}

/// A running server.
pub(crate) struct Server {
    /// Its process.
    pub(crate) child: Child,
    /// Its address, `http://127.0.0.1:PORT`.
    pub(crate) base: String,
}

impl Server {
    /// Starts the binary on a port that the system chooses, and waits until it is ready.
    pub(crate) async fn start(data: &Path, database: Option<&str>) -> Self {
        Self::run(Command::new(binary()), data, database).await
    }

    /// The same by a command that runs the binary with what is added to it.
    pub(crate) async fn run(mut command: Command, data: &Path, database: Option<&str>) -> Self {
        command.args(["serve", "--auth", "none", "--listen", "127.0.0.1:0", "--data"]).arg(data);
        command.env("HOSK_LOG", "warn").env_remove("HOSK_DATABASE");
        if let Some(database) = database {
            command.env("HOSK_DATABASE", database);
        }
        let mut child = command.stdout(Stdio::piped()).kill_on_drop(true).spawn().expect("the server starts");
        let mut lines = BufReader::new(child.stdout.take().expect("its output is piped")).lines();
        let ready = async {
            while let Some(line) = lines.next_line().await.expect("its output can be read") {
                if let Some(at) = line.find("http://127.0.0.1:") {
                    return line[at..].split_whitespace().next().unwrap_or_default().to_owned();
                }
            }
            panic!("the server ended before it was ready");
        };
        let base = tokio::time::timeout(START, ready).await.expect("the server is ready in time");
        // Reading on, so that the pipe never fills up.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self { child, base }
    }

    /// `kill -9`.
    pub(crate) async fn kill(&mut self) {
        self.child.kill().await.expect("the server can be killed");
    }
}

/// Numbers that look random and can be repeated (SplitMix64).
pub(crate) struct Seed {
    first: u64,
    state: u64,
}

impl Seed {
    /// From `HOSK_SEED`, else from the clock.
    pub(crate) fn from_environment() -> Self {
        let given = std::env::var("HOSK_SEED").ok().and_then(|text| text.parse().ok());
        let clock = std::time::UNIX_EPOCH.elapsed().map_or(1, |since| since.as_millis() as u64);
        let first = given.unwrap_or(clock);
        Self { first, state: first }
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % bound
    }
}

impl fmt::Display for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HOSK_SEED={}", self.first)
    }
}
