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
    SELECT coalesce(sum(least(first_seq + count, $2) - greatest(first_seq, p.next_seq))
                        FILTER (WHERE first_seq < $2), 0)::bigint AS before,
           min(greatest(first_seq, $2)) FILTER (WHERE first_seq <= $3 AND first_seq + count > $2) AS inside,
           min(greatest(first_seq, $3 + 1)) FILTER (WHERE first_seq + count - 1 > $3) AS behind
    FROM audit.block
    WHERE lane_id = l.lane_id AND first_seq > p.next_seq - 1024 AND first_seq > p.next_seq - count
      AND first_seq < 4611686018427387904
      AND at >= l.day::timestamp AT TIME ZONE INTERVAL '7 hours'
      AND at < (l.day + 1)::timestamp AT TIME ZONE INTERVAL '7 hours'
) e
WHERE l.lane_id = $1
