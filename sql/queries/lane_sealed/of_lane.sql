SELECT next_seq, finished FROM audit.lane_sealed WHERE lane_id = $1
