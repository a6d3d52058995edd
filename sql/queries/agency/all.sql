SELECT code, name, parent
FROM policy.agency
