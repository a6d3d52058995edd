SELECT least(l.acknowledged, 9223372036854775805) AS acknowledged,
       l.closed_at IS NOT NULL AS closed,
       l.closed_at IS NOT NULL OR l.abandoned_by IS NOT NULL AS ended,
       p.next_seq, e.before, e.inside, e.behind
FROM audit.lane l
LEFT JOIN audit.lane_sealed s USING (lane_id)
CROSS JOIN LATERAL (
    SELECT greatest(coalesce(s.next_seq, 0),
                    (SELECT max(last_seq) + 1 FROM audit.declared_hole h
                     WHERE h.lane_id = l.lane_id AND h.first_seq < $2)) AS next_seq
) p
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE seq < $2) AS before,
           min(seq) FILTER (WHERE seq BETWEEN $2 AND $3) AS inside,
           min(seq) FILTER (WHERE seq > $3) AS behind
    FROM audit.entry
    WHERE lane_id = l.lane_id AND seq >= p.next_seq AND seq < 9223372036854775807
      AND at >= l.day::timestamp AT TIME ZONE INTERVAL '7 hours'
      AND at < (l.day + 1)::timestamp AT TIME ZONE INTERVAL '7 hours'
) e
WHERE l.lane_id = $1
