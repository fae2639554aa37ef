//! Figures about jobs, counted in the commit of what they count: how many were created, completed and failed, per
//! minute, tenant, type and worker.
//!
//! They outlive their jobs, for [`JOB_FIGURES_KEPT`], and are exact whatever is repeated or falls over, because they
//! are written with the change or not at all. A failure counts each time; a BPMN error that a worker throws is one.
//! What was canceled is not counted. Types and workers with longer names are counted under their first
//! [`JOB_FIGURES_NAME`] characters.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use hosk_core::Timestamp;

use super::field::entity;
use super::search::{Condition, Filter, Scalar};
use super::tally::TALLIES;

/// How long figures about jobs are kept.
pub const JOB_FIGURES_KEPT: Duration = Duration::from_hours(7 * 24);
/// Characters of a type or a worker's name that are told apart.
pub const JOB_FIGURES_NAME: u32 = 200;
/// Milliseconds that are counted together.
pub const JOB_FIGURES_STEP: i64 = 60_000;

/// The name that a type or a worker is counted under.
pub fn job_figure_name(name: &str) -> Arc<str> {
    name.chars().take(JOB_FIGURES_NAME as usize).collect::<String>().into()
}

entity! {
    /// What stands in the rows that are counted, to filter by: a row is not one figure, see [`JobFigures`].
    JobFigure / JobFigureField, key key, instance None, element None,
    from "job_figure t"
    {
        /// The minute, counted from 1970; several rows have the same.
        Key key: i64 = "t.minute";
        /// Tenant.
        TenantId tenant_id: Arc<str> = "t.tenant";
        /// Type of the jobs.
        Type r#type: Arc<str> = "t.type";
        /// Who had them; empty: nobody yet.
        Worker worker: Arc<str> = "t.worker";
        /// How many were created.
        Created created: i64 = "t.created";
        /// How many were completed.
        Completed completed: i64 = "t.completed";
        /// How often one failed.
        Failed failed: i64 = "t.failed";
        /// When the last was created.
        CreatedAt created_at: Option<Timestamp> = "t.created_at";
        /// When the last was completed.
        CompletedAt completed_at: Option<Timestamp> = "t.completed_at";
        /// When the last failed.
        FailedAt failed_at: Option<Timestamp> = "t.failed_at";
    }
}

/// Which figures, and what they are put together by.
#[derive(Clone, Debug)]
pub struct JobFiguresOf {
    /// From the minute of this moment on.
    pub from: Timestamp,
    /// Up to the minute of this moment, without it unless it began before.
    pub to: Timestamp,
    /// Which of them.
    pub filter: Filter<JobFigureField>,
    /// What they are put together by.
    pub by: JobFiguresBy,
}

/// What figures are put together by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobFiguresBy {
    /// All of them together.
    Nothing,
    /// The type.
    Type,
    /// The worker; what nobody has had is left out.
    Worker,
    /// So many minutes, counted from 1970.
    Minutes(u32),
}

/// Figures of one type, worker or span of time; at most [`TALLIES`] of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobFigures {
    /// The type or the worker; empty for other figures.
    pub name: Arc<str>,
    /// When the span of time begins; 0 for other figures.
    pub since: Timestamp,
    /// Created.
    pub created: JobFigureOf,
    /// Completed.
    pub completed: JobFigureOf,
    /// Failed.
    pub failed: JobFigureOf,
    /// Different workers.
    pub workers: u64,
}

/// One figure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JobFigureOf {
    /// How many.
    pub count: u64,
    /// When the last.
    pub last: Option<Timestamp>,
}

impl JobFiguresOf {
    /// The first minute, and the first that does not count any more.
    pub(crate) fn minutes(&self) -> (i64, i64) {
        let after =
            self.to.0.div_euclid(JOB_FIGURES_STEP) + i64::from(self.to.0.rem_euclid(JOB_FIGURES_STEP) > 0);
        (self.from.0.div_euclid(JOB_FIGURES_STEP), after)
    }

