SELECT max(size) AS size FROM audit.checkpoint WHERE epoch = $1 AND published_at IS NOT NULL
