SELECT id, client_id, procedure_code, operations, read_fields, claim_fields, valid_from, valid_to, name_match, officer
FROM policy.agreement
WHERE client_id = $1 AND procedure_code = $2
