-- The definition the number of an element is of, when the instance runs another one by now.
ALTER TABLE element_instance ADD COLUMN definition INTEGER;
ALTER TABLE message_subscription ADD COLUMN definition INTEGER;
