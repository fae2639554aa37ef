//! What has to be written so that a map's entries become what they are to be.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{MapEntry, ValueMapChanged, ValueMapDone, ValueMapEntries, ValueMapLimits};

/// Entries by source.
pub(crate) type BySource = BTreeMap<Arc<str>, Arc<str>>;

/// What differs.
#[derive(Debug, Default)]
pub(crate) struct Diff {
    /// To be written.
    pub(crate) put: Vec<MapEntry>,
    /// To be removed.
    pub(crate) gone: Vec<Arc<str>>,
    added: u64,
}

impl Diff {
    /// Between the entries that are there (of those that are named, at least) and what is to be done.
    pub(crate) fn of(there: &BySource, entries: ValueMapEntries) -> Self {
        let (wanted, gone): (BySource, Vec<Arc<str>>) = match entries {
            ValueMapEntries::Merge(entries) => (entries.into_iter().collect(), Vec::new()),
            ValueMapEntries::Replace(entries) => {
                let wanted: BySource = entries.into_iter().collect();
                let gone = there.keys().filter(|source| !wanted.contains_key(*source)).cloned().collect();
                (wanted, gone)
            }
            ValueMapEntries::Remove(sources) => {
                let mut gone: Vec<_> =
                    sources.into_iter().filter(|source| there.contains_key(source)).collect();
                gone.sort();
                gone.dedup();
                (BySource::new(), gone)
            }
        };
        let mut diff = Self { gone, ..Self::default() };
        for (source, target) in wanted {
            match there.get(&source) {
                Some(known) if *known == target => continue,
                Some(_) => {}
                None => diff.added += 1,
            }
            diff.put.push((source, target));
        }
        diff
    }

    /// What becomes of a map of that version with so many entries, of so many in all maps.
    pub(crate) fn outcome(
        &self,
        version: u64,
        entries: u64,
        in_all: u64,
        limits: ValueMapLimits,
    ) -> ValueMapChanged {
        let (put, removed) = (self.put.len() as u64, self.gone.len() as u64);
        let after = |before: u64| before.saturating_add(self.added).saturating_sub(removed);
        // What becomes smaller may always.
        let grows = self.added > removed;
        if grows && after(entries) > limits.entries {
            return ValueMapChanged::TooManyEntries(after(entries));
        }
        if grows && after(in_all) > limits.all_entries {
            return ValueMapChanged::TooManyInAll(after(in_all));
        }
        ValueMapChanged::Done(ValueMapDone {
            version: if put + removed == 0 { version } else { version + 1 },
            entries: after(entries),
            added: self.added,
            changed: put - self.added,
            removed,
        })
    }
}
