-- Whether, and how often, an actor asked about a person in a time: $1 the agency, $2 the client (none:
-- any), $3 the officer's tag (none: any), $4 the person's tag, $5 and $6 the time.
SELECT a.number, m.*
FROM unnest($1::text[], $2::text[], $3::bytea[], $4::bytea[], $5::timestamptz[], $6::timestamptz[])
     WITH ORDINALITY AS a (agency_code, client_id, officer_tag, subject_tag, since, until, number)
CROSS JOIN LATERAL (
    SELECT count(*) AS looks,
           min(e.position) AS first_position,
           max(e.position) AS last_position,
           CASE WHEN min(e.client_id) = max(e.client_id) THEN min(e.client_id) END AS client_id
    FROM audit.search_entry AS e
    WHERE e.subject_tag = a.subject_tag AND e.at >= a.since AND e.at < a.until
      AND e.agency_code = a.agency_code
      AND (a.client_id IS NULL OR e.client_id = a.client_id)
      AND (a.officer_tag IS NULL OR e.officer_tag = a.officer_tag)
      AND e.operation IN ('verify', 'lookup', 'prefill') AND e.decision <> 'failed'
) AS m
WHERE m.looks > 0
