//! hosk's own view of a user task: all that a person needs on one page, and what came of pressing the button.

mod result;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use hosk_feel::Json;
use hosk_identity::Permission;
use hosk_runtime::End;
use hosk_store::read::{AuditEntityType, AuditOperation, Filter, UserTask};
use tokio::time::Instant;

use super::process_instances::was_terminated;
use super::user_tasks::{TaskAnswer, awaited, form_schema, own_task, task, visible};
use crate::answer::{Key, answer, ok};
use crate::auth::Access;
use crate::call::Call;
use crate::operation::{Operation, Outcome, get, post, tagged};
use crate::seen::Seen;
use crate::shape::{Object, integer, text, variables};
use result::{CompletionAnswer, completion};

static COMPLETE: Object = Object {
    name: "TaskCompletionRequest",
    fields: &[
        variables("What the form gives."),
        text("action", "Told to listeners; `complete` when absent."),
        integer(
            "requestTimeout",
            0,
            i64::MAX,
            "Milliseconds to wait until the instance has come to rest; 0 or absent: the server's default.",
        ),
    ],
};

pub(super) fn operations() -> Vec<Operation> {
    let operations = vec![
        get(
            "/hosk/v1/user-tasks/{userTaskKey}",
            "getUserTaskView",
            "A user task with its instructions, form and variables.",
            view,
        )
        .answers::<TaskView>()
        .refuses(&[404]),
        post(
            "/hosk/v1/user-tasks/{userTaskKey}/completion",
            "completeUserTaskToRest",
            "Complete a user task and tell what happened until the instance came to rest.",
            complete,
        )
        .noted_within(AuditOperation::Complete, AuditEntityType::UserTask)
        .may_take(&COMPLETE)
        .answers::<CompletionAnswer>()
        .refuses(&[404, 409, 504]),
    ];
    tagged("User task", operations.into_iter().map(|operation| operation.access(Access::Employee)).collect())
}

answer! {
    /// A user task with what is needed to do it.
    TaskView {
        /// The task itself.
        task: TaskAnswer,
        /// What to do: the documentation of the element.
        instructions: Option<Arc<str>>,
        form: Option<FormView>,
        /// What is visible from the task.
        variables: BTreeMap<Arc<str>, Json>,
    }
}

answer! {
    /// A form; `schema` is the form's JSON.
    FormView {
        form_key: Key,
        schema: Json,
    }
}

async fn view(call: Call) -> Outcome {
    let row = task(&call).await?;
    let variables = visible(&call, row.element_instance_key, Filter::everything(), true).await?;
    let value = |text: &str| Json::parse(text).unwrap_or_else(|_| Json::null());
    let form = match row.form_key {
        Some(key) => {
            let schema = value(&form_schema(&call, key).await?);
            Some(FormView { form_key: Key(key.0), schema })
        }
        None => None,
    };
    ok(&TaskView {
        instructions: instructions(&call, &row),
        form,
        variables: variables.into_iter().map(|row| (Arc::clone(&row.name), value(&row.value))).collect(),
        task: TaskAnswer::from(row),
    })
}

fn instructions(call: &Call, row: &UserTask) -> Option<Arc<str>> {
    let process = call.app.engine.process(Seen::from(row))?;
    let index = process.definition.index_of(&row.element_id)?;
    process.definition.element(index).documentation.clone()
}

async fn complete(mut call: Call) -> Outcome {
    let mut body = call.optional_json(&COMPLETE).await?;
    let row = own_task(&call, Permission::Complete).await?;
    call.concerns(&row.tenant_id);
    let key = row.key;
    let action = body.text("action").filter(|action| !action.is_empty());
    let action = action.unwrap_or_else(|| "complete".to_owned());
    let until = Instant::now() + limit(body.integer("requestTimeout"), &call);
    let (variables, by) = (body.variables(), call.caller.name());
    let engine = &call.app.engine;
    let (receipt, watch) = engine.complete_user_task_watched(Seen::from(&row), variables, action, by).await?;
    awaited(&call, receipt, until).await?;
    let rest = watch.rest(until.saturating_duration_since(Instant::now())).await?;
    let earlier = rest.ended.as_ref().is_some_and(|ended| ended.end == End::Earlier);
    let terminated = earlier && was_terminated(&call, rest.instance).await?;
    ok(&completion(key, rest, terminated, &call.caller))
}

fn limit(asked: Option<i64>, call: &Call) -> Duration {
    let settings = &call.app.settings;
    match asked.and_then(|asked| u64::try_from(asked).ok()) {
        None | Some(0) => settings.result_wait,
        Some(millis) => Duration::from_millis(millis).min(settings.longest_wait),
    }
}
