-- The next searchable entries, in the order of the log.
SELECT e.position, e.at, e.audit_id, e.agency_code, e.client_id, e.operation, e.decision,
       e.subject_tag, e.officer_tag,
       extract(epoch FROM clock_timestamp() - e.at)::float8 AS age_seconds
FROM audit.search_entry AS e
WHERE e.position >= $1 AND e.position < $2
ORDER BY e.position
LIMIT $3
