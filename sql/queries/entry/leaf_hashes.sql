SELECT count(*) AS count, min(seq) AS first, max(seq) AS last,
       string_agg(sha256('\x00'::bytea || entry), ''::bytea ORDER BY seq) AS hashes
FROM audit.entry
WHERE lane_id = $1 AND seq >= $2 AND seq < $3
  AND at >= $4::date::timestamp AT TIME ZONE INTERVAL '7 hours'
  AND at < ($4::date + 1)::timestamp AT TIME ZONE INTERVAL '7 hours'
