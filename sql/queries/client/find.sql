SELECT client_id, issuer, agency_code, name, active, scopes
FROM policy.client
WHERE client_id = $1
