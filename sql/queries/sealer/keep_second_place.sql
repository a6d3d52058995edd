UPDATE audit.sealer SET second_place = $2, touched_at = clock_timestamp() WHERE fence = $1
