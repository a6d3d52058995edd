DELETE FROM policy.procedure
WHERE code = $1
