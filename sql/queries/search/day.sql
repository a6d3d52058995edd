-- What is not searchable of a day, $1: lanes that may still write or have entries without a leaf,
-- and lanes with leaves that are not taken in yet.
SELECT clock_timestamp() >= ($1::date + 1)::timestamp AT TIME ZONE INTERVAL '7 hours' AS is_over,
       count(*) FILTER (WHERE l.lane_id IS NOT NULL AND l.closed_at IS NULL AND l.abandoned_by IS NULL) AS open_lanes,
       count(*) FILTER (WHERE l.acknowledged >= s.next_seq OR EXISTS (
           SELECT FROM audit.block AS b
           WHERE b.lane_id = l.lane_id AND b.first_seq > s.next_seq - 1024
             AND b.first_seq > s.next_seq - b.count
             AND b.at >= $1::date::timestamp AT TIME ZONE INTERVAL '7 hours'
             AND b.at < ($1::date + 1)::timestamp AT TIME ZONE INTERVAL '7 hours')) AS unsealed_lanes,
       count(*) FILTER (WHERE (r.epoch, r.end_index) > (p.epoch, p.next_index)) AS unsearched_lanes
FROM audit.search_progress AS p
LEFT JOIN audit.lane AS l ON l.day = $1
LEFT JOIN LATERAL (
    SELECT coalesce(max(x.next_seq), 0) AS next_seq
    FROM audit.lane_sealed AS x WHERE x.lane_id = l.lane_id
) AS s ON true
LEFT JOIN LATERAL (
    SELECT x.epoch, x.first_index + x.count AS end_index
    FROM audit.sealed AS x WHERE x.lane_id = l.lane_id
    ORDER BY x.first_seq DESC LIMIT 1
) AS r ON true
GROUP BY p.epoch, p.next_index
