//! What a watched step did, in words for people; taken only while somebody watches.

use std::sync::Arc;

use hosk_core::{ElementInstanceKey, Event, JobKey, ProcessInstanceKey, Timestamp, Variables};
use hosk_model::ElementIndex;
use rustc_hash::FxHashMap;

use super::{Live, Origin, Request};
use crate::inner::Inner;
use crate::{End, Passed, PassedElement, PassedJob, PassedJobOutcome};

/// What must be known of a state before a step, because it may be gone after.
pub(crate) struct Facts {
    elements: FxHashMap<ElementInstanceKey, ElementIndex>,
    jobs: FxHashMap<JobKey, (Arc<str>, ElementIndex)>,
    /// Root variables, when the end is waited for.
    variables: Option<Variables>,
    watched: bool,
}

impl Facts {
    /// Looks at a state before a step, when anybody wants to know.
    pub(super) fn before(inner: &Inner, live: &Live, instance: ProcessInstanceKey) -> Option<Self> {
        let root = live.state.root().unwrap_or(instance);
        let watched = inner.watches.is_watched(root);
        let awaited = inner.ends.is_awaited(instance);
        if !watched && !awaited {
            return None;
        }
        let mut facts = Self {
            elements: FxHashMap::default(),
            jobs: FxHashMap::default(),
            variables: awaited.then(|| live.state.local_variables(instance.root())),
            watched,
        };
        if watched {
            facts.elements.extend(live.state.element_instances().map(|found| (found.key(), found.element())));
            let jobs = live.state.jobs();
            facts
                .jobs
                .extend(jobs.map(|job| (job.key(), (job.details.job_type.clone(), job.details.element))));
        }
        Some(facts)
    }

    /// How the instance ended in these events, with its root variables.
    pub(super) fn end(&self, instance: ProcessInstanceKey, events: &[Event]) -> Option<End> {
        let ended = events.iter().find_map(|event| match event {
            Event::InstanceEnded(ended) => Some(ended),
            _ => None,
        })?;
        let mut variables = self.variables.clone()?;
        for event in events {
            if let Event::VariableSet { scope, name, value, .. } = event
                && *scope == instance.root()
            {
                variables.insert(name.clone(), value.clone());
            }
        }
        Some(End::of(&ended.outcome, variables))
    }

    /// What happened in these events.
    pub(super) fn after(
        mut self,
        live: &Live,
        request: &Request,
        events: &[Event],
        at: Timestamp,
    ) -> Vec<Passed> {
        if !self.watched {
            return Vec::new();
        }
        let mut passed = Vec::new();
        for event in events {
            match event {
                Event::ElementActivating { key, element, .. } => {
                    self.elements.insert(*key, *element);
                }
                Event::InstanceMigrated { elements, .. } => {
                    let becomes = |element: &mut ElementIndex| {
                        if let Some((_, to)) = elements.iter().find(|(from, _)| from == element) {
                            *element = *to;
                        }
                    };
                    self.elements.values_mut().for_each(becomes);
                    self.jobs.values_mut().for_each(|(_, element)| becomes(element));
                }
                Event::JobCreated(job) => {
                    self.jobs.insert(job.key, (job.job_type.clone(), job.element));
                }
                Event::ElementCompleted { key } if *key != request.instance.root() => {
                    passed.extend(self.element(live, request.instance, *key, at));
                }
                Event::JobCompleted { key } => {
                    let result = match &request.origin {
                        Origin::Connector(result) if result.job == *key => result.answer.clone(),
                        _ => None,
                    };
                    let outcome = PassedJobOutcome::Completed { result };
                    passed.extend(self.job(live, request.instance, *key, outcome, at));
                }
                Event::JobErrorThrown { key, code, message } => {
                    let outcome = PassedJobOutcome::Error { code: code.clone(), message: message.clone() };
                    passed.extend(self.job(live, request.instance, *key, outcome, at));
                }
                Event::JobFailed { key, retries, retry_at, message } => {
                    let outcome = PassedJobOutcome::Failed {
                        message: message.clone(),
                        retries: *retries,
                        retry_at: *retry_at,
                    };
                    passed.extend(self.job(live, request.instance, *key, outcome, at));
                }
                _ => {}
            }
        }
        passed
    }

    fn element(
        &self,
        live: &Live,
        instance: ProcessInstanceKey,
        key: ElementInstanceKey,
        at: Timestamp,
    ) -> Option<Passed> {
        let element = live.process.definition.element(*self.elements.get(&key)?);
        Some(Passed::Element(PassedElement {
            instance,
            element_instance: key,
            element_id: element.id.clone(),
            name: element.name.clone(),
            at,
        }))
    }

    fn job(
        &self,
        live: &Live,
        instance: ProcessInstanceKey,
        key: JobKey,
        outcome: PassedJobOutcome,
        at: Timestamp,
    ) -> Option<Passed> {
        let (job_type, element) = self.jobs.get(&key)?;
        let element = live.process.definition.element(*element);
        Some(Passed::Job(PassedJob {
            key,
            instance,
            job_type: job_type.clone(),
            element_id: element.id.clone(),
            name: element.name.clone(),
            outcome,
            at,
        }))
    }
}
