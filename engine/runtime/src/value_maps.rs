//! Dictionaries of the installation: kept in the store, seen by every expression as `hosk.maps`, where each is a context
//! from values to what they become. A tenant's own go before everybody's of the same id.
//!
//! Evaluations share them and copy nothing. A change is seen by evaluations that begin after it was answered; on other
//! servers within seconds. What a step decided by them stands in its events.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use hosk_core::Timestamp;
use hosk_feel::{Context, ContextBuilder, Value};
use hosk_store::{
    MapEntry, StoredValueMap, ValueMapAddress, ValueMapChange, ValueMapChanged, ValueMapEntries,
    ValueMapLimits, ValueMapNames, ValueMapStore,
};
use parking_lot::RwLock;

use crate::kept::Kept;
use crate::{Engine, Error};

/// How many maps there may be.
pub const VALUE_MAPS: u64 = 1_000;
/// How many entries a map may have.
pub const VALUE_MAP_ENTRIES: u64 = 100_000;
/// How many entries all maps may have: every server holds them in memory.
pub const VALUE_MAP_ENTRIES_IN_ALL: u64 = 500_000;

const LIMITS: ValueMapLimits =
    ValueMapLimits { maps: VALUE_MAPS, entries: VALUE_MAP_ENTRIES, all_entries: VALUE_MAP_ENTRIES_IN_ALL };

/// Dictionaries in memory, which expressions see as `hosk`.
#[derive(Clone, Default)]
pub struct HeldMaps(Arc<RwLock<Shown>>);

impl std::fmt::Debug for HeldMaps {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.read().held.values()).finish()
    }
}

#[derive(Default)]
struct Shown {
    /// By key.
    held: BTreeMap<u64, Arc<Held>>,
    /// To tenants with maps of their own.
    own: BTreeMap<Arc<str>, Value>,
    /// To all others; absent while there are none.
    others: Option<Value>,
}

/// A map in memory.
struct Held {
    stored: StoredValueMap,
    entries: Context,
    /// The other way round; made when somebody asks.
    back: OnceLock<BTreeMap<Arc<str>, Vec<Arc<str>>>>,
}

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Held").field("stored", &self.stored).finish_non_exhaustive()
    }
}

impl Held {
    fn new(stored: StoredValueMap, entries: Vec<MapEntry>) -> Self {
        let mut builder = ContextBuilder::with_capacity(entries.len());
        for (source, target) in entries {
            builder.put(source, Value::String(target));
        }
        Self { stored, entries: builder.build(), back: OnceLock::new() }
    }

    fn entries(&self) -> impl Iterator<Item = (&Arc<str>, &Arc<str>)> {
        self.entries.entries().iter().filter_map(|(source, target)| match target {
            Value::String(target) => Some((source, target)),
            _ => None,
        })
    }

    fn back(&self) -> &BTreeMap<Arc<str>, Vec<Arc<str>>> {
        self.back.get_or_init(|| {
            let mut back: BTreeMap<Arc<str>, Vec<Arc<str>>> = BTreeMap::new();
            for (source, target) in self.entries() {
                back.entry(target.clone()).or_default().push(source.clone());
            }
            back
        })
    }
}

impl HeldMaps {
    /// Those that are stored, for the [`Config`](crate::Config) of an engine whose first step is to see them.
    pub async fn of(store: &dyn ValueMapStore) -> Result<Self, Error> {
        let maps = Self::default();
        maps.read(store).await?;
        Ok(maps)
    }

    pub(crate) fn get(&self, tenant: &str) -> Option<Value> {
        let shown = self.0.read();
        shown.own.get(tenant).or(shown.others.as_ref()).cloned()
    }

    fn held(&self, address: &ValueMapAddress) -> Option<Arc<Held>> {
        self.0.read().held.values().find(|held| held.stored.address == *address).cloned()
    }

    fn set(&self, held: BTreeMap<u64, Arc<Held>>) {
        let tenants = held.values().filter_map(|held| held.stored.address.tenant.clone());
        let own = tenants.map(|tenant| {
            let shown = shown(&held, Some(&tenant));
            (tenant, shown)
        });
        let (own, others) = (own.collect(), (!held.is_empty()).then(|| shown(&held, None)));
        *self.0.write() = Shown { held, own, others };
    }

