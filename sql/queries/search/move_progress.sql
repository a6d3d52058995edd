UPDATE audit.search_progress SET epoch = $1, next_index = $2, moved_at = clock_timestamp()
