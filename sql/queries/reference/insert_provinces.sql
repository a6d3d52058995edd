INSERT INTO reference.province (code, name, kind, valid_from, valid_to, shipped)
SELECT *, true FROM unnest($1::text[], $2::text[], $3::text[], $4::date[], $5::date[])
ON CONFLICT DO NOTHING
