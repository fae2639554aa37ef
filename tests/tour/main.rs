//! The README's quick tour is run as it stands there, against the demonstration.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// Longest time the demonstration may take to be ready.
const START: Duration = Duration::from_mins(1);

/// Where the README's reader finds the server.
const ADDRESS: &str = "http://127.0.0.1:8080";

/// A running demonstration; it ends with the test.
struct Demo {
    child: Child,
    address: String,
}

impl Demo {
    fn start() -> Self {
        let hosk = std::env::var_os("HOSK_BIN")
            .expect("HOSK_BIN names the binary to test; `cargo xtask test acceptance` builds it and sets the variable");
        let mut child = Command::new(hosk)
            .args(["demo", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the demonstration starts");
        let output = BufReader::new(child.stdout.take().expect("its output is piped"));
        let mut demo = Self { child, address: String::new() };
        let (sender, address) = mpsc::channel();
        // Reads to the end, so that the pipe never fills up.
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if let Some(at) = line.find("http://127.0.0.1:") {
                    let end = line[at..].find(char::is_whitespace).map_or(line.len(), |end| at + end);
                    // Later addresses find nobody waiting.
                    let _ = sender.send(line[at..end].to_owned());
                }
            }
        });
        demo.address = address.recv_timeout(START).expect("the demonstration says where it is");
        demo
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The shell block of the section.
fn tour() -> String {
    let readme = include_str!("../../README.md");
    let section = readme.split_once("## Quick tour").expect("the README has a quick tour").1;
    let block = section.split_once("```sh\n").expect("the tour is a block of shell").1;
    block.split_once("```").expect("the block ends").0.to_owned()
}

#[test]
fn the_quick_tour_goes_as_the_readme_says() {
    let curl = Command::new("curl").arg("--version").stdout(Stdio::null()).status();
    assert!(curl.is_ok(), "curl is missing; install it (Debian, Ubuntu: sudo apt-get install curl)");
    let tour = tour();
    assert!(tour.contains(ADDRESS), "the tour says where the server is");
    let demo = Demo::start();
    let output = Command::new("sh")
        .args(["-e", "-u", "-c", &tour.replace(ADDRESS, &demo.address)])
        .output()
        .expect("there is a shell");
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}\n{}", String::from_utf8_lossy(&output.stderr));
    for expected in ["\"COMPLETED\"", "\"available\"", "\"ok\":true"] {
        assert!(told.contains(expected), "{expected} is missing in:\n{told}");
    }
}
