//! Figures about jobs, in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::joined::Listed;
use super::tables::Tables;
use crate::read::{JOB_FIGURES_STEP, JobFigure, job_figure_name};
use crate::rows::{Changes, JobCount, JobCounted};

/// Minute, type, worker, tenant.
pub(super) type Place = (i64, Arc<str>, Arc<str>, Arc<str>);
/// By their place.
pub(super) type Figures = BTreeMap<Place, JobFigure>;

impl Tables {
    /// Counts what happened to jobs; their rows are written.
    pub(super) fn count_jobs(&mut self, changes: &Changes) {
        for JobCount { job, what, at, tenant, .. } in &changes.counted {
            let Some(row) = self.jobs.get(&job.0) else { continue };
            let minute = at.0.div_euclid(JOB_FIGURES_STEP);
            let worker = job_figure_name(row.worker.as_deref().unwrap_or_default());
            let place = (minute, job_figure_name(&row.job_type), worker, tenant.clone());
            let figure = self.job_figures.entry(place.clone()).or_insert_with(|| JobFigure {
                key: minute,
                tenant_id: place.3.clone(),
                r#type: place.1.clone(),
                worker: place.2.clone(),
                created: 0,
                completed: 0,
                failed: 0,
                created_at: None,
                completed_at: None,
                failed_at: None,
            });
            let (count, last) = match what {
                JobCounted::Created => (&mut figure.created, &mut figure.created_at),
                JobCounted::Completed => (&mut figure.completed, &mut figure.completed_at),
                JobCounted::Failed => (&mut figure.failed, &mut figure.failed_at),
            };
            *count += 1;
            *last = (*last).max(Some(*at));
        }
    }
}

impl Listed for JobFigure {
    fn rows(tables: &Tables) -> Vec<Self> {
        tables.job_figures.values().cloned().collect()
    }
}
