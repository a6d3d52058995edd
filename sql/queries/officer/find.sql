SELECT id, officer_id, agency_code, name, active
FROM policy.officer
WHERE id = $1
