//! Task listeners of the whole installation: kept in the store, chosen by every step that moves a user task.
//!
//! A change holds for transitions that begin after it was answered; on other servers within seconds. What a transition
//! runs stands in its event.

use std::sync::Arc;

use hosk_core::GlobalTaskListener;
use hosk_model::ListenerEvent;
use hosk_store::{ListenerAdded, StoredTaskListener, TaskListenerStore};
use parking_lot::RwLock;

use crate::kept::Kept;
use crate::{Engine, Error};

/// How many there may be.
pub const GLOBAL_TASK_LISTENERS: usize = 100;

/// The words for what they listen to; `all` stands for the others.
pub const LISTENER_EVENT_TYPES: [&str; 6] =
    ["all", "creating", "assigning", "updating", "completing", "canceling"];

/// Those that hold now.
#[derive(Debug, Default)]
pub(crate) struct TaskListeners(RwLock<Arc<[GlobalTaskListener]>>);

impl TaskListeners {
    pub(crate) fn get(&self) -> Arc<[GlobalTaskListener]> {
        self.0.read().clone()
    }

    pub(crate) fn set(&self, all: &[StoredTaskListener]) {
        *self.0.write() = all.iter().map(held).collect();
    }
}

/// Task listeners of the installation.
pub struct GlobalTaskListeners {
    engine: Engine,
    store: Arc<dyn TaskListenerStore>,
    /// Those that steps choose among.
    held: Arc<Kept>,
}

impl std::fmt::Debug for GlobalTaskListeners {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GlobalTaskListeners").finish_non_exhaustive()
    }
}

impl GlobalTaskListeners {
    /// Gives those that are stored to an engine.
    pub async fn start(engine: &Engine, store: Arc<dyn TaskListenerStore>) -> Result<Self, Error> {
        let (kept, inner) = (store.clone(), engine.inner.clone());
        let read = move || {
            let (store, inner) = (kept.clone(), inner.clone());
            async move {
                inner.definitions.task_listeners.set(&store.task_listeners_all().await?);
                Ok(())
            }
        };
        let held = Kept::start(engine, "global task listeners", read).await?;
        Ok(Self { engine: engine.clone(), store, held })
    }

    /// Adds one.
    pub async fn add(&self, listener: StoredTaskListener) -> Result<ListenerAdded, Error> {
        let now = self.engine.now();
        let added = self.store.add_task_listener(listener, now, GLOBAL_TASK_LISTENERS).await?;
        self.held.refresh().await?;
        Ok(added)
    }

    /// Changes one; `false` when there is none of that id.
    pub async fn put(&self, listener: StoredTaskListener) -> Result<bool, Error> {
        let known = self.store.put_task_listener(listener, self.engine.now()).await?;
        self.held.refresh().await?;
        Ok(known)
    }

    /// Removes one; whether there was one.
    pub async fn remove(&self, id: Arc<str>) -> Result<bool, Error> {
        let removed = self.store.remove_task_listener(id).await?;
        self.held.refresh().await?;
        Ok(removed)
    }
}

fn held(stored: &StoredTaskListener) -> GlobalTaskListener {
    GlobalTaskListener {
        id: stored.id.clone(),
        job_type: stored.job_type.clone(),
        retries: stored.retries,
        events: stored.event_types.iter().flat_map(|word| events(word)).copied().collect(),
        after_non_global: stored.after_non_global,
        priority: stored.priority,
    }
}

/// What a word stands for.
fn events(word: &str) -> &'static [ListenerEvent] {
    use ListenerEvent as E;
    match word {
        "all" => &[E::Creating, E::Assigning, E::Updating, E::Completing, E::Canceling],
        "creating" => &[E::Creating],
        "assigning" => &[E::Assigning],
        "updating" => &[E::Updating],
        "completing" => &[E::Completing],
        "canceling" => &[E::Canceling],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_means_an_event_and_all_means_every_one() {
        let (all, each) = LISTENER_EVENT_TYPES.split_first().unwrap();
        let one_by_one: Vec<_> = each.iter().flat_map(|word| events(word)).collect();
        assert_eq!(one_by_one, events(all).iter().collect::<Vec<_>>());
        assert_eq!(events("dancing"), []);
    }
}
