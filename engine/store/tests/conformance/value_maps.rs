//! Dictionaries.

use std::sync::Arc;

use hosk_store::{
    Filter, MapEntry, Search, Sort, ValueMapAddress, ValueMapChange, ValueMapChanged, ValueMapDone,
    ValueMapEntries, ValueMapEntryField as E, ValueMapField as F, ValueMapLimits, ValueMapNames,
};

use crate::world::{NOW, World, later};

const LIMITS: ValueMapLimits = ValueMapLimits { maps: 3, entries: 4, all_entries: 6 };
const MANY: ValueMapLimits = ValueMapLimits { maps: 3, entries: 10_000, all_entries: 10_000 };

fn change(tenant: Option<&str>, id: &str, version: Option<u64>) -> ValueMapChange {
    let map = ValueMapAddress { tenant: tenant.map(Into::into), id: id.into() };
    ValueMapChange { map, version, by: Some("olga".into()), at: later(5) }
}

fn names(name: &str) -> ValueMapNames {
    let text = |text: &str| -> Arc<str> { text.into() };
    ValueMapNames { name: text(name), description: text(""), source: text("CRM"), target: text("ERP") }
}

fn entries(of: &[(&str, &str)]) -> Vec<MapEntry> {
    of.iter().map(|(source, target)| ((*source).into(), (*target).into())).collect()
}

fn done(version: u64, entries: u64, [added, changed, removed]: [u64; 3]) -> ValueMapChanged {
    ValueMapChanged::Done(ValueMapDone { version, entries, added, changed, removed })
}

pub(crate) async fn value_maps_are_kept_by_tenant_and_id(world: World) {
    let store = &world.store;
    let add =
        async |tenant, id| store.add_value_map(change(tenant, id, None), names(id), LIMITS).await.unwrap();
    assert_eq!(add(None, "a").await, done(1, 0, [0, 0, 0]));
    assert_eq!(add(None, "a").await, ValueMapChanged::Exists);
    assert_eq!(add(Some("t"), "a").await, done(1, 0, [0, 0, 0]));
    assert_eq!(add(None, "b").await, done(1, 0, [0, 0, 0]));
    assert_eq!(add(None, "c").await, ValueMapChanged::TooManyMaps);
    let put = async |id, version, to: &str| {
        store.put_value_map(change(None, id, version), to.into(), names("New")).await.unwrap()
    };
    assert_eq!(put("a", None, "b").await, ValueMapChanged::Exists);
    assert_eq!(put("z", None, "y").await, ValueMapChanged::Missing);
    assert_eq!(put("a", Some(7), "a").await, ValueMapChanged::Stale(1));
    assert_eq!(put("a", Some(1), "a").await, done(2, 0, [0, 0, 0]));
    assert_eq!(put("a", None, "c").await, done(3, 0, [0, 0, 0]));
    let all = store.value_maps_all().await.unwrap();
    let seen: Vec<_> = all.iter().map(|one| (one.address.tenant.as_deref(), &*one.address.id)).collect();
    assert_eq!(seen, [(None, "b"), (None, "c"), (Some("t"), "a")]);
    assert_eq!((all[1].version, all[1].created), (3, later(5)));
    let rows = store.value_maps(Search::by(Filter::eq(F::MapId, "c"))).await.unwrap().items;
    assert_eq!((&*rows[0].name, rows[0].version, rows[0].tenant_id.as_deref()), ("New", 3, None));
    assert_eq!((rows[0].updated_by.as_deref(), rows[0].key), (Some("olga"), all[1].key));
    let gone = async |id, version| store.remove_value_map(change(None, id, version)).await.unwrap();
    assert_eq!(gone("c", Some(2)).await, ValueMapChanged::Stale(3));
    assert_eq!(gone("c", Some(3)).await, done(3, 0, [0, 0, 0]));
    assert_eq!(gone("c", None).await, ValueMapChanged::Missing);
    assert_eq!(store.value_maps_all().await.unwrap().len(), 2);
}

