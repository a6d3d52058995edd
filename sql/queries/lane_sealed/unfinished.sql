SELECT l.lane_id, l.day, least(l.acknowledged, 9223372036854775805) AS acknowledged,
       coalesce(s.next_seq, 0) AS next_seq,
       (SELECT max(e.seq) FROM audit.entry e
        WHERE e.lane_id = l.lane_id AND e.seq >= coalesce(s.next_seq, 0)
          AND e.seq < 9223372036854775807
          AND e.at >= l.day::timestamp AT TIME ZONE INTERVAL '7 hours'
          AND e.at < (l.day + 1)::timestamp AT TIME ZONE INTERVAL '7 hours') AS last_seq,
       (SELECT min(e.seq) FROM audit.entry e
        WHERE e.lane_id = l.lane_id AND e.seq >= coalesce(s.next_seq, 0)
          AND e.seq < 9223372036854775807
          AND e.at >= l.day::timestamp AT TIME ZONE INTERVAL '7 hours'
          AND e.at < (l.day + 1)::timestamp AT TIME ZONE INTERVAL '7 hours') AS first_seq,
       CASE WHEN l.closed_at IS NOT NULL THEN least(l.acknowledged, 9223372036854775805) + 1 END AS closing_seq,
       l.abandoned_by IS NOT NULL
           AND l.day < (clock_timestamp() AT TIME ZONE INTERVAL '7 hours')::date - 1 AS given_up
FROM audit.lane l
LEFT JOIN audit.lane_sealed s USING (lane_id)
-- A lane that is called finished and acknowledges more is not.
WHERE s.finished IS NOT TRUE OR l.acknowledged >= s.next_seq
ORDER BY l.lane_id
