//! Plugins of several servers on one PostgreSQL: what one changes the other follows, and a server that is killed meanwhile
//! leaves nothing half done.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot start the program has failed"
)]

mod common;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use test_postgres::Schema;

use common::{First, Server, files, guest, serve, system};

/// Longest time until a server has followed another: it looks every five seconds, and compiles.
const FOLLOWS: Duration = Duration::from_mins(1);
/// Instances of which each server has some.
const SOME: usize = 12;
/// When a server that installs a plugin is killed, in milliseconds after it was told to.
const MOMENTS: [u64; 5] = [0, 10, 40, 120, 400];

/// Two servers on a database, and a system that plugins ask.
struct World {
    schema: Schema,
    folder: tempfile::TempDir,
    first: Arc<First>,
    /// Versions of a plugin that ask the system at two addresses, and a process with one step.
    files: [PathBuf; 3],
    http: reqwest::Client,
}

impl World {
    fn new() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (base, first) = system();
        let folder = tempfile::tempdir().unwrap();
        let files = files(folder.path(), &base);
        Self { schema: test_postgres::schema(), folder, first, files, http: reqwest::Client::new() }
    }

    /// A server with a data folder of its own.
    fn server(&self, name: &str) -> Server {
        serve(&self.folder.path().join(name), Some(self.schema.url()))
    }

    fn file(&self, number: usize) -> &str {
        self.files[number].to_str().unwrap()
    }

    /// How often the system was asked at its first address.
    fn asked(&self) -> usize {
        self.first.asked.load(Ordering::Relaxed)
    }

    async fn count(&self, server: &Server, what: &str, filter: Value) -> u64 {
        let found = server.post(&self.http, &format!("/v2/{what}/search"), json!({"filter": filter})).await;
        found["page"]["totalItems"].as_u64().unwrap()
    }
}

/// What a call of the plugin says on this very server.
fn tried(server: &Server) -> String {
    let output = server.hosk(&["connection", "test", "guest", "--operation", "run"]);
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}

