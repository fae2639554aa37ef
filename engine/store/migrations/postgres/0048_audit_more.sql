-- What belongs to a line besides: another thing that it concerned, what there was before and afterwards (JSON, never a
-- secret), and what was deployed or decided.
ALTER TABLE audit_log ADD COLUMN related_type BIGINT;
ALTER TABLE audit_log ADD COLUMN related_key TEXT COLLATE "C";
ALTER TABLE audit_log ADD COLUMN before TEXT COLLATE "C";
ALTER TABLE audit_log ADD COLUMN after TEXT COLLATE "C";
ALTER TABLE audit_log ADD COLUMN deployment BIGINT;
ALTER TABLE audit_log ADD COLUMN resource BIGINT;
ALTER TABLE audit_log ADD COLUMN form BIGINT;
ALTER TABLE audit_log ADD COLUMN decision BIGINT;
ALTER TABLE audit_log ADD COLUMN requirements BIGINT;
ALTER TABLE audit_log ADD COLUMN evaluation BIGINT;
-- Administrators: what was done about somebody, wherever he was made a member.
CREATE INDEX audit_log_related ON audit_log (related_key) WHERE related_key IS NOT NULL;
