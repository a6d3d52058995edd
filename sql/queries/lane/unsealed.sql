SELECT l.lane_id, f.first_seq,
       greatest(l.acknowledged, e.last_seq, f.first_seq) AS last_seq,
       extract(epoch FROM clock_timestamp() - e.recorded_at)::float8 AS age_seconds
FROM audit.lane l
LEFT JOIN audit.lane_sealed s USING (lane_id)
LEFT JOIN (
    -- Planned, but under no published head yet.
    SELECT p.lane_id, min(p.first_seq) AS first_seq
    FROM audit.sealed p
    WHERE p.epoch = (SELECT epoch FROM audit.sealer)
      AND p.first_index >= (SELECT coalesce(max(c.size), 0) FROM audit.checkpoint c
                            WHERE c.epoch = (SELECT epoch FROM audit.sealer)
                              AND c.published_at IS NOT NULL)
    GROUP BY p.lane_id
) u USING (lane_id)
CROSS JOIN LATERAL (SELECT coalesce(u.first_seq, s.next_seq, 0) AS first_seq) f
LEFT JOIN LATERAL audit.unsealed_of(l.lane_id, l.day, f.first_seq) e ON true
WHERE (s.finished IS NOT TRUE OR u.first_seq IS NOT NULL OR l.acknowledged >= f.first_seq)
  AND (e.recorded_at IS NOT NULL OR l.acknowledged >= f.first_seq)
