SELECT next_position FROM audit.signal_progress
