SELECT lane_id, acknowledged FROM audit.lane
WHERE closed_at IS NULL AND abandoned_by IS NULL
  AND touched_at < clock_timestamp() - make_interval(secs => $1)
ORDER BY lane_id
LIMIT 100
