-- Tenants: a job says whose it is, so that claims for a tenant go through nobody else's jobs; so does a batch operation.
ALTER TABLE job ADD COLUMN tenant TEXT NOT NULL DEFAULT '<default>';
UPDATE job SET tenant = d.tenant FROM process_instance p JOIN process_definition d ON d.key = p.definition
WHERE p.key = job.instance AND d.tenant <> '<default>';
DROP INDEX job_open;
-- Claims. Ended jobs leave it.
CREATE INDEX job_open ON job (type, tenant, priority DESC, key) WHERE ended IS NULL;
ALTER TABLE batch_operation ADD COLUMN tenant TEXT NOT NULL DEFAULT '<default>';
