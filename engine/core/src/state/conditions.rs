//! Conditions that are waited for, found by who waits and by the event it waits on behalf of.

use std::collections::{BTreeMap, BTreeSet};

use hosk_model::ElementIndex;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::keys::ElementInstanceKey;

/// By element instance and event, whether the condition held when last looked at. What is stored is this alone; the
/// second way to find it is made when it is read.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Conditions {
    by_owner: BTreeMap<ElementInstanceKey, BTreeMap<ElementIndex, bool>>,
    by_event: BTreeMap<ElementIndex, BTreeSet<ElementInstanceKey>>,
}

impl Conditions {
    /// How many element instances wait for one.
    pub(super) fn len(&self) -> usize {
        self.by_owner.len()
    }

    /// All of them, by element instance.
    pub(super) fn iter(&self) -> impl Iterator<Item = (ElementInstanceKey, ElementIndex, bool)> + '_ {
        let of = |(owner, events): (&ElementInstanceKey, _)| (*owner, events);
        let all = self.by_owner.iter().map(of);
        all.flat_map(|(owner, events): (_, &BTreeMap<ElementIndex, bool>)| {
            events.iter().map(move |(event, holds)| (owner, *event, *holds))
        })
    }

    /// Those of an element instance.
    pub(super) fn of(&self, owner: ElementInstanceKey) -> impl Iterator<Item = (ElementIndex, bool)> + '_ {
        self.by_owner.get(&owner).into_iter().flatten().map(|(event, holds)| (*event, *holds))
    }

    /// Whether one held when last looked at.
    pub(super) fn get(&self, owner: ElementInstanceKey, event: ElementIndex) -> Option<bool> {
        self.by_owner.get(&owner)?.get(&event).copied()
    }

    /// Who waits on behalf of an event, in order of creation.
    pub(super) fn owners(&self, event: ElementIndex) -> Option<&BTreeSet<ElementInstanceKey>> {
        self.by_event.get(&event)
    }

    pub(super) fn set(&mut self, owner: ElementInstanceKey, event: ElementIndex, holds: bool) {
        if self.by_owner.entry(owner).or_default().insert(event, holds).is_none() {
            self.by_event.entry(event).or_default().insert(owner);
        }
    }

    pub(super) fn remove(&mut self, owner: ElementInstanceKey, event: ElementIndex) {
        remove_from(&mut self.by_owner, &owner, |events| events.remove(&event).is_some(), BTreeMap::is_empty);
        remove_from(&mut self.by_event, &event, |owners| owners.remove(&owner), BTreeSet::is_empty);
    }

    /// Every event becomes another one.
    pub(super) fn renumber(&mut self, becomes: &impl Fn(&mut ElementIndex)) {
        let before = std::mem::take(&mut self.by_owner);
        self.by_event.clear();
        for (owner, events) in before {
            for (mut event, holds) in events {
                becomes(&mut event);
                self.set(owner, event, holds);
            }
        }
    }
}

/// Takes something out of an entry, and the entry when nothing is left in it.
fn remove_from<K: Ord, V>(
    map: &mut BTreeMap<K, V>,
    key: &K,
    take: impl FnOnce(&mut V) -> bool,
    is_empty: impl FnOnce(&V) -> bool,
) {
    let Some(entry) = map.get_mut(key) else { return };
    take(entry);
    if is_empty(entry) {
        map.remove(key);
    }
}

impl Serialize for Conditions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.by_owner.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Conditions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let by_owner = BTreeMap::<_, BTreeMap<_, bool>>::deserialize(deserializer)?;
        let mut conditions = Self::default();
        for (owner, events) in by_owner {
            for (event, holds) in events {
                conditions.set(owner, event, holds);
            }
        }
        Ok(conditions)
    }
}
