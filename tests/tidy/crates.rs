//! Dependencies point one way, and the pure crates stay pure.
//!
//! `server → api → runtime → store → core → {model, dmn} → {feel, xml}`; `server → connectors/* → connectors/sdk ← runtime`.

use std::process::Command;

use serde_json::Value;

use crate::{nothing_found, tree};

/// The crates that have no tokio, clock, randomness, environment or file: same input, same output.
pub(crate) const PURE: &[(&str, &str)] = &[
    ("hosk-feel", "engine/feel"),
    ("hosk-xml", "engine/xml"),
    ("hosk-model", "engine/model"),
    ("hosk-dmn", "engine/dmn"),
    ("hosk-core", "engine/core"),
    ("hosk-scenario", "engine/scenario"),
    ("hosk-connector", "connectors/sdk"),
];

/// What each crate of ours may use of ours. A crate that is not here must be added, in its place.
const LAYERS: &[(&str, &[&str])] = &[
    ("hosk-feel", &[]),
    ("hosk-xml", &[]),
    ("hosk-model", &["hosk-feel", "hosk-xml"]),
    ("hosk-dmn", &["hosk-feel", "hosk-xml"]),
    ("hosk-core", &["hosk-feel", "hosk-model", "hosk-dmn"]),
    ("hosk-scenario", &["hosk-feel", "hosk-model", "hosk-dmn", "hosk-core"]),
    ("test-postgres", &[]),
    ("hosk-store", &["hosk-feel", "hosk-model", "hosk-dmn", "hosk-core", "test-postgres"]),
    ("hosk-connector", &["hosk-feel"]),
    (
        "hosk-runtime",
        &[
            "hosk-feel",
            "hosk-model",
            "hosk-dmn",
            "hosk-core",
            "hosk-store",
            "hosk-connector",
            "test-postgres",
        ],
    ),
    ("hosk-connections", &["hosk-core", "hosk-store", "hosk-connector", "hosk-runtime"]),
    ("hosk-identity", &["hosk-store"]),
    ("hosk-documents", &["hosk-core", "hosk-store"]),
    (
        "hosk-plugins",
        &["hosk-core", "hosk-store", "hosk-connector", "hosk-runtime", "hosk-connections", "hosk-wasm"],
    ),
    (
        "hosk-api",
        &[
            "hosk-feel",
            "hosk-model",
            "hosk-dmn",
            "hosk-core",
            "hosk-store",
            "hosk-connector",
            "hosk-runtime",
            "hosk-connections",
            "hosk-identity",
            "hosk-plugins",
            "hosk-documents",
            "hosk-wasm",
            "test-postgres",
        ],
    ),
    ("hosk-records", &["hosk-feel", "hosk-connector"]),
    ("hosk-http", &["hosk-feel", "hosk-connector"]),
    ("hosk-tasks", &["hosk-feel", "hosk-connector"]),
    ("hosk-wasm", &["hosk-feel", "hosk-connector", "hosk-http"]),
    ("xtask", &[]),
];

/// These stand on top and may use everything.
const TOP: &[&str] = &["hosk", "acceptance", "clients", "hosk-bench", "tck"];

/// Libraries that belong to some crates only.
const AT_HOME: &[(&str, &[&str], &str)] = &[
    // The bench fills a database with more rows than an engine would make in an hour.
    ("sqlx", &["hosk-store", "hosk-records", "hosk-bench"], "databases are the store's business; ask it"),
    (
        "axum",
        &["hosk-api", "hosk", "hosk-records", "clients"],
        "the API is the only engine crate that knows HTTP",
    ),
    ("utoipa", &["hosk-api"], "the API describes itself; nobody else does"),
    ("clap", &["hosk", "xtask", "hosk-bench", "tck"], "the command line belongs to the binaries"),
    (
        "anyhow",
        &["hosk", "xtask", "hosk-bench", "acceptance", "tck"],
        "a library has an error type of its own",
    ),
];

/// What the pure crates must not reach, however far down.
const IMPURE: &[&str] = &[
    "async-std",
    "axum",
    "fastrand",
    "hyper",
    "mio",
    "rand",
    "reqwest",
    "rustls",
    "smol",
    "socket2",
    "sqlx",
    "tokio",
    "uuid",
];

/// One dependency of a package of ours.
struct Dependency {
    of: String,
    on: String,
    is_dev: bool,
}

fn cargo(arguments: &[&str]) -> String {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo).args(arguments).current_dir(tree::root()).output().expect("cargo runs");
    assert!(output.status.success(), "cargo {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("cargo prints UTF-8")
}

/// The packages of the workspace as cargo describes them.
pub(crate) fn packages() -> Vec<Value> {
    let metadata = cargo(&["metadata", "--no-deps", "--offline", "--format-version=1"]);
    let metadata: Value = serde_json::from_str(&metadata).expect("cargo prints JSON");
    metadata["packages"].as_array().expect("packages").clone()
}

fn dependencies() -> Vec<Dependency> {
    let mut all = Vec::new();
    for package in packages() {
        for dependency in package["dependencies"].as_array().expect("dependencies") {
            all.push(Dependency {
                of: package["name"].as_str().expect("name").to_owned(),
                on: dependency["name"].as_str().expect("name").to_owned(),
                is_dev: dependency["kind"] == "dev",
            });
        }
    }
    assert!(!all.is_empty());
    all
}

#[test]
fn dependencies_point_one_way() {
    let ours: Vec<String> = packages().iter().filter_map(|p| p["name"].as_str().map(str::to_owned)).collect();
    let mut findings = Vec::new();
    for name in ours.iter().filter(|name| !TOP.contains(&name.as_str())) {
        let Some((_, allowed)) = LAYERS.iter().find(|(layer, _)| layer == name) else {
            findings.push(format!("{name} has no place: add it to LAYERS in tests/tidy/crates.rs"));
            continue;
        };
        for dependency in dependencies().iter().filter(|dependency| dependency.of == *name) {
            if ours.contains(&dependency.on) && !allowed.contains(&dependency.on.as_str()) {
                let kind = if dependency.is_dev { " in its tests (put those into tests/)" } else { "" };
                findings.push(format!("{name} uses {}{kind}", dependency.on));
            }
        }
    }
    nothing_found(
        "Dependencies point one way (docs/architecture.md). Move what is needed down, or pass it in as an argument or a trait.",
        &findings,
    );
}

#[test]
fn libraries_stay_where_they_belong() {
    let mut findings = Vec::new();
    for dependency in dependencies().iter().filter(|dependency| !dependency.is_dev) {
        for (library, homes, why) in AT_HOME {
            if dependency.on == *library && !homes.contains(&dependency.of.as_str()) {
                findings.push(format!("{} uses {library}: {why}", dependency.of));
            }
        }
    }
    nothing_found("Some libraries belong to some crates only (AT_HOME in tests/tidy/crates.rs).", &findings);
}

#[test]
fn pure_crates_reach_nothing_impure() {
    let mut findings = Vec::new();
    for (package, _) in PURE {
        let reached = cargo(&[
            "tree",
            "--offline",
            "--edges=normal,no-proc-macro",
            "--prefix=none",
            "--format={lib}",
            "--package",
            package,
        ]);
        for library in reached.lines().map(|line| line.trim().replace('_', "-")) {
            if IMPURE.contains(&library.as_str()) {
                findings.push(format!(
                    "{package} reaches {library}; see `cargo tree --package {package} --invert {library}`"
                ));
            }
        }
    }
    findings.sort();
    findings.dedup();
    nothing_found(
        "The pure crates do no input or output and draw no random numbers; what they need comes in as an argument.",
        &findings,
    );
}
