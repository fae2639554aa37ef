//! Task listeners of the whole installation.

use std::sync::Arc;

use async_trait::async_trait;
use futures::FutureExt;
use hosk_core::Timestamp;

use crate::plain::{Plain, Row, number, plain, text};
use crate::{Error, Memory};

/// A listener to keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredTaskListener {
    /// Its id.
    pub id: Arc<str>,
    /// The type of its jobs.
    pub job_type: Arc<str>,
    /// The retries of its jobs.
    pub retries: u32,
    /// What it listens to, in words of the REST API.
    pub event_types: Vec<Arc<str>>,
    /// Whether it runs after the listeners of the model.
    pub after_non_global: bool,
    /// Those with a higher one run first.
    pub priority: i32,
}

/// What became of a new listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListenerAdded {
    /// It is there.
    Added,
    /// There is one of that id.
    Exists,
    /// There are as many as there may be.
    TooMany,
}

/// Where they are kept. Each change is one transaction.
#[async_trait]
pub trait TaskListenerStore: Send + Sync + 'static {
    /// Adds one, unless there are `limit` already.
    async fn add_task_listener(
        &self,
        listener: StoredTaskListener,
        at: Timestamp,
        limit: usize,
    ) -> Result<ListenerAdded, Error>;

    /// Changes one; `false` when there is none of that id.
    async fn put_task_listener(&self, listener: StoredTaskListener, at: Timestamp) -> Result<bool, Error>;

    /// Removes one; whether there was one.
    async fn remove_task_listener(&self, id: Arc<str>) -> Result<bool, Error>;

    /// All of them, by id.
    async fn task_listeners_all(&self) -> Result<Vec<StoredTaskListener>, Error>;
}

const COUNT: &str = "SELECT count(*) FROM global_task_listener";
const ADD: &str = "INSERT INTO global_task_listener \
                   (id, job_type, retries, event_types, after_non_global, priority, updated) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING";
const PUT: &str = "UPDATE global_task_listener SET job_type = $2, retries = $3, event_types = $4, \
                   after_non_global = $5, priority = $6, updated = $7 WHERE id = $1";
const REMOVE: &str = "DELETE FROM global_task_listener WHERE id = $1";
const ALL: &str = "SELECT id, job_type, retries, event_types, after_non_global, priority FROM global_task_listener \
                   ORDER BY id";
const DOING: &str = "keeping a global task listener";

fn values(listener: StoredTaskListener, at: Timestamp) -> Result<Vec<crate::plain::Value>, Error> {
    let StoredTaskListener { id, job_type, retries, event_types, after_non_global, priority } = listener;
    let events = serde_json::to_string(&event_types).map_err(|error| corrupt(&error))?;
    let (retries, after, priority) = (i64::from(retries), i64::from(after_non_global), i64::from(priority));
    Ok(plain![id, job_type, retries, Arc::<str>::from(events), after, priority, at])
}

fn corrupt(error: &dyn std::fmt::Display) -> Error {
    Error::Corrupt { what: format!("a global task listener: {error}") }
}

fn read(row: &Row) -> Result<StoredTaskListener, Error> {
    Ok(StoredTaskListener {
        id: text(row, 0)?,
        job_type: text(row, 1)?,
        retries: u32::try_from(number(row, 2)?).map_err(|error| corrupt(&error))?,
        event_types: serde_json::from_str(&text(row, 3)?).map_err(|error| corrupt(&error))?,
        after_non_global: number(row, 4)? != 0,
        priority: i32::try_from(number(row, 5)?).map_err(|error| corrupt(&error))?,
    })
}

#[async_trait]
impl<D: Plain> TaskListenerStore for D {
    async fn add_task_listener(
        &self,
        listener: StoredTaskListener,
        at: Timestamp,
        limit: usize,
    ) -> Result<ListenerAdded, Error> {
        let values = values(listener, at)?;
        self.transact(DOING, move |tx| {
            async move {
                let found = tx.rows(COUNT, plain![]).await?;
                let count = found.first().map_or(Ok(0), |row| number(row, 0))?;
                if count >= limit as i64 {
                    return Ok(ListenerAdded::TooMany);
                }
                let added = tx.run(ADD, values).await? > 0;
                Ok(if added { ListenerAdded::Added } else { ListenerAdded::Exists })
            }
            .boxed()
        })
        .await
    }

    async fn put_task_listener(&self, listener: StoredTaskListener, at: Timestamp) -> Result<bool, Error> {
        let values = values(listener, at)?;
        self.transact(DOING, move |tx| async move { Ok(tx.run(PUT, values).await? > 0) }.boxed()).await
    }

    async fn remove_task_listener(&self, id: Arc<str>) -> Result<bool, Error> {
        let values = plain![id];
        self.transact(DOING, move |tx| async move { Ok(tx.run(REMOVE, values).await? > 0) }.boxed()).await
    }

    async fn task_listeners_all(&self) -> Result<Vec<StoredTaskListener>, Error> {
        let rows = self.transact(DOING, |tx| tx.rows(ALL, plain![]).boxed()).await?;
        rows.iter().map(read).collect()
    }
}

#[async_trait]
impl TaskListenerStore for Memory {
    async fn add_task_listener(
        &self,
        listener: StoredTaskListener,
        _: Timestamp,
        limit: usize,
    ) -> Result<ListenerAdded, Error> {
        Ok(self.add_listener(listener, limit).await)
    }

    async fn put_task_listener(&self, listener: StoredTaskListener, _: Timestamp) -> Result<bool, Error> {
        Ok(self.put_listener(listener).await)
    }

    async fn remove_task_listener(&self, id: Arc<str>) -> Result<bool, Error> {
        Ok(self.remove_listener(&id).await)
    }

    async fn task_listeners_all(&self) -> Result<Vec<StoredTaskListener>, Error> {
        Ok(self.all_listeners().await)
    }
}
