SELECT s.first_index, s.lane_id, s.first_seq, s.count, l.day
FROM audit.sealed s LEFT JOIN audit.lane l USING (lane_id)
WHERE s.epoch = $1 AND s.first_index >= $2
ORDER BY s.first_index
LIMIT $3
