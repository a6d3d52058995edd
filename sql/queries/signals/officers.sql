-- What each of these officers ($1 agency, $2 tag) asked in a time ($3, $4). Outside of working hours is outside of
-- $5 to $6 (hours in Vietnam) or of the weekdays $7 (Monday is 1).
SELECT a.number, m.*
FROM unnest($1::text[], $2::bytea[], $3::timestamptz[], $4::timestamptz[])
     WITH ORDINALITY AS a (agency_code, tag, since, until, number)
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
           count(*) FILTER (WHERE e.decision = 'no_match') AS unmatched,
           count(*) FILTER (WHERE e.is_off) AS off,
           min(e.position) FILTER (WHERE e.is_off) AS off_first,
           max(e.position) FILTER (WHERE e.is_off) AS off_last,
           CASE WHEN min(e.client_id) = max(e.client_id) THEN min(e.client_id) END AS client_id
    FROM (
        SELECT e.position, e.subject_tag, e.decision, e.client_id,
               extract(hour FROM e.at AT TIME ZONE INTERVAL '7 hours') NOT BETWEEN $5::integer AND $6::integer - 1
                   OR extract(isodow FROM e.at AT TIME ZONE INTERVAL '7 hours') <> ALL ($7::integer[]) AS is_off
        FROM audit.search_entry AS e
        WHERE e.officer_tag = a.tag AND e.agency_code = a.agency_code
          AND e.at >= a.since AND e.at < a.until
          AND e.position BETWEEN x.first_position AND x.last_position
          AND e.operation IN ('verify', 'lookup', 'prefill') AND e.decision <> 'failed'
          AND e.subject_tag IS NOT NULL
    ) AS e
) AS m
WHERE m.looks > 0
