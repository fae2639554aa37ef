//! One attempt: call, time limit, outcome, command.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

use futures::FutureExt;
use hosk_connector::{Call, Connection, Context, Delivery, FailureKind, Outcome};
use hosk_core::{JobKey, JobKind, ProcessInstanceKey};
use serde_json::Value;
use tokio::time::Instant;
use tracing::field::Empty;
use tracing::{Instrument, Span};

use super::Run;
use super::gate::Gate;
use super::outcome::Verdict;
use crate::inner::Inner;
use crate::lane::{ConnectorResult, Origin, Request, Work};
use crate::{meters, trace};

impl Inner {
    /// Runs a leased connector job, now or when its connection has room.
    pub(crate) fn run_connector(self: &Arc<Self>, run: Box<Run>) {
        let in_hand = (run.instance, run.leased_until);
        if self.connectors.running.lock().insert(run.job, in_hand).is_some() {
            return;
        }
        self.watches.begin(run.root);
        let connection = match run.kind {
            JobKind::AdHocSubProcess => Err(cannot_lead(&run)),
            JobKind::BpmnElement | JobKind::ExecutionListener | JobKind::TaskListener => {
                self.connectors.connection(&run).map_err(|unknown| unknown.to_string())
            }
        };
        match connection {
            Ok(connection) => {
                let gate = self.connectors.gate(&connection);
                self.connectors.in_line.fetch_add(1, Ordering::Relaxed);
                if let Some(run) = gate.enter(run) {
                    let inner = self.clone();
                    self.tasks.spawn(async move { inner.serve(run, &connection, &gate).await });
                }
            }
            Err(why) => {
                let verdict = self.connectors.give_up(&run, why);
                let inner = self.clone();
                self.tasks.spawn(async move { inner.report(&run, verdict, &run.span).await });
            }
        }
    }

    /// Does a job, then those that wait in line, until none does.
    async fn serve(self: &Arc<Self>, first: Box<Run>, connection: &Arc<Connection>, gate: &Arc<Gate>) {
        let mut next = Some(first);
        while let Some(mut run) = next {
            self.connectors.in_line.fetch_sub(1, Ordering::Relaxed);
            run.place = None;
            let attempt = self.attempt(run, connection, gate);
            tokio::select! {
                biased;
                () = attempt => {}
                () = self.stop.cancelled() => return,
            }
            next = gate.leave();
        }
    }

    async fn attempt(self: &Arc<Self>, run: Box<Run>, connection: &Arc<Connection>, gate: &Gate) {
        if let Err(pause) = gate.breaker.may_call(Instant::now()) {
            let verdict = self.connectors.kept_away(&run, &connection.id, pause, self.clock.now());
            self.report(&run, verdict, &run.span).await;
            return;
        }
        let attempt = self.connectors.attempt(&run);
        let timeout = run.binding.operation().defaults.timeout.min(connection.limits.timeout);
        let span = span_of(&run, connection, attempt);
        let parent = self.connectors.tracer.as_ref().and_then(|tracer| tracer.parent(&span));
        let parent = parent.unwrap_or_else(|| trace_parent(run.root, run.job, attempt));
        let began = Instant::now();
        let calling = call(&run, connection, (attempt, timeout), parent);
        let outcome = calling.instrument(span.clone()).await;
        let result = meters::result_of(&outcome);
        meters::called(run.binding.connector_id(), &connection.id, result, began.elapsed());
        span.record("result", result);
        if let Outcome::Failure(failure) = &outcome {
            span.record("otel.status_code", "ERROR");
            tracing::info!(
                instance = run.instance.0,
                job = run.job.0,
                connection = connection.id,
                attempt,
                reason = failure.message,
                "a call failed"
            );
        }
        let transient = matches!(&outcome, Outcome::Failure(failure) if failure.kind.is_retryable());
        gate.breaker.note(transient, Instant::now());
        let verdict = self.connectors.verdict(&run, outcome, self.clock.now());
        self.report(&run, verdict, &span).await;
    }

