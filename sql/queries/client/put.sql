INSERT INTO policy.client (client_id, issuer, agency_code, name, active, scopes)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (client_id) DO UPDATE SET issuer = EXCLUDED.issuer, agency_code = EXCLUDED.agency_code, name = EXCLUDED.name, active = EXCLUDED.active, scopes = EXCLUDED.scopes
