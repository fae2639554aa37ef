//! What an attempt means for the process: the command that tells the instance.
//!
//! The headers `resultVariable`, `resultExpression` and `errorExpression` shape it. What can succeed later is
//! repeated while retries are left; what cannot becomes an incident at once, with the full cause.

use std::sync::Arc;
use std::time::Duration;

use hosk_connector::{Failure, Outcome, header};
use hosk_core::{Command, Timestamp, Variables};
use hosk_feel::Json;
use serde_json::{Value, json};

use super::expressions::Decision;
use super::{Connectors, Run, wait};

/// What the instance is told.
pub(super) struct Verdict {
    pub(super) command: Command,
    /// The connector's answer, for those who watch.
    pub(super) answer: Option<Json>,
}

impl Connectors {
    /// What an outcome means.
    pub(super) fn verdict(&self, run: &Run, outcome: Outcome, now: Timestamp) -> Verdict {
        let decision = match run.header(header::ERROR_EXPRESSION) {
            Some(text) => self.expressions.decide(text, &outcome, (&run.tenant, now)),
            None => Ok(None),
        };
        match decision {
            Ok(None) => self.plain(run, outcome, now),
            Ok(Some(decision)) => self.decided(run, decision, now),
            Err(message) => self.give_up(run, message),
        }
    }

    fn plain(&self, run: &Run, outcome: Outcome, now: Timestamp) -> Verdict {
        match outcome {
            Outcome::Complete(output) => self.completed(run, output, now),
            Outcome::BpmnError { code, message, variables } => {
                let answer = json!({"error": code, "message": message, "variables": variables});
                Verdict {
                    command: Command::ThrowJobError {
                        job: run.job,
                        code,
                        message,
                        variables: variables_of(variables),
                    },
                    answer: Some(answer.into()),
                }
            }
            Outcome::Failure(failure) => self.failure(run, &failure, now),
        }
    }

    fn completed(&self, run: &Run, output: Value, now: Timestamp) -> Verdict {
        let mut variables = Variables::new();
        if let Some(text) = run.header(header::RESULT_EXPRESSION) {
            match self.expressions.result(text, &output, (&run.tenant, now)) {
                Ok(found) => variables = found,
                Err(message) => return self.give_up(run, message),
            }
        }
        let answer = Json::from(output);
        if let Some(name) = run.header(header::RESULT_VARIABLE) {
            variables.insert(Arc::from(name.trim()), answer.clone());
        }
        Verdict { command: Command::complete_job(run.job, variables), answer: Some(answer) }
    }

    fn failure(&self, run: &Run, failure: &Failure, now: Timestamp) -> Verdict {
        let failed = self.failed(run);
        let retries = if failure.kind.is_retryable() { run.retries.saturating_sub(1) } else { 0 };
        let message = format!("`{}` failed at attempt {failed} ({failure})", run.job_type);
        let retry_at = (retries > 0).then(|| {
            let wait = wait::backoff(run, failed);
            let wait = failure.retry_after.map_or(wait, |asked| wait.max(asked));
            after(now, self.chance.jitter(wait).max(failure.retry_after.unwrap_or_default()))
        });
        fail(run, retries, retry_at, message, Variables::new())
    }

    fn decided(&self, run: &Run, decision: Decision, now: Timestamp) -> Verdict {
        match decision {
            Decision::BpmnError { code, message, variables } => Verdict {
                command: Command::ThrowJobError { job: run.job, code, message, variables },
                answer: None,
            },
            Decision::JobError { message, variables, retries, backoff } => {
                let failed = self.failed(run);
                let retries = retries.unwrap_or_else(|| run.retries.saturating_sub(1));
                let wait = backoff.unwrap_or_else(|| self.chance.jitter(wait::backoff(run, failed)));
                let retry_at = (retries > 0).then(|| after(now, wait));
                fail(run, retries, retry_at, message, variables)
            }
        }
    }

    /// Repeating cannot help.
    pub(super) fn give_up(&self, run: &Run, message: String) -> Verdict {
        self.failed(run);
        fail(run, 0, None, message, Variables::new())
    }

    /// The circuit breaker keeps the call away: it costs no retry, and the job says when it is tried again.
    pub(super) fn kept_away(&self, run: &Run, connection: &str, pause: Duration, now: Timestamp) -> Verdict {
        let wait = pause.max(wait::backoff(run, self.untried(run)));
        let message = format!(
            "calls through the connection `{connection}` are held back because the system behind it failed repeatedly"
        );
        // Later than the pause, never earlier.
        let wait = wait.mul_f64(1.0 + 0.2 * self.chance.next());
        fail(run, run.retries.max(1), Some(after(now, wait)), message, Variables::new())
    }
}

fn after(now: Timestamp, wait: Duration) -> Timestamp {
    Timestamp(now.0.saturating_add(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX)))
}

fn fail(
    run: &Run,
    retries: u32,
    retry_at: Option<Timestamp>,
    message: String,
    variables: Variables,
) -> Verdict {
    Verdict {
        command: Command::FailJob { job: run.job, retries, retry_at, message, variables },
        answer: None,
    }
}

/// The entries of an object; anything else brings nothing.
fn variables_of(value: Value) -> Variables {
    match value {
        Value::Object(entries) => {
            entries.into_iter().map(|(name, value)| (Arc::from(name), Json::from(value))).collect()
        }
        _ => Variables::new(),
    }
}
