DELETE FROM policy.agency
WHERE code = $1
