SELECT lane_id, seq, at, sealed FROM audit.attachment
WHERE (lane_id, seq) > ($1, $2)
ORDER BY lane_id, seq
LIMIT $3