    /// The condition of the rows.
    pub(crate) fn condition(&self) -> Filter<JobFigureField> {
        let (first, after) = self.minutes();
        let mut all = vec![
            Filter::Is(JobFigureField::Key, Condition::Gte(Scalar::Int(first))),
            Filter::Is(JobFigureField::Key, Condition::Lt(Scalar::Int(after))),
            self.filter.clone(),
        ];
        if self.by == JobFiguresBy::Worker {
            all.push(Filter::Is(JobFigureField::Worker, Condition::Neq(Scalar::from(""))));
        }
        Filter::All(all)
    }
}

impl JobFiguresBy {
    /// The expressions for the name and the beginning.
    pub(crate) fn columns(self) -> (&'static str, String) {
        match self {
            Self::Nothing => ("''", "0".into()),
            Self::Type => ("t.type", "0".into()),
            Self::Worker => ("t.worker", "0".into()),
            Self::Minutes(step) => {
                let step = i64::from(step.max(1));
                ("''", format!("t.minute / {step} * {}", step * JOB_FIGURES_STEP))
            }
        }
    }

    /// The name and the beginning of a row.
    fn of(self, row: &JobFigure) -> (Arc<str>, Timestamp) {
        match self {
            Self::Nothing => (Arc::from(""), Timestamp(0)),
            Self::Type => (row.r#type.clone(), Timestamp(0)),
            Self::Worker => (row.worker.clone(), Timestamp(0)),
            Self::Minutes(step) => {
                let step = i64::from(step.max(1));
                (Arc::from(""), Timestamp(row.key / step * step * JOB_FIGURES_STEP))
            }
        }
    }
}

/// The text of the question to a database, after `WHERE` its condition.
pub(crate) fn question(by: JobFiguresBy, tables: &str, condition: &str) -> String {
    let (name, since) = by.columns();
    format!(
        "SELECT {name} AS name, {since} AS since, CAST(sum(t.created) AS BIGINT), max(t.created_at), \
         CAST(sum(t.completed) AS BIGINT), max(t.completed_at), CAST(sum(t.failed) AS BIGINT), max(t.failed_at), \
         count(DISTINCT nullif(t.worker, '')) FROM {tables} WHERE {condition} GROUP BY 1, 2 ORDER BY 1, 2 LIMIT {TALLIES}"
    )
}

/// Figures with the workers they are of.
type Figures = (JobFigures, Vec<Arc<str>>);

/// The figures of rows that are held in memory.
pub(crate) fn put_together(by: JobFiguresBy, rows: impl Iterator<Item = JobFigure>) -> Vec<JobFigures> {
    let mut figures: BTreeMap<(Arc<str>, Timestamp), Figures> = BTreeMap::new();
    for row in rows {
        let (name, since) = by.of(&row);
        let (one, workers) = figures.entry((name.clone(), since)).or_insert_with(|| {
            let none = JobFigureOf::default();
            (JobFigures { name, since, created: none, completed: none, failed: none, workers: 0 }, Vec::new())
        });
        let add = |figure: &mut JobFigureOf, count: i64, last: Option<Timestamp>| {
            figure.count += count.unsigned_abs();
            figure.last = figure.last.max(last);
        };
        add(&mut one.created, row.created, row.created_at);
        add(&mut one.completed, row.completed, row.completed_at);
        add(&mut one.failed, row.failed, row.failed_at);
        if !row.worker.is_empty() && !workers.contains(&row.worker) {
            workers.push(row.worker);
        }
    }
    let figures = figures.into_values().take(TALLIES);
    figures.map(|(one, workers)| JobFigures { workers: workers.len() as u64, ..one }).collect()
}

/// Figures from a row of [`question`].
pub(crate) fn read(columns: &impl super::Columns) -> Result<JobFigures, crate::Error> {
    let missing = || crate::Error::Corrupt { what: "a figure about jobs is missing".into() };
    let number = |index: usize| Ok(columns.int(index)?.ok_or_else(missing)?.unsigned_abs());
    let figure = |index: usize| {
        Ok(JobFigureOf { count: number(index)?, last: columns.int(index + 1)?.map(Timestamp) })
    };
    Ok(JobFigures {
        name: columns.text(0)?.ok_or_else(missing)?,
        since: Timestamp(columns.int(1)?.ok_or_else(missing)?),
        created: figure(2)?,
        completed: figure(4)?,
        failed: figure(6)?,
        workers: number(8)?,
    })
}
