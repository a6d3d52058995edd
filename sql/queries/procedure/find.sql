SELECT code, name, legal_basis, confidential, form, papers
FROM policy.procedure
WHERE code = $1
