SELECT client_id, issuer, agency_code, name, active, scopes
FROM policy.client
WHERE $1::text IS NULL OR client_id > $1
ORDER BY client_id
LIMIT $2
