UPDATE audit.kek SET kek_id = $1, since = clock_timestamp()
