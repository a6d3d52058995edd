-- Whose entries these are, if there are such entries.
SELECT k.audit_id, e.client_id, e.at
FROM unnest($1::uuid[], $2::timestamptz[]) AS k (audit_id, at)
CROSS JOIN LATERAL (
    -- A limit, so that each is looked for in its own day's partition and in no other.
    SELECT e.client_id, e.at FROM audit.entry AS e
    WHERE e.audit_id = k.audit_id AND e.at = k.at LIMIT 1
) AS e
