DELETE FROM policy.agreement
WHERE id = $1
