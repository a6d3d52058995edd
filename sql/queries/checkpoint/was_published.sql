SELECT EXISTS (SELECT FROM audit.checkpoint WHERE epoch = $1 AND published_at IS NOT NULL) AS found
