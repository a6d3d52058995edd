INSERT INTO audit.cosignature (epoch, size, name, key_id, line) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (epoch, size, name, key_id) DO NOTHING
