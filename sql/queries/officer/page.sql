SELECT id, officer_id, agency_code, name, active
FROM policy.officer
WHERE $1::text IS NULL OR id > $1
ORDER BY id
LIMIT $2
