SELECT audit_id, at, seq, at < $3 OR at >= $4 AS elsewhere
FROM audit.entry
WHERE lane_id = $1
  AND (seq < 0 OR seq >= $2 OR at < $3 OR at >= $4
       OR EXISTS (SELECT FROM unnest($6::bigint[], $7::bigint[]) AS gap (first, last)
                  WHERE seq BETWEEN first AND last))
ORDER BY at, seq
LIMIT $5
