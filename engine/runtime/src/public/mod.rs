//! What callers hand in and get back: plain data, no behaviour.

mod decision;
mod deployment;
mod instance;
mod job;
mod message;
mod rest;
mod statistics;

pub use decision::{DecisionReference, EvaluateDecision, EvaluatedDecisions};
pub use deployment::{DeployedDecisions, DeployedResource, DeployedResourceKind, Deployment};
pub use instance::{CreateRequest, CreatedInstance, End, InstanceEnd, ProcessReference, Receipt};
pub use job::{ActivateJobs, ActivatedJob, JobCompletion, JobError, JobFailure, JobUpdate, UserTaskOfJob};
pub use message::{Correlated, Message, PublishedMessage};
pub use rest::{
    IncidentAtRest, JobAtRest, MessageAtRest, Passed, PassedElement, PassedJob, PassedJobOutcome, Rest,
    RestingPoint, TaskAtRest, TimerAtRest,
};
pub use statistics::Statistics;
