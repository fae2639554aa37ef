//! What a connector is and how it is called.
//!
//! A connector offers operations described by a [`Contract`]; a [`Connection`] is a configured connector. The
//! runtime binds a job to an operation by its task type (see [`Registry`]), builds a [`Call`] and gets an
//! [`Outcome`]. Timeouts, retries, back-off, concurrency limits and the evaluation of `resultExpression` and
//! `errorExpression` belong to the runtime; a connector does one attempt and says honestly how it went.
//!
//! This crate is pure: no sockets, no clock, no runtime.

#![forbid(unsafe_code)]

mod call;
mod connection;
mod contract;
mod grant;
mod registry;
mod schema;
mod secret;
mod template;

pub use call::{Call, Context, Failure, FailureKind, Outcome, header};
pub use connection::{Connection, Limits, UnknownSecret};
pub use contract::{
    Backoff, Capabilities, Contract, Delivery, ErrorCode, Operation, RetryDefaults, canonical_task_type,
    pinned_task_type,
};
pub use grant::{Grants, InvalidNetwork, Network, is_public};
pub use registry::{Binding, RegisterError, Registry, UnknownConnection};
pub use schema::{InvalidSchema, Schema, Violation};
pub use secret::Secret;
pub use template::{element_template, pinned_element_template};

pub use async_trait::async_trait;

/// One system, or one kind of system, that process steps can call.
///
/// An implementation is shared by all connections and all calls: it holds no state of a single call.
#[async_trait]
pub trait Connector: Send + Sync + 'static {
    /// What this connector offers. The same value for the life of the connector.
    fn contract(&self) -> &Contract;

    /// Whether a connection can work, as far as that can be told without calling anybody: settings, and the secrets
    /// they name. Asked before a connection is kept.
    ///
    /// # Errors
    /// A [`Failure`] whose message names the setting, what is wrong with it, and what would be right.
    fn check_connection(&self, connection: &Connection) -> Result<(), Failure> {
        let _ = connection;
        Ok(())
    }

    /// An operation and its input that show whether a connection works and change nothing in the target system; `None`
    /// when there is none.
    fn probe(&self, connection: &Connection) -> Option<(String, serde_json::Value)> {
        let _ = connection;
        None
    }

    /// Makes one attempt at one operation.
    ///
    /// The input has been checked against the operation's input schema when the call came through
    /// [`Binding::call`]. The future may be dropped at any await point when the deadline passes.
    async fn call(&self, call: &Call) -> Outcome;
}

/// The page for authors of connectors; its example is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/adding-a-connector.md")]
struct AddingAConnector;
