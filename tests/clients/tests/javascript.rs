//! The npm client against hosk, run by node's own test runner. Installed once, as its lock file says.

use std::path::Path;
use std::process::Stdio;

use clients::{file, serve};
use tokio::process::Command;

#[tokio::test]
async fn the_npm_client_passes_its_tests() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("javascript");
    if !folder.join("node_modules").is_dir() {
        let installed =
            Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(&folder).status();
        assert!(
            installed.await.expect("npm is installed").success(),
            "npm ci in {} failed",
            folder.display()
        );
    }
    let output = Command::new("node")
        .args(["--test", "--test-reporter=spec"])
        .current_dir(&folder)
        .env("HOSK_ADDRESS", serve().await.expect("a server"))
        .env("HOSK_FILES", file(""))
        .stdin(Stdio::null())
        .output()
        .await
        .expect("node is installed");
    if !output.status.success() {
        eprintln!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    }
    assert!(output.status.success(), "a test of the npm client failed");
}
