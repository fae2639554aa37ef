//! What came of completing a task, in data for programs and in sentences for the person who pressed the button.

use std::sync::Arc;

use hosk_core::UserTaskKey;
use hosk_feel::Json;
use hosk_runtime::{
    End, IncidentAtRest, JobAtRest, Passed, PassedJob, PassedJobOutcome, Rest, RestingPoint, TaskAtRest,
};
use hosk_store::read::IncidentType;

use crate::answer::{Key, Time, answer};
use crate::auth::Caller;

answer! {
    /// What happened after a task was completed.
    CompletionAnswer {
        user_task_key: Key,
        process_instance_key: Key,
        /// `AT_REST`, `COMPLETED`, `TERMINATED`, or `WORKING` when the time limit came first.
        state: &'static str,
        /// The same in a sentence.
        summary: String,
        /// Elements that were completed, in order.
        elements: Vec<PassedAnswer>,
        /// Whether the list of elements and results is cut off.
        truncated: bool,
        /// What connectors and workers did, in order.
        results: Vec<ResultAnswer>,
        /// The next task of the same person, or one that he may take.
        next_task: Option<NextTask>,
        /// Everything that is waited for.
        waiting: Vec<WaitingAnswer>,
        /// What went wrong, if anything did.
        incident: Option<TroubleAnswer>,
    }
}

answer! {
    /// An element that was completed.
    PassedAnswer {
        element_id: Arc<str>,
        name: Arc<str>,
        process_instance_key: Key,
        at: Time,
    }
}

answer! {
    /// What came of a job.
    ResultAnswer {
        job_key: Key,
        kind as "type": Arc<str>,
        element_id: Arc<str>,
        name: Arc<str>,
        /// `COMPLETED`, `ERROR` (a BPMN error) or `FAILED`.
        outcome: &'static str,
        /// What a connector answered.
        result: Option<Json>,
        error_code: Option<String>,
        message: Option<String>,
        retry_at: Option<Time>,
        at: Time,
    }
}

answer! {
    /// A task to do next.
    NextTask {
        user_task_key: Key,
        name: Arc<str>,
        element_id: Arc<str>,
        assignee: Option<Arc<str>>,
    }
}

answer! {
    /// Something that is waited for.
    WaitingAnswer {
        /// `USER_TASK`, `INCIDENT`, `JOB`, `MESSAGE` or `TIMER`.
        kind: &'static str,
        element_id: Arc<str>,
        name: Arc<str>,
        summary: String,
        user_task_key: Option<Key>,
        incident_key: Option<Key>,
        job_key: Option<Key>,
        /// When it goes on by itself.
        at: Option<Time>,
    }
}

answer! {
    /// Trouble, in plain words.
    TroubleAnswer {
        /// Absent while the engine still tries by itself.
        incident_key: Option<Key>,
        error_type: Option<&'static str>,
        element_id: Arc<str>,
        name: Arc<str>,
        summary: String,
        message: String,
        /// When it is tried again by itself; absent: when an operator has helped.
        retry_at: Option<Time>,
    }
}

/// The answer for the person who completed `task`; `terminated`: the instance is known to have been stopped.
pub(super) fn completion(
    task: UserTaskKey,
    rest: Rest,
    terminated: bool,
    caller: &Caller,
) -> CompletionAnswer {
    let incident = rest.points.iter().find_map(trouble);
    let next_task = rest.points.iter().find_map(|point| match point {
        RestingPoint::UserTask(next) if is_for(next, caller) => Some(NextTask {
            user_task_key: Key(next.key.0),
            name: named(next.name.as_ref(), &next.element_id),
            element_id: Arc::clone(&next.element_id),
            assignee: next.assignee.clone(),
        }),
        _ => None,
    });
    let waiting: Vec<_> = rest.points.into_iter().map(waiting).collect();
    let state = match rest.ended.as_ref().map(|ended| &ended.end) {
        Some(End::Completed { .. }) => "COMPLETED",
        Some(End::Earlier) if !terminated => "COMPLETED",
        Some(End::Earlier | End::Terminated) => "TERMINATED",
        None if rest.at_rest => "AT_REST",
        None => "WORKING",
    };
    let summary = summary(state, incident.as_ref(), next_task.as_ref(), &waiting);
    let (mut elements, mut results) = (Vec::new(), Vec::new());
    for passed in rest.passed {
        match passed {
            Passed::Element(element) => elements.push(PassedAnswer {
                name: named(element.name.as_ref(), &element.element_id),
                element_id: element.element_id,
                process_instance_key: Key(element.instance.0),
                at: Time(element.at),
            }),
            Passed::Job(job) => results.push(result(job)),
        }
    }
    CompletionAnswer {
        user_task_key: Key(task.0),
        process_instance_key: Key(rest.instance.0),
        state,
        summary,
        elements,
        truncated: rest.passed_truncated,
        results,
        next_task,
        waiting,
        incident,
    }
}

