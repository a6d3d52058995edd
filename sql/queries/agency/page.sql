SELECT code, name, parent
FROM policy.agency
WHERE $1::text IS NULL OR code > $1
ORDER BY code
LIMIT $2
