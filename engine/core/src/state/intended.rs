//! What task listeners hear of a transition: the user task as it is going to be, and what caused it.

use std::sync::Arc;

use super::UserTask;
use crate::command::{UserTaskChanges, Variables};
use crate::event::{UserTaskCreated, UserTaskTransition};

/// A user task as it will be when its transition has taken place.
#[derive(Clone, Debug, PartialEq)]
pub struct Intended<'a> {
    /// Its attributes then, with what earlier listeners corrected.
    pub details: UserTaskCreated,
    /// Which of them the transition changes, in the words that workers know.
    pub changed: Vec<&'static str>,
    /// What whoever caused the transition named it; else its usual word.
    pub action: &'a str,
    /// What the form gives, when it is being completed.
    pub variables: Option<&'a Variables>,
}

impl UserTask {
    /// What its listeners hear; `None` when it is open.
    pub fn intended(&self) -> Option<Intended<'_>> {
        let transition = self.transition.as_deref()?;
        let mut intended =
            Intended { details: self.details.clone(), changed: Vec::new(), action: "", variables: None };
        intended.action = match transition {
            // Who it will be assigned to is a transition of its own.
            UserTaskTransition::Creating { assignee: _ } => "create",
            UserTaskTransition::Assigning { assignee, action, .. } => {
                intended.assign(assignee.clone());
                action.as_deref().unwrap_or("assign")
            }
            UserTaskTransition::Updating { changes, action, .. } => {
                intended.update(changes);
                action.as_deref().unwrap_or("update")
            }
            UserTaskTransition::Completing { variables, action, .. } => {
                intended.variables = Some(variables);
                action.as_deref().unwrap_or("complete")
            }
            UserTaskTransition::Canceling => "cancel",
        };
        if let Some(assignee) = &self.corrections.assignee {
            intended.assign(assignee.clone());
        }
        intended.update(&self.corrections.changes);
        Some(intended)
    }
}

impl Intended<'_> {
    fn change(&mut self, attribute: &'static str) {
        if !self.changed.contains(&attribute) {
            self.changed.push(attribute);
        }
    }

    fn assign(&mut self, assignee: Option<Arc<str>>) {
        self.details.assignee = assignee;
        self.change("assignee");
    }

    /// Attributes that are named but stay as they are do not count.
    fn update(&mut self, changes: &UserTaskChanges) {
        let UserTaskChanges { candidate_groups, candidate_users, due_date, follow_up_date, priority } =
            changes;
        let details = &mut self.details;
        let differ = [
            ("candidateGroupsList", put(&mut details.candidate_groups, candidate_groups.as_ref())),
            ("candidateUsersList", put(&mut details.candidate_users, candidate_users.as_ref())),
            ("dueDate", put(&mut details.due_date, due_date.as_ref())),
            ("followUpDate", put(&mut details.follow_up_date, follow_up_date.as_ref())),
            ("priority", put(&mut details.priority, priority.as_ref())),
        ];
        for (attribute, _) in differ.into_iter().filter(|(_, differs)| *differs) {
            self.change(attribute);
        }
    }
}

/// Whether what is there is another now.
fn put<T: Clone + PartialEq>(there: &mut T, wanted: Option<&T>) -> bool {
    match wanted {
        Some(wanted) if wanted != there => {
            there.clone_from(wanted);
            true
        }
        _ => false,
    }
}
