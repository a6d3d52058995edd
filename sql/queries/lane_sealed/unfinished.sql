SELECT l.lane_id, l.day, least(l.acknowledged, 9223372036854775805) AS acknowledged,
       coalesce(s.next_seq, 0) AS next_seq,
       (SELECT b.first_seq + b.count - 1 FROM audit.block b
        WHERE b.lane_id = l.lane_id AND b.first_seq > coalesce(s.next_seq, 0) - 1024
          AND b.first_seq > coalesce(s.next_seq, 0) - b.count AND b.first_seq < 4611686018427387904
          AND b.at >= l.day::timestamp AT TIME ZONE INTERVAL '7 hours'
          AND b.at < (l.day + 1)::timestamp AT TIME ZONE INTERVAL '7 hours'
        ORDER BY b.first_seq DESC LIMIT 1) AS last_seq,
       (SELECT greatest(b.first_seq, coalesce(s.next_seq, 0)) FROM audit.block b
        WHERE b.lane_id = l.lane_id AND b.first_seq > coalesce(s.next_seq, 0) - 1024
          AND b.first_seq > coalesce(s.next_seq, 0) - b.count AND b.first_seq < 4611686018427387904
          AND b.at >= l.day::timestamp AT TIME ZONE INTERVAL '7 hours'
          AND b.at < (l.day + 1)::timestamp AT TIME ZONE INTERVAL '7 hours'
        ORDER BY b.first_seq LIMIT 1) AS first_seq,
       CASE WHEN l.closed_at IS NOT NULL THEN least(l.acknowledged, 9223372036854775805) + 1 END AS closing_seq,
       l.abandoned_by IS NOT NULL
           AND l.day < (clock_timestamp() AT TIME ZONE INTERVAL '7 hours')::date - 1 AS given_up
FROM audit.lane l
LEFT JOIN audit.lane_sealed s USING (lane_id)
-- A lane that is called finished and acknowledges more is not.
WHERE s.finished IS NOT TRUE OR l.acknowledged >= s.next_seq
ORDER BY l.lane_id
