//! User task managed by the engine (BPMN 2.0, 13.3.3): a person does it.
//!
//! Who, until when, with which form is evaluated first; then the task appears and waits until it is completed.
//! Documentation of the element is the instruction shown to the person; it stands in the model, not in the event.

use std::sync::Arc;

use hosk_model::{Dynamic, Element, Form, ListenerEvent, NativeUserTask as Definition};

use super::{Behaviour, Cause};
use crate::event::{Event, IncidentKind, UserTaskCreated, UserTaskTransition};
use crate::expressions;
use crate::incidents::Trouble;
use crate::keys::{ElementInstanceKey, FormKey, UserTaskKey};
use crate::mappings;
use crate::step::{Activated, Activating, Step};
use crate::task_listeners;
use crate::work::Work;

/// The priority of a task whose model says nothing.
const DEFAULT_PRIORITY: u8 = 50;

pub(crate) struct NativeUserTask<'a> {
    pub(crate) element: &'a Element,
    pub(crate) task: &'a Definition,
}

impl Behaviour for NativeUserTask<'_> {
    fn activate(&self, step: &mut Step<'_>, this: Activating) -> Result<Activated, Trouble> {
        let mut created = self.evaluate(step, this.key)?;
        let key = UserTaskKey(step.next_key());
        created.key = key;
        let later = task_listeners::has_any(step, self.task, ListenerEvent::Assigning);
        let assignee = if later { created.assignee.take() } else { None };
        let activated = this.activated(step);
        step.emit(Event::UserTaskCreated(Box::new(created)));
        task_listeners::begin(step, key, UserTaskTransition::Creating { assignee });
        Ok(activated)
    }

    fn resume(&self, step: &mut Step<'_>, key: ElementInstanceKey, cause: &Cause<'_>) -> Result<(), Trouble> {
        match cause {
            Cause::Done(variables) => {
                mappings::receive(step, key, self.element, variables);
                step.push(Work::Complete { key });
            }
            Cause::IncidentResolved => task_listeners::go_on(step, key),
        }
        Ok(())
    }
}

impl NativeUserTask<'_> {
    fn evaluate(&self, step: &Step<'_>, key: ElementInstanceKey) -> Result<UserTaskCreated, Trouble> {
        let optional = |what: &str, value: &Option<Dynamic>| match value {
            Some(value) => expressions::optional_text(step, key, what, value),
            None => Ok(None),
        };
        let names = |what: &str, value: &Option<Dynamic>| match value {
            Some(value) => expressions::names(step, key, what, value),
            None => Ok(Vec::new()),
        };
        let date = |what: &str, value: &Option<Dynamic>| match value {
            Some(value) => expressions::date_time_text(step, key, what, value),
            None => Ok(None),
        };
        let (form_key, external_form) = self.form(step, key)?;
        Ok(UserTaskCreated {
            // Replaced when nothing can fail any more, so that no key is drawn for nothing.
            key: UserTaskKey(0),
            element_instance: key,
            element: self.element.index,
            assignee: optional("the assignee", &self.task.assignee)?,
            candidate_groups: names("the candidate groups", &self.task.candidate_groups)?,
            candidate_users: names("the candidate users", &self.task.candidate_users)?,
            due_date: date("the due date", &self.task.due_date)?,
            follow_up_date: date("the follow-up date", &self.task.follow_up_date)?,
            priority: match &self.task.priority {
                Some(value) => expressions::integer(step, key, "the priority", value, 0..=100)? as u8,
                None => DEFAULT_PRIORITY,
            },
            form_key,
            external_form,
            headers: self.element.headers.clone(),
        })
    }

    fn form(
        &self,
        step: &Step<'_>,
        key: ElementInstanceKey,
    ) -> Result<(Option<FormKey>, Option<Arc<str>>), Trouble> {
        match &self.task.form {
            None => Ok((None, None)),
            Some(Form::Key(form_key)) => Ok((None, Some(form_key.clone()))),
            Some(Form::External(reference)) => {
                expressions::optional_text(step, key, "the form reference", reference)
                    .map(|text| (None, text))
            }
            Some(Form::Linked { form_id, binding }) => {
                let process = step.process;
                let found =
                    step.definitions.bound_form(&process.tenant, form_id, binding, process.deployment);
                found.map(|form| (Some(form), None)).ok_or_else(|| {
                    let message = format!(
                        "No form '{form_id}' is deployed with the binding {binding:?}. Deploy it, then resolve this \
                         incident."
                    );
                    Trouble::new(IncidentKind::FormNotFound, message)
                })
            }
        }
    }
}
