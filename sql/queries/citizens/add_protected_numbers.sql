INSERT INTO register.protected_number (number, personal_id)
SELECT number, personal_id FROM unnest($1::text[], $2::text[]) AS n (number, personal_id)
ON CONFLICT DO NOTHING
