SELECT id
FROM policy.officer
WHERE officer_id = $1 AND agency_code = $2
