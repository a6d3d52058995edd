-- Written in the transaction of the part it counts; the WHERE refuses a second process that
-- imports the same file: no row changes where the file was read on meanwhile.
INSERT INTO register.import AS i (
    digest, byte_offset, line, applied, ignored, rejected, finished_at
) VALUES ($1, $2, $3, $4, $5, $6, CASE WHEN $7 THEN statement_timestamp() END)
ON CONFLICT (digest) DO UPDATE SET (
    byte_offset, line, applied, ignored, rejected, finished_at, updated_at
) = (
    excluded.byte_offset, excluded.line, excluded.applied, excluded.ignored, excluded.rejected,
    excluded.finished_at, statement_timestamp()
)
WHERE i.byte_offset = $8 AND i.finished_at IS NULL
