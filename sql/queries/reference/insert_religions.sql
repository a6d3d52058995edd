INSERT INTO reference.religion (code, name, shipped)
SELECT *, true FROM unnest($1::text[], $2::text[])
ON CONFLICT DO NOTHING
