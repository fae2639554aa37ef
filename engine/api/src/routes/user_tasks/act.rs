//! Taking, giving back, changing and finishing user tasks.

use std::sync::Arc;

use hosk_core::UserTaskChanges;
use hosk_identity::Permission;

use super::{may, may_take, outcome, own_task, task};
use crate::answer::Time;
use crate::call::Call;
use crate::operation::{Operation, Outcome, delete, patch, post};
use crate::problem::Problem;
use crate::shape::{Body, Object, boolean, date_time, integer, name, object, text, texts, variables};
use hosk_store::read::{AuditEntityType, AuditOperation};

/// Longest user name, in characters.
const USER_MAX: usize = 256;

static ASSIGN: Object = Object {
    name: "UserTaskAssignmentRequest",
    fields: &[
        name("assignee", USER_MAX, "To whom.").required(),
        boolean("allowOverride", "Whether an assigned task may be given to another; true when absent."),
        text("action", "Told to listeners; `assign` when absent."),
    ],
};

static CHANGES: Object = Object {
    name: "UserTaskChangeset",
    fields: &[
        texts("candidateGroups", "Groups whose members may take it; an empty list clears."),
        texts("candidateUsers", "Users who may take it; an empty list clears."),
        date_time("dueDate", "Due date; the empty text clears."),
        date_time("followUpDate", "Follow-up date; the empty text clears."),
        integer("priority", 0, 100, "Priority; greater is more urgent."),
    ],
};

static UPDATE: Object = Object {
    name: "UserTaskUpdateRequest",
    fields: &[
        object("changeset", &CHANGES, "What changes."),
        text("action", "Told to listeners; `update` when absent."),
    ],
};

static COMPLETE: Object = Object {
    name: "UserTaskCompletionRequest",
    fields: &[
        variables("What the form gives."),
        text("action", "Told to listeners; `complete` when absent."),
    ],
};

pub(super) fn operations() -> Vec<Operation> {
    vec![
        post("/v2/user-tasks/{userTaskKey}/assignment", "assignUserTask", "Give it to a person.", assign)
            .noted_within(AuditOperation::Assign, AuditEntityType::UserTask)
            .takes(&ASSIGN)
            .refuses(&[404, 409, 504]),
        delete(
            "/v2/user-tasks/{userTaskKey}/assignee",
            "unassignUserTask",
            "Take it from its assignee.",
            unassign,
        )
        .noted_within(AuditOperation::Unassign, AuditEntityType::UserTask)
        .refuses(&[404, 409, 504]),
        patch("/v2/user-tasks/{userTaskKey}", "updateUserTask", "Change its attributes.", update)
            .noted_within(AuditOperation::Update, AuditEntityType::UserTask)
            .may_take(&UPDATE)
            .like(r#"{"changeset": {"priority": 70}}"#)
            .refuses(&[404, 409, 504]),
        post("/v2/user-tasks/{userTaskKey}/completion", "completeUserTask", "It is done.", complete)
            .noted_within(AuditOperation::Complete, AuditEntityType::UserTask)
            .may_take(&COMPLETE)
            .refuses(&[404, 409, 504]),
    ]
}

async fn assign(mut call: Call) -> Outcome {
    let mut body = call.json(&ASSIGN).await?;
    let assignee: Arc<str> = body.required_text("assignee").into();
    let mut allow_override = body.boolean("allowOverride").unwrap_or(true);
    if let Some(user) = call.caller.restricted_to().cloned() {
        let row = task(&call).await?;
        let may_all = may(&user, &row, &[Permission::Update]);
        let own = may_all || row.assignee.as_ref() == Some(&user.name);
        if !own {
            may_take(&user, &row, Permission::Claim)?;
        }
        if !own && assignee != user.name {
            return Err(Problem::forbidden("You may take this task for yourself, not give it to another."));
        }
        // Nobody's task may be taken; another's not.
        allow_override &= own;
    }
    let key = call.seen_task(call.key("userTaskKey")?).await?;
    let action = action(&mut body, "assign");
    let by = call.caller.name();
    let receipt = call.app.engine.assign_user_task(key, assignee, allow_override, action, by).await?;
    outcome::taken_place(&call, receipt).await
}

async fn unassign(call: Call) -> Outcome {
    if call.caller.restricted_to().is_some() {
        own_task(&call, Permission::Claim).await?;
    }
    let key = call.seen_task(call.key("userTaskKey")?).await?;
    let receipt = call.app.engine.unassign_user_task(key, call.caller.name()).await?;
    outcome::taken_place(&call, receipt).await
}

async fn update(mut call: Call) -> Outcome {
    let mut body = call.optional_json(&UPDATE).await?;
    let changes = body.object("changeset").map(changes).unwrap_or_default();
    let action = body.text("action");
    if changes == UserTaskChanges::default() && action.is_none() {
        let detail = "No changeset provided. `changeset` must have at least one attribute, unless an `action` is given that \
                      listeners hear of.";
        return Err(Problem::invalid_argument(detail));
    }
    let action = usually(action, "update");
    if let Some(user) = call.caller.restricted_to() {
        let row = task(&call).await?;
        if !may(user, &row, &[Permission::Update]) {
            let detail = "Changing a task's attributes needs the permission UPDATE_USER_TASK on its process, or UPDATE on \
                          the task.";
            return Err(Problem::forbidden(detail));
        }
    }
    let key = call.seen_task(call.key("userTaskKey")?).await?;
    let by = call.caller.name();
    let receipt = call.app.engine.update_user_task(key, changes, action, by).await?;
    outcome::taken_place(&call, receipt).await
}

pub(in crate::routes) fn changes(mut body: Body) -> UserTaskChanges {
    changes_in(&mut body)
}

/// The attributes in a body that may have others.
pub(in crate::routes) fn changes_in(body: &mut Body) -> UserTaskChanges {
    let mut names = |field| body.texts(field).map(|names| names.into_iter().map(Arc::from).collect());
    let (candidate_groups, candidate_users) = (names("candidateGroups"), names("candidateUsers"));
    let mut time = |field| body.time(field).map(|time| time.map(|time| Time(time).to_string().into()));
    let (due_date, follow_up_date) = (time("dueDate"), time("followUpDate"));
    let priority = body.integer("priority").and_then(|priority| u8::try_from(priority).ok());
    UserTaskChanges { candidate_groups, candidate_users, due_date, follow_up_date, priority }
}

async fn complete(mut call: Call) -> Outcome {
    let mut body = call.optional_json(&COMPLETE).await?;
    let action = action(&mut body, "complete");
    if call.caller.restricted_to().is_some() {
        own_task(&call, Permission::Complete).await?;
    }
    let key = call.seen_task(call.key("userTaskKey")?).await?;
    let by = call.caller.name();
    let receipt = call.app.engine.complete_user_task(key, body.variables(), action, by).await?;
    outcome::taken_place(&call, receipt).await
}

fn action(body: &mut Body, usual: &str) -> String {
    usually(body.text("action"), usual)
}

/// A name of an action, or its usual word.
fn usually(action: Option<String>, usual: &str) -> String {
    action.filter(|action| !action.is_empty()).unwrap_or_else(|| usual.to_owned())
}
