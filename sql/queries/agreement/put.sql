INSERT INTO policy.agreement (id, client_id, procedure_code, operations, read_fields, claim_fields, valid_from, valid_to, name_match, officer)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (id) DO UPDATE SET client_id = EXCLUDED.client_id, procedure_code = EXCLUDED.procedure_code, operations = EXCLUDED.operations, read_fields = EXCLUDED.read_fields, claim_fields = EXCLUDED.claim_fields, valid_from = EXCLUDED.valid_from, valid_to = EXCLUDED.valid_to, name_match = EXCLUDED.name_match, officer = EXCLUDED.officer
