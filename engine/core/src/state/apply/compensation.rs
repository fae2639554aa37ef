//! Writing down what can be undone and what is being undone.

use super::on;
use crate::command::Variables;
use crate::event::Undone;
use crate::keys::ElementInstanceKey;
use crate::state::InstanceState;
use crate::state::undo::{CompensationRecord, Undo};

pub(super) fn noted(
    state: &mut InstanceState,
    key: ElementInstanceKey,
    scope: ElementInstanceKey,
    variables: &Variables,
) {
    let Some(instance) = state.element_instances.get_mut(&key) else { return };
    let activity = instance.element;
    let children = instance.undo.take().map(|undo| undo.records).unwrap_or_default();
    let record = CompensationRecord { activity, key, variables: variables.clone(), children };
    on_undo(state, scope, |undo| undo.records.push(record));
}

pub(super) fn started(
    state: &mut InstanceState,
    by: ElementInstanceKey,
    scope: ElementInstanceKey,
    records: &[ElementInstanceKey],
) {
    let mut taken = Vec::new();
    on_undo(state, scope, |undo| {
        let (chosen, left) = undo.records.drain(..).partition(|record| records.contains(&record.key));
        (taken, undo.records) = (chosen, left);
    });
    on_undo(state, by, |undo| undo.undoing = Some(taken));
}

pub(super) fn unfolded(state: &mut InstanceState, by: ElementInstanceKey) {
    on_undo(state, by, |undo| {
        let Some(undoing) = &mut undo.undoing else { return };
        if let Some(body) = undoing.pop() {
            undoing.extend(body.children);
        }
    });
}

pub(super) fn handler_started(
    state: &mut InstanceState,
    by: ElementInstanceKey,
    handler: ElementInstanceKey,
    how: Undone,
) {
    let mut children = Vec::new();
    on_undo(state, by, |undo| {
        let record = undo.undoing.as_mut().and_then(Vec::pop);
        children = record.map(|record| record.children).unwrap_or_default();
    });
    on_undo(state, handler, |undo| {
        undo.undone_for = Some(by);
        match how {
            Undone::ByHandler => {}
            Undone::ByEventSubProcess => (undo.records, undo.entered_again) = (children, true),
            Undone::ByChildren => (undo.undoing, undo.entered_again) = (Some(children), true),
        }
    });
}

fn on_undo(state: &mut InstanceState, key: ElementInstanceKey, write: impl FnOnce(&mut Undo)) {
    on(state, key, |instance| write(instance.undo.get_or_insert_default()));
}
