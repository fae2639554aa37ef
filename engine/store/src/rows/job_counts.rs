//! What is counted of jobs. Rows of jobs tell only how they stand; figures tell each time that something happened.

use std::collections::BTreeMap;
use std::sync::Arc;

use hosk_core::{Event, JobKey, Timestamp};

use crate::read::{JOB_FIGURES_STEP, job_figure_name};
use crate::write::ChangeSet;

/// Something that is counted. The number is what statements know it by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JobCounted {
    Created = 0,
    Completed = 1,
    /// Also by a BPMN error.
    Failed = 2,
}

/// Something that happened to a job. Type and worker stand in its row; of one that is created the type is here as well.
#[derive(Clone, Debug)]
pub(crate) struct JobCount {
    pub(crate) job: JobKey,
    pub(crate) what: JobCounted,
    pub(crate) at: Timestamp,
    pub(crate) tenant: Arc<str>,
    created: Option<Arc<str>>,
}

/// Jobs of a type created in a minute: the number, and when the last was.
pub(crate) struct JobsCreated {
    pub(crate) count: i64,
    pub(crate) last: Timestamp,
}

impl JobCount {
    /// What an event counts for.
    pub(super) fn of(set: &ChangeSet, at: Timestamp, event: &Event) -> Option<Self> {
        let (job, what) = match event {
            Event::JobCreated(job) => (job.key, JobCounted::Created),
            Event::JobCompleted { key } => (*key, JobCounted::Completed),
            Event::JobFailed { key, .. } | Event::JobErrorThrown { key, .. } => (*key, JobCounted::Failed),
            _ => return None,
        };
        let created = if let Event::JobCreated(job) = event { Some(job.job_type.clone()) } else { None };
        Some(Self { job, what, at, tenant: set.process.tenant.clone(), created })
    }

    /// What was created, put together by minute, type and tenant: a few rows however many jobs they are. Nobody works on
    /// them yet.
    pub(crate) fn created<'c>(
        counted: impl Iterator<Item = &'c Self>,
    ) -> BTreeMap<(i64, Arc<str>, Arc<str>), JobsCreated> {
        let mut all = BTreeMap::new();
        for count in counted {
            let Some(job_type) = &count.created else { continue };
            let place =
                (count.at.0.div_euclid(JOB_FIGURES_STEP), job_figure_name(job_type), count.tenant.clone());
            let figure = all.entry(place).or_insert(JobsCreated { count: 0, last: count.at });
            figure.count += 1;
            figure.last = figure.last.max(count.at);
        }
        all
    }

    /// Whether its row has to tell whose figure it is.
    pub(crate) fn is_by_row(&self) -> bool {
        self.created.is_none()
    }
}
