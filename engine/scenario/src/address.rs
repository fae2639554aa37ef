//! Whom a command of the story means: the oldest instance where something waits at the named element.

use std::sync::Arc;

use hosk_core::{
    Activation, AdHocChoice, Ancestor, Chosen, Command as CoreCommand, ElementInstance, ElementInstanceKey,
    InstanceState, JobKey, Modification, Move, ProcessInstanceKey, Timestamp, UserTaskKey, Variables,
    VariablesAt,
};
use hosk_model::{ElementIndex, ProcessDefinition};

use crate::command::{Change, Command};
use crate::world::{Newest, World};

/// The instance and the core's command; `None` when nothing waits there and nothing ever did.
pub(crate) fn addressed(world: &World, command: &Command) -> Option<(ProcessInstanceKey, CoreCommand)> {
    let running = world.instances.iter().filter_map(|(key, instance)| {
        let state = world.state(*key).filter(|state| !state.is_ended())?;
        Some((*key, Place { state, definition: &instance.process.definition, now: world.now }))
    });
    for (key, place) in running {
        let found = place
            .job_command(command)
            .or_else(|| place.task_command(command))
            .or_else(|| place.operation(command));
        if let Some(found) = found {
            return Some((key, found));
        }
    }
    too_late(world, command)
}

struct Place<'a> {
    state: &'a InstanceState,
    definition: &'a ProcessDefinition,
    now: Timestamp,
}

impl Place<'_> {
    fn index(&self, id: &str) -> Option<ElementIndex> {
        self.definition.index_of(id)
    }

    /// The element instance of an id, `id#2` the second repetition; the process id means the instance itself.
    fn element(&self, id: &str) -> Option<ElementInstanceKey> {
        if id == &*self.definition.id {
            return self.state.key().map(ProcessInstanceKey::root);
        }
        let (id, number) = match id.split_once('#') {
            Some((id, number)) => (id, Some(number.parse().ok()?)),
            None => (id, None),
        };
        let index = self.index(id)?;
        let is_meant = |found: &&ElementInstance| {
            found.element() == index && (number.is_none() || found.loop_counter() == number)
        };
        self.state.element_instances().find(is_meant).map(ElementInstance::key)
    }

    fn job(&self, id: &str) -> Option<(JobKey, u32)> {
        let index = self.index(id)?;
        let job = self.state.jobs().find(|job| job.details.element == index)?;
        Some((job.key(), job.details.retries))
    }

    fn task(&self, id: &str) -> Option<UserTaskKey> {
        let index = self.index(id)?;
        let task = self.state.user_tasks().find(|task| task.details.element == index)?;
        Some(task.details.key)
    }

    fn job_command(&self, command: &Command) -> Option<CoreCommand> {
        match command {
            Command::CompleteJob { element, variables, choice } => {
                Some(complete_job(self.job(element)?.0, variables, choice.as_ref()))
            }
            Command::FailJob { element, retries, after, message } => {
                let (job, left) = self.job(element)?;
                let wait = |length: &std::time::Duration| i64::try_from(length.as_millis()).unwrap_or(0);
                Some(CoreCommand::FailJob {
                    job,
                    retries: retries.unwrap_or(left.saturating_sub(1)),
                    retry_at: after.as_ref().map(|length| Timestamp(self.now.0 + wait(length))),
                    message: message.clone(),
                    variables: Variables::new(),
                })
            }
            Command::ThrowJobError { element, code, variables } => Some(CoreCommand::ThrowJobError {
                job: self.job(element)?.0,
                code: code.clone(),
                message: String::new(),
                variables: variables.clone(),
            }),
            Command::Retries { element, retries } => Some(CoreCommand::UpdateJob {
                job: self.job(element)?.0,
                retries: Some(*retries),
                priority: None,
            }),
            _ => None,
        }
    }

    fn task_command(&self, command: &Command) -> Option<CoreCommand> {
        match command {
            Command::CompleteTask { element, variables, by } => {
                Some(complete_task(self.task(element)?, variables, by.as_deref()))
            }
            Command::AssignTask { element, assignee } => Some(CoreCommand::AssignUserTask {
                user_task: self.task(element)?,
                assignee: assignee.as_deref().map(Arc::from),
                allow_override: false,
                action: String::new(),
                by: None,
            }),
            _ => None,
        }
    }

    fn is_meant(&self, process: Option<&String>) -> bool {
        process.is_none_or(|named| *named == *self.definition.id)
    }

    fn modification(&self, changes: &[Change], variables: &Variables) -> CoreCommand {
        let mut modification = Modification::default();
        let mut left =
            (!variables.is_empty()).then(|| VariablesAt { scope: None, variables: variables.clone() });
        // A container that is not active has no key; the core says so.
        let key = |id: &String| self.element(id).unwrap_or(ElementInstanceKey(0));
        let id = |id: &String| Arc::from(id.as_str());
        for change in changes {
            match change {
                Change::Activate { element, within } => modification.activate.push(Activation {
                    element: id(element),
                    ancestor: within.as_ref().map(key),
                    variables: left.take().into_iter().collect(),
                }),
                Change::Move { from, to, within, nearby } => modification.moves.push(Move {
                    from: Chosen::Id(id(from)),
                    to: id(to),
                    ancestor: match within {
                        Some(container) => Ancestor::Key(key(container)),
                        None if *nearby => Ancestor::Inferred,
                        None => Ancestor::Existing,
                    },
                    variables: left.take().into_iter().collect(),
                }),
                Change::Terminate { element } => modification.terminate.push(Chosen::Id(id(element))),
            }
        }
        CoreCommand::Modify(Box::new(modification))
    }

    fn operation(&self, command: &Command) -> Option<CoreCommand> {
        match command {
            Command::Set { element, variables } => Some(CoreCommand::SetVariables {
                scope: self.element(element)?,
                variables: variables.clone(),
                local: true,
            }),
            Command::Resolve { element } => {
                let index = self.index(element)?;
                let here = |key: ElementInstanceKey| {
                    self.state.element_instance(key).is_some_and(|found| found.element() == index)
                };
                let incident = self.state.incidents().find(|incident| here(incident.element_instance))?;
                Some(CoreCommand::ResolveIncident { incident: incident.key, give_retry: true })
            }
            Command::Cancel { process } => self.is_meant(process.as_ref()).then_some(CANCEL),
            Command::Suspend { process } => self.is_meant(process.as_ref()).then_some(CoreCommand::Suspend),
            Command::Resume { process } => self.is_meant(process.as_ref()).then_some(CoreCommand::Resume),
            Command::Activate { ad_hoc, elements, instead, variables } => Some(CoreCommand::ActivateAdHoc {
                ad_hoc: self.element(ad_hoc)?,
                elements: elements.iter().map(|id| (Arc::from(id.as_str()), variables.clone())).collect(),
                cancel_remaining: *instead,
            }),
            Command::Modify { changes, variables } => Some(self.modification(changes, variables)),
            _ => None,
        }
    }
}

