-- Since when an instance is suspended.
ALTER TABLE process_instance ADD COLUMN suspended INTEGER;
