-- Whether nobody is registered yet.
SELECT NOT EXISTS (SELECT FROM register.citizen) AS is_empty
