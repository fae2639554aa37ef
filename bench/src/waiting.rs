//! Throughput beside what waits: an empty database, and the same one when a million instances wait in it for a person. Those
//! are started through the engine, with their history.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context;
use hosk_runtime::{CreateRequest, DEFAULT_TENANT, Engine, Error};

use crate::engine::{Does, On, rounds, start};
use crate::report::{Measured, Round};
use crate::{Load, process};

/// Of what an empty database gives, in percent.
const GOAL: f64 = 80.0;
/// Who starts those that wait.
const STARTERS: u64 = 512;
/// How often it is told how far it has come.
const TOLD: Duration = Duration::from_secs(10);

/// Measures one task before and after so many wait; the last line is the ratio.
pub(crate) async fn measure(load: Load, on: On, rows: u64, folder: &Path) -> anyhow::Result<Vec<Measured>> {
    let running = start(load, on, folder).await?;
    let engine = &running.engine;
    let before = rounds(engine, load, Does::Worker).await?;
    let began = Instant::now();
    fill(engine, rows).await?;
    let note = format!("started in {:.0} s", began.elapsed().as_secs_f64());
    let after = rounds(engine, load, Does::Worker).await?;
    engine.shutdown().await;
    let pairs = before.rounds.iter().zip(&after.rounds);
    let ratios = pairs.map(|(before, after)| Round {
        rate: after.rate / before.rate * 100.0,
        processors: after.processors,
    });
    let ratios = ratios.collect();
    let name = |what: &str| format!("in process, {on:?}, {what}");
    Ok(vec![
        Measured::new(name("empty"), "instances/s", 0.0, before.rounds).latency(&before.latency),
        Measured::new(name(&format!("{rows} wait")), "instances/s", 0.0, after.rounds)
            .latency(&after.latency)
            .note(note),
        Measured::new(name("in relation"), "%", GOAL, ratios),
    ])
}

/// Starts so many instances that wait.
async fn fill(engine: &Engine, rows: u64) -> anyhow::Result<()> {
    let file = ("waiting.bpmn".to_owned(), process::waiting().into_bytes());
    engine.deploy(DEFAULT_TENANT.into(), vec![file]).await?;
    let share = |starter| rows / STARTERS + u64::from(starter < rows % STARTERS);
    let starters: Vec<_> =
        (0..STARTERS).map(|starter| tokio::spawn(starts(engine.clone(), share(starter)))).collect();
    let mut told = Instant::now();
    for (done, starter) in starters.into_iter().enumerate() {
        starter.await.context("an instance was not started")??;
        if told.elapsed() > TOLD {
            told = Instant::now();
            eprintln!("  {done} of {STARTERS} have started all of theirs");
        }
    }
    Ok(())
}

async fn starts(engine: Engine, count: u64) -> anyhow::Result<()> {
    let variables = process::variables();
    let mut started = 0;
    while started < count {
        match engine.create_instance(CreateRequest::new("waiting", variables.clone())).await {
            Ok(_) => started += 1,
            Err(Error::Busy { retry_after }) => tokio::time::sleep(retry_after).await,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
