-- Lines of the audit log are where the rows of their instance are, once tables are distributed by `bucket`: they are written
-- in one transaction with what they tell of. What concerns no instance has bucket 0.
ALTER TABLE audit_log ADD COLUMN bucket SMALLINT NOT NULL DEFAULT 0;
ALTER TABLE audit_log DROP CONSTRAINT audit_log_pkey;
ALTER TABLE audit_log ADD PRIMARY KEY (key, bucket);
