INSERT INTO reference.number_prefix (prefix, name_at_issue, current_province_code, shipped)
SELECT *, true FROM unnest($1::text[], $2::text[], $3::text[])
ON CONFLICT DO NOTHING
