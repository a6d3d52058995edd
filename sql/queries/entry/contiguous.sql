SELECT count(*) AS count
FROM (SELECT seq, row_number() OVER (ORDER BY seq) AS place
      FROM audit.entry
      WHERE lane_id = $1 AND seq >= $2 AND seq < $3
        AND at >= $4::date::timestamp AT TIME ZONE INTERVAL '7 hours'
        AND at < ($4::date + 1)::timestamp AT TIME ZONE INTERVAL '7 hours') AS numbered
-- Behind a hole no number is in its place any more.
WHERE seq = $2 + place - 1
