//! Dictionaries: which value of one system is which value of another.

mod diff;
mod sql;

use std::sync::Arc;

use async_trait::async_trait;
use hosk_core::Timestamp;

pub(crate) use self::diff::Diff;
use crate::{Error, Memory};

/// A value and what it becomes.
pub type MapEntry = (Arc<str>, Arc<str>);

/// Which map.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ValueMapAddress {
    /// The tenant whose it is; `None`: everybody's.
    pub tenant: Option<Arc<str>>,
    /// Its id.
    pub id: Arc<str>,
}

impl ValueMapAddress {
    /// Everybody's have no tenant.
    pub(crate) fn owner(&self) -> Arc<str> {
        self.tenant.clone().unwrap_or_default()
    }
}

/// A change of a map.
#[derive(Clone, Debug)]
pub struct ValueMapChange {
    /// Of which.
    pub map: ValueMapAddress,
    /// The version it must have; `None`: any.
    pub version: Option<u64>,
    /// Who changes it.
    pub by: Option<Arc<str>>,
    /// When.
    pub at: Timestamp,
}

/// What a map is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueMapNames {
    /// Its name.
    pub name: Arc<str>,
    /// What it is for.
    pub description: Arc<str>,
    /// What the values are that are translated.
    pub source: Arc<str>,
    /// What the values are that they become.
    pub target: Arc<str>,
}

/// What is done with entries. Of one value that is named twice the last counts.
#[derive(Clone, Debug)]
pub enum ValueMapEntries {
    /// Adds these, or changes those that are there; the others stay.
    Merge(Vec<MapEntry>),
    /// These and no others.
    Replace(Vec<MapEntry>),
    /// Without these.
    Remove(Vec<Arc<str>>),
}

/// How many there may be.
#[derive(Clone, Copy, Debug)]
pub struct ValueMapLimits {
    /// Maps.
    pub maps: u64,
    /// Entries of one map.
    pub entries: u64,
    /// Entries of all maps.
    pub all_entries: u64,
}

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueMapChanged {
    /// It was made.
    Done(ValueMapDone),
    /// There is no such map.
    Missing,
    /// The map has another version, this one.
    Stale(u64),
    /// There is another map of that id.
    Exists,
    /// There would be more maps than there may be.
    TooManyMaps,
    /// It would have this many entries, more than it may have.
    TooManyEntries(u64),
    /// All maps together would have this many entries, more than they may have.
    TooManyInAll(u64),
}

/// A change that was made, or did not need to be: then the version is the old one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ValueMapDone {
    /// The version of the map.
    pub version: u64,
    /// How many entries it has.
    pub entries: u64,
    /// How many are new.
    pub added: u64,
    /// How many have another target.
    pub changed: u64,
    /// How many are gone.
    pub removed: u64,
}

/// A map, as those know it who hold its entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredValueMap {
    /// Its key; a map that is made later may get it again.
    pub key: u64,
    /// Whose it is, and its id.
    pub address: ValueMapAddress,
    /// Counts its changes.
    pub version: u64,
    /// When it was made.
    pub created: Timestamp,
}

/// Where they are kept. Each change is one transaction.
#[async_trait]
pub trait ValueMapStore: Send + Sync + 'static {
    /// Adds one without entries, unless there are as many as there may be.
    async fn add_value_map(
        &self,
        change: ValueMapChange,
        names: ValueMapNames,
        limits: ValueMapLimits,
    ) -> Result<ValueMapChanged, Error>;

    /// Gives one another id or other names.
    async fn put_value_map(
        &self,
        change: ValueMapChange,
        id: Arc<str>,
        names: ValueMapNames,
    ) -> Result<ValueMapChanged, Error>;

    /// Removes one with its entries.
    async fn remove_value_map(&self, change: ValueMapChange) -> Result<ValueMapChanged, Error>;

    /// Changes entries: all of them, or none.
    async fn put_value_map_entries(
        &self,
        change: ValueMapChange,
        entries: ValueMapEntries,
        limits: ValueMapLimits,
    ) -> Result<ValueMapChanged, Error>;

    /// All maps.
    async fn value_maps_all(&self) -> Result<Vec<StoredValueMap>, Error>;

    /// All entries of a map, by source.
    async fn value_map_entries_all(&self, key: u64) -> Result<Vec<MapEntry>, Error>;
}

#[async_trait]
impl ValueMapStore for Memory {
    async fn add_value_map(
        &self,
        change: ValueMapChange,
        names: ValueMapNames,
        limits: ValueMapLimits,
    ) -> Result<ValueMapChanged, Error> {
        Ok(self.add_map(change, names, limits).await)
    }

    async fn put_value_map(
        &self,
        change: ValueMapChange,
        id: Arc<str>,
        names: ValueMapNames,
    ) -> Result<ValueMapChanged, Error> {
        Ok(self.put_map(change, id, names).await)
    }

    async fn remove_value_map(&self, change: ValueMapChange) -> Result<ValueMapChanged, Error> {
        Ok(self.remove_map(change).await)
    }

    async fn put_value_map_entries(
        &self,
        change: ValueMapChange,
        entries: ValueMapEntries,
        limits: ValueMapLimits,
    ) -> Result<ValueMapChanged, Error> {
        Ok(self.put_map_entries(change, entries, limits).await)
    }

    async fn value_maps_all(&self) -> Result<Vec<StoredValueMap>, Error> {
        Ok(self.all_maps().await)
    }

    async fn value_map_entries_all(&self, key: u64) -> Result<Vec<MapEntry>, Error> {
        Ok(self.all_map_entries(key).await)
    }
}
