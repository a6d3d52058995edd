INSERT INTO audit.checkpoint (epoch, size, root, note) VALUES ($1, $2, $3, $4)
ON CONFLICT (epoch, size) DO NOTHING
