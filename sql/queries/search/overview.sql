-- Tallies of a time: by hour, by agency, by procedure and by decision, each beside the others. The service's
-- own questions are nobody's work.
SELECT grouping(hour, agency_code, procedure_code, decision) AS apart,
       hour, agency_code, procedure_code, decision,
       sum(requests)::bigint AS requests, sum(disclosed)::bigint AS disclosed,
       sum(papers)::bigint AS papers
FROM audit.tally
WHERE hour >= $1 AND hour < $2 AND operation <> 'canary' AND ($3::text[] IS NULL OR agency_code = ANY ($3))
GROUP BY GROUPING SETS ((hour), (agency_code), (procedure_code), (decision))
ORDER BY apart, hour, requests DESC, agency_code, procedure_code, decision
