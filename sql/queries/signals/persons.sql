-- How many officers asked about each of these persons ($1 tag) in a time ($2, $3): within each agency,
-- and, where there are several, over all of them.
SELECT a.number, m.*
FROM unnest($1::bytea[], $2::timestamptz[], $3::timestamptz[])
     WITH ORDINALITY AS a (tag, since, until, number)
CROSS JOIN LATERAL (
    SELECT e.agency_code,
           count(DISTINCT (e.agency_code, e.officer_tag)) AS officers,
           count(*) AS looks,
           min(e.position) AS first_position,
           max(e.position) AS last_position,
           CASE WHEN min(e.client_id) = max(e.client_id) THEN min(e.client_id) END AS client_id
    FROM audit.search_entry AS e
    WHERE e.subject_tag = a.tag AND e.at >= a.since AND e.at < a.until
      AND e.operation IN ('verify', 'lookup', 'prefill') AND e.decision <> 'failed'
      AND e.officer_tag IS NOT NULL AND e.agency_code IS NOT NULL
    GROUP BY GROUPING SETS ((e.agency_code), ())
    HAVING grouping(e.agency_code) = 0 OR count(DISTINCT e.agency_code) > 1
) AS m
