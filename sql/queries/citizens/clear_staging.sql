-- Between two values of the same record in one transaction.
TRUNCATE pg_temp.staged_citizen
