//! Engines of others under the same load in one run: instances of one task on a PostgreSQL as it comes, 512 under way, workers
//! that take 32 tasks at once, everything in one process. What theirs need of Java is in `bench/engines`.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, ensure};
use reqwest::Url;

use crate::Load;
use crate::engine::{self, Does, On};
use crate::machine::{Usage, resident};
use crate::process;
use crate::report::{Measured, Round};

const ENGINES: [&str; 2] = ["operaton", "flowable"];
/// Threads that start instances, and as many that work; what suits an engine best counts.
const THREADS: [usize; 3] = [4, 8, 16];
/// A virtual machine compiles what it runs often.
const WARM_UP: Duration = Duration::from_secs(15);
/// How many times as fast hosk is to be.
const GOAL: f64 = 10.0;

/// Measures hosk, then each of the others, and says how many times as fast it is.
pub(crate) async fn measure(load: Load, jars: &Path, folder: &Path) -> anyhow::Result<Vec<Measured>> {
    jdbc(test_postgres::durable_schema().url())?;
    ensure!(
        jars.is_dir(),
        "{} is not there: `cargo xtask bench engines` makes it (it needs Java 17 and Maven)",
        jars.display()
    );
    let mut measured = vec![engine::measure(load, Does::Worker, On::Postgres, folder).await?];
    let ours = measured[0].median();
    for engine in ENGINES {
        let best = other(load, engine, jars, folder)?;
        let times = Round { rate: ours / best.median(), processors: 0.0 };
        measured.push(best);
        measured.push(Measured::new(format!("hosk beside {engine}"), "times as fast", GOAL, vec![times]));
    }
    Ok(measured)
}

/// The best of one engine.
fn other(load: Load, engine: &str, jars: &Path, folder: &Path) -> anyhow::Result<Measured> {
    let mut best: Option<Measured> = None;
    for threads in THREADS {
        let one = with_threads(load, engine, threads, jars, folder)?;
        if best.as_ref().is_none_or(|best| best.median() < one.median()) {
            best = Some(one);
        }
    }
    best.context("an engine is measured at least once")
}

/// A virtual machine that ends with its owner.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn with_threads(
    load: Load,
    engine: &str,
    threads: usize,
    jars: &Path,
    folder: &Path,
) -> anyhow::Result<Measured> {
    let (schema, variables) = (test_postgres::durable_schema(), tempfile::tempdir_in(folder)?);
    if let serde_json::Value::Object(entries) = process::variables_json() {
        for (name, value) in entries {
            fs::write(variables.path().join(name), value.to_string())?;
        }
    }
    let (address, name) = jdbc(schema.url())?;
    let mut command = Command::new("java");
    command.arg("-cp").arg(jars.join("*")).arg("hosk.bench.Main").args([engine, &address, &name]);
    command.arg(variables.path()).args([
        load.rounds.to_string(),
        load.round.as_secs_f64().to_string(),
        WARM_UP.as_secs_f64().to_string(),
        threads.to_string(),
    ]);
    let said = folder.join(format!("{engine}.log"));
    let child = command.stdout(Stdio::piped()).stderr(fs::File::create(&said)?).spawn();
    let mut running = Running(child.context("java does not run: install Java 17")?);
    let lines = BufReader::new(running.0.stdout.take().context("what it prints is read")?).lines();
    let (process, mut usage, mut rounds, mut memory) =
        (running.0.id(), Usage::of(running.0.id()), Vec::new(), 0);
    for line in lines {
        let rate: f64 = line?.trim().parse().context("a rate in each line")?;
        let processors = usage.elapsed().as_secs_f64() / load.round.as_secs_f64();
        usage = Usage::of(process);
        memory = memory.max(resident(Some(process)));
        rounds.push(Round { rate, processors });
    }
    ensure!(
        rounds.len() == load.rounds as usize,
        "{engine} ended before it was measured: see {}",
        said.display()
    );
    // The first counts the start as well.
    if let [first, second, ..] = &mut rounds[..] {
        first.processors = second.processors;
    }
    let name = format!("in process, PostgreSQL, worker, {engine}");
    let note = format!("{threads} threads each that start and that work");
    Ok(Measured::new(name, "instances/s", 0.0, rounds).resident(memory).note(note))
}

/// The address as a JDBC driver has it, and the schema.
fn jdbc(address: &str) -> anyhow::Result<(String, String)> {
    let url = Url::parse(address)?;
    let is_a_file = url.query_pairs().any(|(name, value)| name == "host" && value.starts_with('/'));
    ensure!(!is_a_file, "Java reaches PostgreSQL over TCP only: set DATABASE_URL to a server on 127.0.0.1");
    let host = url.host_str().context("a host")?;
    let port = url.port().unwrap_or(5_432);
    let user = if url.username().is_empty() { "postgres" } else { url.username() };
    let password = url.password().map(|password| format!("&password={password}")).unwrap_or_default();
    let address = format!("jdbc:postgresql://{host}:{port}{}?user={user}{password}", url.path());
    let schema = url.query_pairs().find(|(name, _)| name == "options[search_path]");
    Ok((address, schema.context("a schema")?.1.into_owned()))
}

#[cfg(test)]
mod tests {
    use super::jdbc;

    #[test]
    fn an_address_is_written_as_java_has_it() {
        let address = "postgres://olga:secret@127.0.0.1:5433/hosk?options[search_path]=test_1";
        let (address, schema) = jdbc(address).unwrap();
        assert_eq!(address, "jdbc:postgresql://127.0.0.1:5433/hosk?user=olga&password=secret");
        assert_eq!(schema, "test_1");
        let socket =
            jdbc("postgres://postgres@localhost/postgres?host=%2Ftmp%2Fa&options[search_path]=test_1");
        assert!(socket.unwrap_err().to_string().contains("DATABASE_URL"));
    }
}
