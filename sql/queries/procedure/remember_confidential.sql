-- Remembers for good that the procedure is confidential, where it is.
INSERT INTO policy.confidential_procedure (code)
SELECT code FROM policy.procedure WHERE code = $1 AND confidential
ON CONFLICT (code) DO NOTHING
