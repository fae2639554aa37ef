//! What was committed, counted.

use std::ops::Bound;

use async_trait::async_trait;
use hosk_core::ProcessInstanceKey;

use super::Memory;
use super::tables::Tables;
use crate::Error;
use crate::codec::decode_steps;
use crate::commits::{Commit, CommitLog, CommitPlace};

impl Tables {
    /// The commit of a number.
    fn commit(&self, order: u64, (instance, version): (u64, u64)) -> Result<Option<Commit>, Error> {
        let place = CommitPlace { order, instance: ProcessInstanceKey(instance), version };
        let body = self.history.get(&(instance, version));
        body.map(|body| Ok(Commit { place, steps: decode_steps(body)? })).transpose()
    }
}

#[async_trait]
impl CommitLog for Memory {
    async fn newest_commit(&self) -> Result<CommitPlace, Error> {
        let tables = self.tables.lock().await;
        let newest = tables.commits.last_key_value();
        Ok(newest.map_or(CommitPlace::before(0), |(order, (instance, version))| CommitPlace {
            order: *order,
            instance: ProcessInstanceKey(*instance),
            version: *version,
        }))
    }

    async fn commit_at(&self, place: CommitPlace) -> Result<Option<Commit>, Error> {
        if place.is_between() {
            return Ok((place == CommitPlace::before(0)).then(|| Commit { place, steps: Vec::new() }));
        }
        let tables = self.tables.lock().await;
        let own = (place.instance.0, place.version);
        match tables.commits.get(&place.order) {
            Some(of) if *of == own => tables.commit(place.order, own),
            _ => Ok(None),
        }
    }

    async fn commits_after(&self, place: CommitPlace, limit: usize) -> Result<Vec<Commit>, Error> {
        let tables = self.tables.lock().await;
        let after = tables.commits.range((Bound::Excluded(place.order), Bound::Unbounded));
        after.take(limit).filter_map(|(order, of)| tables.commit(*order, *of).transpose()).collect()
    }
}
