SELECT sealed FROM audit.attachment WHERE lane_id = $1 AND seq = $2
