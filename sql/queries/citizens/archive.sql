-- Keeps the rows that are about to be replaced.
INSERT INTO register.citizen_revision (personal_id, revision, recorded_at, document)
SELECT
    c.personal_id, c.revision, c.recorded_at,
    jsonb_strip_nulls(to_jsonb(c) - 'relative_numbers')
FROM register.citizen AS c
WHERE c.personal_id = ANY ($1)