pub(crate) async fn entries_are_changed_as_a_whole_or_not_at_all(world: World) {
    use ValueMapEntries::{Merge, Remove, Replace};
    let store = &world.store;
    for id in ["a", "b"] {
        store.add_value_map(change(None, id, None), names(id), LIMITS).await.unwrap();
    }
    let put = async |id, version, entries| {
        store.put_value_map_entries(change(None, id, version), entries, LIMITS).await.unwrap()
    };
    let three = entries(&[("x", "1"), ("y", "2"), ("é", "1")]);
    assert_eq!(put("a", None, Merge(three.clone())).await, done(2, 3, [3, 0, 0]));
    assert_eq!(put("a", Some(2), Merge(three.clone())).await, done(2, 3, [0, 0, 0]), "nothing differs");
    assert_eq!(put("a", Some(1), Merge(three.clone())).await, ValueMapChanged::Stale(2));
    assert_eq!(put("z", None, Merge(three.clone())).await, ValueMapChanged::Missing);
    let more = entries(&[("y", "3"), ("z", "4"), ("w", "5"), ("w", "6")]);
    assert_eq!(put("a", None, Merge(more)).await, ValueMapChanged::TooManyEntries(5));
    assert_eq!(put("b", None, Merge(three.clone())).await, done(2, 3, [3, 0, 0]));
    assert_eq!(put("a", None, Merge(entries(&[("z", "4")]))).await, ValueMapChanged::TooManyInAll(7));
    let others = entries(&[("y", "3"), ("x", "1"), ("w", "5"), ("w", "6")]);
    assert_eq!(put("a", None, Replace(others)).await, done(3, 3, [1, 1, 1]));
    let gone = vec!["w".into(), "w".into(), "nothing".into()];
    assert_eq!(put("a", None, Remove(gone)).await, done(4, 2, [0, 0, 1]));
    assert_eq!(put("a", None, Remove(vec!["nothing".into()])).await, done(4, 2, [0, 0, 0]));
    let key = store.value_maps_all().await.unwrap()[0].key;
    assert_eq!(store.value_map_entries_all(key).await.unwrap(), entries(&[("x", "1"), ("y", "3")]));
    store.remove_value_map(change(None, "a", None)).await.unwrap();
    assert_eq!(store.value_map_entries_all(key).await.unwrap(), []);
    let left = store.value_map_entries(Search::default()).await.unwrap();
    assert_eq!(left.total_items, 3, "of the other map");
}

pub(crate) async fn many_entries_are_written_in_slices(world: World) {
    let store = &world.store;
    store.add_value_map(change(None, "a", None), names("a"), MANY).await.unwrap();
    let put =
        async |entries| store.put_value_map_entries(change(None, "a", None), entries, MANY).await.unwrap();
    let numbered = |from: u32, to: u32, target: &str| -> Vec<MapEntry> {
        (from..to).map(|n| (format!("{n:05}").into(), target.into())).collect()
    };
    let first = ValueMapEntries::Merge(numbered(0, 2_500, "a"));
    assert_eq!(put(first).await, done(2, 2_500, [2_500, 0, 0]));
    let second = ValueMapEntries::Replace(numbered(1_200, 3_700, "b"));
    assert_eq!(put(second).await, done(3, 2_500, [1_200, 1_300, 1_200]));
    let key = store.value_maps_all().await.unwrap()[0].key;
    assert_eq!(store.value_map_entries_all(key).await.unwrap(), numbered(1_200, 3_700, "b"));
    let gone = numbered(0, 3_699, "").into_iter().map(|(source, _)| source).collect();
    assert_eq!(put(ValueMapEntries::Remove(gone)).await, done(4, 1, [0, 0, 2_499]));
}

pub(crate) async fn entries_are_searched_by_map(world: World) {
    let store = &world.store;
    for (tenant, of) in [(None, [("b", "1"), ("a", "2"), ("c", "1")]), (Some("t"), [("a", "1"); 3])] {
        store.add_value_map(change(tenant, "m", None), names("m"), MANY).await.unwrap();
        let merge = ValueMapEntries::Merge(entries(&of));
        store.put_value_map_entries(change(tenant, "m", None), merge, MANY).await.unwrap();
    }
    let key = store.value_maps_all().await.unwrap()[0].key;
    let search = Search {
        filter: Filter::All(vec![
            Filter::eq(E::Map, hosk_store::Scalar::Key(key)),
            Filter::eq(E::Target, "1"),
        ]),
        sort: vec![Sort { field: E::Source, descending: true }],
        ..Search::default()
    };
    let found = store.value_map_entries(search).await.unwrap().items;
    let sources: Vec<&str> = found.iter().map(|one| &*one.source).collect();
    assert_eq!(sources, ["c", "b"]);
    assert_eq!((found[0].updated, found[0].updated_by.as_deref()), (later(5), Some("olga")));
    let owned = store.value_map_entries(Search::by(Filter::eq(E::TenantId, "t"))).await.unwrap();
    assert_eq!((owned.total_items, owned.items[0].updated > NOW), (1, true));
}
