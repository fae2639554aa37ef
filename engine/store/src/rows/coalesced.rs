//! Row changes of one entity in one change set: at most one per key, in the order the keys were first seen.

use rustc_hash::FxHashMap;

/// A row that can be changed.
pub(crate) trait Merge: Sized + std::fmt::Debug {
    /// What can change.
    type Patch: Default + std::fmt::Debug;
    /// Changes a row that is not written yet.
    fn patch(&mut self, patch: &Self::Patch);
    /// One change after another.
    fn merge(first: &mut Self::Patch, then: Self::Patch);
}

/// What happens to one row.
#[derive(Debug)]
pub(crate) enum Change<R: Merge> {
    /// It is new.
    Insert(u64, R),
    /// It was there before.
    Update(u64, R::Patch),
    /// It was there before and goes.
    Delete(u64),
    /// It came and went.
    Nothing,
}

/// Few keys are searched one by one, more through a map.
const SCAN: usize = 12;

/// Changes by key.
#[derive(Debug)]
pub(crate) struct Coalesced<R: Merge> {
    changes: Vec<(u64, Change<R>)>,
    places: FxHashMap<u64, usize>,
}

impl<R: Merge> Default for Coalesced<R> {
    fn default() -> Self {
        Self { changes: Vec::new(), places: FxHashMap::default() }
    }
}

impl<R: Merge> Coalesced<R> {
    /// A new row.
    pub(crate) fn insert(&mut self, key: u64, row: R) {
        match self.place(key) {
            Some(place) => self.changes[place].1 = Change::Insert(key, row),
            None => self.push(key, Change::Insert(key, row)),
        }
    }

    /// A change of a row.
    pub(crate) fn update(&mut self, key: u64, patch: R::Patch) {
        let Some(place) = self.place(key) else { return self.push(key, Change::Update(key, patch)) };
        match &mut self.changes[place].1 {
            Change::Insert(_, row) => row.patch(&patch),
            Change::Update(_, first) => R::merge(first, patch),
            Change::Delete(_) | Change::Nothing => {}
        }
    }

    /// A row goes.
    pub(crate) fn delete(&mut self, key: u64) {
        let Some(place) = self.place(key) else { return self.push(key, Change::Delete(key)) };
        let change = &mut self.changes[place].1;
        *change = match change {
            Change::Insert(..) | Change::Nothing => Change::Nothing,
            Change::Update(..) | Change::Delete(_) => Change::Delete(key),
        };
    }

    /// The row inserted here under a key.
    pub(crate) fn inserted(&mut self, key: u64) -> Option<&mut R> {
        let place = self.place(key)?;
        match &mut self.changes[place].1 {
            Change::Insert(_, row) => Some(row),
            _ => None,
        }
    }

    /// In the order the keys were first seen.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Change<R>> {
        self.changes.iter().map(|(_, change)| change)
    }

    /// New rows.
    pub(crate) fn inserts(&self) -> impl Iterator<Item = &R> {
        self.iter().filter_map(|change| if let Change::Insert(_, row) = change { Some(row) } else { None })
    }

    /// Changes of rows that were there before.
    pub(crate) fn updates(&self) -> impl Iterator<Item = (u64, &R::Patch)> {
        self.iter().filter_map(|change| {
            if let Change::Update(key, patch) = change { Some((*key, patch)) } else { None }
        })
    }

    /// Rows that go.
    pub(crate) fn deletes(&self) -> impl Iterator<Item = u64> {
        self.iter().filter_map(|change| if let Change::Delete(key) = change { Some(*key) } else { None })
    }

    fn push(&mut self, key: u64, change: Change<R>) {
        if self.changes.len() == SCAN {
            self.places.extend(self.changes.iter().enumerate().map(|(place, (key, _))| (*key, place)));
        }
        if self.changes.len() >= SCAN {
            self.places.insert(key, self.changes.len());
        }
        self.changes.push((key, change));
    }

    fn place(&self, key: u64) -> Option<usize> {
        if self.changes.len() > SCAN {
            self.places.get(&key).copied()
        } else {
            self.changes.iter().rposition(|(other, _)| *other == key)
        }
    }
}
