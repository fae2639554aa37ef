//! What operators and people ask for, as it stands in the history: who did what.

use serde::{Deserialize, Serialize};

use crate::command::Command;
use crate::keys::{ElementInstanceKey, IncidentKey, JobKey, UserTaskKey};

/// Something that was asked for from outside and recorded with who asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operation {
    /// The instance was started.
    Create,
    /// The instance was canceled.
    Cancel,
    /// The instance was modified.
    Modify,
    /// The instance was suspended.
    Suspend,
    /// The instance was resumed.
    Resume,
    /// The instance was migrated to another definition.
    Migrate,
    /// Variables were set at a scope.
    SetVariables {
        /// Where.
        scope: ElementInstanceKey,
    },
    /// An incident was resolved.
    ResolveIncident {
        /// Which.
        incident: IncidentKey,
    },
    /// A job was changed.
    UpdateJob {
        /// Which.
        job: JobKey,
    },
    /// A user task was assigned.
    AssignUserTask {
        /// Which.
        user_task: UserTaskKey,
    },
    /// A user task was taken from its assignee.
    UnassignUserTask {
        /// Which.
        user_task: UserTaskKey,
    },
    /// A user task was changed.
    UpdateUserTask {
        /// Which.
        user_task: UserTaskKey,
    },
    /// A user task was completed.
    CompleteUserTask {
        /// Which.
        user_task: UserTaskKey,
    },
    /// Elements of an ad-hoc sub-process were activated.
    ActivateAdHoc {
        /// The ad-hoc sub-process's instance.
        ad_hoc: ElementInstanceKey,
    },
}

impl Operation {
    /// What a command stands for in the record; `None` for what the engine and workers do.
    pub fn of(command: &Command) -> Option<Self> {
        match command {
            Command::Create(_) => Some(Self::Create),
            Command::Cancel { .. } => Some(Self::Cancel),
            Command::Modify(_) => Some(Self::Modify),
            Command::Migrate(_) => Some(Self::Migrate),
            Command::Suspend => Some(Self::Suspend),
            Command::Resume => Some(Self::Resume),
            Command::SetVariables { scope, .. } => Some(Self::SetVariables { scope: *scope }),
            Command::ResolveIncident { incident, .. } => Some(Self::ResolveIncident { incident: *incident }),
            Command::UpdateJob { job, .. } => Some(Self::UpdateJob { job: *job }),
            Command::AssignUserTask { user_task, assignee: Some(_), .. } => {
                Some(Self::AssignUserTask { user_task: *user_task })
            }
            Command::AssignUserTask { user_task, assignee: None, .. } => {
                Some(Self::UnassignUserTask { user_task: *user_task })
            }
            Command::UpdateUserTask { user_task, .. } => Some(Self::UpdateUserTask { user_task: *user_task }),
            Command::CompleteUserTask { user_task, .. } => {
                Some(Self::CompleteUserTask { user_task: *user_task })
            }
            Command::ActivateAdHoc { ad_hoc, .. } => Some(Self::ActivateAdHoc { ad_hoc: *ad_hoc }),
            Command::Asked { .. }
            | Command::CompleteJob { .. }
            | Command::FailJob { .. }
            | Command::ThrowJobError { .. }
            | Command::TriggerTimer { .. }
            | Command::CorrelateMessage { .. }
            | Command::ReceiveSignal { .. }
            | Command::ChildEnded { .. }
            | Command::ChildEscalated { .. }
            | Command::ChildTroubled { .. }
            | Command::CancelCalled { .. }
            | Command::RaiseIncident { .. }
            | Command::Continue => None,
        }
    }
}
