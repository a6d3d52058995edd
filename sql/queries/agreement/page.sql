SELECT id, client_id, procedure_code, operations, read_fields, claim_fields, valid_from, valid_to, name_match, officer
FROM policy.agreement
WHERE $1::text IS NULL OR id > $1
ORDER BY id
LIMIT $2
