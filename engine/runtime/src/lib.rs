//! Load, step, commit, effects: the engine's thin, bounded, fair shell.
//!
//! A command goes to the lane of its instance, which steps it on the state in memory and hands the events to the
//! draft; the committer writes the draft in one transaction; only then callers are answered and effects happen.

mod aftermath;
mod asking;
mod batches;
mod clock;
mod cluster_variables;
mod committer;
mod conditionals;
mod config;
mod connectors;
mod counters;
mod decisions;
mod definitions;
mod draft;
mod ends;
mod engine;
mod engine_work;
mod error;
mod global_listeners;
mod inner;
mod jobs;
mod kept;
mod keys;
mod lane;
pub mod limits;
mod messages;
mod meters;
mod news;
mod outbox;
mod pace;
mod public;
mod retention;
mod shares;
mod signals;
mod surroundings;
mod time;
pub mod trace;
mod value_maps;
mod watch;

pub use asking::{Asker, asking};
pub use batches::{BatchMove, BatchPlan, BatchSelection, Batches, NewBatch};
pub use clock::{Clock, ControllableClock, LATEST, SystemClock};
pub use cluster_variables::{CLUSTER_VARIABLES, ClusterVariables};
pub use config::{Config, MissedRuns};
pub use definitions::DefinitionCache;
pub use engine::Engine;
pub use error::{DeployError, Error, Finding};
pub use global_listeners::{GLOBAL_TASK_LISTENERS, GlobalTaskListeners, LISTENER_EVENT_TYPES};
pub use public::*;
pub use retention::{Retention, RetentionSettings};
pub use value_maps::{
    HeldMaps, MapPages, VALUE_MAP_ENTRIES, VALUE_MAP_ENTRIES_IN_ALL, VALUE_MAPS, ValueMapTranslation,
    ValueMaps,
};
pub use watch::Watch;

/// The tenant of an installation that knows only one.
pub const DEFAULT_TENANT: &str = "<default>";
