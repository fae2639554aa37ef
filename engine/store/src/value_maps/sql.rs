//! Dictionaries in SQL.

use std::sync::Arc;

use async_trait::async_trait;
use futures::FutureExt;
use hosk_core::Timestamp;

use super::diff::BySource;
use super::{
    Diff, MapEntry, StoredValueMap, ValueMapAddress, ValueMapChange, ValueMapChanged, ValueMapDone,
    ValueMapEntries, ValueMapLimits, ValueMapNames, ValueMapStore,
};
use crate::Error;
use crate::plain::{Plain, Row, Transaction, key, number, plain, text};

/// Entries that are written by one statement.
const SLICE: usize = 1_000;

const COUNT: &str = "SELECT count(*) FROM value_map";
const ADD: &str = "INSERT INTO value_map (tenant, id, name, description, source_name, target_name, version, entries, \
                   created, updated, updated_by) VALUES ($1, $2, $3, $4, $5, $6, 1, 0, $7, $7, $8) \
                   ON CONFLICT (tenant, id) DO NOTHING";
/// The map, which nobody else changes from here on until the transaction is over.
const HOLD: &str =
    "UPDATE value_map SET version = version WHERE tenant = $1 AND id = $2 RETURNING key, version, entries";
const TAKEN: &str = "SELECT 1 FROM value_map WHERE tenant = $1 AND id = $2 AND key <> $3";
const PUT: &str = "UPDATE value_map SET id = $2, name = $3, description = $4, source_name = $5, target_name = $6, \
                   version = version + 1, updated = $7, updated_by = $8 WHERE key = $1";
const REMOVE_ENTRIES: &str = "DELETE FROM value_map_entry WHERE map = $1";
const REMOVE: &str = "DELETE FROM value_map WHERE key = $1";
const IN_ALL: &str = "SELECT CAST(coalesce(sum(entries), 0) AS BIGINT) FROM value_map";
const CHANGED: &str =
    "UPDATE value_map SET version = $2, entries = $3, updated = $4, updated_by = $5 WHERE key = $1";
const ALL: &str = "SELECT key, tenant, id, version, created FROM value_map ORDER BY tenant, id";
const ENTRIES: &str = "SELECT source, target FROM value_map_entry WHERE map = $1 ORDER BY source";
const DOING: &str = "keeping a value map";

#[async_trait]
impl<D: Plain> ValueMapStore for D {
    async fn add_value_map(
        &self,
        change: ValueMapChange,
        names: ValueMapNames,
        limits: ValueMapLimits,
    ) -> Result<ValueMapChanged, Error> {
        let ValueMapNames { name, description, source, target } = names;
        let mut values = plain![change.map.owner(), change.map.id, name, description, source, target];
        values.extend(plain![change.at, change.by]);
        self.transact(DOING, move |tx| {
            async move {
                let found = tx.rows(COUNT, plain![]).await?;
                let count = found.first().map_or(Ok(0), |row| key(row, 0))?;
                if count >= limits.maps {
                    return Ok(ValueMapChanged::TooManyMaps);
                }
                let added = tx.run(ADD, values).await? > 0;
                Ok(if added { done(1, 0) } else { ValueMapChanged::Exists })
            }
            .boxed()
        })
        .await
    }

    async fn put_value_map(
        &self,
        change: ValueMapChange,
        id: Arc<str>,
        names: ValueMapNames,
    ) -> Result<ValueMapChanged, Error> {
        self.transact(DOING, move |tx| {
            async move {
                let held = match hold(tx, &change).await? {
                    Ok(held) => held,
                    Err(refused) => return Ok(refused),
                };
                if !tx.rows(TAKEN, plain![change.map.owner(), id.clone(), held.key]).await?.is_empty() {
                    return Ok(ValueMapChanged::Exists);
                }
                let ValueMapNames { name, description, source, target } = names;
                let mut values = plain![held.key, id, name, description, source, target];
                values.extend(plain![change.at, change.by]);
                tx.run(PUT, values).await?;
                Ok(done(held.version + 1, held.entries))
            }
            .boxed()
        })
        .await
    }

    async fn remove_value_map(&self, change: ValueMapChange) -> Result<ValueMapChanged, Error> {
        self.transact(DOING, move |tx| {
            async move {
                let held = match hold(tx, &change).await? {
                    Ok(held) => held,
                    Err(refused) => return Ok(refused),
                };
                tx.run(REMOVE_ENTRIES, plain![held.key]).await?;
                tx.run(REMOVE, plain![held.key]).await?;
                Ok(done(held.version, 0))
            }
            .boxed()
        })
        .await
    }

    async fn put_value_map_entries(
        &self,
        change: ValueMapChange,
        entries: ValueMapEntries,
        limits: ValueMapLimits,
    ) -> Result<ValueMapChanged, Error> {
        self.transact(DOING, move |tx| {
            async move { change_entries::<D>(tx, change, entries, limits).await }.boxed()
        })
        .await
    }

