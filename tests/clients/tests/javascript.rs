//! The npm clients against hosk, run by node's own test runner. Installed once, as their lock files say.

use std::path::Path;
use std::process::Stdio;

use clients::{file, serve_at};
use hosk_api::Level;
use tokio::process::Command;
use tokio::sync::Mutex;

type Failure = Box<dyn std::error::Error>;

/// Held while packages are installed.
static INSTALLING: Mutex<()> = Mutex::const_new(());

/// Runs the tests in a folder against a server of their own, which answers at this level.
async fn passes(folder: &str, level: Level) -> Result<(), Failure> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let installing = INSTALLING.lock().await;
    if !folder.join("node_modules").is_dir() {
        let install =
            Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(&folder).status();
        if !install.await?.success() {
            return Err(format!("npm ci in {} failed", folder.display()).into());
        }
    }
    drop(installing);
    let output = Command::new("node")
        .args(["--test", "--test-reporter=spec"])
        .current_dir(&folder)
        .env("HOSK_ADDRESS", serve_at(level).await?)
        .env("HOSK_API_LEVEL", level.as_str())
        // Where the client leaves answers that it refuses.
        .env("CAMUNDA_SDK_VALIDATION_CAPTURE_DIR", env!("CARGO_TARGET_TMPDIR"))
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
    passes("javascript", Level::V8_10).await.unwrap_or_else(|failure| panic!("{failure}"));
}

#[tokio::test]
async fn the_npm_client_knows_all_that_its_level_answers() {
    passes("javascript", Level::V8_9).await.unwrap_or_else(|failure| panic!("{failure}"));
}

#[tokio::test]
async fn the_older_npm_client_passes_its_tests() {
    passes("sdk", Level::V8_10).await.unwrap_or_else(|failure| panic!("{failure}"));
}
