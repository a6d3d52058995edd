SELECT e.audit_id
FROM audit.search_entry AS e
WHERE e.client_id = $1
  AND e.at >= $2::date::timestamp AT TIME ZONE INTERVAL '7 hours'
  AND e.at < ($2::date + 1)::timestamp AT TIME ZONE INTERVAL '7 hours'
ORDER BY e.audit_id
