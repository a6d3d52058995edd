UPDATE audit.lane SET touched_at = clock_timestamp(), acknowledged = $2
WHERE lane_id = $1 AND abandoned_by IS NULL
