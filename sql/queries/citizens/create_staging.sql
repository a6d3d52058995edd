-- A table of this connection, made once and emptied by every commit.
CREATE TEMPORARY TABLE IF NOT EXISTS staged_citizen (LIKE register.citizen INCLUDING DEFAULTS)
ON COMMIT DELETE ROWS
