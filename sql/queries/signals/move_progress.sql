UPDATE audit.signal_progress SET next_position = $1, moved_at = clock_timestamp()
