//! The deterministic heart: [`step()`] decides, [`apply()`] writes down, [`effects_of`] tells the world.
//!
//! No input or output, no clock, no chance: the time and the keys come in with the call, the model and the state with
//! it. The same input gives the same output on every node and at every replay.

#![forbid(unsafe_code)]

mod ad_hoc_job;
mod boundary;
mod catching;
mod command;
mod commands;
mod compensation;
mod data;
mod decide;
mod decision;
mod definitions;
mod effect;
mod elements;
mod entry;
mod event;
mod expressions;
mod flows;
mod global_listeners;
mod incidents;
mod jobs;
mod keys;
pub mod limits;
mod listeners;
mod mappings;
mod migration;
mod modification;
mod multi_instance;
mod operation;
mod rejection;
mod standard_loop;
mod state;
mod step;
mod task_listeners;
mod triggers;
mod work;

pub use command::*;
pub use decide::{Decided, Undecided, evaluate_decision};
pub use decision::*;
pub use definitions::*;
pub use effect::*;
pub use entry::Entry;
pub use event::*;
pub use global_listeners::{ChosenListener, GlobalTaskListener};
pub use keys::*;
pub use migration::*;
pub use modification::*;
pub use operation::*;
pub use rejection::*;
pub use state::{
    CompensationRecord, ElementInstance, ElementState, Incident, InstanceState, Intended, Job, JobState,
    LoopState, SignalSubscription, Subscription, Timer, Triggered, UserTask, Variable, apply,
};
pub use step::{check_migration, step};
pub use triggers::conditional::start_condition;
pub use triggers::timer::{Due, due, start_due, start_due_again};
pub use work::Work;
