-- More searches over a million rows. Every index says whom it serves.

-- Operators: the newest jobs and element instances. Appended.
CREATE INDEX job_created ON job (created NULLS FIRST);
CREATE INDEX element_instance_started ON element_instance (started NULLS FIRST);
-- Operators: the jobs of a type, also those that ended.
CREATE INDEX job_type ON job (type, key);
-- Operators: jobs that raised an error, by its code.
CREATE INDEX job_error_code ON job (error_code) WHERE error_code IS NOT NULL;

-- People: the instance with a business key, by how the value begins. A name alone is found soon by going through all.
CREATE INDEX variable_value ON variable (substr(value, 1, 32), name);

-- People: who waits for a business key, whatever the message.
CREATE INDEX message_subscription_correlation ON message_subscription (correlation_key);

-- Operators: what is waited for, by key. What is over leaves these.
CREATE INDEX job_waiting ON job (key) WHERE ended IS NULL;
CREATE INDEX user_task_waiting ON user_task (key) WHERE completed IS NULL;
CREATE INDEX message_subscription_waiting ON message_subscription (key) WHERE state = 0 AND waiting;
CREATE INDEX timer_waiting ON timer (key) WHERE waiting IS NOT NULL;

-- Operators: what an instance called, directly or not; what a call activity called; what is suspended. Most instances are
-- in none of these.
CREATE INDEX process_instance_root ON process_instance (root) WHERE root <> key;
CREATE INDEX process_instance_caller ON process_instance (parent_element) WHERE parent_element IS NOT NULL;
CREATE INDEX process_instance_suspended ON process_instance (suspended) WHERE suspended IS NOT NULL;
-- Operators: the incident of a job.
CREATE INDEX incident_job ON incident (job) WHERE job IS NOT NULL;
-- Operators: what an element instance had decided.
CREATE INDEX decision_instance_element ON decision_instance (element_instance) WHERE element_instance IS NOT NULL;
-- Operators: the newest evaluated decisions. Appended.
CREATE INDEX decision_instance_evaluated ON decision_instance (evaluated NULLS FIRST);

-- Operators: what was done in a tenant that somebody made; in a batch operation; with a job.
CREATE INDEX audit_log_tenant ON audit_log (tenant, at NULLS FIRST) WHERE tenant <> '<default>';
CREATE INDEX audit_log_batch ON audit_log (batch) WHERE batch IS NOT NULL;
CREATE INDEX audit_log_job ON audit_log (job) WHERE job IS NOT NULL;

-- Operators: the messages that were correlated last. Appended.
CREATE INDEX correlated_message_subscription_time ON correlated_message_subscription (time NULLS FIRST);
