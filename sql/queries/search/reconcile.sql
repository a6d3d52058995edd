-- How many entries of a client lie in a time, and the digest of their ids in ascending order, a line
-- each.
SELECT count(*) AS entries,
       sha256(coalesce(string_agg(e.audit_id::text || E'\n', '' ORDER BY e.audit_id), '')::bytea) AS digest
FROM audit.search_entry AS e
WHERE e.client_id = $1 AND e.at >= $2 AND e.at < $3
  AND ($4::text[] IS NULL OR e.agency_code = ANY ($4))
