SELECT k.audit_id, e.entry
FROM unnest($1::uuid[], $2::timestamptz[]) AS k (audit_id, at)
CROSS JOIN LATERAL (
    -- A limit, so that each is looked for in its own day's partition and in no other.
    SELECT entry FROM audit.entry AS e WHERE e.audit_id = k.audit_id AND e.at = k.at LIMIT 1
) AS e
