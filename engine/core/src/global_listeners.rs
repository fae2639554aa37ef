//! Task listeners of the whole installation: they run for the user tasks of every process, beside those of the model.
//!
//! Which of them a transition runs is decided once, when it begins, and stands in its event
//! ([`crate::Event::UserTaskTransitioning`]): a listener that is changed or removed meanwhile stays as it was there.

use std::sync::Arc;

use hosk_model::ListenerEvent;
use serde::{Deserialize, Serialize};

use crate::definitions::Definitions;

/// One of them, as it holds now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GlobalTaskListener {
    /// Its id.
    pub id: Arc<str>,
    /// The type of its jobs; a plain text.
    pub job_type: Arc<str>,
    /// The retries of its jobs.
    pub retries: u32,
    /// What it listens to.
    pub events: Vec<ListenerEvent>,
    /// Whether it runs after the listeners of the model; else before them.
    pub after_non_global: bool,
    /// Those with a higher one run first.
    pub priority: i32,
}

/// One that was chosen for a transition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChosenListener {
    /// Its id.
    pub id: Arc<str>,
    /// The type of its job.
    pub job_type: Arc<str>,
    /// The retries of its job.
    pub retries: u32,
    /// Whether it runs after the listeners of the model; else before them.
    pub after_non_global: bool,
}

/// Those that a transition runs, in their order: higher priorities first, then by id.
pub(crate) fn chosen(definitions: &dyn Definitions, event: ListenerEvent) -> Vec<ChosenListener> {
    let all = definitions.global_task_listeners();
    let mut fit: Vec<_> = all.iter().filter(|listener| listener.events.contains(&event)).collect();
    fit.sort_by(|a, b| b.priority.cmp(&a.priority).then_with(|| a.id.cmp(&b.id)));
    let choose = |listener: &GlobalTaskListener| ChosenListener {
        id: listener.id.clone(),
        job_type: listener.job_type.clone(),
        retries: listener.retries,
        after_non_global: listener.after_non_global,
    };
    fit.into_iter().map(choose).collect()
}
