-- What each of these clients ($1 agency, $2 client) asked in a time ($3, $4).
SELECT a.number, m.*
FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[])
     WITH ORDINALITY AS a (agency_code, client_id, since, until, number)
CROSS JOIN LATERAL (
    -- Where the entries of that time lie, so that no more of an index is read.
    SELECT min(h.first_position) AS first_position, max(h.last_position) AS last_position
    FROM audit.search_hour AS h WHERE h.hour >= a.since AND h.hour < a.until
) AS x
CROSS JOIN LATERAL (
    SELECT count(*) AS looks,
           count(DISTINCT e.subject_tag) AS people,
           min(e.position) AS first_position,
           max(e.position) AS last_position,
           count(*) FILTER (WHERE e.decision IN ('match', 'no_match')) AS answered,
           count(*) FILTER (WHERE e.decision = 'no_match') AS unmatched
    FROM audit.search_entry AS e
    WHERE e.client_id = a.client_id AND e.agency_code = a.agency_code
      AND e.at >= a.since AND e.at < a.until
      AND e.position BETWEEN x.first_position AND x.last_position
      AND e.operation IN ('verify', 'lookup', 'prefill') AND e.decision <> 'failed'
      AND e.subject_tag IS NOT NULL
) AS m
WHERE m.looks > 0
