INSERT INTO policy.bootstrap (client_id, created_at)
VALUES ($1, $2)
