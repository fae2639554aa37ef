-- Retention: what nobody called and has ended, by what it ran, the longest ended first.
CREATE INDEX process_instance_ended ON process_instance (definition, ended, key)
WHERE ended IS NOT NULL AND parent_instance IS NULL;
