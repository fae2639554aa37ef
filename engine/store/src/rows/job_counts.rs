//! What is counted of jobs. Rows of jobs tell only how they stand; figures tell each time that something happened.

use std::sync::Arc;

use hosk_core::{Event, JobKey, Timestamp};

use crate::write::ChangeSet;

/// Something that is counted. The number is what statements know it by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JobCounted {
    Created = 0,
    Completed = 1,
    /// Also by a BPMN error.
    Failed = 2,
}

/// Something that happened to a job. Type and worker stand in its row.
#[derive(Clone, Debug)]
pub(crate) struct JobCount {
    pub(crate) job: JobKey,
    pub(crate) what: JobCounted,
    pub(crate) at: Timestamp,
    pub(crate) tenant: Arc<str>,
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
        Some(Self { job, what, at, tenant: set.process.tenant.clone() })
    }
}