    async fn value_maps_all(&self) -> Result<Vec<StoredValueMap>, Error> {
        let rows = self.look(DOING, ALL, plain![]).await?;
        let each = rows.iter().map(|row| {
            let tenant = Some(text(row, 1)?).filter(|tenant| !tenant.is_empty());
            Ok(StoredValueMap {
                key: key(row, 0)?,
                address: ValueMapAddress { tenant, id: text(row, 2)? },
                version: key(row, 3)?,
                created: Timestamp(number(row, 4)?),
            })
        });
        each.collect()
    }

    async fn value_map_entries_all(&self, key: u64) -> Result<Vec<MapEntry>, Error> {
        self.look(DOING, ENTRIES, plain![key]).await?.iter().map(entry).collect()
    }
}

fn done(version: u64, entries: u64) -> ValueMapChanged {
    ValueMapChanged::Done(ValueMapDone { version, entries, added: 0, changed: 0, removed: 0 })
}

fn entry(row: &Row) -> Result<MapEntry, Error> {
    Ok((text(row, 0)?, text(row, 1)?))
}

/// A map that is changed.
struct Held {
    key: u64,
    version: u64,
    entries: u64,
}

/// The map, if it has the version that it must have.
async fn hold(
    tx: &mut (dyn Transaction + '_),
    change: &ValueMapChange,
) -> Result<Result<Held, ValueMapChanged>, Error> {
    let found = tx.rows(HOLD, plain![change.map.owner(), change.map.id.clone()]).await?;
    let Some(row) = found.first() else { return Ok(Err(ValueMapChanged::Missing)) };
    let held = Held { key: key(row, 0)?, version: key(row, 1)?, entries: key(row, 2)? };
    if change.version.is_some_and(|version| version != held.version) {
        return Ok(Err(ValueMapChanged::Stale(held.version)));
    }
    Ok(Ok(held))
}

async fn change_entries<D: Plain>(
    tx: &mut (dyn Transaction + '_),
    change: ValueMapChange,
    entries: ValueMapEntries,
    limits: ValueMapLimits,
) -> Result<ValueMapChanged, Error> {
    let held = match hold(tx, &change).await? {
        Ok(held) => held,
        Err(refused) => return Ok(refused),
    };
    let there = match &entries {
        ValueMapEntries::Replace(_) => all(tx, held.key).await?,
        ValueMapEntries::Merge(entries) => {
            some::<D>(tx, held.key, entries.iter().map(|(source, _)| source).collect()).await?
        }
        ValueMapEntries::Remove(sources) => some::<D>(tx, held.key, sources.iter().collect()).await?,
    };
    let found = tx.rows(IN_ALL, plain![]).await?;
    let in_all = found.first().map_or(Ok(0), |row| key(row, 0))?;
    let diff = Diff::of(&there, entries);
    let outcome = diff.outcome(held.version, held.entries, in_all, limits);
    let ValueMapChanged::Done(done) = outcome else { return Ok(outcome) };
    if done.version != held.version {
        write::<D>(tx, held.key, &diff, &change).await?;
        tx.run(CHANGED, plain![held.key, done.version, done.entries, change.at, change.by]).await?;
    }
    Ok(outcome)
}

async fn all(tx: &mut (dyn Transaction + '_), map: u64) -> Result<BySource, Error> {
    tx.rows(ENTRIES, plain![map]).await?.iter().map(entry).collect()
}

/// Those of these sources that are there.
async fn some<D: Plain>(
    tx: &mut (dyn Transaction + '_),
    map: u64,
    sources: Vec<&Arc<str>>,
) -> Result<BySource, Error> {
    let named = format!(
        "SELECT source, target FROM value_map_entry WHERE map = $1 AND source IN (SELECT {} FROM {})",
        D::word(0),
        D::each("$2"),
    );
    let mut there = BySource::new();
    for slice in sources.chunks(SLICE) {
        let rows: Vec<_> = slice.iter().map(|source| (source,)).collect();
        for row in &tx.rows(&named, plain![map, json(&rows)?]).await? {
            let (source, target) = entry(row)?;
            there.insert(source, target);
        }
    }
    Ok(there)
}

async fn write<D: Plain>(
    tx: &mut (dyn Transaction + '_),
    map: u64,
    diff: &Diff,
    change: &ValueMapChange,
) -> Result<(), Error> {
    let (first, second, each) = (D::word(0), D::word(1), D::each("$2"));
    let remove =
        format!("DELETE FROM value_map_entry WHERE map = $1 AND source IN (SELECT {first} FROM {each})");
    for slice in diff.gone.chunks(SLICE) {
        let rows: Vec<_> = slice.iter().map(|source| (source,)).collect();
        tx.run(&remove, plain![map, json(&rows)?]).await?;
    }
    let put = format!(
        "INSERT INTO value_map_entry (map, source, target, updated, updated_by) SELECT $1, {first}, {second}, $3, $4 \
         FROM {each} WHERE true ON CONFLICT (map, source) \
         DO UPDATE SET target = excluded.target, updated = excluded.updated, updated_by = excluded.updated_by"
    );
    for slice in diff.put.chunks(SLICE) {
        let values = plain![map, json(&slice)?, change.at, change.by.clone()];
        tx.run(&put, values).await?;
    }
    Ok(())
}

fn json<T: serde::Serialize>(rows: &T) -> Result<String, Error> {
    serde_json::to_string(rows)
        .map_err(|error| Error::Invalid { what: format!("entries of a value map: {error}") })
}