    /// Takes over what stands in the store; what has not changed is not read again.
    async fn read(&self, store: &dyn ValueMapStore) -> Result<(), hosk_store::Error> {
        let mut all = BTreeMap::new();
        for stored in store.value_maps_all().await? {
            let known = self.0.read().held.get(&stored.key).filter(|held| held.stored == stored).cloned();
            let held = if let Some(held) = known {
                held
            } else {
                let entries = store.value_map_entries_all(stored.key).await?;
                Arc::new(Held::new(stored, entries))
            };
            all.insert(held.stored.key, held);
        }
        self.set(all);
        Ok(())
    }
}

/// `hosk`, as a tenant or one without maps of its own sees it.
fn shown(held: &BTreeMap<u64, Arc<Held>>, tenant: Option<&Arc<str>>) -> Value {
    let mut maps = ContextBuilder::default();
    // What is put later goes first.
    for owner in [None, tenant] {
        for one in held.values().filter(|one| one.stored.address.tenant.as_ref() == owner) {
            maps.put(one.stored.address.id.clone(), Value::Context(one.entries.clone()));
        }
    }
    Value::Context(Context::from_iter([("maps", Value::Context(maps.build()))]))
}

/// What some values become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueMapTranslation {
    /// The version of the map that says so.
    pub version: u64,
    /// For each value, what it becomes: nothing, one, or backwards perhaps several.
    pub matches: Vec<Vec<Arc<str>>>,
}

/// The entries of a map at one moment, slice by slice.
#[derive(Debug)]
pub struct MapPages {
    held: Arc<Held>,
    next: usize,
}

impl MapPages {
    /// The next entries by source, at most so many; none at the end.
    pub fn next(&mut self, limit: usize) -> Vec<MapEntry> {
        let entries = self.held.entries().skip(self.next).take(limit);
        let entries: Vec<_> = entries.map(|(source, target)| (source.clone(), target.clone())).collect();
        self.next += entries.len();
        entries
    }
}

/// Dictionaries of the installation.
pub struct ValueMaps {
    engine: Engine,
    store: Arc<dyn ValueMapStore>,
    maps: HeldMaps,
    /// What is in memory of them.
    kept: Arc<Kept>,
}

impl std::fmt::Debug for ValueMaps {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ValueMaps").finish_non_exhaustive()
    }
}

impl ValueMaps {
    /// Shows those that are stored to the expressions of an engine.
    pub async fn start(engine: &Engine, store: Arc<dyn ValueMapStore>) -> Result<Self, Error> {
        let (stored, maps) = (store.clone(), engine.inner.globals.maps.clone());
        let read = move || {
            let (store, maps) = (stored.clone(), maps.clone());
            async move { maps.read(&*store).await }
        };
        let kept = Kept::start(engine, "value maps", read).await?;
        Ok(Self { engine: engine.clone(), store, maps: engine.inner.globals.maps.clone(), kept })
    }

    /// Adds one without entries.
    pub async fn add(
        &self,
        map: ValueMapAddress,
        names: ValueMapNames,
        by: Option<Arc<str>>,
    ) -> Result<ValueMapChanged, Error> {
        let change = ValueMapChange { map, version: None, by, at: self.now() };
        self.changed(self.store.add_value_map(change, names, LIMITS).await?).await
    }

    /// Gives one another id or other names.
    pub async fn put(
        &self,
        (map, version): (ValueMapAddress, Option<u64>),
        (id, names): (Arc<str>, ValueMapNames),
        by: Option<Arc<str>>,
    ) -> Result<ValueMapChanged, Error> {
        let change = ValueMapChange { map, version, by, at: self.now() };
        self.changed(self.store.put_value_map(change, id, names).await?).await
    }

    /// Removes one with its entries.
    pub async fn remove(
        &self,
        (map, version): (ValueMapAddress, Option<u64>),
        by: Option<Arc<str>>,
    ) -> Result<ValueMapChanged, Error> {
        let change = ValueMapChange { map, version, by, at: self.now() };
        self.changed(self.store.remove_value_map(change).await?).await
    }

    /// Changes entries: all of them, or none.
    pub async fn put_entries(
        &self,
        (map, version): (ValueMapAddress, Option<u64>),
        entries: ValueMapEntries,
        by: Option<Arc<str>>,
    ) -> Result<ValueMapChanged, Error> {
        let change = ValueMapChange { map, version, by, at: self.now() };
        self.changed(self.store.put_value_map_entries(change, entries, LIMITS).await?).await
    }

