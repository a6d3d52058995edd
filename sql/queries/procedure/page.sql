SELECT code, name, legal_basis, confidential, form, papers
FROM policy.procedure
WHERE $1::text IS NULL OR code > $1
ORDER BY code
LIMIT $2
