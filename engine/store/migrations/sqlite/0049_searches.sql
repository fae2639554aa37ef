-- Searches over a million rows. Every index says whom it serves; those that are replaced were found to be in the way.

-- Operators: what runs, the newest first. Ended instances leave it.
DROP INDEX process_instance_active;
CREATE INDEX process_instance_open ON process_instance (started, state) WHERE ended IS NULL;
-- Operators: the instances of a process, those that run among them.
CREATE INDEX process_instance_definition ON process_instance (definition, ended, started, state);
-- Operators: what ended last. Appended.
CREATE INDEX process_instance_over ON process_instance (ended) WHERE ended IS NOT NULL;

-- Operators: what failed last.
CREATE INDEX job_failing ON job (created) WHERE state = 2;

-- Task lists: what is open and whose it may become, without a look at the rows; the newest, the due and the urgent first.
DROP INDEX user_task_state;
CREATE INDEX user_task_state ON user_task (state, created, instance, assignee, candidate_users, candidate_groups);
CREATE INDEX user_task_due ON user_task (state, due);
CREATE INDEX user_task_priority ON user_task (state, priority);

-- Operators: the newest incidents, and those that are active.
DROP INDEX incident_state;
CREATE INDEX incident_state ON incident (state, created);
CREATE INDEX incident_created ON incident (created);

-- Operators: what somebody did last; what was done with one kind of thing; one kind of operation; what was refused; what was
-- done with the instances of a process.
DROP INDEX audit_log_actor;
CREATE INDEX audit_log_actor ON audit_log (actor, at) WHERE actor IS NOT NULL;
CREATE INDEX audit_log_entity_type ON audit_log (entity_type, at, operation, result);
CREATE INDEX audit_log_operation ON audit_log (operation, at, entity_type, result);
CREATE INDEX audit_log_refused ON audit_log (at) WHERE result = 0;
CREATE INDEX audit_log_definition ON audit_log (definition, at) WHERE definition IS NOT NULL;
