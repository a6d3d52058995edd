UPDATE audit.sealer SET planned = $4, touched_at = clock_timestamp()
WHERE fence = $1 AND epoch = $2 AND planned = $3
