UPDATE audit.sealer SET epoch = $2, planned = $3, touched_at = clock_timestamp() WHERE fence = $1
