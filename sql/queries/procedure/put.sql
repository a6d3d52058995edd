INSERT INTO policy.procedure (code, name, legal_basis, confidential, form, papers)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (code) DO UPDATE SET name = EXCLUDED.name, legal_basis = EXCLUDED.legal_basis, confidential = EXCLUDED.confidential, form = EXCLUDED.form, papers = EXCLUDED.papers
