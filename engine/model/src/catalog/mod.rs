//! What of BPMN is executed: one row per construct and position, the source of `docs/elements.md`.
//!
//! To extend it when an element or a trigger is added:
//!
//! 1. Add one row to the file of its group: `activities`, `gateways`, `events` or `data`.
//! 2. Name in it the folders (or single files, without the ending) below `tests/scenarios` that prove it.
//! 3. Run `BLESS=1 cargo test -p acceptance --test scenarios elements`, which writes the page anew.
//!
//! Three tests keep it true. Beside the compiler's tables (`compile::triggers`, `compile::unsupported`): what is
//! compiled has a row, and what has a row is compiled. In `tests/scenarios`: every story that a row names is there,
//! every element with stories has a row, and the page is the one that the rows give.

mod activities;
mod data;
mod events;
mod gateways;

pub use crate::compile::{Place, TriggerRule, refused, trigger_rules};

/// The release that first executed a construct.
pub type Since = &'static str;

/// The first release.
const FIRST: Since = "0.1.0";

/// The chapter of the page a construct stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Tasks, call activities, sub-processes, and what goes around them.
    Activities,
    /// Gateways and sequence flows.
    Gateways,
    /// Events: a trigger at a position.
    Events,
    /// Data, lanes and pools.
    Data,
}

/// A construct at a position.
#[derive(Clone, Copy, Debug)]
pub struct Construct {
    /// The chapter.
    pub group: Group,
    /// The XML element (or attribute) that says it; for events the event definition, empty without one.
    pub tag: &'static str,
    /// For events, where it stands.
    pub position: Option<Place>,
    /// What people call it.
    pub name: &'static str,
    /// What it does, without a full stop.
    pub meaning: &'static str,
    /// Since when.
    pub since: Since,
    /// Folders or files below `tests/scenarios`, without ending, that prove it.
    pub stories: &'static [&'static str],
}

/// Every construct that is executed, by group, in the order of the page.
pub fn executed() -> impl Iterator<Item = &'static Construct> {
    [activities::ROWS, gateways::ROWS, events::ROWS, data::ROWS].into_iter().flatten()
}

/// A row that is no event.
const fn row(
    group: Group,
    tag: &'static str,
    name: &'static str,
    meaning: &'static str,
    stories: &'static [&'static str],
) -> Construct {
    Construct { group, tag, position: None, name, meaning, since: FIRST, stories }
}

/// An event's row; `trigger` is the event definition without its ending, empty for none.
const fn event(
    tag: &'static str,
    name: &'static str,
    position: Place,
    meaning: &'static str,
    stories: &'static [&'static str],
) -> Construct {
    Construct { group: Group::Events, tag, position: Some(position), name, meaning, since: FIRST, stories }
}
