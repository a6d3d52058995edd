INSERT INTO console.session (id_digest, sealed, expires_at) VALUES ($1, $2, $3)
