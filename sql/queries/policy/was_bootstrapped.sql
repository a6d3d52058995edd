SELECT EXISTS (SELECT FROM policy.bootstrap WHERE client_id = $1) AS was
