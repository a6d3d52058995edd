-- Generations of a month's keys, and the one key-encryption key that wraps them all.
--
-- The version before this one goes on running on it. It inserts (month, kek_id, wrapped) with ON
-- CONFLICT DO NOTHING and no conflict target: what it makes is generation 1, and conflicts with the
-- generation 1 there is. It reads a month's row expecting one at the most, which is so until
-- `dancu keys rotate-month` makes a second: a replica of that version which runs then keeps the pair
-- it has in memory, and one which starts then refuses to. So rotate once every replica is of this
-- version. Its offers, too, are refused under any other key-encryption key than the one in force.
-- Only a database in which no lane ever opened has no key in force; it is for this version to begin.
ALTER TABLE audit.month_key
    ADD COLUMN generation integer NOT NULL DEFAULT 1 CHECK (generation >= 1);
COMMENT ON COLUMN audit.month_key.generation IS 'From 1. The last one tags and seals; the earlier ones open what they sealed.';
ALTER TABLE audit.month_key DROP CONSTRAINT month_key_pkey;
ALTER TABLE audit.month_key ADD CONSTRAINT month_key_pkey PRIMARY KEY (month, generation);
COMMENT ON TABLE audit.month_key IS 'The pairs of keys that tag and seal the entries of one month. Deleting a month''s rows destroys its personal parts, once no backup and no copy of the key-encryption key is left.';

CREATE TABLE audit.kek (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    kek_id   bytea NOT NULL UNIQUE CHECK (octet_length(kek_id) = 8),
    since    timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE audit.kek IS 'Which key-encryption key is in force: every row of audit.month_key is wrapped by it. The key itself is in a file.';
COMMENT ON COLUMN audit.kek.only_row IS 'There is one row, from the first lane on.';
COMMENT ON COLUMN audit.kek.kek_id IS 'Digest of the key, which tells nothing of it.';
COMMENT ON COLUMN audit.kek.since IS 'Since when.';
INSERT INTO audit.kek (kek_id)
SELECT kek_id FROM audit.month_key ORDER BY month DESC LIMIT 1;

-- A process that was started with an earlier key cannot make rows which the others could not open,
-- and a replacement that ends half way has replaced nothing. Rows from before this migration are not
-- checked, for keys could be exchanged by hand then; deferrable, so that one transaction can
-- exchange the key under its rows.
ALTER TABLE audit.month_key
    ADD CONSTRAINT month_key_kek FOREIGN KEY (kek_id) REFERENCES audit.kek (kek_id)
    DEFERRABLE INITIALLY IMMEDIATE NOT VALID;

-- The service makes first generations, and says which key is in force where none is. The rest is
-- the owner's.
REVOKE INSERT ON audit.month_key FROM dancu_service;
GRANT INSERT (month, kek_id, wrapped) ON audit.month_key TO dancu_service;
GRANT SELECT, INSERT (kek_id) ON audit.kek TO dancu_service;
