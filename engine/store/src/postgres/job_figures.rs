//! Figures about jobs: counted from the rows of the jobs, which are written before. A server changes only its own rows.

use super::shape::{Shape, Statements};
use super::statements::Prepared;
use crate::write::Claim;

/// Types and workers are cut as [`crate::read::JOB_FIGURES_NAME`] says, times as [`crate::read::JOB_FIGURES_STEP`].
static COUNTED: Shape = Shape::each(
    "INSERT INTO job_figure (minute, type, worker, tenant, server, created, completed, failed, created_at, \
     completed_at, failed_at) SELECT u.at / 60000, substr(j.type, 1, 200), substr(coalesce(j.worker, ''), 1, 200), \
     u.tenant, u.server, count(*) FILTER (WHERE u.what = 0), count(*) FILTER (WHERE u.what = 1), \
     count(*) FILTER (WHERE u.what = 2), max(u.at) FILTER (WHERE u.what = 0), max(u.at) FILTER (WHERE u.what = 1), \
     max(u.at) FILTER (WHERE u.what = 2)",
    "bucket, job, what, at, tenant, server",
    " JOIN job j ON j.bucket = u.bucket AND j.key = u.job GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4 \
     ON CONFLICT (minute, type, worker, tenant, server) DO UPDATE SET created = job_figure.created + excluded.created, \
     completed = job_figure.completed + excluded.completed, failed = job_figure.failed + excluded.failed, \
     created_at = greatest(job_figure.created_at, excluded.created_at), \
     completed_at = greatest(job_figure.completed_at, excluded.completed_at), \
     failed_at = greatest(job_figure.failed_at, excluded.failed_at)",
);

/// Counts what happened to jobs.
pub(super) fn rows(statements: &mut Statements, sets: &[&Prepared<'_>], claim: Claim) {
    let counted = sets.iter().flat_map(|p| p.changes.counted.iter().map(|count| (p.bucket(), count)));
    statements.rows(&COUNTED, false, counted, |(bucket, count), v| {
        v.add(bucket).add(count.job.0 as i64).add(count.what as i64).add(count.at.0).add(&count.tenant);
        v.add(claim.owner as i64);
    });
}
