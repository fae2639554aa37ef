//! The npm clients against hosk, run by node's own test runner. Installed once, as their lock files say.

use std::path::Path;
use std::process::Stdio;

use clients::{file, serve};
use tokio::process::Command;

type Failure = Box<dyn std::error::Error>;

/// Runs the tests in a folder against a server of their own.
async fn passes(folder: &str) -> Result<(), Failure> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    if !folder.join("node_modules").is_dir() {
        let install =
            Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(&folder).status();
        if !install.await?.success() {
            return Err(format!("npm ci in {} failed", folder.display()).into());
        }
    }
    let output = Command::new("node")
        .args(["--test", "--test-reporter=spec"])
        .current_dir(&folder)
        .env("HOSK_ADDRESS", serve().await?)
        .env("HOSK_FILES", file(""))
        .stdin(Stdio::null())
        .output()
        .await?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    Err(format!("a test in {} failed:\n{}", folder.display(), said.concat()).into())
}

#[tokio::test]
async fn the_npm_client_passes_its_tests() {
    passes("javascript").await.unwrap_or_else(|failure| panic!("{failure}"));
}

#[tokio::test]
async fn the_older_npm_client_passes_its_tests() {
    passes("sdk").await.unwrap_or_else(|failure| panic!("{failure}"));
}