    /// What values become, or `backwards` what becomes them; at most `most` each. `None`: there is no such map.
    pub async fn translate(
        &self,
        map: &ValueMapAddress,
        values: &[impl AsRef<str> + Sync],
        backwards: bool,
        most: usize,
    ) -> Result<Option<ValueMapTranslation>, Error> {
        let Some(held) = self.held(map).await? else { return Ok(None) };
        let matches = values.iter().map(|value| {
            if backwards {
                let found = held.back().get(value.as_ref());
                return found.map_or_else(Vec::new, |found| found.iter().take(most).cloned().collect());
            }
            match held.entries.get(value.as_ref()) {
                Some(Value::String(target)) => vec![target.clone()],
                _ => Vec::new(),
            }
        });
        Ok(Some(ValueMapTranslation { version: held.stored.version, matches: matches.collect() }))
    }

    /// The entries of a map as they are now. `None`: there is no such map.
    pub async fn pages(&self, map: &ValueMapAddress) -> Result<Option<MapPages>, Error> {
        Ok(self.held(map).await?.map(|held| MapPages { held, next: 0 }))
    }

    /// A map as the store has it now.
    async fn held(&self, map: &ValueMapAddress) -> Result<Option<Arc<Held>>, Error> {
        if self.engine.inner.shared {
            self.kept.refresh().await?;
        }
        Ok(self.maps.held(map))
    }

    async fn changed(&self, outcome: ValueMapChanged) -> Result<ValueMapChanged, Error> {
        if matches!(outcome, ValueMapChanged::Done(_)) {
            self.kept.refresh().await?;
        }
        Ok(outcome)
    }

    fn now(&self) -> Timestamp {
        self.engine.now()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(key: u64, tenant: Option<&str>, id: &str, entries: &[(&str, &str)]) -> (u64, Arc<Held>) {
        let address = ValueMapAddress { tenant: tenant.map(Into::into), id: id.into() };
        let stored = StoredValueMap { key, address, version: 1, created: Timestamp(0) };
        let entries = entries.iter().map(|(source, target)| ((*source).into(), (*target).into()));
        (key, Arc::new(Held::new(stored, entries.collect())))
    }

    #[test]
    fn a_tenants_own_go_first_and_no_other_s_are_seen() {
        let maps = HeldMaps::default();
        assert!(maps.get("one").is_none());
        maps.set(BTreeMap::from([
            held(1, Some("one"), "jobs", &[("Boss", "Director")]),
            held(2, None, "jobs", &[("Boss", "Head")]),
            held(3, None, "cities", &[]),
            held(4, Some("other"), "units", &[]),
        ]));
        let seen = |tenant| format!("{:?}", maps.get(tenant).unwrap());
        assert_eq!(seen("one"), r#"{maps: {jobs: {Boss: "Director"}, cities: {}}}"#);
        assert_eq!(seen("other"), r#"{maps: {jobs: {Boss: "Head"}, cities: {}, units: {}}}"#);
        assert_eq!(seen("third"), r#"{maps: {jobs: {Boss: "Head"}, cities: {}}}"#);
    }

    #[test]
    fn evaluations_share_a_map() {
        let maps = HeldMaps::default();
        maps.set(BTreeMap::from([held(1, None, "jobs", &[("Boss", "Director")])]));
        let entries = || {
            let seen = maps.get("one").unwrap();
            let jobs =
                seen.as_context().and_then(|hosk| hosk.get("maps")?.as_context()?.get("jobs").cloned());
            jobs.and_then(|jobs| jobs.as_context().map(|jobs| jobs.entries().as_ptr())).unwrap()
        };
        assert_eq!(entries(), entries());
    }

    #[test]
    fn the_way_back_may_have_several_ends() {
        let (_, held) = held(1, None, "jobs", &[("Boss", "Head"), ("Chief", "Head"), ("Clerk", "Staff")]);
        let back: Vec<_> = held.back().get("Head").unwrap().iter().map(|source| &**source).collect();
        assert_eq!(back, ["Boss", "Chief"]);
        let (mut pages, mut seen) = (MapPages { held, next: 0 }, Vec::new());
        loop {
            let page = pages.next(2);
            if page.is_empty() {
                break;
            }
            seen.push(page.len());
        }
        assert_eq!(seen, [2, 1]);
    }
}
