-- A key that was found inside an uploaded file has to be shown to its owner until they revoke it or say that it stays.

ALTER TABLE api_key ADD COLUMN exposed_at INTEGER;
ALTER TABLE api_key ADD COLUMN exposure_accepted INTEGER NOT NULL DEFAULT 0 CHECK (exposure_accepted IN (0, 1));