const CANCEL: CoreCommand = CoreCommand::Cancel { by: None };

fn complete_job(job: JobKey, variables: &Variables, choice: Option<&AdHocChoice>) -> CoreCommand {
    let choice = choice.cloned().map(Box::new);
    CoreCommand::CompleteJob { job, variables: variables.clone(), denied: None, corrections: None, choice }
}

fn complete_task(user_task: UserTaskKey, variables: &Variables, by: Option<&str>) -> CoreCommand {
    let (variables, action) = (variables.clone(), String::new());
    CoreCommand::CompleteUserTask { user_task, variables, action, by: by.map(Arc::from) }
}

/// The command for work that is over, so that the core can refuse it.
fn too_late(world: &World, command: &Command) -> Option<(ProcessInstanceKey, CoreCommand)> {
    let newest = |id: &str| -> Option<Newest> {
        let index = world.instances.values().find_map(|instance| instance.process.definition.index_of(id))?;
        world.newest.get(&index).copied()
    };
    match command {
        Command::CompleteJob { element, variables, choice } => {
            let (instance, job) = newest(element)?.job?;
            Some((instance, complete_job(job, variables, choice.as_ref())))
        }
        Command::FailJob { element, message, .. } => {
            let (instance, job) = newest(element)?.job?;
            let (message, variables) = (message.clone(), Variables::new());
            Some((instance, CoreCommand::FailJob { job, retries: 1, retry_at: None, message, variables }))
        }
        Command::CompleteTask { element, variables, by } => {
            let (instance, task) = newest(element)?.task?;
            Some((instance, complete_task(task, variables, by.as_deref())))
        }
        Command::Modify { .. } => {
            let modification = CoreCommand::Modify(Box::default());
            world.instances.keys().next().map(|instance| (*instance, modification))
        }
        Command::Suspend { .. } => {
            world.instances.keys().next().map(|instance| (*instance, CoreCommand::Suspend))
        }
        Command::Resume { .. } => {
            world.instances.keys().next().map(|instance| (*instance, CoreCommand::Resume))
        }
        Command::Cancel { .. } => world.instances.keys().next().map(|instance| (*instance, CANCEL)),
        _ => None,
    }
}
