SELECT code FROM policy.confidential_procedure
