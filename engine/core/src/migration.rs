//! Moving a running instance to another definition: what is asked, and what stands in the way. What it does is decided
//! in `commands/migrate.rs`.

use std::sync::Arc;

use crate::keys::{ElementInstanceKey, ProcessDefinitionKey};

/// An instance is to go on by another definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migration {
    /// The definition it is to run.
    pub target: ProcessDefinitionKey,
    /// What becomes of the elements. Every active one has to be named; of boundary events and starts of event
    /// sub-processes those whose timers and subscriptions are to be kept.
    pub mappings: Vec<ElementMapping>,
}

/// An element, and what it becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ElementMapping {
    /// Its id in the definition the instance runs.
    pub source: Arc<str>,
    /// The id of what it becomes, in the target.
    pub target: Arc<str>,
}

/// What a migration would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MigrationCheck {
    /// Everything that stands in the way; empty: it can be carried out.
    pub obstacles: Vec<Obstacle>,
    /// Events whose timers or subscriptions would be closed, because nothing says what they become.
    pub closed: Vec<Arc<str>>,
    /// Events of the target that would be waited for anew.
    pub opened: Vec<Arc<str>>,
}

/// Something that stands in the way of a migration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// The element in the definition the instance runs, or in the target when it is only there.
    pub element: Option<Arc<str>>,
    /// The element instance.
    pub element_instance: Option<ElementInstanceKey>,
    /// What is wrong, and what to do about it.
    pub message: String,
}
