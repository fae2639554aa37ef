//! Dictionaries, in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use hosk_core::Timestamp;

use super::Memory;
use super::joined::Listed;
use super::tables::Tables;
use crate::read::{ValueMap, ValueMapEntry};
use crate::value_maps::{
    Diff, MapEntry, StoredValueMap, ValueMapAddress, ValueMapChange, ValueMapChanged, ValueMapDone,
    ValueMapEntries, ValueMapLimits, ValueMapNames,
};

#[derive(Clone, Debug)]
pub(super) struct Map {
    key: u64,
    names: ValueMapNames,
    version: u64,
    created: Timestamp,
    updated: Timestamp,
    updated_by: Option<Arc<str>>,
    /// By source.
    entries: BTreeMap<Arc<str>, Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    key: u64,
    target: Arc<str>,
    updated: Timestamp,
    updated_by: Option<Arc<str>>,
}

impl Map {
    fn touch(&mut self, change: &ValueMapChange, version: u64) {
        self.version = version;
        self.updated = change.at;
        self.updated_by.clone_from(&change.by);
    }

    fn done(&self) -> ValueMapChanged {
        let (version, entries) = (self.version, self.entries.len() as u64);
        ValueMapChanged::Done(ValueMapDone { version, entries, added: 0, changed: 0, removed: 0 })
    }
}

fn address(map: &ValueMapAddress) -> (Arc<str>, Arc<str>) {
    (map.owner(), map.id.clone())
}

fn tenant(owner: &Arc<str>) -> Option<Arc<str>> {
    Some(owner.clone()).filter(|owner| !owner.is_empty())
}

/// The map, if it has the version that it must have.
fn hold<'t>(tables: &'t mut Tables, change: &ValueMapChange) -> Result<&'t mut Map, ValueMapChanged> {
    let map = tables.value_maps.get_mut(&address(&change.map)).ok_or(ValueMapChanged::Missing)?;
    match change.version {
        Some(version) if version != map.version => Err(ValueMapChanged::Stale(map.version)),
        _ => Ok(map),
    }
}

impl Memory {
    pub(crate) async fn add_map(
        &self,
        change: ValueMapChange,
        names: ValueMapNames,
        limits: ValueMapLimits,
    ) -> ValueMapChanged {
        let tables = &mut *self.tables.lock().await;
        if tables.value_maps.len() as u64 >= limits.maps {
            return ValueMapChanged::TooManyMaps;
        }
        let address = address(&change.map);
        if tables.value_maps.contains_key(&address) {
            return ValueMapChanged::Exists;
        }
        tables.value_map_number += 1;
        let map = Map {
            key: tables.value_map_number,
            names,
            version: 1,
            created: change.at,
            updated: change.at,
            updated_by: change.by,
            entries: BTreeMap::new(),
        };
        let done = map.done();
        tables.value_maps.insert(address, map);
        done
    }

    pub(crate) async fn put_map(
        &self,
        change: ValueMapChange,
        id: Arc<str>,
        names: ValueMapNames,
    ) -> ValueMapChanged {
        let tables = &mut *self.tables.lock().await;
        if let Err(refused) = hold(tables, &change) {
            return refused;
        }
        let (old, new) = (address(&change.map), (change.map.owner(), id));
        if old != new && tables.value_maps.contains_key(&new) {
            return ValueMapChanged::Exists;
        }
        let Some(mut map) = tables.value_maps.remove(&old) else { return ValueMapChanged::Missing };
        map.names = names;
        let version = map.version + 1;
        map.touch(&change, version);
        let done = map.done();
        tables.value_maps.insert(new, map);
        done
    }

    pub(crate) async fn remove_map(&self, change: ValueMapChange) -> ValueMapChanged {
        let tables = &mut *self.tables.lock().await;
        let version = match hold(tables, &change) {
            Ok(map) => map.version,
            Err(refused) => return refused,
        };
        tables.value_maps.remove(&address(&change.map));
        ValueMapChanged::Done(ValueMapDone { version, entries: 0, added: 0, changed: 0, removed: 0 })
    }

    pub(crate) async fn put_map_entries(
        &self,
        change: ValueMapChange,
        entries: ValueMapEntries,
        limits: ValueMapLimits,
    ) -> ValueMapChanged {
        let tables = &mut *self.tables.lock().await;
        let in_all = tables.value_maps.values().map(|map| map.entries.len() as u64).sum();
        let mut number = tables.value_map_entry_number;
        let map = match hold(tables, &change) {
            Ok(map) => map,
            Err(refused) => return refused,
        };
        let there =
            map.entries.iter().map(|(source, entry)| (source.clone(), entry.target.clone())).collect();
        let diff = Diff::of(&there, entries);
        let outcome = diff.outcome(map.version, map.entries.len() as u64, in_all, limits);
        let ValueMapChanged::Done(done) = outcome else { return outcome };
        if done.version != map.version {
            map.touch(&change, done.version);
            for source in &diff.gone {
                map.entries.remove(source);
            }
            for (source, target) in diff.put {
                let known = map.entries.get(&source).map(|entry| entry.key);
                let key = known.unwrap_or_else(|| {
                    number += 1;
                    number
                });
                let entry = Entry { key, target, updated: change.at, updated_by: change.by.clone() };
                map.entries.insert(source, entry);
            }
            tables.value_map_entry_number = number;
        }
        outcome
    }

    pub(crate) async fn all_maps(&self) -> Vec<StoredValueMap> {
        let tables = self.tables.lock().await;
        let each = tables.value_maps.iter().map(|((owner, id), map)| StoredValueMap {
            key: map.key,
            address: ValueMapAddress { tenant: tenant(owner), id: id.clone() },
            version: map.version,
            created: map.created,
        });
        each.collect()
    }

    pub(crate) async fn all_map_entries(&self, key: u64) -> Vec<MapEntry> {
        let tables = self.tables.lock().await;
        let map = tables.value_maps.values().find(|map| map.key == key);
        let entries = map.into_iter().flat_map(|map| &map.entries);
        entries.map(|(source, entry)| (source.clone(), entry.target.clone())).collect()
    }
}

impl Listed for ValueMap {
    fn rows(tables: &Tables) -> Vec<Self> {
        let row = |((owner, id), map): (&(Arc<str>, Arc<str>), &Map)| Self {
            key: map.key,
            id: id.clone(),
            tenant_id: tenant(owner),
            name: map.names.name.clone(),
            description: map.names.description.clone(),
            source_name: map.names.source.clone(),
            target_name: map.names.target.clone(),
            version: map.version as i64,
            entries: map.entries.len() as i64,
            created: map.created,
            updated: map.updated,
            updated_by: map.updated_by.clone(),
        };
        tables.value_maps.iter().map(row).collect()
    }
}

impl Listed for ValueMapEntry {
    fn rows(tables: &Tables) -> Vec<Self> {
        let of = |((owner, _), map): (&(Arc<str>, Arc<str>), &Map)| -> Vec<Self> {
            let row = |(source, entry): (&Arc<str>, &Entry)| Self {
                key: entry.key,
                map: map.key,
                tenant_id: tenant(owner),
                source: source.clone(),
                target: entry.target.clone(),
                updated: entry.updated,
                updated_by: entry.updated_by.clone(),
            };
            map.entries.iter().map(row).collect()
        };
        tables.value_maps.iter().flat_map(of).collect()
    }
}
