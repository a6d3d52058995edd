DELETE FROM policy.client
WHERE client_id = $1