    /// Tells the instance; what follows comes with the commit.
    async fn report(&self, run: &Run, verdict: Verdict, span: &Span) {
        let result = ConnectorResult { job: run.job, root: run.root, answer: verdict.answer };
        let request = Request::new(run.instance, verdict.command, Origin::Connector(result)).under(span);
        // Only a stopped engine does not take it; then the lease runs out and the job is done again, with its key.
        let _ = self.lane(run.instance).internal.send(Work::Command(request)).await;
    }
}

/// What a connector gives back are variables, not a choice: done by it, the sub-process would wait for ever.
fn cannot_lead(run: &Run) -> String {
    format!(
        "`{}` is a connector, which cannot choose what begins in the ad-hoc sub-process '{}'. Give the sub-process the job \
         type of a worker, or name what begins in `activeElementsCollection`",
        run.job_type,
        run.process.definition.element(run.element).id
    )
}

/// The W3C `traceparent` of an attempt (Trace Context, 3.2): one trace for all that an instance and those it calls do,
/// one span an attempt. Nothing has to be remembered for it, so it is the same on every node and after a restart.
fn trace_parent(root: ProcessInstanceKey, job: JobKey, attempt: u32) -> String {
    // An identifier of zeros only is forbidden; keys are above 0.
    let span = (job.0.rotate_left(16) ^ u64::from(attempt)).max(1);
    format!("00-686f736b{:08x}{:016x}-{span:016x}-00", 0, root.0)
}

/// The span of an attempt, under the step that asked for the job when this node made it.
fn span_of(run: &Run, connection: &Connection, attempt: u32) -> Span {
    tracing::trace_span!(
        target: trace::TARGET,
        parent: &run.span,
        "call",
        "otel.kind" = "client",
        "otel.status_code" = Empty,
        connector = run.binding.connector_id(),
        operation = run.binding.operation().name,
        connection = connection.id,
        "hosk.process_instance" = run.instance.0,
        "hosk.element" = &*run.process.definition.element(run.element).id,
        "hosk.job" = run.job.0,
        attempt,
        result = Empty,
    )
}

/// One attempt, within its time. A panic in the connector is its failure, not ours.
async fn call(
    run: &Run,
    connection: &Arc<Connection>,
    (attempt, timeout): (u32, Duration),
    trace_parent: String,
) -> Outcome {
    let operation = run.binding.operation();
    let element = run.process.definition.element(run.element);
    let input = run.input.iter().map(|(name, value)| (name.to_string(), value.value().clone())).collect();
    let call = Call {
        operation: operation.name.clone(),
        input: Value::Object(input),
        headers: run.headers.iter().cloned().collect::<BTreeMap<_, _>>(),
        context: Context {
            tenant: run.tenant.to_string(),
            connection: connection.clone(),
            process_instance: run.instance.0 as i64,
            element_id: element.id.to_string(),
            job_key: run.job.0 as i64,
            attempt,
            idempotency_key: run.job.to_string(),
            deadline: SystemTime::now() + timeout,
            trace_parent: Some(trace_parent),
        },
    };
    let calling = std::panic::AssertUnwindSafe(run.binding.call(&call)).catch_unwind();
    match tokio::time::timeout(timeout, calling).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(_)) => {
            let message = format!("the connector `{}` crashed; report it", run.binding.connector_id());
            Outcome::failure(FailureKind::Permanent, message)
        }
        Err(_) => {
            let (kind, advice) = match operation.delivery {
                Delivery::AtMostOnce => (
                    FailureKind::Permanent,
                    "whether it was carried out is not known, and it must not be repeated: look in the target system",
                ),
                Delivery::Idempotent | Delivery::Keyed | Delivery::SearchBeforeRetry => {
                    (FailureKind::Transient, "the target system did not answer")
                }
            };
            let message = format!("no answer within {} ms; {advice}", timeout.as_millis());
            Outcome::failure(kind, message)
        }
    }
}
