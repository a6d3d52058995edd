INSERT INTO reference.coded_value (list, code, name, word, shipped)
SELECT *, true FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
ON CONFLICT DO NOTHING
