//! The rows of task listeners of the whole installation.

use std::sync::Arc;

use super::field::{codes, entity};

codes! {
    /// Where a listener of the installation comes from.
    GlobalListenerSource {
        /// Written into a configuration; this server has none of those.
        Configuration = "CONFIGURATION",
        /// Added over the API.
        Api = "API",
    }
}

entity! {
    /// A task listener of the installation.
    GlobalTaskListener / GlobalTaskListenerField, key key, instance None, element None,
    from "global_task_listener t"
    {
        /// Tells it apart.
        Key key: u64 = "t.key";
        /// Its id.
        Id id: Arc<str> = "t.id";
        /// The type of its jobs.
        JobType job_type: Arc<str> = "t.job_type";
        /// The retries of its jobs.
        Retries retries: u32 = "t.retries";
        /// What it listens to.
        EventTypes event_types: Vec<Arc<str>> = "t.event_types";
        /// Whether it runs after the listeners of the model.
        AfterNonGlobal after_non_global: bool = "(t.after_non_global <> 0)";
        /// Those with a higher one run first.
        Priority priority: i32 = "t.priority";
        /// Where it comes from.
        Source source: GlobalListenerSource = "(CASE WHEN t.key IS NULL THEN 0 ELSE 1 END)";
    }
}
