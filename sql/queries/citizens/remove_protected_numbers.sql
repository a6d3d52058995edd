DELETE FROM register.protected_number AS o
USING unnest($1::text[], $2::text[]) AS n (number, personal_id)
WHERE o.number = n.number AND o.personal_id = n.personal_id
