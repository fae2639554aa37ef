-- What belongs to a line besides: another thing that it concerned, what there was before and afterwards (JSON, never a
-- secret), and what was deployed or decided.
ALTER TABLE audit_log ADD COLUMN related_type INTEGER;
ALTER TABLE audit_log ADD COLUMN related_key TEXT;
ALTER TABLE audit_log ADD COLUMN before TEXT;
ALTER TABLE audit_log ADD COLUMN after TEXT;
ALTER TABLE audit_log ADD COLUMN deployment INTEGER;
ALTER TABLE audit_log ADD COLUMN resource INTEGER;
ALTER TABLE audit_log ADD COLUMN form INTEGER;
ALTER TABLE audit_log ADD COLUMN decision INTEGER;
ALTER TABLE audit_log ADD COLUMN requirements INTEGER;
ALTER TABLE audit_log ADD COLUMN evaluation INTEGER;
-- Administrators: what was done about somebody, wherever he was made a member.
CREATE INDEX audit_log_related ON audit_log (related_key) WHERE related_key IS NOT NULL;
