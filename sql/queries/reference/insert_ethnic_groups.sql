INSERT INTO reference.ethnic_group (scheme, code, name, shipped)
SELECT *, true FROM unnest($1::text[], $2::text[], $3::text[])
ON CONFLICT DO NOTHING
