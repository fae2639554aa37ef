-- Operators: what is open in a process, and what is waited for there or by an instance, from the instance on. What is over
-- leaves these.
CREATE INDEX job_of_open ON job (instance) INCLUDE (key, state) WHERE ended IS NULL;
CREATE INDEX user_task_of_open ON user_task (instance) INCLUDE (key) WHERE completed IS NULL;
CREATE INDEX message_subscription_of_open ON message_subscription (instance) INCLUDE (key) WHERE state = 0 AND waiting;
DROP INDEX timer_of;
CREATE INDEX timer_of ON timer (instance) INCLUDE (key) WHERE waiting IS NOT NULL;

-- One instance's rows in the order of their keys, as pages have them: before there were statistics, all rows were gone
-- through in that order.
DROP INDEX element_instance_of;
DROP INDEX variable_of;
DROP INDEX job_of;
DROP INDEX user_task_of;
DROP INDEX incident_of;
DROP INDEX message_subscription_of;
CREATE INDEX element_instance_of ON element_instance (instance, key);
CREATE INDEX variable_of ON variable (instance, key);
CREATE INDEX job_of ON job (instance, key);
CREATE INDEX user_task_of ON user_task (instance, key);
CREATE INDEX incident_of ON incident (instance, key);
CREATE INDEX message_subscription_of ON message_subscription (instance, key);
