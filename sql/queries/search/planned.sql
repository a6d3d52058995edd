-- The plan from the range that holds leaf $2 on, up to the published leaves.
SELECT s.first_index, s.lane_id, s.first_seq, s.count, l.day
FROM audit.sealed AS s LEFT JOIN audit.lane AS l USING (lane_id)
WHERE s.epoch = $1 AND s.first_index < $3
  AND s.first_index >= coalesce((SELECT max(b.first_index) FROM audit.sealed AS b
                                 WHERE b.epoch = $1 AND b.first_index <= $2), 0)
ORDER BY s.first_index
LIMIT $4
