//! A call in the words of the interface, and the answer in those of the runtime.

use std::time::Duration;

use hosk_connector::{Call, Outcome};
use serde_json::{Map, Value};

use crate::bindings::types;
use crate::{Fault, Limits, request};

/// What a plugin answers.
pub(crate) type Answer = Result<String, types::Error>;

/// The call as the guest is told of it.
pub(crate) fn told(call: &Call, left: Duration) -> types::Call {
    let context = &call.context;
    types::Call {
        operation: call.operation.clone(),
        input: call.input.to_string(),
        headers: call.headers.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
        context: types::Context {
            tenant: context.tenant.clone(),
            connection: context.connection.id.clone(),
            process_instance: context.process_instance,
            element_id: context.element_id.clone(),
            job_key: context.job_key,
            attempt: context.attempt,
            idempotency_key: context.idempotency_key.clone(),
            time_left_ms: left.as_millis() as u64,
            trace_parent: context.trace_parent.clone(),
        },
    }
}

/// The outcome of an answer; no message of it holds a secret of the connection.
pub(crate) fn outcome(answer: Answer, call: &Call, limits: &Limits) -> Result<Outcome, Fault> {
    let connection = &call.context.connection;
    match answer {
        Ok(output) if output.len() > limits.transfer => Err(Fault::Output),
        Ok(output) => Ok(Outcome::Complete(serde_json::from_str(&output).map_err(|_| Fault::Answer)?)),
        Err(types::Error::BpmnError(error)) => {
            let variables = if error.variables.is_empty() {
                Value::Object(Map::new())
            } else {
                serde_json::from_str(&error.variables).map_err(|_| Fault::Answer)?
            };
            Ok(Outcome::bpmn_error(error.code, connection.redact(&error.message), variables))
        }
        Err(types::Error::Failure(failure)) => {
            let mut failure = request::heard(failure);
            failure.message = connection.redact(&failure.message);
            Ok(failure.into())
        }
    }
}
