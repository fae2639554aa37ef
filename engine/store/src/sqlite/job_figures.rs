//! Figures about jobs. What is created is put together before; the rest is counted from the rows of the jobs, which are
//! written before.

use super::shape::{Shape, Statements};
use super::statements::Prepared;
use crate::rows::JobCount;

static CREATED: Shape = Shape::new(
    "INSERT INTO job_figure (minute, type, worker, tenant, server, created, completed, failed, created_at) SELECT \
     column1, column2, '', column3, 0, column4, 0, 0, column5 FROM (VALUES ",
    5,
    ") WHERE TRUE ON CONFLICT (minute, type, worker, tenant, server) DO UPDATE SET created = created + excluded.created, \
     created_at = coalesce(max(created_at, excluded.created_at), excluded.created_at)",
);

/// Types and workers are cut as [`crate::read::JOB_FIGURES_NAME`] says, times as [`crate::read::JOB_FIGURES_STEP`].
static COUNTED: Shape = Shape::new(
    "WITH v AS (VALUES ",
    3,
    ") INSERT INTO job_figure (minute, type, worker, tenant, server, created, completed, failed, completed_at, \
     failed_at) SELECT v.column3 / 60000, substr(j.type, 1, 200), substr(coalesce(j.worker, ''), 1, 200), j.tenant, 0, \
     0, sum(v.column2 = 1), sum(v.column2 = 2), max(iif(v.column2 = 1, v.column3, NULL)), \
     max(iif(v.column2 = 2, v.column3, NULL)) FROM v JOIN job j ON j.key = v.column1 WHERE TRUE GROUP BY 1, 2, 3, 4 \
     ON CONFLICT (minute, type, worker, tenant, server) DO UPDATE SET completed = completed + excluded.completed, \
     failed = failed + excluded.failed, \
     completed_at = coalesce(max(completed_at, excluded.completed_at), completed_at, excluded.completed_at), \
     failed_at = coalesce(max(failed_at, excluded.failed_at), failed_at, excluded.failed_at)",
);

/// Counts what happened to jobs.
pub(super) fn rows(statements: &mut Statements, sets: &[&Prepared<'_>]) {
    let counted = || sets.iter().flat_map(|p| &p.changes.counted);
    let created = JobCount::created(counted());
    statements.rows(&CREATED, false, created.into_iter(), |((minute, job_type, tenant), figure), v| {
        v.add(minute).add(job_type).add(tenant).add(figure.count).add(figure.last.0);
    });
    statements.rows(&COUNTED, false, counted().filter(|count| count.is_by_row()), |count, v| {
        v.add(count.job.0 as i64).add(count.what as i64).add(count.at.0);
    });
}
