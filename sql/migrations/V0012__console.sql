-- Who is signed in to the auditors' console. Replicas are equal and may come and go, so sessions are
-- kept here; a row alone opens nothing, for its key is derived from what only the browser has.
CREATE SCHEMA console;

CREATE TABLE console.session (
    id_digest  bytea PRIMARY KEY CHECK (octet_length(id_digest) = 32),
    sealed     bytea NOT NULL CHECK (octet_length(sealed) BETWEEN 29 AND 9216),
    expires_at timestamptz NOT NULL,
    begun_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE console.session IS 'Who is signed in to the auditors'' console: one row a browser.';
COMMENT ON COLUMN console.session.id_digest IS 'Derived from the random id in the browser''s cookie, which is not kept.';
COMMENT ON COLUMN console.session.sealed IS 'The access token, under another key derived from the same id: nonce, ciphertext and tag of AES-256-GCM-SIV.';
COMMENT ON COLUMN console.session.expires_at IS 'The token''s end, which is the session''s.';
COMMENT ON COLUMN console.session.begun_at IS 'When the auditor signed in.';

CREATE INDEX session_expires_at ON console.session (expires_at);
COMMENT ON INDEX console.session_expires_at IS 'What has expired is removed.';

GRANT USAGE ON SCHEMA console TO dancu_service;
GRANT SELECT, INSERT, DELETE ON console.session TO dancu_service;

-- The console says how far sealing is.
GRANT EXECUTE ON FUNCTION audit.unsealed_of(bigint, date, bigint) TO dancu_audit;
