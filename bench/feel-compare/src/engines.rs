//! The engines as processes: started one after the other, read line by line, ended when they take too long.

use std::collections::BTreeMap;
use std::env;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::Value;

use crate::cases;

/// Longest wait for the next measurement.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);

/// What an engine measured: nanoseconds by case and by what was done; infinite when it did not come back.
pub(crate) struct Engine {
    pub(crate) name: String,
    pub(crate) nanos: BTreeMap<(String, String), f64>,
}

/// Runs all of them.
pub(crate) fn run_all() -> Result<Vec<Engine>, String> {
    let own = env::current_exe().map_err(|error| error.to_string())?;
    let engine = |name: &str| {
        let mut command = Command::new(&own);
        command.args(["--engine", name]);
        command
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("javascript");
    install(&folder)?;
    let mut node = Command::new("node");
    node.arg(folder.join("feelin.mjs"));
    Ok(vec![
        measured("hosk", engine("hosk"))?,
        measured("dsntk", engine("dsntk"))?,
        measured("dsntk, read by serde", engine("dsntk-serde"))?,
        measured("feelin", node)?,
    ])
}

/// Installs what `package-lock.json` names, once.
fn install(folder: &PathBuf) -> Result<(), String> {
    if folder.join("node_modules").is_dir() {
        return Ok(());
    }
    let installed = Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(folder).status();
    match installed {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("npm ci in {} ended with {status}", folder.display())),
        Err(error) => Err(format!("npm does not run ({error}); install Node.js 20 or newer")),
    }
}

fn measured(name: &str, mut command: Command) -> Result<Engine, String> {
    eprintln!("measuring {name} …");
    let started = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut child = started.map_err(|error| format!("{name} does not start: {error}"))?;
    if let Some(mut stdin) = child.stdin.take() {
        // Ours do not read it.
        let _ = stdin.write_all(cases::as_json().to_string().as_bytes());
    }
    let nanos = read(&mut child, name)?;
    Ok(Engine { name: name.to_owned(), nanos })
}

fn read(child: &mut Child, name: &str) -> Result<BTreeMap<(String, String), f64>, String> {
    let stdout = child.stdout.take().ok_or("the child has no standard output")?;
    let (sender, lines) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    let mut nanos = BTreeMap::new();
    loop {
        match lines.recv_timeout(PATIENCE) {
            Ok(line) => {
                let line: Value =
                    serde_json::from_str(&line).map_err(|error| format!("{name}: {line}: {error}"))?;
                let text = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
                // What has begun and is never told the end of took too long.
                let took = line["nanos"].as_f64().unwrap_or(f64::INFINITY);
                nanos.insert((text("case"), text("what")), took);
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
            Err(mpsc::RecvTimeoutError::Timeout) => {
                eprintln!("{name} is silent for {} s and is ended", PATIENCE.as_secs());
                child.kill().map_err(|error| error.to_string())?;
                break;
            }
        }
    }
    let status = child.wait().map_err(|error| error.to_string())?;
    if !status.success() {
        eprintln!("{name} ended with {status}");
    }
    Ok(nanos)
}
