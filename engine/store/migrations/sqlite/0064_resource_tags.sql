-- What a deployed file says of its version, where it says anything.
ALTER TABLE resource ADD COLUMN version_tag TEXT;
