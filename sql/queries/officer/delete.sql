DELETE FROM policy.officer
WHERE id = $1
