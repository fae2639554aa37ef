//! The user tasks a process may ask about, read from the read side.

use std::sync::Arc;

use hosk_connector::async_trait;
use hosk_core::ProcessInstanceKey;
use hosk_store::{Condition, Filter, Page, Queries, Scalar, Search, Sort, UserTaskField};
use hosk_tasks::{UserTask, UserTasks};

/// [`UserTasks`] of this installation.
pub(crate) struct OwnTasks {
    queries: Arc<dyn Queries>,
}

impl OwnTasks {
    pub(crate) fn new(queries: Arc<dyn Queries>) -> Self {
        Self { queries }
    }
}

#[async_trait]
impl UserTasks for OwnTasks {
    async fn newest(&self, process_instance: u64, element_id: &str) -> Result<Option<UserTask>, String> {
        let instance = Scalar::Key(ProcessInstanceKey(process_instance).0);
        let search = Search {
            filter: Filter::All(vec![
                Filter::Is(UserTaskField::ProcessInstanceKey, Condition::Eq(instance)),
                Filter::Is(UserTaskField::ElementId, Condition::Eq(Scalar::Text(element_id.into()))),
            ]),
            sort: vec![Sort { field: UserTaskField::Key, descending: true }],
            page: Page::Offset { from: 0, limit: 1 },
        };
        let page = self
            .queries
            .user_tasks(search)
            .await
            .map_err(|error| format!("the user tasks cannot be read: {error}"))?;
        Ok(page.items.into_iter().next().map(|task| UserTask {
            key: task.key.0,
            state: task.state.as_str().to_owned(),
            assignee: task.assignee.map(|name| name.to_string()),
        }))
    }
}
