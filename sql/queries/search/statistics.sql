-- Numbers by group: $1 to $7 say what is told apart, the others are conditions as in search/newest.sql.
-- A person counts once a group and month, for a tag is the month's; `sample` is some entry of the group.
-- The service's own questions are nobody's work: they count only where operations are told apart or named.
WITH people AS (
    SELECT CASE WHEN $1 THEN e.agency_code END AS agency_code,
           CASE WHEN $2 THEN e.client_id END AS client_id,
           CASE WHEN $3 THEN e.procedure_code END AS procedure_code,
           CASE WHEN $4 THEN e.officer_tag END AS officer_tag,
           CASE WHEN $5 THEN (e.at AT TIME ZONE INTERVAL '7 hours')::date END AS day,
           CASE WHEN $6 THEN e.operation END AS operation,
           CASE WHEN $7 THEN e.decision END AS decision,
           e.subject_tag,
           count(*) AS requests, sum(e.disclosed) AS disclosed, sum(e.papers) AS papers,
           min(e.position) AS sample
    FROM audit.search_entry AS e
    WHERE e.at >= $8 AND e.at < $9
      AND ($10::text IS NULL OR e.client_id = $10)
      AND ($11::text[] IS NULL OR e.agency_code = ANY ($11))
      AND ($12::text IS NULL OR e.procedure_code = $12)
      AND ($13::text[] IS NULL AND ($6 OR e.operation <> 'canary') OR e.operation = ANY ($13))
      AND ($14::text IS NULL OR e.decision = $14)
      AND ($15::bytea[] IS NULL OR e.subject_tag = ANY ($15))
      AND ($16::bytea[] IS NULL OR e.officer_tag = ANY ($16))
      AND ($17::bytea[] IS NULL OR e.case_tag = ANY ($17))
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
)
SELECT agency_code, client_id, procedure_code, officer_tag, day, operation, decision,
       sum(requests)::bigint AS requests, count(subject_tag) AS people,
       sum(disclosed)::bigint AS disclosed, sum(papers)::bigint AS papers, min(sample) AS sample
FROM people
GROUP BY 1, 2, 3, 4, 5, 6, 7
ORDER BY requests DESC, day, agency_code, client_id, procedure_code, operation, decision, officer_tag
LIMIT $18
