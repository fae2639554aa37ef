//! Task listeners of the installation, in memory.

use super::Memory;
use super::joined::Listed;
use super::tables::Tables;
use crate::global_listeners::{ListenerAdded, StoredTaskListener};
use crate::read::{GlobalListenerSource, GlobalTaskListener};

impl Memory {
    pub(crate) async fn add_listener(&self, listener: StoredTaskListener, limit: usize) -> ListenerAdded {
        let tables = &mut *self.tables.lock().await;
        if tables.task_listeners.len() >= limit {
            return ListenerAdded::TooMany;
        }
        if tables.task_listeners.contains_key(&listener.id) {
            return ListenerAdded::Exists;
        }
        tables.task_listener_number += 1;
        tables.task_listeners.insert(listener.id.clone(), (tables.task_listener_number, listener));
        ListenerAdded::Added
    }

    pub(crate) async fn put_listener(&self, listener: StoredTaskListener) -> bool {
        let tables = &mut *self.tables.lock().await;
        let Some((_, known)) = tables.task_listeners.get_mut(&listener.id) else { return false };
        *known = listener;
        true
    }

    pub(crate) async fn remove_listener(&self, id: &str) -> bool {
        self.tables.lock().await.task_listeners.remove(id).is_some()
    }

    pub(crate) async fn all_listeners(&self) -> Vec<StoredTaskListener> {
        self.tables.lock().await.task_listeners.values().map(|(_, listener)| listener.clone()).collect()
    }
}

impl Listed for GlobalTaskListener {
    fn rows(tables: &Tables) -> Vec<Self> {
        let row = |(key, listener): &(u64, StoredTaskListener)| Self {
            key: *key,
            id: listener.id.clone(),
            job_type: listener.job_type.clone(),
            retries: listener.retries,
            event_types: listener.event_types.clone(),
            after_non_global: listener.after_non_global,
            priority: listener.priority,
            source: GlobalListenerSource::Api,
        };
        tables.task_listeners.values().map(row).collect()
    }
}
