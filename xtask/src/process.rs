//! Running other programs: with our own terminal, or with their output read line by line.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, ExitCode, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

/// Runs the command with our terminal; true when it succeeded.
pub(crate) fn succeeds(command: &mut Command) -> Result<bool> {
    let status = command.status().with_context(|| format!("starting {}", name_of(command)))?;
    Ok(status.success())
}

/// Installs a package of the system, where this user may; true when that succeeded.
pub(crate) fn apt_install(package: &str) -> bool {
    [&["update"][..], &["install", package]].iter().all(|words| {
        let mut command = Command::new("apt-get");
        command.args(["-q", "-y"]).args(*words).env("DEBIAN_FRONTEND", "noninteractive");
        succeeds(&mut command).unwrap_or(false)
    })
}

/// Runs the command with our terminal and answers with an exit code for our caller.
pub(crate) fn exit_code(command: &mut Command) -> Result<ExitCode> {
    Ok(if succeeds(command)? { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What the command printed to its standard output, when it could be started and succeeded.
pub(crate) fn output_of(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs the command and hands over each line of its standard output as it comes; its errors go to ours.
///
/// True when it succeeded. A command that is still running after `limit` is ended and counts as failed.
pub(crate) fn stream(command: &mut Command, limit: Duration, mut line: impl FnMut(&str)) -> Result<bool> {
    let name = name_of(command);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("starting {name}"))?;
    let stdout = child.stdout.take().context("the child has no standard output")?;
    let (sender, lines) = mpsc::channel::<String>();
    // Reading on a thread of its own: a grandchild may keep the pipe open after the child has ended.
    std::thread::spawn(move || {
        let mut reader = BufReader::new(stdout);
        let mut bytes = Vec::new();
        while reader.read_until(b'\n', &mut bytes).is_ok_and(|read| read > 0) {
            let text = String::from_utf8_lossy(&bytes).trim_end_matches(['\n', '\r']).to_owned();
            bytes.clear();
            if sender.send(text).is_err() {
                return;
            }
        }
    });
    let deadline = Instant::now() + limit;
    let mut ended = None;
    loop {
        match lines.recv_timeout(Duration::from_millis(50)) {
            Ok(text) => line(&text),
            Err(RecvTimeoutError::Disconnected) => break,
            // The child has ended and nothing more came: do not wait for a pipe that a grandchild holds.
            Err(RecvTimeoutError::Timeout) if ended.is_some() => break,
            Err(RecvTimeoutError::Timeout) => ended = child.try_wait()?,
        }
        if Instant::now() > deadline {
            child.kill().with_context(|| format!("ending {name}"))?;
            child.wait()?;
            bail!("{name} was still running after {} minutes and was ended", limit.as_secs() / 60);
        }
    }
    Ok(child.wait()?.success())
}

/// Replaces this process by the command; returns only where the platform cannot do that, or on failure.
pub(crate) fn become_command(mut command: Command) -> Result<ExitCode> {
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt as _;
        let error = command.exec();
        Err(error).with_context(|| format!("starting {}", name_of(&command)))
    }
    #[cfg(not(unix))]
    exit_code(&mut command)
}

fn name_of(command: &Command) -> String {
    let mut name = command.get_program().to_string_lossy().into_owned();
    if let Some(first) = command.get_args().next() {
        name.push(' ');
        name.push_str(&first.to_string_lossy());
    }
    name
}

/// Puts a program of the shell there. Another one writes it: a file that this process has open for writing, and with it
/// whoever it starts at this moment, cannot be run.
#[cfg(test)]
pub(crate) fn fake(place: &std::path::Path, script: &str) {
    let write = r#"printf '#!/bin/sh\n%s\n' "$2" > "$1" && chmod 755 "$1""#;
    let mut shell = Command::new("sh");
    shell.args(["-c", write, "sh"]).arg(place).arg(script);
    assert!(shell.status().is_ok_and(|status| status.success()), "{} cannot be written", place.display());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn lines_arrive_in_order_and_without_their_ends() {
        let mut seen = Vec::new();
        let ok = stream(&mut shell("printf 'a\\r\\nb\\nc'"), Duration::from_mins(1), |line| {
            seen.push(line.to_owned());
        });
        assert!(ok.expect("sh runs"));
        assert_eq!(seen, ["a", "b", "c"]);
    }

    #[test]
    fn a_failure_is_told() {
        assert!(!stream(&mut shell("exit 3"), Duration::from_mins(1), |_| ()).expect("sh runs"));
    }

    #[test]
    fn a_child_that_does_not_end_is_ended() {
        let error = stream(&mut shell("exec sleep 60"), Duration::from_millis(200), |_| ());
        assert!(error.expect_err("it must be ended").to_string().contains("was ended"));
    }

    #[test]
    fn a_grandchild_that_holds_the_pipe_does_not_hold_us() {
        let begun = Instant::now();
        assert!(stream(&mut shell("sleep 20 & exit 0"), Duration::from_mins(1), |_| ()).expect("sh runs"));
        assert!(begun.elapsed() < Duration::from_secs(15));
    }
}
