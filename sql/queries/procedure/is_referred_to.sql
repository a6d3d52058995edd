SELECT EXISTS (SELECT FROM policy.agreement WHERE procedure_code = $1) AS referred
