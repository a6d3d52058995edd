SELECT lane_id, day, opened_at, acknowledged, closed_at IS NOT NULL AS closed
FROM audit.lane
WHERE lane_id > $1
ORDER BY lane_id
LIMIT $2
