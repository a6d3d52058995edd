UPDATE audit.checkpoint SET published_at = clock_timestamp()
WHERE epoch = $1 AND size = $2 AND published_at IS NULL
