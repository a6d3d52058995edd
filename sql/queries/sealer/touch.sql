UPDATE audit.sealer SET touched_at = clock_timestamp() WHERE fence = $1
