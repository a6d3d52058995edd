SELECT s.audit_id, s.at, s.seq, s.at < $3 OR s.at >= $4 AS elsewhere
FROM (SELECT audit.id_of(e.entry) AS audit_id, b.at,
             least(b.first_seq, 4611686018427387904) + e.place - 1 AS seq
      FROM audit.block AS b
      CROSS JOIN LATERAL unnest(b.entries) WITH ORDINALITY AS e (entry, place)
      WHERE b.lane_id = $1 AND e.place <= b.count
        AND (b.first_seq > $2::bigint - b.count OR b.first_seq < 0 OR b.at < $3 OR b.at >= $4
             OR EXISTS (SELECT FROM unnest($6::bigint[], $7::bigint[]) AS gap (first, last)
                        WHERE b.first_seq <= gap.last AND b.first_seq > gap.first - b.count))) AS s
WHERE s.seq < 0 OR s.seq >= $2 OR s.at < $3 OR s.at >= $4
   OR EXISTS (SELECT FROM unnest($6::bigint[], $7::bigint[]) AS gap (first, last)
              WHERE s.seq BETWEEN gap.first AND gap.last)
ORDER BY s.at, s.seq
LIMIT $5
