INSERT INTO reference.commune_conversion (effective_on, old_code, old_name, old_district_code, new_code, mode, shipped)
SELECT *, true FROM unnest($1::date[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
ON CONFLICT DO NOTHING