fn summary(
    state: &str,
    trouble: Option<&TroubleAnswer>,
    next: Option<&NextTask>,
    waiting: &[WaitingAnswer],
) -> String {
    if let Some(trouble) = trouble {
        return trouble.summary.clone();
    }
    match (state, next, waiting.first()) {
        ("COMPLETED", ..) => "Done. The process has come to its end.".to_owned(),
        ("TERMINATED", ..) => "The process was canceled.".to_owned(),
        (_, Some(next), _) => format!("Done. Your next step is “{}”.", next.name),
        ("WORKING", ..) => "Done. The work goes on; look again in a moment.".to_owned(),
        (_, None, Some(waiting)) => format!("Done. {}", waiting.summary),
        (_, None, None) => "Done.".to_owned(),
    }
}

/// Whether a waiting task is the caller's, or one he may take.
fn is_for(task: &TaskAtRest, caller: &Caller) -> bool {
    let Caller::User(user) = caller else { return true };
    match &task.assignee {
        Some(assignee) => *assignee == user.name,
        None => {
            task.candidate_users.contains(&user.name)
                || task.candidate_groups.iter().any(|group| user.standing.groups.contains(group))
        }
    }
}

fn trouble(point: &RestingPoint) -> Option<TroubleAnswer> {
    match point {
        RestingPoint::Incident(incident) => Some(of_incident(incident)),
        RestingPoint::Job(job) => of_job(job),
        RestingPoint::UserTask(_) | RestingPoint::Message(_) | RestingPoint::Timer(_) => None,
    }
}

fn of_incident(incident: &IncidentAtRest) -> TroubleAnswer {
    let name = named(incident.name.as_ref(), &incident.element_id);
    TroubleAnswer {
        incident_key: Some(Key(incident.key.0)),
        error_type: Some(IncidentType::from(incident.kind).as_str()),
        element_id: Arc::clone(&incident.element_id),
        summary: format!(
            "“{name}” did not work: {} It waits for an operator and goes on from here when the cause is gone.",
            sentence(&incident.message)
        ),
        name,
        message: incident.message.clone(),
        retry_at: None,
    }
}

/// A job that failed and is tried again is trouble for the person who waits, though no incident yet.
fn of_job(job: &JobAtRest) -> Option<TroubleAnswer> {
    let message = job.last_failure.clone()?;
    let name = named(job.name.as_ref(), &job.element_id);
    let again = job.retry_at.map_or_else(
        || "It is tried again soon.".to_owned(),
        |at| format!("It is tried again at {}.", clock_time(Time(at))),
    );
    Some(TroubleAnswer {
        incident_key: None,
        error_type: None,
        element_id: Arc::clone(&job.element_id),
        summary: format!("“{name}” did not work yet: {} {again}", sentence(&message)),
        name,
        message,
        retry_at: job.retry_at.map(Time),
    })
}

fn waiting(point: RestingPoint) -> WaitingAnswer {
    let blank = |kind, element_id: Arc<str>, name: Arc<str>, summary| WaitingAnswer {
        kind,
        element_id,
        name,
        summary,
        user_task_key: None,
        incident_key: None,
        job_key: None,
        at: None,
    };
    match point {
        RestingPoint::UserTask(task) => {
            let name = named(task.name.as_ref(), &task.element_id);
            let summary = format!("“{name}” waits for {}.", people(&task));
            let waiting = blank("USER_TASK", task.element_id, name, summary);
            WaitingAnswer { user_task_key: Some(Key(task.key.0)), ..waiting }
        }
        RestingPoint::Incident(incident) => {
            let trouble = of_incident(&incident);
            let waiting = blank("INCIDENT", trouble.element_id, trouble.name, trouble.summary);
            WaitingAnswer { incident_key: trouble.incident_key, ..waiting }
        }
        RestingPoint::Job(job) => {
            let name = named(job.name.as_ref(), &job.element_id);
            let usual = || {
                if job.in_process {
                    format!("“{name}” is being done.")
                } else {
                    format!("“{name}” waits for its worker.")
                }
            };
            let summary = of_job(&job).map_or_else(usual, |trouble| trouble.summary);
            let waiting = blank("JOB", Arc::clone(&job.element_id), name, summary);
            WaitingAnswer { job_key: Some(Key(job.key.0)), at: job.retry_at.map(Time), ..waiting }
        }
        RestingPoint::Message(message) => {
            let summary = format!("The message “{}” is awaited.", message.message_name);
            blank("MESSAGE", Arc::clone(&message.element_id), message.element_id, summary)
        }
        RestingPoint::Timer(timer) => {
            let due = Time(timer.due);
            let summary = format!("It goes on at {}.", clock_time(due));
            let waiting = blank("TIMER", Arc::clone(&timer.element_id), timer.element_id, summary);
            WaitingAnswer { at: Some(due), ..waiting }
        }
    }
}