/// Waits until it is so.
fn comes(what: &str, so: impl Fn() -> bool) {
    let until = Instant::now() + FOLLOWS;
    while !so() {
        assert!(Instant::now() < until, "{what}: did not come");
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn follows(server: &Server, said: &str) {
    comes(&format!("{said}, last: {}", tried(server)), || tried(server).contains(said));
}

/// Something that is granted, or nothing.
fn grant(server: &Server, network: Option<&str>) {
    let mut arguments = vec!["connection", "set", "guest", "--connector", "guest"];
    arguments.extend(network.into_iter().flat_map(|network| ["--network", network]));
    server.good(&arguments);
}

/// Two servers with the first version, which is granted what it asks for.
fn two_with_the_first(world: &World) -> (Server, Server) {
    let (one, other) = (world.server("one"), world.server("other"));
    one.good(&["plugin", "install", world.file(0)]);
    one.good(&["deploy", world.file(2)]);
    grant(&one, Some("127.0.0.1"));
    follows(&other, "\"one\"");
    (one, other)
}

#[test]
fn each_follows_what_the_other_changes() {
    let world = World::new();
    let (one, other) = two_with_the_first(&world);
    let compiled = world.folder.path().join("other").join("plugins");
    assert_eq!(std::fs::read_dir(compiled).unwrap().count(), 1, "each server compiles for itself");
    assert_eq!(other.said(), "one");

    one.good(&["plugin", "install", world.file(1)]);
    assert!(tried(&one).contains("\"two\""), "it is in use at once where it was installed");
    follows(&other, "\"two\"");
    let before = world.asked();
    for server in [&one, &other, &one, &other] {
        assert_eq!(server.said(), "two");
    }
    assert_eq!(world.asked(), before, "nobody has the first version any more");

    assert!(other.good(&["plugin", "rollback", "guest"]).contains("version 1 is current"));
    follows(&one, "\"one\"");
    one.good(&["plugin", "activate", "guest", "2"]);
    follows(&other, "\"two\"");
    other.good(&["plugin", "remove", "guest", "--version", "1"]);
    let refused = one.hosk(&["plugin", "rollback", "guest"]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("version"), "there is none to go back to");
    assert!(one.good(&["plugin", "show", "guest"]).contains("current"));

    one.good(&["plugin", "remove", "guest"]);
    comes("the removal", || tried(&other).contains("no connector `guest`") || !tried(&other).contains("two"));
    assert!(!other.good(&["plugin", "list"]).contains("guest"));
    // A step waits for somebody who answers to its type; it may be the other server that he comes to.
    one.good(&["start", "ask"]);
    other.good(&["plugin", "install", world.file(1)]);
    follows(&one, "\"two\"");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    comes("the end of the instance that waited", || {
        runtime.block_on(world.count(&one, "process-instances", json!({"state": "ACTIVE"}))) == 0
    });
}

#[test]
fn what_is_revoked_on_one_is_revoked_on_the_other() {
    let world = World::new();
    let (one, other) = two_with_the_first(&world);
    grant(&other, None);
    for server in [&one, &other] {
        follows(server, "may not reach the host `127.0.0.1`");
    }
    let before = world.asked();
    for index in 0..SOME {
        [&one, &other][index % 2].good(&["start", "ask"]);
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let open = || world.count(&one, "incidents", json!({"state": "ACTIVE"}));
    comes("an incident for each", || runtime.block_on(open()) == SOME as u64);
    assert_eq!(world.asked(), before, "neither server asks the system any more");
}

#[test]
fn a_server_killed_while_it_calls_leaves_the_call_to_the_other() {
    let world = World::new();
    let (one, other) = two_with_the_first(&world);
    let before = world.asked();
    world.first.held.store(true, Ordering::Relaxed);
    for index in 0..SOME {
        [&one, &other][index % 2].good(&["start", "ask"]);
    }
    comes("a call of each", || world.asked() >= before + SOME);
    one.kill();
    world.first.held.store(false, Ordering::Relaxed);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    comes("the end of all", || {
        runtime.block_on(world.count(&other, "process-instances", json!({"state": "COMPLETED"})))
            == SOME as u64
    });
    assert_eq!(runtime.block_on(world.count(&other, "incidents", json!({}))), 0);
    assert_eq!(other.said(), "one", "and goes on");
}

/// Another version each time; all of them answer alike.
fn version(world: &World, number: usize) -> PathBuf {
    let file = world.folder.path().join(format!("version-{number}.wasm"));
    let title = format!("\"title\":\"Version {number}\"");
    let contract = guest::CONTRACT.replacen("\"title\":\"Guest\"", &title, 1);
    assert!(contract.contains(&title));
    let echo = guest::describing(&contract, "", "", guest::ECHO);
    std::fs::write(&file, echo).unwrap();
    file
}

fn install_in_the_background(server: &Server, file: &Path) -> std::process::Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hosk"));
    command.args(["plugin", "install"]).arg(file).env("HOSK_SERVER", &server.1);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

#[test]
fn a_server_killed_while_it_installs_leaves_all_of_it_or_nothing() {
    let world = World::new();
    let (mut one, other) = two_with_the_first(&world);
    let known = |server: &Server| {
        let shown = server.good(&["plugin", "show", "guest", "--json"]);
        let shown: Value = serde_json::from_str(&shown).unwrap();
        shown["plugin"]["versions"].as_array().unwrap().len()
    };
    for (number, wait) in MOMENTS.into_iter().enumerate() {
        let file = version(&world, number);
        let before = known(&other);
        let mut installing = install_in_the_background(&one, &file);
        std::thread::sleep(Duration::from_millis(wait));
        one.kill();
        installing.wait().unwrap();
        let after = known(&other);
        assert!(after == before || after == before + 1, "{before} versions, then {after}");
        // What is there is whole: the other server can use it, or goes on with what it has.
        follows(&other, "worked");
        // The same file again is the same version, whatever became of the first attempt.
        other.good(&["plugin", "install", file.to_str().unwrap()]);
        assert_eq!(known(&other), before + 1);
        assert!(tried(&other).contains("worked"), "{}", tried(&other));
        one = world.server("one");
        assert!(tried(&one).contains("worked"), "{}", tried(&one));
    }
    let parts = "SELECT count(*) FROM plugin_part WHERE hash NOT IN (SELECT hash FROM plugin_version)";
    assert_eq!(world.schema.run(parts), "0", "what was left of attempts was used by the next");
}
