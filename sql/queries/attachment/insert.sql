INSERT INTO audit.attachment (lane_id, seq, at, sealed) VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING
