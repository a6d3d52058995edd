UPDATE audit.lane SET abandoned_by = $2
WHERE lane_id = $1 AND closed_at IS NULL AND coalesce(abandoned_by, $2) = $2
