//! What became of a change of a user task that its listeners are asked about first.
//!
//! The call waits for them: it answers when the change took place, and a denial is its refusal. The listeners' jobs may be
//! done through any server, so the rows are looked at, which all of them write.

use std::time::Duration;

use hosk_core::UserTaskKey;
use hosk_runtime::Receipt;
use hosk_store::read::{
    Condition, Filter, Job, JobField as F, Queries as _, Scalar, Search, Sort, UserTask,
    UserTaskState as State,
};
use tokio::time::{Instant, sleep};

use crate::answer::no_content;
use crate::call::Call;
use crate::codes;
use crate::operation::Outcome;
use crate::problem::Problem;

/// The pause after the first look; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
/// The longest pause between two looks.
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

/// Answers when the change of the task of the path took place. Without listeners it has.
pub(super) async fn taken_place(call: &Call, receipt: Receipt) -> Outcome {
    awaited(call, receipt, Instant::now() + call.app.settings.result_wait).await?;
    no_content()
}

/// Waits until the change of the task of the path took place; refused when it was denied, or has not by then.
pub(in crate::routes) async fn awaited(call: &Call, receipt: Receipt, until: Instant) -> Result<(), Problem> {
    if !receipt.listening {
        return Ok(());
    }
    let key = UserTaskKey(call.key("userTaskKey")?);
    let mut pause = FIRST_PAUSE;
    loop {
        let Some(row) = call.seen.user_task(key).await? else { return Ok(()) };
        match row.state {
            State::Completed => return Ok(()),
            State::Created | State::Failed => return settled(call, &row, receipt).await,
            State::Canceling | State::Canceled => return Err(canceled()),
            State::Creating | State::Assigning | State::Updating | State::Completing => {}
        }
        if Instant::now() + pause > until {
            return Err(too_late());
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// The task is open again: either the change took place, or one of the listeners that were asked denied it.
async fn settled(call: &Call, task: &UserTask, receipt: Receipt) -> Result<(), Problem> {
    let filter = Filter::All(vec![
        Filter::eq(F::ElementInstanceKey, Scalar::Key(task.element_instance_key.0)),
        Filter::eq(F::IsDenied, true),
        Filter::Is(F::CreationTime, Condition::Gte(receipt.at.into())),
    ]);
    let sort = vec![Sort { field: F::Key, descending: false }];
    let found = call.seen.jobs(Search { filter, sort, ..Search::default() }).await?;
    match found.items.into_iter().next() {
        Some(job) => Err(denied(&job)),
        None => Ok(()),
    }
}

fn denied(job: &Job) -> Problem {
    let reason = job.denied_reason.as_deref().filter(|reason| !reason.is_empty());
    let why =
        reason.map_or_else(|| "It gave no reason.".to_owned(), |reason| format!("Its reason: {reason}"));
    let detail = format!("The task listener `{}` denied the change of the user task. {why}", job.r#type);
    Problem::invalid_state(detail).coded(codes::TASK_CHANGE_DENIED)
}

fn canceled() -> Problem {
    let detail =
        "The user task was canceled while its listeners were at work; there is nothing left to do for it.";
    Problem::invalid_state(detail)
}

fn too_late() -> Problem {
    Problem::timed_out(
        "The listeners of the user task are still at work. The change goes on when they are done: look at the task's \
         state before you repeat it, and at its incidents when it stays.",
    )
}
