-- Why parts of the result of an evaluated decision are null: a JSON array of texts.
ALTER TABLE decision_instance ADD COLUMN warnings TEXT COLLATE "C";
