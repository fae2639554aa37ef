//! Between the interface, as generated, and the words of this library.

use std::panic;
use std::time::Duration;

use bindings::exports::hosk::connector::plugin;
use bindings::hosk::connector::{config, http, log, types};

use crate::host::{self, Answer, Credential, Host, Level};
use crate::{Call, Error, Failure, FailureKind, Plugin};

/// `connector.wit` in Rust.
#[allow(missing_docs, unreachable_pub, clippy::all, clippy::pedantic, reason = "generated")]
pub mod bindings {
    wit_bindgen::generate!({
        path: "wit",
        world: "connector",
        pub_export_macro: true,
        default_bindings_module: "hosk_plugin::bindings",
    });
}

/// Makes a component of a function without parameters that gives the [`Plugin`](crate::Plugin).
#[macro_export]
macro_rules! export {
    ($plugin:path) => {
        const _: () = {
            struct Component;
            impl $crate::Exported for Component {
                fn plugin() -> $crate::Plugin {
                    $plugin()
                }
            }
            // Elsewhere there is no host that would call it.
            #[cfg(target_family = "wasm")]
    $crate::bindings::export!(Component with_types_in $crate::bindings);
        };
    };
}

/// What [`export!`](crate::export) implements for a component.
pub trait Exported {
    /// The connector.
    fn plugin() -> Plugin;
}

impl<T: Exported> plugin::Guest for T {
    fn describe() -> String {
        T::plugin().contract().to_string()
    }

    fn invoke(told: types::Call) -> Result<String, types::Error> {
        panic::set_hook(Box::new(|panic| log::write(log::Level::Error, &panic.to_string())));
        let (operation, input) = (told.operation.clone(), told.input.clone());
        T::plugin().invoke(&operation, &input, &call(told)).map_err(error)
    }
}

fn call(told: types::Call) -> Call {
    let context = told.context;
    Call {
        tenant: context.tenant,
        connection: context.connection,
        process_instance: context.process_instance,
        element_id: context.element_id,
        job_key: context.job_key,
        attempt: context.attempt,
        idempotency_key: context.idempotency_key,
        time_left: Duration::from_millis(context.time_left_ms),
        trace_parent: context.trace_parent,
        headers: told.headers.into_iter().collect(),
    }
}

fn error(error: Error) -> types::Error {
    match error {
        Error::Bpmn(error) => types::Error::BpmnError(types::BpmnError {
            code: error.code,
            message: error.message,
            variables: error.variables.to_string(),
        }),
        Error::Failure(failure) => types::Error::Failure(types::Failure {
            kind: match failure.kind {
                FailureKind::InvalidInput => types::FailureKind::InvalidInput,
                FailureKind::Unauthorized => types::FailureKind::Unauthorized,
                FailureKind::NotFound => types::FailureKind::NotFound,
                FailureKind::Conflict => types::FailureKind::Conflict,
                FailureKind::RateLimited => types::FailureKind::RateLimited,
                FailureKind::Transient => types::FailureKind::Transient,
                FailureKind::Permanent => types::FailureKind::Permanent,
            },
            message: failure.message,
            retry_after_ms: failure.retry_after.map(milliseconds),
            code: failure.code,
            details: failure.details.map(|details| details.to_string()),
        }),
    }
}

fn milliseconds(wait: Duration) -> u64 {
    u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)
}

fn heard(failure: types::Failure) -> Failure {
    Failure {
        kind: match failure.kind {
            types::FailureKind::InvalidInput => FailureKind::InvalidInput,
            types::FailureKind::Unauthorized => FailureKind::Unauthorized,
            types::FailureKind::NotFound => FailureKind::NotFound,
            types::FailureKind::Conflict => FailureKind::Conflict,
            types::FailureKind::RateLimited => FailureKind::RateLimited,
            types::FailureKind::Transient => FailureKind::Transient,
            types::FailureKind::Permanent => FailureKind::Permanent,
        },
        message: failure.message,
        retry_after: failure.retry_after_ms.map(Duration::from_millis),
        code: failure.code,
        details: failure.details.and_then(|text| serde_json::from_str(&text).ok()),
    }
}

/// The host of a component. Where there is none, asking it panics; tests have one of their own.
pub(crate) struct Component;

impl Host for Component {
    fn log(&self, level: Level, message: &str) {
        let level = match level {
            Level::Trace => log::Level::Trace,
            Level::Debug => log::Level::Debug,
            Level::Info => log::Level::Info,
            Level::Warn => log::Level::Warn,
            Level::Error => log::Level::Error,
        };
        log::write(level, message);
    }

    fn settings(&self) -> String {
        config::settings()
    }

    fn secrets(&self) -> Vec<String> {
        config::secrets()
    }

    fn send(&self, request: host::Request) -> Result<Answer, Failure> {
        let credential = |credential| match credential {
            Credential::Header(name, template) => http::Credential::Header((name, template)),
            Credential::Query(name, template) => http::Credential::Query((name, template)),
            Credential::Basic(user, password) => http::Credential::Basic((user, password)),
            Credential::Body(marker, template) => http::Credential::Body((marker, template)),
        };
        let request = http::Request {
            method: request.method,
            url: request.url,
            headers: request.headers,
            body: request.body,
            credentials: request.credentials.into_iter().map(credential).collect(),
            timeout_ms: request.timeout_ms,
        };
        let response = http::send(&request).map_err(heard)?;
        Ok(Answer { status: response.status, headers: response.headers, body: response.body })
    }
}
