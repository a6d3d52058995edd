SELECT seq, entry
FROM audit.entry
WHERE lane_id = $1 AND seq >= $2 AND seq < $3
  AND at >= $4::date::timestamp AT TIME ZONE INTERVAL '7 hours'
  AND at < ($4::date + 1)::timestamp AT TIME ZONE INTERVAL '7 hours'
ORDER BY seq
