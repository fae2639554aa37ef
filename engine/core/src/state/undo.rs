//! The part of an element instance that compensation needs.

use hosk_model::ElementIndex;
use serde::{Deserialize, Serialize};

use super::ElementInstance;
use crate::command::Variables;
use crate::keys::ElementInstanceKey;

/// What can be undone in an element instance, and what it is undoing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Undo {
    /// For a container: completed activities that can be compensated, oldest first.
    pub(super) records: Vec<CompensationRecord>,
    /// For who undoes: what is left to undo, the next one last.
    pub(super) undoing: Option<Vec<CompensationRecord>>,
    /// For a handler or a sub-process entered again: on whose behalf.
    pub(super) undone_for: Option<ElementInstanceKey>,
    /// A sub-process that is entered again.
    pub(super) entered_again: bool,
}

/// A completed activity that can be compensated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CompensationRecord {
    /// Which activity.
    pub activity: ElementIndex,
    /// Its element instance.
    pub key: ElementInstanceKey,
    /// Its variables at completion.
    pub variables: Variables,
    /// What completed inside it and can be compensated, oldest first.
    pub children: Vec<CompensationRecord>,
}

impl Undo {
    /// Every activity becomes another one. Records are as deep as scopes are.
    pub(super) fn renumber(&mut self, becomes: &impl Fn(&mut ElementIndex)) {
        let mut todo: Vec<&mut CompensationRecord> = self.records.iter_mut().collect();
        todo.extend(self.undoing.iter_mut().flatten());
        while let Some(record) = todo.pop() {
            becomes(&mut record.activity);
            todo.extend(&mut record.children);
        }
    }
}

impl ElementInstance {
    /// Completed activities inside that can be compensated, oldest first.
    pub fn compensations(&self) -> &[CompensationRecord] {
        self.undo.as_ref().map_or(&[], |undo| &undo.records)
    }

    /// What it has left to undo, the next one last; `None` when it undoes nothing.
    pub(crate) fn undoing(&self) -> Option<&[CompensationRecord]> {
        self.undo.as_ref().and_then(|undo| undo.undoing.as_deref())
    }

    /// For a handler at work: on whose behalf.
    pub(crate) fn undone_for(&self) -> Option<ElementInstanceKey> {
        self.undo.as_ref().and_then(|undo| undo.undone_for)
    }

    /// Whether it is a sub-process that was entered again to be undone.
    pub(crate) fn is_entered_again(&self) -> bool {
        self.undo.as_ref().is_some_and(|undo| undo.entered_again)
    }
}
