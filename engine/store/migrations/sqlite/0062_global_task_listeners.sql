-- Task listeners of the whole installation, which run for the user tasks of every process. `event_types`: a JSON list of
-- `all`, `creating`, `assigning`, `updating`, `completing`, `canceling`.
CREATE TABLE global_task_listener (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    job_type TEXT NOT NULL,
    retries INTEGER NOT NULL,
    event_types TEXT NOT NULL,
    after_non_global INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    updated INTEGER NOT NULL
) STRICT;
-- Each id once.
CREATE UNIQUE INDEX global_task_listener_id ON global_task_listener (id);
-- Why a task listener denied what it listened to.
ALTER TABLE job ADD COLUMN denied_reason TEXT;
