INSERT INTO reference.district (code, name, kind, province_code, valid_from, valid_to, shipped)
SELECT *, true FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::date[], $6::date[])
ON CONFLICT DO NOTHING
