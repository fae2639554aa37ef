//! What callers hand in and get back: plain data, no behaviour.

mod conditional;
mod decision;
mod deployment;
mod instance;
mod job;
mod message;
mod rest;
mod signal;
mod statistics;

pub use conditional::{ConditionalEvaluation, EvaluatedConditionals};
pub use decision::{DecisionReference, EvaluateDecision, EvaluatedDecisions};
pub use deployment::{DeployedDecisions, DeployedResource, DeployedResourceKind, Deployment};
pub use instance::{CreateRequest, CreatedInstance, End, InstanceEnd, ProcessReference, Receipt};
pub use job::{ActivateJobs, ActivatedJob, JobCompletion, JobError, JobFailure, JobUpdate, UserTaskOfJob};
pub use message::{Correlated, Message, PublishedMessage};
pub use rest::{
    IncidentAtRest, JobAtRest, MessageAtRest, Passed, PassedElement, PassedJob, PassedJobOutcome, Rest,
    RestingPoint, TaskAtRest, TimerAtRest,
};
pub use signal::{BroadcastSignal, Signal};
pub use statistics::Statistics;
