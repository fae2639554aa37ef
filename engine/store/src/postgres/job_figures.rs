//! Figures about jobs. What is created is put together before; the rest is counted from the rows of the jobs, which are
//! written before. Batches that are written at the same time change rows of their own.

use super::shape::{Shape, Statements};
use super::statements::Prepared;
use crate::rows::JobCount;

static CREATED: Shape = Shape::each(
    "INSERT INTO job_figure (minute, type, worker, tenant, server, created, completed, failed, created_at) SELECT \
     u.minute, u.type, '', u.tenant, u.server, u.created, 0, 0, u.created_at",
    "minute, type, tenant, server, created, created_at",
    " ON CONFLICT (minute, type, worker, tenant, server) DO UPDATE SET created = job_figure.created + excluded.created, \
     created_at = greatest(job_figure.created_at, excluded.created_at)",
)
.joins();

/// Types and workers are cut as [`crate::read::JOB_FIGURES_NAME`] says, times as [`crate::read::JOB_FIGURES_STEP`].
static COUNTED: Shape = Shape::each(
    "INSERT INTO job_figure (minute, type, worker, tenant, server, created, completed, failed, completed_at, failed_at) \
     SELECT u.at / 60000, substr(j.type, 1, 200), substr(coalesce(j.worker, ''), 1, 200), j.tenant, u.server, 0, \
     count(*) FILTER (WHERE u.what = 1), count(*) FILTER (WHERE u.what = 2), max(u.at) FILTER (WHERE u.what = 1), \
     max(u.at) FILTER (WHERE u.what = 2)",
    "bucket, job, what, at, server",
    " JOIN job j ON j.bucket = u.bucket@j AND j.key = u.job GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4 \
     ON CONFLICT (minute, type, worker, tenant, server) DO UPDATE SET \
     completed = job_figure.completed + excluded.completed, failed = job_figure.failed + excluded.failed, \
     completed_at = greatest(job_figure.completed_at, excluded.completed_at), \
     failed_at = greatest(job_figure.failed_at, excluded.failed_at)",
);

/// Counts what happened to jobs.
pub(super) fn rows(statements: &mut Statements, sets: &[&Prepared<'_>], writer: u64) {
    let counted = || sets.iter().flat_map(|p| p.changes.counted.iter().map(|count| (p.bucket(), count)));
    let created = JobCount::created(counted().map(|(_, count)| count));
    statements.rows(&CREATED, false, created.into_iter(), |((minute, job_type, tenant), figure), v| {
        v.add(minute).add(&job_type).add(&tenant).add(writer as i64).add(figure.count).add(figure.last.0);
    });
    let by_row = counted().filter(|(_, count)| count.is_by_row());
    statements.rows(&COUNTED, false, by_row, |(bucket, count), v| {
        v.add(bucket).add(count.job.0 as i64).add(count.what as i64).add(count.at.0);
        v.add(writer as i64);
    });
}
