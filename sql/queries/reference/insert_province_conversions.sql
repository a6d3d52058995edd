INSERT INTO reference.province_conversion (effective_on, old_code, new_code, shipped)
SELECT *, true FROM unnest($1::date[], $2::text[], $3::text[])
ON CONFLICT DO NOTHING
