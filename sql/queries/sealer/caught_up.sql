UPDATE audit.sealer SET sealed_through = $2, touched_at = clock_timestamp() WHERE fence = $1
