SELECT EXISTS (SELECT FROM policy.agreement WHERE client_id = $1) AS referred
