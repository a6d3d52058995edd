INSERT INTO reference.commune (code, name, kind, province_code, district_code, valid_from, valid_to, shipped)
SELECT *, true FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::date[], $7::date[])
ON CONFLICT DO NOTHING