fn people(task: &TaskAtRest) -> String {
    let names = |names: &[Arc<str>]| names.iter().map(|name| &**name).collect::<Vec<_>>().join(", ");
    match &task.assignee {
        Some(assignee) => assignee.to_string(),
        None if !task.candidate_groups.is_empty() => names(&task.candidate_groups),
        None if !task.candidate_users.is_empty() => names(&task.candidate_users),
        None => "somebody to take it".to_owned(),
    }
}

fn result(job: PassedJob) -> ResultAnswer {
    let mut answer = ResultAnswer {
        job_key: Key(job.key.0),
        kind: job.job_type,
        name: named(job.name.as_ref(), &job.element_id),
        element_id: job.element_id,
        outcome: "COMPLETED",
        result: None,
        error_code: None,
        message: None,
        retry_at: None,
        at: Time(job.at),
    };
    match job.outcome {
        PassedJobOutcome::Completed { result } => answer.result = result,
        PassedJobOutcome::Error { code, message } => {
            answer.outcome = "ERROR";
            answer.error_code = Some(code);
            answer.message = Some(message);
        }
        PassedJobOutcome::Failed { message, retry_at, .. } => {
            answer.outcome = "FAILED";
            answer.message = Some(message);
            answer.retry_at = retry_at.map(Time);
        }
    }
    answer
}

fn named(name: Option<&Arc<str>>, id: &Arc<str>) -> Arc<str> {
    Arc::clone(name.unwrap_or(id))
}

/// Hours and minutes, in UTC; programs have the exact time beside it.
fn clock_time(time: Time) -> String {
    let text = time.to_string();
    text.get(11..16).map_or_else(|| text.clone(), |minutes| format!("{minutes} UTC"))
}

fn sentence(text: &str) -> String {
    let text = text.trim();
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}

#[cfg(test)]
mod tests {
    use hosk_core::{IncidentKey, IncidentKind, JobKey, ProcessInstanceKey, Timestamp};

    use super::*;

    fn rest(points: Vec<RestingPoint>) -> Rest {
        let instance = ProcessInstanceKey(1);
        Rest { instance, at_rest: true, ended: None, points, passed: Vec::new(), passed_truncated: false }
    }

    fn job(retry_at: Option<Timestamp>, last_failure: Option<&str>) -> RestingPoint {
        RestingPoint::Job(JobAtRest {
            key: JobKey(2),
            instance: ProcessInstanceKey(1),
            job_type: "records:create-delivery".into(),
            element_id: "create-delivery".into(),
            name: Some("Create delivery order".into()),
            in_process: true,
            retries: 3,
            retry_at,
            last_failure: last_failure.map(str::to_owned),
        })
    }

    #[test]
    fn a_retry_is_told_with_its_time() {
        let point = job(Some(Timestamp(45_840_000)), Some("the ERP does not answer"));
        let answer = completion(UserTaskKey(7), rest(vec![point]), false, &Caller::Anybody);
        assert_eq!(answer.state, "AT_REST");
        let expected = "“Create delivery order” did not work yet: the ERP does not answer. It is tried again at 12:44 UTC.";
        assert_eq!(answer.summary, expected);
        assert!(answer.incident.is_some_and(|trouble| trouble.incident_key.is_none()));
    }

    #[test]
    fn an_incident_is_told_before_anything_else() {
        let incident = RestingPoint::Incident(IncidentAtRest {
            key: IncidentKey(3),
            instance: ProcessInstanceKey(1),
            element_id: "fetch-client".into(),
            name: None,
            kind: IncidentKind::JobNoRetries,
            message: "no such client".into(),
        });
        let answer =
            completion(UserTaskKey(7), rest(vec![job(None, None), incident]), false, &Caller::Anybody);
        assert!(
            answer.summary.starts_with("“fetch-client” did not work: no such client."),
            "{}",
            answer.summary
        );
        assert_eq!(answer.waiting.len(), 2);
        assert_eq!(answer.waiting[0].summary, "“Create delivery order” is being done.");
    }
}
