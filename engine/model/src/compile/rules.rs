//! What the compiler accepts and refuses, as lists: the catalogue and its page are checked against them.

use super::triggers::{MULTIPLE, PARALLEL_MULTIPLE, Place, Verdict, verdict};
use super::unsupported::REFUSED;

/// Whether a trigger may stand at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TriggerRule {
    /// It is executed.
    Executed,
    /// BPMN allows it, hosk refuses it.
    Refused,
    /// BPMN does not allow it.
    Never,
}

/// The event definitions of BPMN (10.4.5), as the page lists them, and several of them at once.
const TRIGGERS: [&str; 12] = [
    "messageEventDefinition",
    "timerEventDefinition",
    "signalEventDefinition",
    "errorEventDefinition",
    "escalationEventDefinition",
    "conditionalEventDefinition",
    "compensateEventDefinition",
    "cancelEventDefinition",
    "linkEventDefinition",
    "terminateEventDefinition",
    MULTIPLE,
    PARALLEL_MULTIPLE,
];

/// The places of the page's table; an embedded sub-process starts without trigger and is left out.
const PLACES: [Place; 8] = [
    Place::ProcessStart,
    Place::EventSubProcessInterrupting,
    Place::EventSubProcessNonInterrupting,
    Place::Catch,
    Place::BoundaryInterrupting,
    Place::BoundaryNonInterrupting,
    Place::Throw,
    Place::End,
];

/// Every event definition at every place, row by row.
pub fn trigger_rules() -> impl Iterator<Item = (&'static str, Place, TriggerRule)> {
    TRIGGERS.into_iter().flat_map(|tag| PLACES.into_iter().map(move |place| (tag, place, rule(tag, place))))
}

fn rule(tag: &'static str, place: Place) -> TriggerRule {
    // An error has already ended what threw it: `events::check_interrupting` refuses the others.
    let beside = matches!(place, Place::EventSubProcessNonInterrupting | Place::BoundaryNonInterrupting);
    if tag == "errorEventDefinition" && beside {
        return TriggerRule::Never;
    }
    match verdict(tag, place) {
        Verdict::Executed => TriggerRule::Executed,
        Verdict::NotExecuted => TriggerRule::Refused,
        Verdict::Never => TriggerRule::Never,
    }
}

/// Elements that BPMN defines and hosk refuses, with the way out.
pub fn refused() -> impl Iterator<Item = (String, &'static str)> {
    REFUSED.iter().map(|(tag, remedy)| ((*tag).to_owned(), *remedy))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::executed;
    use crate::compile::element::FLOW_NODES;

    #[test]
    fn a_trigger_is_executed_exactly_where_the_catalogue_says() {
        for (tag, place, rule) in trigger_rules() {
            let has_row = executed().any(|row| row.tag == tag && row.position == Some(place));
            assert_eq!(
                has_row,
                rule == TriggerRule::Executed,
                "{tag} at {place:?} is {rule:?}: correct its row in engine/model/src/catalog/events.rs"
            );
        }
    }

    #[test]
    fn every_flow_node_is_executed_or_refused() {
        for tag in FLOW_NODES.iter().filter(|tag| !tag.ends_with("Event")) {
            let has_row = executed().any(|row| row.tag == *tag);
            let is_refused = REFUSED.iter().any(|(refused, _)| refused == tag);
            assert!(has_row != is_refused, "{tag}: one row in engine/model/src/catalog, or one in REFUSED");
        }
    }

    #[test]
    fn nothing_is_listed_twice() {
        let mut rows: Vec<_> =
            executed().map(|row| (row.tag, row.position.map(|p| format!("{p:?}")))).collect();
        rows.sort();
        let all = rows.len();
        rows.dedup();
        assert_eq!(rows.len(), all);
        for row in executed() {
            assert!(!row.stories.is_empty(), "{} is not proved", row.name);
            assert!(!row.meaning.ends_with('.') && !row.meaning.contains('|'), "{}", row.meaning);
        }
    }
}
