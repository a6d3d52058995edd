SELECT code, name, parent
FROM policy.agency
WHERE code = $1
